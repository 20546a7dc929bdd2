//! A key under which a command ran, and what it made. Kept for a day.

use sea_orm::entity::prelude::*;

use crate::enums::Kind;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose key it is: an id, or for the public an address.
        pub actor: String,
        pub key: String,
        pub subject_kind: Kind,
        pub subject_id: Uuid,
        pub created_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
