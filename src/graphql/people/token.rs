//! API tokens in the schema, for those who manage them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token as row;
use entity::enums::Kind;

use super::{Permission, Role};
use crate::domain::page::PageRequest;
use crate::domain::token::{self as domain, NewToken};
use crate::graphql::connection::{Counted, connection};
use crate::graphql::payload::{DeletePayload, UserError, outcome};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id, loaders};

use super::user::User;

/// Shows a row.
#[derive(Clone)]
pub struct ApiToken(row::Model);

impl From<row::Model> for ApiToken {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

/// A secret that lets a program act.
#[Object]
impl ApiToken {
    /// Global id.
    async fn id(&self) -> ID {
        id::encode(Kind::ApiToken, self.0.id)
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose permissions it has.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// What it is narrowed to; null when it may do all that its role permits.
    async fn scopes(&self) -> Option<Vec<Permission>> {
        domain::scopes(&self.0).map(|scopes| scopes.iter().map(Into::into).collect())
    }

    /// Whom it acts for, where it acts for somebody. It may do nothing that they may not.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        match self.0.user_id {
            Some(id) => Ok(ctx.loader().load(loaders::UserById(id)).await?.map(User::from)),
            None => Ok(None),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it ends; null when it does not.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it was last used, to the minute.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(DateTime)
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(DateTime)
    }
}

connection! {
    /// A page of the list of API tokens.
    ApiTokenConnection,
    /// A row of the list of API tokens.
    ApiTokenEdge, ApiToken
}

/// A page of the tokens.
pub async fn list(ctx: &Context<'_>, request: PageRequest) -> Result<ApiTokenConnection> {
    let page = domain::list(ctx.domain(), ctx.actor(), &request).await?;
    Ok(ApiTokenConnection::new(page, Counted::ApiTokens))
}

/// A new token.
#[derive(InputObject)]
pub struct ApiTokenCreateInput {
    /// What it is for.
    pub name: String,
    /// Whose permissions it has.
    pub role: Role,
    /// Narrows it to some of them.
    pub scopes: Option<Vec<Permission>>,
    /// A user that it acts for. It may do nothing that they may not, and rests while they are suspended.
    pub user_id: Option<ID>,
    /// When it ends; a moment to come.
    pub expires_at: Option<DateTime>,
    /// The same key within a day leads to the token that the first request with it made, instead of making another; its secret
    /// is not told again. 8 to 100 visible ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A token that was made.
#[derive(SimpleObject)]
pub struct ApiTokenCreatePayload {
    /// The token; null when none was made.
    api_token: Option<ApiToken>,
    /// To be sent as `Authorization: Bearer …`; shown this once.
    secret: Option<String>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Which token to end.
#[derive(InputObject)]
pub struct ApiTokenRevokeInput {
    /// Which one.
    pub id: ID,
}

/// Changes of API tokens, for those who manage them.
#[derive(Default)]
pub struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Makes a token.
    async fn api_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new token.")] input: ApiTokenCreateInput,
    ) -> Result<ApiTokenCreatePayload> {
        let made = async {
            let new = NewToken {
                name: input.name,
                role: input.role.into(),
                scopes: input.scopes.map(|scopes| scopes.into_iter().map(Into::into).collect()),
                user_id: id::optional(Kind::User, input.user_id.as_ref(), "userId")?,
                expires_at: input.expires_at.map(|end| end.0),
            };
            domain::create_once(ctx.domain(), &ctx.actor().with_key(input.idempotency_key), new).await
        };
        let (made, user_errors) = outcome(ctx, made.await)?;
        let (api_token, secret) = made.unzip();
        Ok(ApiTokenCreatePayload { api_token: api_token.map(ApiToken::from), secret: secret.flatten(), user_errors })
    }

    /// Ends a token at once.
    async fn api_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ApiTokenRevokeInput,
    ) -> Result<DeletePayload> {
        let result = async { domain::revoke(ctx.domain(), ctx.actor(), id::require(Kind::ApiToken, &input.id, "id")?).await };
        let result = result.await;
        DeletePayload::new(ctx, input.id, result)
    }
}
