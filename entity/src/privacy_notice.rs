//! One version of the privacy notice; never changed, because consents refer to it.

use sea_orm::entity::prelude::*;

use crate::enums::ActorKind;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "privacy_notices")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub version: String,
        /// Markdown, in Indonesian.
        pub body_id: String,
        /// Markdown, in English.
        pub body_en: String,
        pub created_at: i64,
        pub actor_kind: ActorKind,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
