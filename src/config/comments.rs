//! What can be set of comments, their checks and the data of their writers.

use super::Secret;

/// Comments of readers.
#[derive(Clone, Debug)]
pub struct CommentConfig {
    /// Whether articles and events may be commented on where no editor decided otherwise.
    pub on_articles: bool,
    pub on_events: bool,
    /// Days after publication for which comments are taken; 0 for ever.
    pub close_after_days: i64,
    /// How deep replies may hang; 0 for none.
    pub depth: i32,
    /// How long a writer may change or take back a comment, in minutes.
    pub edit_minutes: i64,
    /// Whether comments of writers whom moderators approved before are shown at once.
    pub approve_known: bool,
    /// Whether a comment is taken only with the token of a form.
    pub require_form: bool,
    /// How long people take to fill in a form, at least, in seconds.
    pub least_seconds: i64,
    /// How long moderators' mails wait for more comments, in minutes; 0 for no mails.
    pub digest_minutes: i64,
    /// Whether what Akismet is sure about goes to the trash instead of the spam.
    pub discard_blatant: bool,
    /// Most comments from one network in an hour.
    pub per_address: u64,
    /// Most comments under one e-mail address in an hour.
    pub per_email: u64,
    /// Days after which addresses of origin are forgotten.
    pub address_days: i64,
    /// Days after which e-mail addresses are forgotten, too; 0 for never.
    pub erase_days: i64,
}

impl Default for CommentConfig {
    fn default() -> Self {
        Self {
            on_articles: true,
            on_events: true,
            close_after_days: 0,
            depth: 3,
            edit_minutes: 15,
            approve_known: false,
            require_form: false,
            least_seconds: 3,
            digest_minutes: 30,
            discard_blatant: false,
            per_address: 300,
            per_email: 20,
            address_days: 30,
            erase_days: 730,
        }
    }
}

/// Akismet.
#[derive(Clone, Debug)]
pub struct AkismetConfig {
    /// Empty for no Akismet.
    pub key: Secret,
    pub url: String,
    /// Address of the site's front page, as the key was given out for.
    pub site: String,
    /// Whether what is asked teaches it nothing.
    pub is_test: bool,
    /// How long it may take to answer, in milliseconds.
    pub timeout_ms: u64,
}

impl Default for AkismetConfig {
    fn default() -> Self {
        Self { key: Secret::default(), url: "https://rest.akismet.com".to_owned(), site: String::new(), is_test: false, timeout_ms: 5_000 }
    }
}
