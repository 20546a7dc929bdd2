//! Akismet: a service that tells whether a comment is spam. Its API is described at akismet.com/developers.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::form_urlencoded::Serializer;

use crate::config::AkismetConfig;

/// Answer of the service to a report that it has taken.
const THANKS: &str = "Thanks for making the web a better place.";

/// The service, with our key.
#[derive(Clone, Debug)]
pub struct Akismet {
    client: reqwest::Client,
    config: AkismetConfig,
}

/// A comment as the service sees it.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    pub address: &'a str,
    pub user_agent: Option<&'a str>,
    pub is_reply: bool,
    pub author_name: &'a str,
    pub author_email: &'a str,
    pub author_website: Option<&'a str>,
    pub body: &'a str,
    /// In milliseconds.
    pub created_at: i64,
    /// Whether it may have been asked about before.
    pub is_edited: bool,
}

/// What the service thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Ham,
    Spam {
        /// Whether it advises to throw the comment away.
        is_blatant: bool,
    },
}

/// What somebody found a comment to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    Ham,
    Spam,
}

impl Akismet {
    /// The service, if there is a key for it.
    pub fn new(config: &AkismetConfig) -> anyhow::Result<Option<Self>> {
        if config.key.expose().is_empty() {
            return Ok(None);
        }
        anyhow::ensure!(
            !config.site.is_empty(),
            "akismet.site: give the address of the site's front page, such as https://kabar.contoh.id/"
        );
        // Whoever comes second finds it installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let timeout = Duration::from_millis(config.timeout_ms);
        let agent = concat!("Warta/", env!("CARGO_PKG_VERSION"), " | Akismet/1.1");
        let client = reqwest::Client::builder().timeout(timeout).user_agent(agent).build().context("Akismet")?;
        Ok(Some(Self { client, config: config.clone() }))
    }

    /// Whether our key is good. Fails when the service can't be asked.
    pub async fn is_key_valid(&self) -> anyhow::Result<bool> {
        let mut form = Serializer::new(String::new());
        // The parameter has been called both.
        form.append_pair("api_key", self.config.key.expose()).append_pair("key", self.config.key.expose());
        form.append_pair("blog", &self.config.site);
        let (answer, _) = self.post("verify-key", form.finish()).await?;
        Ok(answer == "valid")
    }

    /// Asks about a comment. Fails when the service does not answer, or does not take our key.
    pub async fn check(&self, comment: &Described<'_>) -> anyhow::Result<Verdict> {
        let (answer, headers) = self.post("comment-check", self.form(comment)).await?;
        match answer.as_str() {
            "true" => {
                let advice = headers.get("x-akismet-pro-tip").and_then(|advice| advice.to_str().ok());
                Ok(Verdict::Spam { is_blatant: advice == Some("discard") })
            }
            "false" => Ok(Verdict::Ham),
            _ => bail!("Akismet refused: {}", reason(&answer, &headers)),
        }
    }

    /// Tells what a comment really was.
    pub async fn report(&self, report: Report, comment: &Described<'_>) -> anyhow::Result<()> {
        let path = match report {
            Report::Ham => "submit-ham",
            Report::Spam => "submit-spam",
        };
        let (answer, headers) = self.post(path, self.form(comment)).await?;
        anyhow::ensure!(answer == THANKS, "Akismet refused: {}", reason(&answer, &headers));
        Ok(())
    }

    fn form(&self, comment: &Described<'_>) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("api_key", self.config.key.expose())
            .append_pair("blog", &self.config.site)
            .append_pair("blog_lang", "id, en")
            .append_pair("blog_charset", "UTF-8")
            .append_pair("user_ip", comment.address)
            .append_pair("comment_type", if comment.is_reply { "reply" } else { "comment" })
            .append_pair("comment_author", comment.author_name)
            .append_pair("comment_author_email", comment.author_email)
            .append_pair("comment_content", comment.body);
        if let Ok(at) = jiff::Timestamp::from_millisecond(comment.created_at) {
            form.append_pair("comment_date_gmt", &at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
        for (name, value) in [("user_agent", comment.user_agent), ("comment_author_url", comment.author_website)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        if comment.is_edited {
            form.append_pair("recheck_reason", "edit");
        }
        if self.config.is_test {
            form.append_pair("is_test", "true");
        }
        form.finish()
    }

    async fn post(&self, path: &str, form: String) -> anyhow::Result<(String, HeaderMap)> {
        let address = format!("{}/1.1/{path}", self.config.url.trim_end_matches('/'));
        let request = self.client.post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        // The address holds no secret, but an error need not repeat it.
        let answer = request.send().await.map_err(reqwest::Error::without_url).context("Akismet does not answer")?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        anyhow::ensure!(status.is_success(), "Akismet answered with status {}", status.as_u16());
        let text = answer.text().await.map_err(reqwest::Error::without_url).context("Akismet broke off")?;
        Ok((text.trim().to_owned(), headers))
    }
}

/// Why the service refused, as it says itself.
fn reason(answer: &str, headers: &HeaderMap) -> String {
    let names = ["x-akismet-alert-msg", "x-akismet-debug-help", "x-akismet-error"];
    let told = names.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    told.unwrap_or(answer).chars().take(200).collect()
}
