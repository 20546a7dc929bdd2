//! A place of the national table, from province to village.

use sea_orm::entity::prelude::*;

use crate::enums::RegionLevel;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "regions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub slug: String,
        /// Official code, such as `73.03.01`; a sub-region's code begins with its parent's and a dot.
        #[sea_orm(unique)]
        pub code: String,
        pub level: RegionLevel,
        pub name: String,
        pub parent_id: Option<Uuid>,
        pub created_at: i64,
        pub updated_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
