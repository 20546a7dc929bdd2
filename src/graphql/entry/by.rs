//! Which entry is meant, by its id or its slug.

use async_graphql::{Context, ID};
use entity::row::Columns;

use crate::domain::Result;
use crate::domain::entry::{self, Entry};
use crate::graphql::nodes::One;
use crate::graphql::{ContextExt, id};

/// One entry of a noun.
pub enum Which {
    Id(ID),
    Slug(String),
}

impl Which {
    /// Its columns of `R`, if there is one that the reader may see; `field` is where this stands in the input.
    pub async fn find<E: Entry, R: Columns<Entity = E::Entity>>(self, ctx: &Context<'_>, field: &str) -> Result<Option<R>> {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        match self {
            Self::Id(id) => entry::find::<E, R>(domain, actor, id::require(E::KIND, &id, &format!("{field}.id"))?).await,
            Self::Slug(slug) => entry::find_by_slug::<E, R>(domain, actor, &slug).await,
        }
    }

    /// It as its type shows it, for a root whose argument is `by`. All of its row is read at once for its long text, and for those who
    /// work here, who look behind the head.
    pub async fn shown<E: Entry, T>(self, ctx: &Context<'_>, long_text: &str) -> Result<Option<One<T>>>
    where
        T: From<E::Row> + From<E::Head>,
    {
        let is_whole = !ctx.actor().is_public() || ctx.look_ahead().field(long_text).exists();
        let found = if is_whole {
            self.find::<E, E::Row>(ctx, "by").await?.map(T::from)
        } else {
            self.find::<E, E::Head>(ctx, "by").await?.map(T::from)
        };
        Ok(found.map(One))
    }
}

/// Defines the input that names an entry of a noun.
macro_rules! by {
    ($(#[$doc:meta])* $name:ident, $noun:ty) => {
        $(#[$doc])*
        #[derive(async_graphql::OneofObject)]
        pub enum $name {
            /// By global id.
            Id(async_graphql::ID),
            /// By slug, a present or an old one.
            Slug(String),
        }

        impl $name {
            /// Which one it names.
            pub fn which(self) -> $crate::graphql::entry::by::Which {
                match self {
                    Self::Id(id) => $crate::graphql::entry::by::Which::Id(id),
                    Self::Slug(slug) => $crate::graphql::entry::by::Which::Slug(slug),
                }
            }

            /// The head, if there is one that the reader may see; `field` is where this stands in the input.
            pub async fn row(
                self,
                ctx: &async_graphql::Context<'_>,
                field: &str,
            ) -> $crate::domain::Result<Option<<$noun as $crate::domain::entry::Entry>::Head>> {
                self.which().find::<$noun, _>(ctx, field).await
            }
        }
    };
}
pub(in crate::graphql) use by;
