//! News: one story, its row holding what the public may see.

use sea_orm::entity::prelude::*;

use crate::enums::EntryStatus;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "articles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub slug: String,
        pub kicker: Option<String>,
        pub title: String,
        pub summary: Option<String>,
        /// Markdown.
        pub body: String,
        pub byline: Option<String>,
        /// BCP 47 tag of the text's language.
        pub language: String,
        /// Its topics and regions in their order, [packed](crate::ids): the same as its links lead to, for lists that show them.
        pub topic_ids: Vec<u8>,
        pub region_ids: Vec<u8>,
        pub status: EntryStatus,
        /// When it was first published.
        pub published_at: Option<i64>,
        pub created_at: i64,
        pub updated_at: i64,
        pub deleted_at: Option<i64>,
        /// Number of the newest revision.
        pub revision: i32,
        /// Number of the revision that the row shows.
        pub live_revision: i32,
        pub created_by: Option<Uuid>,
        /// When a revision is to be published.
        pub scheduled_at: Option<i64>,
        pub scheduled_revision: Option<i32>,
        /// When a schedule ended without a publication, and the fields that it failed for.
        pub schedule_failed_at: Option<i64>,
        pub schedule_problem: Option<String>,
        /// Why a reviewer sent it back.
        pub review_note: Option<String>,
        /// When its newest revision was saved.
        pub saved_at: i64,
    }
}

head! {
    id: Uuid,
    slug: String,
    kicker: Option<String>,
    title: String,
    summary: Option<String>,
    byline: Option<String>,
    language: String,
    topic_ids: Vec<u8>,
    region_ids: Vec<u8>,
    status: EntryStatus,
    published_at: Option<i64>,
    updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
