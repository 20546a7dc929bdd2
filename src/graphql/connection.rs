//! Relay connections: one macro for all, so that every list has the same shape.

use async_graphql::{Context, Result, SimpleObject};

use super::ContextExt;
use crate::domain::error::{Expected, FieldError, Problem};
use crate::domain::page::PageRequest;
use crate::domain::{
    article, audit, comment, entry, event, glossary, official, organization, privacy, program, region, search, token, topic, user,
};

/// Where a page stands in its list.
#[derive(SimpleObject, Clone, Debug)]
pub struct PageInfo {
    /// Whether there are rows after this page.
    pub has_next_page: bool,
    /// Whether there are rows before this page.
    pub has_previous_page: bool,
    /// Cursor of the first row.
    pub start_cursor: Option<String>,
    /// Cursor of the last row.
    pub end_cursor: Option<String>,
}

/// What a list holds, for counting it when `totalCount` is asked for.
#[derive(Clone, Debug)]
pub enum Counted {
    Articles(article::list::ArticleFilter),
    Events(event::list::EventFilter),
    Officials(official::list::OfficialFilter),
    Programs(program::list::ProgramFilter),
    Organizations(organization::OrganizationFilter),
    Topics,
    Regions(region::RegionFilter),
    GlossaryTerms,
    SearchRules,
    CommentQueue(comment::queue::QueueFilter),
    Blocklist,
    PrivacyNotices,
    Revisions(uuid::Uuid),
    Entries(entry::list::EntryFilter),
    Users(user::UserFilter),
    ApiTokens,
    AuditEntries(audit::AuditFilter),
    ThreadsOf(uuid::Uuid),
    RepliesTo(uuid::Uuid),
}

impl Counted {
    /// Counts the list under the visibility of the request's actor.
    pub async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        let (domain, actor) = (ctx.domain(), ctx.actor());
        let count = match self {
            Self::Articles(filter) => article::list::count(domain, actor, filter).await?,
            Self::Events(filter) => event::list::count(domain, actor, filter).await?,
            Self::Officials(filter) => official::list::count(domain, actor, filter).await?,
            Self::Programs(filter) => program::list::count(domain, actor, filter).await?,
            Self::Organizations(filter) => organization::count(domain, filter).await?,
            Self::Topics => topic::count(domain).await?,
            Self::Regions(filter) => region::count(domain, filter).await?,
            Self::GlossaryTerms => glossary::count(domain).await?,
            Self::SearchRules => search::rule::count(domain, actor).await?,
            Self::CommentQueue(filter) => comment::queue::count(domain, actor, filter).await?,
            Self::Blocklist => comment::blocklist::count(domain, actor).await?,
            Self::PrivacyNotices => privacy::notice::count(domain).await?,
            Self::Revisions(entry) => {
                return Ok(ctx.loader().load(super::loaders::RevisionCount(*entry)).await?.unwrap_or_default());
            }
            Self::Entries(filter) => entry::list::count(domain, actor, filter).await?,
            Self::Users(filter) => user::count(domain, actor, filter).await?,
            Self::ApiTokens => token::count(domain, actor).await?,
            Self::AuditEntries(filter) => audit::count(domain, actor, filter).await?,
            Self::ThreadsOf(id) => {
                let found = ctx.loader().load(super::loaders::DiscussionOf(*id)).await?;
                return Ok(found.map_or(0, |discussion| discussion.threads));
            }
            Self::RepliesTo(id) => return Ok(ctx.loader().load(super::loaders::ReplyCount(*id)).await?.unwrap_or_default()),
        };
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// Puts the four arguments of a list together, and whether `pageInfo` is asked for.
pub fn page(ctx: &Context<'_>, first: Option<i64>, after: Option<String>, last: Option<i64>, before: Option<String>) -> PageRequest {
    let ignores_more = !ctx.look_ahead().field("pageInfo").exists();
    PageRequest { first, after, last, before, ignores_more }
}

/// A size of a plain list, checked against its most.
pub fn size(field: &str, size: i64, most: i64) -> crate::domain::Result<usize> {
    let most = usize::try_from(most).unwrap_or_default();
    let checked = usize::try_from(size).ok().filter(|size| (1..=most).contains(size));
    checked.ok_or_else(|| FieldError::new(field, Problem::Malformed(Expected::Size(most))).into())
}

/// Makes the types of a list of objects, of which the fields named are [at hand](super::nodes::at_hand).
macro_rules! connection {
    ($(#[$doc:meta])* $connection:ident, $(#[$edge_doc:meta])* $edge:ident, $node:ident $({ $($at_hand:tt)* })?) => {
        $(#[$edge_doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// Where the row stands, for `after` and `before`.
            pub cursor: String,
            /// The row.
            pub node: $crate::graphql::nodes::One<$node>,
        }

        $crate::graphql::nodes::at_hand!($node { $($($at_hand)*)? });
        $crate::graphql::nodes::at_hand!($edge { "cursor" => |this: &$edge, _: &_| this.cursor.clone() });
        $crate::graphql::nodes::at_hand!($connection {});

        /// One page with what is needed to count the whole.
        pub struct $connection {
            page: $crate::domain::page::Page<$node>,
            counted: $crate::graphql::connection::Counted,
        }

        impl $connection {
            /// A page of rows.
            pub fn new<M>(page: $crate::domain::page::Page<M>, counted: $crate::graphql::connection::Counted) -> Self
            where
                $node: From<M>,
            {
                Self { page: page.map(<$node>::from), counted }
            }
        }

        $(#[$doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The rows of this page with their cursors.
            async fn edges(&self) -> $crate::graphql::nodes::Nodes<$edge> {
                use $crate::graphql::nodes::One;
                self.page.rows.iter().map(|(cursor, node)| $edge { cursor: cursor.encode(), node: One(node.clone()) }).collect()
            }

            /// The rows of this page.
            async fn nodes(&self) -> $crate::graphql::nodes::Nodes<$node> {
                self.page.rows.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where this page stands in the list.
            async fn page_info(&self) -> $crate::graphql::connection::PageInfo {
                $crate::graphql::connection::PageInfo {
                    has_next_page: self.page.has_next,
                    has_previous_page: self.page.has_previous,
                    start_cursor: self.page.rows.first().map(|(cursor, _)| cursor.encode()),
                    end_cursor: self.page.rows.last().map(|(cursor, _)| cursor.encode()),
                }
            }

            /// How many rows the whole list has; counted only when it is asked for.
            async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<i64> {
                // In a box: a page, of which there may be many, is not carried about in the room that all ways of counting take.
                Box::pin(self.counted.count(ctx)).await
            }
        }
    };
}
pub(super) use connection;
