//! The one behind a request.

use entity::enums::{ActorKind, Role};
use uuid::Uuid;

use super::role::{Permission, permits};

/// Who acts, with which role, from where. Built once a request; the second argument of every domain function.
#[derive(Clone, Debug)]
pub struct Actor {
    pub kind: ActorKind,
    /// The user, or the token where it acts for no user.
    pub id: Option<Uuid>,
    pub name: String,
    pub role: Option<Role>,
    /// Address of origin, where there is one.
    pub address: Option<String>,
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
            address: None,
            request_id: None,
            idempotency_key: None,
        }
    }

    /// Warta itself, for the command line and the sample content.
    pub fn system() -> Self {
        Self { kind: ActorKind::System, name: "warta".to_owned(), role: Some(Role::Admin), ..Self::public() }
    }

    /// The actor about to run a command under `key`.
    pub fn with_key(&self, key: Option<String>) -> Self {
        Self { idempotency_key: key, ..self.clone() }
    }

    /// Whether the actor has `permission`.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.is_some_and(|role| permits(role, permission))
    }
}
