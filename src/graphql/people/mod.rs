//! The people who work with Warta: who asks, users, sessions, second factors, API tokens.

use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use self::user::User;
use super::ContextExt;
use crate::auth::role;
use crate::domain::user as users;

pub mod account;
pub mod session;
pub mod token;
pub mod user;

/// What a user or a token may do.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::Role")]
pub enum Role {
    /// Everything.
    Admin,
    /// All content.
    Editor,
    /// Own drafts.
    Author,
    /// Comments.
    Moderator,
}

/// Something that not everybody may do.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "role::Permission")]
pub enum Permission {
    /// See drafts, archive and trash, their revisions and schedules.
    ReadUnpublished,
    /// Create articles and events, edit one's own drafts of them, and submit them for review.
    WriteOwnDrafts,
    /// Create, edit, publish, archive, trash and restore any article or event.
    ManageEntries,
    /// Manage officials, organizations, programs, topics, regions and the glossary.
    ManageReferences,
    /// Decide on comments and see their private fields.
    ModerateComments,
    /// See how far the search index is behind.
    SeeOperations,
    /// Invite, change and suspend users, and see their e-mail addresses.
    ManageUsers,
    /// Make, list and revoke API tokens.
    ManageTokens,
    /// Delete for good what is in the trash.
    Purge,
    /// Read who did what.
    ReadAuditLog,
    /// Write the privacy notice, and export and erase what is kept of a person.
    ManagePrivacy,
}

/// Who asks, and what they may do.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Viewer {
    /// Name of the user or token; "public" without one.
    name: String,
    /// Role; null for the public.
    role: Option<Role>,
    /// What the reader may do: what the role permits, narrowed to the scopes of a token.
    permissions: Vec<Permission>,
}

macro_rules! viewer_can {
    ($($(#[$doc:meta])* $name:ident: $permission:ident),+ $(,)?) => {
        #[async_graphql::ComplexObject]
        impl Viewer {
            $($(#[$doc])*
            async fn $name(&self, ctx: &Context<'_>) -> bool {
                ctx.actor().may(role::Permission::$permission)
            })+
        }
    };
}

viewer_can! {
    /// Whether the reader may see drafts, archive and trash.
    viewer_can_read_unpublished: ReadUnpublished,
    /// Whether the reader may create articles and events.
    viewer_can_write_drafts: WriteOwnDrafts,
    /// Whether the reader may edit and publish any article or event.
    viewer_can_manage_entries: ManageEntries,
    /// Whether the reader may manage officials, organizations, programs, topics, regions and the glossary.
    viewer_can_manage_references: ManageReferences,
    /// Whether the reader may decide on comments.
    viewer_can_moderate_comments: ModerateComments,
    /// Whether the reader may see how far the search index is behind.
    viewer_can_see_operations: SeeOperations,
    /// Whether the reader may invite, change and suspend users.
    viewer_can_manage_users: ManageUsers,
    /// Whether the reader may make and revoke API tokens.
    viewer_can_manage_tokens: ManageTokens,
    /// Whether the reader may delete for good what is in the trash.
    viewer_can_purge: Purge,
    /// Whether the reader may read who did what.
    viewer_can_read_audit_log: ReadAuditLog,
    /// Whether the reader may write the privacy notice, and export and erase what is kept of a person.
    viewer_can_manage_privacy: ManagePrivacy,
}

/// Queries about people.
#[derive(Default)]
pub struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// Who asks, and what they may do.
    async fn viewer(&self, ctx: &Context<'_>) -> Viewer {
        let actor = ctx.actor();
        let permissions = actor.permissions.iter().map(Into::into).collect();
        Viewer { name: actor.name.clone(), role: actor.role.map(Into::into), permissions }
    }

    /// The user who signed in; null for tokens and for the public.
    async fn me(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(users::me(ctx.domain(), ctx.actor()).await?.map(User::from))
    }

    /// A list of users by name, for those who manage them.
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<user::UserFilter>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<user::UserConnection> {
        user::list(ctx, filter.unwrap_or_default(), super::connection::page(ctx, first, after, last, before)).await
    }

    /// The API tokens, newest first, for those who manage them.
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
    ) -> Result<token::ApiTokenConnection> {
        token::list(ctx, super::connection::page(ctx, first, after, None, None)).await
    }
}
