//! Roles and their permissions: the one table of who may do what.

use entity::enums::Role;

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See drafts, archive and trash.
    ReadUnpublished,
    /// Create articles and events, and edit one's own drafts of them.
    WriteOwnDrafts,
    /// Create, edit, publish, archive, trash and restore any article or event.
    ManageEntries,
    /// Manage officials, organizations, programs, topics, regions and the glossary.
    ManageReferences,
    /// Decide on comments and see their private fields.
    ModerateComments,
    /// See how far the search index is behind.
    SeeOperations,
}

impl Permission {
    /// The name used in error messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadUnpublished => "READ_UNPUBLISHED",
            Self::WriteOwnDrafts => "WRITE_OWN_DRAFTS",
            Self::ManageEntries => "MANAGE_ENTRIES",
            Self::ManageReferences => "MANAGE_REFERENCES",
            Self::ModerateComments => "MODERATE_COMMENTS",
            Self::SeeOperations => "SEE_OPERATIONS",
        }
    }
}

/// Whether `role` has `permission`.
pub fn permits(role: Role, permission: Permission) -> bool {
    use Permission::{ManageEntries, ManageReferences, ModerateComments, ReadUnpublished, SeeOperations, WriteOwnDrafts};
    match role {
        Role::Admin => true,
        Role::Editor => match permission {
            ReadUnpublished | WriteOwnDrafts | ManageEntries | ManageReferences | ModerateComments | SeeOperations => true,
        },
        Role::Author => matches!(permission, ReadUnpublished | WriteOwnDrafts),
        Role::Moderator => matches!(permission, ModerateComments),
    }
}
