//! A reader's comment on an article or an event; exactly one of the two.

use sea_orm::entity::prelude::*;

use crate::enums::CommentStatus;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub article_id: Option<Uuid>,
        pub event_id: Option<Uuid>,
        pub parent_id: Option<Uuid>,
        /// 0 for a thread's first, one more for each reply.
        pub depth: i32,
        pub author_name: String,
        /// Private: for moderators only. Empty once it is erased.
        pub author_email: String,
        pub author_website: Option<String>,
        /// Plain text.
        pub body: String,
        pub status: CommentStatus,
        /// Whether it is approved, and all that it replies to, too.
        pub is_shown: bool,
        /// Why a moderator decided so; private.
        pub status_reason: Option<String>,
        /// What the checks for spam came to, 0 to 100; private.
        pub spam_score: i32,
        /// What each check found, as JSON; private.
        pub spam_checks: String,
        /// By which comments of nearly the same words are found; none for a few words, which many people say.
        pub sketch_a: Option<i64>,
        pub sketch_b: Option<i64>,
        pub sketch_c: Option<i64>,
        pub consent_at: i64,
        /// Version of the privacy notice that was agreed to.
        pub consent_notice: String,
        /// Where it came from; private, and forgotten after a while.
        pub address: Option<String>,
        /// The same for comments from one network, and tells nobody which; private.
        pub network_hash: Option<String>,
        /// What the program calls itself that it came from; private.
        pub user_agent: Option<String>,
        /// The user or token that wrote it, if they said who they are.
        pub author_user_id: Option<Uuid>,
        pub created_at: i64,
        pub updated_at: i64,
        /// When its text was last changed.
        pub edited_at: Option<i64>,
        /// When somebody last decided on it.
        pub moderated_at: Option<i64>,
        /// When all that its writer gave was erased.
        pub erased_at: Option<i64>,
    }
}

head! {
    id: Uuid,
    article_id: Option<Uuid>,
    event_id: Option<Uuid>,
    parent_id: Option<Uuid>,
    depth: i32,
    author_name: String,
    author_website: Option<String>,
    body: String,
    author_user_id: Option<Uuid>,
    created_at: i64,
    edited_at: Option<i64>,
    erased_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
