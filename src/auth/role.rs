//! Roles and their permissions: the one table of who may do what.

use entity::enums::Role;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// Something that not everybody may do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Permission {
            $($(#[$doc])* $variant),+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name used in messages, in the schema and for the scopes of tokens.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Reads a name; `None` for anything else.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

permissions! {
    /// See drafts, archive and trash, their revisions and schedules.
    ReadUnpublished = "READ_UNPUBLISHED",
    /// Create articles and events, edit one's own drafts of them, and submit them for review.
    WriteOwnDrafts = "WRITE_OWN_DRAFTS",
    /// Create, edit, publish, archive, trash and restore any article or event.
    ManageEntries = "MANAGE_ENTRIES",
    /// Manage officials, organizations, programs, topics, regions, the glossary and search rules.
    ManageReferences = "MANAGE_REFERENCES",
    /// Decide on comments and see their private fields.
    ModerateComments = "MODERATE_COMMENTS",
    /// See how far the search index is behind, and what readers search for.
    SeeOperations = "SEE_OPERATIONS",
    /// Invite, change and suspend users, and see their e-mail addresses.
    ManageUsers = "MANAGE_USERS",
    /// Make, list and revoke API tokens.
    ManageTokens = "MANAGE_TOKENS",
    /// Delete for good what is in the trash.
    Purge = "PURGE",
    /// Read who did what.
    ReadAuditLog = "READ_AUDIT_LOG",
    /// Write the privacy notice, and export and erase what is kept of a person.
    ManagePrivacy = "MANAGE_PRIVACY",
}

/// Whether `role` has `permission`.
pub fn permits(role: Role, permission: Permission) -> bool {
    use Permission::{
        ManageEntries, ManagePrivacy, ManageReferences, ManageTokens, ManageUsers, ModerateComments, Purge, ReadAuditLog, ReadUnpublished,
        SeeOperations, WriteOwnDrafts,
    };
    match role {
        Role::Admin => true,
        Role::Editor => match permission {
            ReadUnpublished | WriteOwnDrafts | ManageEntries | ManageReferences | ModerateComments | SeeOperations => true,
            ManageUsers | ManageTokens | Purge | ReadAuditLog | ManagePrivacy => false,
        },
        Role::Author => matches!(permission, ReadUnpublished | WriteOwnDrafts),
        Role::Moderator => matches!(permission, ModerateComments),
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(u16);

impl Permissions {
    /// Those of a role.
    pub fn of(role: Role) -> Self {
        Permission::ALL.iter().copied().filter(|permission| permits(role, *permission)).collect()
    }

    /// Whether it holds `permission`.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// What both sets hold.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the other set holds all of it.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Its permissions in their order.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | bit(permission)))
    }
}

fn bit(permission: Permission) -> u16 {
    1 << (permission as u16)
}

#[cfg(test)]
mod tests {
    use super::{Permission, Permissions};
    use entity::enums::Role;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let all: Permissions = Permission::ALL.iter().copied().collect();
        assert_eq!(all, Permissions::of(Role::Admin));
        assert_eq!(Permissions::of(Role::Author).iter().collect::<Vec<_>>(), [Permission::ReadUnpublished, Permission::WriteOwnDrafts]);
        assert_eq!(Permissions::of(Role::Author).and(Permissions::of(Role::Moderator)), Permissions::default());
        assert!(Permission::ALL.iter().all(|permission| Permission::from_name(permission.name()) == Some(*permission)));
    }
}
