//! Signing in and out.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::enums::Kind;
use entity::session as row;
use uuid::Uuid;

use super::user::User;
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::domain::session::{self as domain, Credentials};
use crate::graphql::answer::SessionCookie;
use crate::graphql::execute::Transport;
use crate::graphql::payload::{UserError, outcome};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, RequestState, id};

/// Milliseconds of a second.
const SECOND_MS: i64 = 1_000;

/// Shows a row to whose session it is.
pub struct Session {
    row: row::Model,
    is_current: bool,
}

impl Session {
    /// A row, seen from the session `current`.
    pub fn new(row: row::Model, current: Uuid) -> Self {
        Self { is_current: row.id == current, row }
    }
}

/// Somebody signed in on one device.
#[Object]
impl Session {
    /// Global id.
    async fn id(&self) -> ID {
        id::encode(Kind::Session, self.row.id)
    }

    /// Whether it is the one that asks.
    async fn is_current(&self) -> bool {
        self.is_current
    }

    /// When somebody signed in.
    async fn created_at(&self) -> DateTime {
        DateTime(self.row.created_at)
    }

    /// When it was last used, to the minute.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.row.last_used_at)
    }

    /// When it ends whatever happens.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.row.expires_at)
    }

    /// The address that they signed in from.
    async fn address(&self) -> Option<&str> {
        self.row.address.as_deref()
    }

    /// What the program calls itself that they signed in with.
    async fn user_agent(&self) -> Option<&str> {
        self.row.user_agent.as_deref()
    }
}

/// Who wants to be let in.
#[derive(InputObject)]
pub struct SessionCreateInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// A code of the second factor, or a recovery code, where one is asked for (SECOND_FACTOR_REQUIRED).
    pub code: Option<String>,
    /// True in a browser: the session is kept in a cookie that no script can read, and `token` is null.
    pub in_cookie: Option<bool>,
}

/// Somebody who was let in.
#[derive(SimpleObject)]
pub struct SessionCreatePayload {
    /// Who; null when nobody was let in.
    user: Option<User>,
    /// To be sent as `Authorization: Bearer …`; shown this once. Null when the session is kept in a cookie.
    token: Option<String>,
    /// When the session ends whatever happens.
    expires_at: Option<DateTime>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Which session to end.
#[derive(InputObject)]
pub struct SessionRevokeInput {
    /// One of the reader's own; by default the one that asks, which signs out.
    pub id: Option<ID>,
}

/// Which sessions to end.
#[derive(InputObject)]
pub struct SessionRevokeAllInput {
    /// True keeps the one that asks.
    pub keep_current: Option<bool>,
}

/// Which session was ended.
#[derive(SimpleObject)]
pub struct SessionRevokePayload {
    /// Whether it was.
    is_revoked: bool,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// How many sessions were ended.
#[derive(SimpleObject)]
pub struct SessionRevokeAllPayload {
    /// How many.
    count: i64,
}

/// Signing in and out.
#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs somebody in.
    async fn session_create(&self, ctx: &Context<'_>, #[graphql(desc = "Who.")] input: SessionCreateInput) -> Result<SessionCreatePayload> {
        let in_cookie = input.in_cookie.unwrap_or(false);
        let result = async {
            if in_cookie && ctx.data_unchecked::<RequestState>().transport == Transport::Socket {
                return Err(FieldError::new("inCookie", Problem::Malformed(Expected::OverHttp)).into());
            }
            let credentials = Credentials { email: input.email, password: input.password, code: input.code };
            domain::create(ctx.domain(), ctx.actor(), credentials).await
        };
        let (signed_in, user_errors) = outcome(ctx, result.await)?;
        let Some(signed_in) = signed_in else {
            return Ok(SessionCreatePayload { user: None, token: None, expires_at: None, user_errors });
        };
        let expires_at = signed_in.session.expires_at;
        let token = if in_cookie {
            let seconds = (expires_at - signed_in.session.created_at) / SECOND_MS;
            set_cookie(ctx, SessionCookie::Keep { secret: signed_in.secret, seconds });
            None
        } else {
            Some(signed_in.secret)
        };
        Ok(SessionCreatePayload { user: Some(signed_in.user.into()), token, expires_at: Some(DateTime(expires_at)), user_errors })
    }

    /// Ends one of the reader's own sessions, by default the one that asks: signs out.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: Option<SessionRevokeInput>,
    ) -> Result<SessionRevokePayload> {
        let result = async {
            let id = id::optional(Kind::Session, input.and_then(|input| input.id).as_ref(), "id")?;
            domain::revoke(ctx.domain(), ctx.actor(), id).await?;
            if id.is_none() || id == ctx.actor().session_id {
                set_cookie(ctx, SessionCookie::Forget);
            }
            Ok::<_, Error>(())
        };
        let (revoked, user_errors) = outcome(ctx, result.await)?;
        Ok(SessionRevokePayload { is_revoked: revoked.is_some(), user_errors })
    }

    /// Ends all of the reader's own sessions, or all but the one that asks.
    async fn session_revoke_all(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] input: Option<SessionRevokeAllInput>,
    ) -> Result<SessionRevokeAllPayload> {
        let keep_current = input.and_then(|input| input.keep_current).unwrap_or(false);
        let count = domain::revoke_all(ctx.domain(), ctx.actor(), keep_current).await?;
        if !keep_current {
            set_cookie(ctx, SessionCookie::Forget);
        }
        Ok(SessionRevokeAllPayload { count: i64::try_from(count).unwrap_or(i64::MAX) })
    }
}

/// Tells the transport what is to become of the session's cookie; over a socket nobody hears of it.
fn set_cookie(ctx: &Context<'_>, cookie: SessionCookie) {
    // Of several in one request the first holds.
    let _ = ctx.data_unchecked::<RequestState>().told.cookie.set(cookie);
}
