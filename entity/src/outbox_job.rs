//! Work to be done after the transaction that wrote it: it names its subject and never carries its content.

use sea_orm::entity::prelude::*;

use crate::enums::{JobKind, Kind};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox_jobs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: JobKind,
        pub subject_kind: Kind,
        pub subject_id: Uuid,
        pub created_at: i64,
        pub due_at: i64,
        pub attempts: i32,
        pub lease_owner: Option<Uuid>,
        pub lease_until: Option<i64>,
        pub last_error: Option<String>,
        /// When it was given up; it then waits for `reindex`.
        pub failed_at: Option<i64>,
        /// When it was done, kept only while a new index is being built, which replays it.
        pub done_at: Option<i64>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
