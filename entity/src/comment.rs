//! A reader's comment on an article or an event; exactly one of the two.

use sea_orm::entity::prelude::*;

use crate::enums::CommentStatus;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub article_id: Option<Uuid>,
    pub event_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub author_name: String,
    /// Private: for moderators only.
    pub author_email: String,
    pub author_website: Option<String>,
    /// Plain text.
    pub body: String,
    pub status: CommentStatus,
    /// Why a moderator decided so; private.
    pub status_reason: Option<String>,
    /// What the checks for spam came to, 0 to 100; private.
    pub spam_score: i32,
    /// What each check found, as JSON; private.
    pub spam_checks: String,
    /// The same for comments of the same words; none for a few words, which many people say.
    pub body_key: Option<i64>,
    pub consent_at: i64,
    /// Version of the privacy notice that was agreed to.
    pub consent_notice: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
