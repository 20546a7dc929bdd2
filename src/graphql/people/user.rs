//! Users in the schema, and what admins do with them.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::enums::Kind;
use entity::user as row;

use super::Role;
use super::session::Session;
use crate::domain::account::{self, Link};
use crate::domain::page::PageRequest;
use crate::domain::user::{self as domain, UserPatch};
use crate::domain::{second_factor, session};
use crate::graphql::connection::{Counted, connection};
use crate::graphql::payload::{UserError, outcome, payload};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id};

/// Shows a row; only those get it who may see all of it.
#[derive(Clone)]
pub struct User(row::Model);

impl From<row::Model> for User {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

/// Whether a user may act.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::UserStatus")]
pub enum UserStatus {
    /// May sign in.
    Active,
    /// Is kept out.
    Suspended,
}

/// Somebody who works with Warta; shown to those who manage users, and to themselves.
#[Object]
impl User {
    /// Global id.
    pub async fn id(&self) -> ID {
        id::encode(Kind::User, self.0.id)
    }

    /// The full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The e-mail address that they sign in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// What they may do.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Whether they may act.
    async fn status(&self) -> UserStatus {
        self.0.status.into()
    }

    /// Whether they have set a password; until then they are only invited.
    async fn has_password(&self) -> bool {
        self.0.password_hash.is_some()
    }

    /// Whether a second factor is asked for when they sign in.
    async fn has_second_factor(&self) -> bool {
        self.0.totp_confirmed_at.is_some()
    }

    /// When they were invited.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Where they are signed in, newest first, at the most 50; empty when somebody else asks.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        match domain::signed_in(ctx.actor()) {
            Ok((id, current)) if id == self.0.id => {
                let rows = session::list(ctx.domain(), id).await?;
                Ok(rows.into_iter().map(|row| Session::new(row, current)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

connection! {
    /// A page of a list of users.
    UserConnection,
    /// A row of a list of users.
    UserEdge, User
}

/// Which users; all parts must fit.
#[derive(InputObject, Default)]
pub struct UserFilter {
    /// With this role.
    pub role: Option<Role>,
    /// With this status.
    pub status: Option<UserStatus>,
}

/// A page of users.
pub async fn list(ctx: &Context<'_>, filter: UserFilter, request: PageRequest) -> Result<UserConnection> {
    let filter = domain::UserFilter { role: filter.role.map(Into::into), status: filter.status.map(Into::into) };
    let page = domain::list(ctx.domain(), ctx.actor(), &filter, &request).await?;
    Ok(UserConnection::new(page, Counted::Users(filter)))
}

payload! {
    /// The outcome of a change of a user.
    UserPayload,
    /// The user after the change; null when nothing changed.
    user: User
}

/// A user and a link that lets them set a password.
#[derive(SimpleObject)]
pub struct UserLinkPayload {
    /// The user; null when nothing was done.
    user: Option<User>,
    /// What `passwordSet` takes, once; shown this once.
    token: Option<String>,
    /// When it ends.
    expires_at: Option<DateTime>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

impl UserLinkPayload {
    fn new(ctx: &Context<'_>, result: crate::domain::Result<(row::Model, Link)>) -> Result<Self> {
        let (made, user_errors) = outcome(ctx, result)?;
        let (user, link) = made.unzip();
        let (token, expires_at) = link.map(|link| (link.secret, DateTime(link.expires_at))).unzip();
        Ok(Self { user: user.map(User::from), token, expires_at, user_errors })
    }
}

/// Who is invited.
#[derive(InputObject)]
pub struct UserInviteInput {
    /// The full name.
    pub name: String,
    /// The e-mail address that they will sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// The same key within a day leads to the user that the first request with it added, with a link of their own: 8 to 100
    /// visible ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// A change of a user; an omitted field is left alone.
#[derive(InputObject)]
pub struct UserUpdateInput {
    /// Which one.
    pub id: ID,
    /// The full name.
    pub name: Option<String>,
    /// The e-mail address that they sign in with.
    pub email: Option<String>,
    /// What they may do, from their next request on.
    pub role: Option<Role>,
}

/// Which user.
#[derive(InputObject)]
pub struct UserInput {
    /// Which one.
    pub id: ID,
}

/// Changes of users, for those who manage them.
#[derive(Default)]
pub struct UserMutation;

fn own(id: &ID) -> crate::domain::Result<uuid::Uuid> {
    id::require(Kind::User, id, "id")
}

#[Object]
impl UserMutation {
    /// Adds a user, who gets a mail with a link to set a password. Another one is returned, to be handed on by other ways.
    async fn user_invite(&self, ctx: &Context<'_>, #[graphql(desc = "Who.")] input: UserInviteInput) -> Result<UserLinkPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let made = domain::invite(ctx.domain(), &actor, &input.name, &input.email, input.role.into(), true);
        UserLinkPayload::new(ctx, made.await)
    }

    /// Makes a new link for somebody whose invitation has ended or who has lost their password; earlier ones end.
    async fn user_renew_link(&self, ctx: &Context<'_>, #[graphql(desc = "For whom.")] input: UserInput) -> Result<UserLinkPayload> {
        let made = async { account::renew_link(ctx.domain(), ctx.actor(), own(&input.id)?, true).await };
        UserLinkPayload::new(ctx, made.await)
    }

    /// Changes a user.
    async fn user_update(&self, ctx: &Context<'_>, #[graphql(desc = "The change.")] input: UserUpdateInput) -> Result<UserPayload> {
        let result = async {
            let patch = UserPatch { name: input.name, email: input.email, role: input.role.map(Into::into) };
            domain::update(ctx.domain(), ctx.actor(), own(&input.id)?, patch).await
        };
        UserPayload::new(ctx, result.await)
    }

    /// Keeps a user out at once. Their sessions end, and tokens that act for them rest.
    async fn user_suspend(&self, ctx: &Context<'_>, #[graphql(desc = "Whom.")] input: UserInput) -> Result<UserPayload> {
        let result = async { domain::suspend(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        UserPayload::new(ctx, result.await)
    }

    /// Lets a suspended user in again.
    async fn user_activate(&self, ctx: &Context<'_>, #[graphql(desc = "Whom.")] input: UserInput) -> Result<UserPayload> {
        let result = async { domain::activate(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        UserPayload::new(ctx, result.await)
    }

    /// Takes the second factor away from a user who has lost it and the recovery codes.
    async fn user_remove_second_factor(&self, ctx: &Context<'_>, #[graphql(desc = "From whom.")] input: UserInput) -> Result<UserPayload> {
        let result = async { second_factor::remove_of(ctx.domain(), ctx.actor(), own(&input.id)?).await };
        UserPayload::new(ctx, result.await)
    }
}
