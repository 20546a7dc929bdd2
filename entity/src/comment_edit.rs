//! What a comment said before it was changed.

use sea_orm::entity::prelude::*;

use crate::enums::ActorKind;

model! {
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "comment_edits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub comment_id: Uuid,
        pub author_name: String,
        pub author_website: Option<String>,
        pub body: String,
        /// When it was changed.
        pub created_at: i64,
        pub actor_kind: ActorKind,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
