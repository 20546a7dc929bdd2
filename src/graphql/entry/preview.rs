//! Revisions shown to whoever has a token.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::domain::entry::preview::{self as domain, Previewed};
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::graphql::node::Node;
use crate::graphql::payload::{UserError, outcome};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id};

/// What to show to whoever has the token.
#[derive(InputObject)]
pub struct PreviewCreateInput {
    /// The entry.
    pub id: ID,
    /// Number of the revision to show; by default the newest.
    pub revision: Option<i32>,
    /// How long the token is good for: 1 to 43200 minutes (30 days), by default a day.
    pub minutes: Option<i64>,
}

/// A token that shows a revision.
#[derive(SimpleObject)]
pub struct PreviewCreatePayload {
    /// What `preview` takes; null when none was made.
    token: Option<String>,
    /// When it ends.
    expires_at: Option<DateTime>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Making previews.
#[derive(Default)]
pub struct PreviewMutation;

#[Object]
impl PreviewMutation {
    /// Makes a token that shows one revision to somebody without an account, for a while.
    async fn preview_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to show.")] input: PreviewCreateInput,
    ) -> Result<PreviewCreatePayload> {
        let made = async {
            let unknown = || Error::from(FieldError::new("id", Problem::Malformed(Expected::EntryId)));
            let entry = id::decode(&input.id).ok_or_else(unknown)?;
            domain::create(ctx.domain(), ctx.actor(), entry, input.revision, input.minutes).await
        };
        let (made, user_errors) = outcome(ctx, made.await)?;
        let (token, expires_at) = made.unzip();
        Ok(PreviewCreatePayload { token, expires_at: expires_at.map(DateTime), user_errors })
    }
}

/// Reading previews.
#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// The revision that a token of `previewCreate` shows: an article, event, official or program. Its relations are those that
    /// the reader may see. Null when it is gone meanwhile.
    async fn preview(&self, ctx: &Context<'_>, #[graphql(desc = "The token.")] token: String) -> Result<Option<Node>> {
        ctx.keep_from_others();
        let shown = domain::read(ctx.domain(), &token).await?;
        Ok(shown.map(|shown| match shown {
            Previewed::Article(shown) => Node::Article(shown.into()),
            Previewed::Event(shown) => Node::Event(shown.into()),
            Previewed::Official(shown) => Node::Official(shown.into()),
            Previewed::Program(shown) => Node::Program(shown.into()),
        }))
    }
}
