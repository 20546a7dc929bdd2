//! A secret that lets its bearer act with a role. Only the hash of it is kept.

use sea_orm::entity::prelude::*;

use crate::enums::Role;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub role: Role,
        /// Names of the permissions that it is narrowed to, separated by commas; all of the role's without.
        pub scopes: Option<String>,
        /// SHA-256 of the secret, in hexadecimal.
        #[sea_orm(unique)]
        pub token_hash: String,
        /// Whom it acts for, where it acts for somebody.
        pub user_id: Option<Uuid>,
        pub created_at: i64,
        pub expires_at: Option<i64>,
        pub last_used_at: Option<i64>,
        pub revoked_at: Option<i64>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
