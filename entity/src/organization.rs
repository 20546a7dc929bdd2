//! A body: a local government, an agency, a foundation, a cooperative.

use sea_orm::entity::prelude::*;

use crate::enums::OrganizationKind;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "organizations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        #[sea_orm(unique)]
        pub slug: String,
        pub name: String,
        pub abbreviation: Option<String>,
        pub kind: OrganizationKind,
        pub description: Option<String>,
        pub parent_id: Option<Uuid>,
        pub region_id: Option<Uuid>,
        pub created_at: i64,
        pub updated_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
