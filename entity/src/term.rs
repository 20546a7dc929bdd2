//! A term of office: who held which office, from when until when.

use sea_orm::entity::prelude::*;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "terms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub official_id: Uuid,
        pub position: i32,
        pub office: String,
        pub organization_id: Option<Uuid>,
        pub region_id: Option<Uuid>,
        pub from_on: TimeDate,
        /// Last day in office; null while it lasts.
        pub until_on: Option<TimeDate>,
        /// True for an acting holder (Plt., Pj.).
        pub acting: bool,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
