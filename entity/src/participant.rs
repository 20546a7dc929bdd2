//! An official or a named guest at an event; exactly one of the two.

use sea_orm::entity::prelude::*;

use crate::enums::ParticipantRole;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "participants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub event_id: Uuid,
        pub position: i32,
        pub role: ParticipantRole,
        pub official_id: Option<Uuid>,
        pub guest_name: Option<String>,
        pub guest_office: Option<String>,
        pub session_id: Option<Uuid>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
