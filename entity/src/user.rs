//! Somebody who works with Warta.

use sea_orm::entity::prelude::*;

use crate::enums::{Role, UserStatus};

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        #[sea_orm(unique)]
        pub email: String,
        pub role: Role,
        pub status: UserStatus,
        /// Argon2id in PHC form; none until the user has set a password.
        pub password_hash: Option<String>,
        pub password_set_at: Option<i64>,
        /// Shared secret of the second factor (RFC 6238).
        pub totp_secret: Option<Vec<u8>>,
        /// Since when the second factor is asked for; none while it is being set up.
        pub totp_confirmed_at: Option<i64>,
        /// The last time step whose code was used, so that none is used twice.
        pub totp_step: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
