//! Where a program works, and in which sector.

use sea_orm::entity::prelude::*;

use crate::enums::SiteStatus;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "program_sites")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub program_id: Uuid,
        pub position: i32,
        pub region_id: Uuid,
        pub sector: String,
        pub status: SiteStatus,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
