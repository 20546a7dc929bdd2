//! What a database says went wrong, in the form in which SeaORM has it, so that rules look in one place.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};

/// An error with the database's own code: the extended one of SQLite, the five characters (SQLSTATE) of PostgreSQL.
#[derive(Debug)]
struct Failure {
    code: String,
    message: String,
}

/// What the database itself says of a statement.
pub(super) fn said(code: String, message: String) -> DbErr {
    let failure = Box::new(Failure { code, message });
    DbErr::Query(RuntimeErr::SqlxError(sea_orm::sqlx::Error::Database(failure).into()))
}

/// Nobody reads or writes any more.
pub(super) fn closed() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database is closed".to_owned()))
}

/// The transaction was taken back after an error that was told then.
pub(super) fn ended() -> DbErr {
    DbErr::Query(RuntimeErr::Internal("the transaction has ended".to_owned()))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.message, self.code)
    }
}

impl StdError for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.code))
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code.as_str() {
            // SQLite: of an index, of the primary key.
            "2067" | "1555" | "23505" => ErrorKind::UniqueViolation,
            // SQLite: of the table, of a trigger, which is how it keeps a row that others refer to.
            "787" | "1811" | "23503" => ErrorKind::ForeignKeyViolation,
            "1299" | "23502" => ErrorKind::NotNullViolation,
            "275" | "23514" => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;
    use sea_orm::sqlx::error::{DatabaseError, ErrorKind};

    use super::Failure;

    #[test]
    fn codes_of_sqlite_are_those_that_it_has() {
        let kind = |code: i32| Failure { code: code.to_string(), message: String::new() }.kind();
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_UNIQUE), ErrorKind::UniqueViolation);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_PRIMARYKEY), ErrorKind::UniqueViolation);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_FOREIGNKEY), ErrorKind::ForeignKeyViolation);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_TRIGGER), ErrorKind::ForeignKeyViolation);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_NOTNULL), ErrorKind::NotNullViolation);
        assert_eq!(kind(ffi::SQLITE_CONSTRAINT_CHECK), ErrorKind::CheckViolation);
    }
}
