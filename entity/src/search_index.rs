//! One generation of a search index. The row, not the engine, says which generation is live, so that a swap is one transaction.

use sea_orm::entity::prelude::*;

use crate::enums::{SearchEngineKind, SearchIndexState};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_indexes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub engine: SearchEngineKind,
        /// Version of the document form and the text analysis it was built with.
        pub format: i32,
        pub state: SearchIndexState,
        pub created_at: i64,
        /// Last sign of life of whoever builds it.
        pub heartbeat_at: i64,
        pub live_at: Option<i64>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
