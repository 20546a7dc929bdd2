//! The one behind a request.

use entity::enums::{ActorKind, Role};
use uuid::Uuid;

use super::role::{Permission, Permissions};

/// Who acts, with which role, from where. Built once a request; the second argument of every domain function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// The user, or the token where it acts for no user.
    pub id: Option<Uuid>,
    pub name: String,
    pub role: Option<Role>,
    /// What the role permits, narrowed to the scope of a token.
    pub permissions: Permissions,
    /// The session that a user signed in to.
    pub session_id: Option<Uuid>,
    /// Address of origin, where there is one.
    pub address: Option<String>,
    /// What the program calls itself that the request came from.
    pub user_agent: Option<String>,
    pub request_id: Option<String>,
    /// Under which a command that makes something runs at most once.
    pub idempotency_key: Option<String>,
}

impl Actor {
    /// Somebody who has not said who they are.
    pub fn public() -> Self {
        Self {
            kind: ActorKind::Public,
            id: None,
            name: "public".to_owned(),
            role: None,
            permissions: Permissions::default(),
            session_id: None,
            address: None,
            user_agent: None,
            request_id: None,
            idempotency_key: None,
        }
    }

    /// Warta itself, for the command line and the sample content.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, name: "warta".to_owned(), ..Self::with_role(Role::Admin) }
    }

    /// Somebody with a role and all that it permits.
    pub fn with_role(role: Role) -> Self {
        Self { role: Some(role), permissions: Permissions::of(role), ..Self::public() }
    }

    /// The actor about to run a command under `key`.
    pub fn with_key(&self, key: Option<String>) -> Self {
        Self { idempotency_key: key, ..self.clone() }
    }

    /// Whether it is somebody who has not said who they are.
    pub fn is_public(&self) -> bool {
        self.kind == ActorKind::Public
    }

    /// Whether both are the same person with the same rights, in the same session.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.kind, self.id, self.session_id, self.permissions) == (other.kind, other.id, other.session_id, other.permissions)
    }

    /// Whether the actor has `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}
