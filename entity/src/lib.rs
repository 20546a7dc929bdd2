//! The tables: columns and database enums, one table a file, and no logic.

/// Declares the row of a table, the struct given, so that it can be read by position and inserted as well.
macro_rules! model {
    ($(#[$meta:meta])* pub struct Model { $($(#[$of_column:meta])* pub $column:ident: $value:ty),* $(,)? }) => {
        $(#[$meta])*
        pub struct Model {
            $($(#[$of_column])* pub $column: $value),*
        }

        crate::row::from_row!(Model { $($column),* });
        crate::row::whole!(Model { $($column),* });
    };
}

/// Declares the head of an entry: the columns that everybody may see but its long text, which is all that most lists need.
macro_rules! head {
    ($($column:ident: $value:ty),* $(,)?) => {
        /// The columns that everybody may see, but for the long text.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Head {
            $(pub $column: $value),*
        }

        impl From<&Model> for Head {
            fn from(row: &Model) -> Self {
                Self { $($column: row.$column.clone()),* }
            }
        }

        crate::row::from_row!(Head { $($column),* });
    };
}

pub mod api_token;
pub mod article;
pub mod article_area;
pub mod article_event;
pub mod article_program;
pub mod article_region;
pub mod article_topic;
pub mod audit_entry;
pub mod blocklist_entry;
pub mod comment;
pub mod comment_attempt;
pub mod comment_edit;
pub mod discussion;
pub mod enums;
pub mod event;
pub mod event_organizer;
pub mod event_session;
pub mod glossary_term;
pub mod idempotency_key;
pub mod ids;
pub mod official;
pub mod one_time_link;
pub mod organization;
pub mod outbox_job;
pub mod participant;
pub mod privacy_notice;
pub mod program;
pub mod program_site;
pub mod recovery_code;
pub mod redirect;
pub mod region;
pub mod revision;
pub mod row;
pub mod search_count;
pub mod search_index;
pub mod search_rule;
pub mod session;
pub mod sign_in_attempt;
pub mod site_key;
pub mod term;
pub mod topic;
pub mod user;
