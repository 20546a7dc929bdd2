//! What SQLite says went wrong, in the form in which the other database says it, so that rules look in one place.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use rusqlite::ffi;
use sea_orm::sqlx::error::{DatabaseError, ErrorKind};
use sea_orm::{DbErr, RuntimeErr};

/// An error with SQLite's extended code.
#[derive(Debug)]
struct Failure {
    code: i32,
    message: String,
}

/// Turns an error of SQLite into one of the database layer.
pub(super) fn failed(error: rusqlite::Error) -> DbErr {
    let error = match &error {
        rusqlite::Error::SqliteFailure(cause, message) => {
            let message = message.clone().unwrap_or_else(|| cause.to_string());
            RuntimeErr::SqlxError(sea_orm::sqlx::Error::Database(Box::new(Failure { code: cause.extended_code, message })).into())
        }
        other => RuntimeErr::Internal(other.to_string()),
    };
    DbErr::Query(error)
}

/// Nobody reads or writes any more.
pub(super) fn closed() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("the database is closed".to_owned()))
}

/// SQLite has taken the transaction back, after an error that was told then.
pub(super) fn ended() -> DbErr {
    DbErr::Query(RuntimeErr::Internal("the transaction has ended".to_owned()))
}

/// Others are to blame, and it may go well another time.
pub(super) fn contended() -> DbErr {
    failed(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some("others have failed".to_owned())))
}

/// Whether another process has the lock.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
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
        Some(self.code.to_string().into())
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
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            // A trigger is how SQLite keeps a row that others refer to.
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
