//! Which regions an article is in, its own and those that hold them: once whatever its topics, and once it was published once for each
//! of them. Kept so that lists by region, by topic or not, are read in their order. It follows from the links of the article.

use sea_orm::entity::prelude::*;

/// The topic of the row that stands for an article whatever its topics.
pub const ANY_TOPIC: Uuid = Uuid::nil();

model! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveEntityModel)]
    #[sea_orm(table_name = "article_areas")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub article_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub region_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub topic_id: Uuid,
        /// That of the article.
        pub published_at: Option<i64>,
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
