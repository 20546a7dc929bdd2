//! One saved state of an entry. What it holds never changes.

use sea_orm::entity::prelude::*;

use crate::enums::{ActorKind, Kind};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revisions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub entry_kind: Kind,
        pub entry_id: Uuid,
        /// Counted from 1 within its entry.
        pub number: i32,
        /// The whole saved state, relations included.
        pub state: Json,
        pub note: Option<String>,
        /// Whether an editor program saved it by itself; the next one of the same person takes its place.
        pub is_autosave: bool,
        /// When it was first what the public saw.
        pub published_at: Option<i64>,
        pub actor_kind: ActorKind,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub created_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
