//! How often readers searched for something on a day. Nothing tells who they were.

use sea_orm::entity::prelude::*;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_counts")]
    pub struct Model {
        /// Normalised words, joined by blanks.
        #[sea_orm(primary_key, auto_increment = false)]
        pub query: String,
        /// Days since 1 January 1970, UTC.
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: i32,
        pub searches: i64,
        /// How many of them found nothing.
        pub without_hits: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
