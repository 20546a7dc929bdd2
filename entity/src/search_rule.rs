//! What editors want at the top of the answer to a query, or not in it at all.

use sea_orm::entity::prelude::*;

use super::enums::{Kind, SearchEffect};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_rules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The query as the editor wrote it.
        pub query: String,
        /// Its stems, each once and in order: what queries are compared by.
        pub query_key: String,
        pub effect: SearchEffect,
        pub target_kind: Kind,
        pub target_id: Uuid,
        /// Among what is pinned to the same query, from the top.
        pub position: i32,
        pub created_at: i64,
        pub updated_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
