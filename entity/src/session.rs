//! Somebody signed in on one device. Only the hash of the secret is kept.

use sea_orm::entity::prelude::*;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: Uuid,
        /// SHA-256 of the secret, in hexadecimal.
        #[sea_orm(unique)]
        pub token_hash: String,
        pub created_at: i64,
        pub last_used_at: i64,
        /// When it ends whatever happens.
        pub expires_at: i64,
        pub address: Option<String>,
        /// What the program that signed in calls itself.
        pub user_agent: Option<String>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
