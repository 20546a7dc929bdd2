//! What PostgreSQL says went wrong.

use std::error::Error;
use std::io;

use deadpool_postgres::PoolError;
use sea_orm::{DbErr, RuntimeErr};
use tokio_postgres::error::SqlState;

use crate::db::failure::{closed, said};

/// Turns an error of PostgreSQL, or of the way to it, into one of the database layer.
pub(super) fn failed(error: tokio_postgres::Error) -> DbErr {
    match error.as_db_error() {
        Some(cause) => said(cause.code().code().to_owned(), cause.message().to_owned()),
        None => DbErr::Conn(RuntimeErr::Internal(with_causes(&error))),
    }
}

/// The same of a connection that could not be had.
pub(super) fn not_had(error: PoolError) -> DbErr {
    match error {
        PoolError::Closed => closed(),
        PoolError::Backend(error) => failed(error),
        other => DbErr::Conn(RuntimeErr::Internal(other.to_string())),
    }
}

/// Whether a connection may be had in a moment: nobody listens yet, or the server starts, stops, or has no connection left.
pub(super) fn is_passing(error: &tokio_postgres::Error) -> bool {
    let refused = || error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    match error.code() {
        Some(code) => matches!(*code, SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN | SqlState::TOO_MANY_CONNECTIONS),
        None => refused().is_some_and(|kind| matches!(kind, io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)),
    }
}

/// An error of the driver names its cause only when it is asked for it.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
