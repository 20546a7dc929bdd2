//! Database enumerations, stored as short strings so that both databases read alike.

use std::error::Error;

use sea_orm::entity::prelude::*;
use tokio_postgres::types::{FromSql, Type};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $value:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
        pub enum $name {
            $($(#[$vdoc])* #[sea_orm(string_value = $value)] #[serde(rename = $value)] $variant),+
        }

        impl $name {
            /// The stored spelling.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $value),+ }
            }

            /// Reads the stored spelling; `None` for anything else.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($value => Some(Self::$variant),)+ _ => None }
            }
        }

        impl crate::row::Cell for $name {
            fn read(value: rusqlite::types::ValueRef<'_>) -> Option<Self> {
                value.as_str().ok().and_then(Self::from_name)
            }
        }

        impl<'a> FromSql<'a> for $name {
            fn from_sql(kind: &Type, value: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                let name = <&str>::from_sql(kind, value)?;
                Self::from_name(name).ok_or_else(|| format!("{name:?} is no {}", stringify!($name)).into())
            }

            fn accepts(kind: &Type) -> bool {
                <&str as FromSql>::accepts(kind)
            }
        }
    };
}

text_enum! {
    /// A noun: the type of a global id, of a revision's entry, of a job's subject.
    Kind {
        Article = "article",
        Event = "event",
        Official = "official",
        Program = "program",
        Organization = "organization",
        Topic = "topic",
        Region = "region",
        Comment = "comment",
        GlossaryTerm = "glossary_term",
        SearchRule = "search_rule",
        User = "user",
        Session = "session",
        ApiToken = "api_token",
        BlocklistEntry = "blocklist_entry",
        PrivacyNotice = "privacy_notice",
    }
}

text_enum! {
    /// What a search rule does with its target.
    SearchEffect { Pin = "pin", Hide = "hide" }
}

text_enum! {
    /// Where an entry stands in its workflow. Trash is not a status but `deleted_at`.
    EntryStatus {
        Draft = "draft",
        InReview = "in_review",
        Approved = "approved",
        Published = "published",
        Archived = "archived",
    }
}

text_enum! {
    /// What sort of gathering an event is.
    EventKind {
        Workshop = "workshop",
        Training = "training",
        Seminar = "seminar",
        Ceremony = "ceremony",
        Meeting = "meeting",
        Visit = "visit",
        Fair = "fair",
        Other = "other",
    }
}

text_enum! {
    /// What became of an event.
    EventOutcome { Planned = "planned", Postponed = "postponed", Cancelled = "cancelled", Held = "held" }
}

text_enum! {
    /// What a participant did at an event.
    ParticipantRole {
        Opened = "opened",
        Hosted = "hosted",
        Moderated = "moderated",
        Spoke = "spoke",
        Panelist = "panelist",
        Attended = "attended",
    }
}

text_enum! {
    /// What sort of body an organization is.
    OrganizationKind {
        LocalGovernment = "local_government",
        Agency = "agency",
        Foundation = "foundation",
        Cooperative = "cooperative",
        CommunityGroup = "community_group",
        Company = "company",
        University = "university",
        Other = "other",
    }
}

text_enum! {
    /// How far a program has come.
    ProgramStage {
        Preparation = "preparation",
        Outreach = "outreach",
        GroupForming = "group_forming",
        Implementation = "implementation",
        Completed = "completed",
    }
}

text_enum! {
    /// How far a program's work at one site has come.
    SiteStatus { Planned = "planned", Active = "active", Completed = "completed" }
}

text_enum! {
    /// Level of a region in the national table.
    RegionLevel { Province = "province", Regency = "regency", City = "city", District = "district", Village = "village" }
}

text_enum! {
    /// Where a comment stands with the moderators.
    CommentStatus { Pending = "pending", Approved = "approved", Spam = "spam", Trash = "trash" }
}

text_enum! {
    /// What looks for spam.
    SpamCheck {
        Gambling = "gambling",
        Links = "links",
        Repeated = "repeated",
        Blocklist = "blocklist",
        Trap = "trap",
        Haste = "haste",
        Akismet = "akismet",
    }
}

text_enum! {
    /// What an entry of the blocklist is compared with.
    BlockKind { Word = "word", Email = "email", Domain = "domain", Network = "network" }
}

text_enum! {
    /// What a user or a token may do; see `auth/role.rs` for the permissions.
    Role { Admin = "admin", Editor = "editor", Author = "author", Moderator = "moderator" }
}

text_enum! {
    /// Whether a user may act.
    UserStatus { Active = "active", Suspended = "suspended" }
}

text_enum! {
    /// Who stands behind a write.
    ActorKind {
        /// Work that Warta does by itself, such as loading the sample content.
        System = "system",
        /// Somebody who did not say who they are.
        Public = "public",
        /// Somebody who signed in.
        User = "user",
        /// A bearer of an API token.
        ApiToken = "api_token",
    }
}

text_enum! {
    /// What an outbox job asks for.
    JobKind {
        /// Bring the search document of the subject in step with its row.
        Index = "index",
        /// Publish what is scheduled for the subject.
        Publish = "publish",
        /// Send an invitation to the user that is the subject.
        MailInvitation = "mail_invitation",
        /// Send a link for a new password to the user that is the subject.
        MailReset = "mail_reset",
        /// Ask Akismet about the comment that is the subject.
        CommentCheck = "comment_check",
        /// Tell Akismet what moderators made of the comment that is the subject.
        CommentReport = "comment_report",
        /// Have moderators told that comments wait; the subject is no comment.
        CommentDigest = "comment_digest",
        /// Tell the user that is the subject that comments wait.
        MailCommentDigest = "mail_comment_digest",
    }
}

text_enum! {
    /// Which engine an index belongs to.
    SearchEngineKind { Tantivy = "tantivy", Meilisearch = "meilisearch" }
}

text_enum! {
    /// The life of one generation of the search index.
    SearchIndexState { Building = "building", Live = "live", Retired = "retired" }
}
