//! That somebody changed a comment, or submitted one that is erased by now: counted for an hour, as comments are that are still there.

use sea_orm::entity::prelude::*;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "comment_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The same for one network, and tells nobody which.
        pub network_hash: Option<String>,
        /// The same for one e-mail address, and tells nobody which.
        pub email_hash: String,
        pub created_at: i64,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
