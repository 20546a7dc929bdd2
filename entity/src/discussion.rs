//! The comments on an article or event as a whole: whether there may be more, and how many are shown.

use sea_orm::entity::prelude::*;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "discussions")]
    pub struct Model {
        /// That of the article or event.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub article_id: Option<Uuid>,
        pub event_id: Option<Uuid>,
        /// What an editor decided; none leaves it to the settings.
        pub is_open: Option<bool>,
        /// Comments that are shown and reply to none.
        pub threads: i64,
        /// Comments that are shown, replies included.
        pub comments: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
