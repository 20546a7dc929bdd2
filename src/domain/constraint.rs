//! Violations of the database's own rules, turned into field errors: what two requests at once can run into
//! after each has checked.

use sea_orm::error::ConnAcquireErr;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};

use super::error::{FieldError, Problem};

/// Unique indexes by name (PostgreSQL) and by columns (SQLite), and the input field that each guards.
const UNIQUE: &[(&str, &str, &str)] = &[
    ("uq_articles_slug", "articles.slug", "slug"),
    ("uq_events_slug", "events.slug", "slug"),
    ("uq_officials_slug", "officials.slug", "slug"),
    ("uq_programs_slug", "programs.slug", "slug"),
    ("uq_organizations_slug", "organizations.slug", "slug"),
    ("uq_topics_slug", "topics.slug", "slug"),
    ("uq_regions_slug", "regions.slug", "slug"),
    ("uq_regions_code", "regions.code", "code"),
    ("uq_glossary_terms_term", "glossary_terms.term", "term"),
    ("uq_search_rules_query_key_target_kind_target_id", "search_rules.query_key", "targetId"),
    ("uq_blocklist_entries_kind_value", "blocklist_entries.kind", "value"),
    ("uq_users_email", "users.email", "email"),
];

/// The field whose rule `error` says was broken, if it says that.
pub fn violated(error: &DbErr) -> Option<FieldError> {
    if is_restricted(error) {
        return Some(FieldError::new("id", Problem::InUse));
    }
    let cause = cause(error)?;
    match cause.kind() {
        ErrorKind::UniqueViolation => UNIQUE
            .iter()
            .find(|(name, column, _)| cause.message().contains(name) || cause.message().contains(column))
            .map(|(_, _, field)| FieldError::new(*field, Problem::Taken)),
        // What was there when it was checked has been deleted since.
        ErrorKind::ForeignKeyViolation if cause.message().contains("insert or update on table") => {
            Some(FieldError::new("input", Problem::UnknownReference))
        }
        ErrorKind::ForeignKeyViolation => Some(FieldError::new("id", Problem::InUse)),
        _ => None,
    }
}

/// Whether the database broke a transaction off because others wanted the same rows: `serialization_failure` and
/// `deadlock_detected` of PostgreSQL, `SQLITE_BUSY` and `SQLITE_BUSY_SNAPSHOT`; or there
/// was no connection to be had in time.
pub fn is_contended(error: &DbErr) -> bool {
    matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
        || code(error).is_some_and(|code| matches!(code.as_str(), "40001" | "40P01" | "5" | "517"))
}

/// A row that others still refer to, under the code that sqlx does not know: `restrict_violation` of PostgreSQL 18.
fn is_restricted(error: &DbErr) -> bool {
    code(error).as_deref() == Some("23001")
}

/// The database's own code of an error.
fn code(error: &DbErr) -> Option<String> {
    cause(error)?.code().map(Into::into)
}

/// What the database itself says.
fn cause(error: &DbErr) -> Option<&dyn DatabaseError> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause.as_database_error(),
        _ => None,
    }
}
