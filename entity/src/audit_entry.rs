//! Who did what to which, when, from where; append-only.

use sea_orm::entity::prelude::*;

use crate::enums::{ActorKind, Kind};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub created_at: i64,
        pub actor_kind: ActorKind,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        /// Noun and verb, such as `article.publish`.
        pub action: String,
        pub subject_kind: Kind,
        pub subject_id: Uuid,
        /// Names of the fields that changed, separated by commas.
        pub changed_fields: String,
        pub address: Option<String>,
        pub request_id: Option<String>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
