//! What SQLite says went wrong.

use rusqlite::ffi;
use sea_orm::{DbErr, RuntimeErr};

use crate::db::failure::said;

/// Turns an error of SQLite into one of the database layer.
pub(super) fn failed(error: rusqlite::Error) -> DbErr {
    match &error {
        rusqlite::Error::SqliteFailure(cause, message) => {
            said(cause.extended_code.to_string(), message.clone().unwrap_or_else(|| cause.to_string()))
        }
        other => DbErr::Query(RuntimeErr::Internal(other.to_string())),
    }
}

/// Others are to blame, and it may go well another time.
pub(super) fn contended() -> DbErr {
    failed(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), Some("others have failed".to_owned())))
}

/// Whether another process has the lock.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
}
