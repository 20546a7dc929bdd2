//! What PostgreSQL says went wrong.

use deadpool_postgres::PoolError;
use sea_orm::error::ConnAcquireErr;
use sea_orm::{DbErr, RuntimeErr};

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
        PoolError::Timeout(_) => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        PoolError::Closed => closed(),
        PoolError::Backend(error) => failed(error),
        other => DbErr::Conn(RuntimeErr::Internal(other.to_string())),
    }
}

/// An error of the driver names its cause only when it is asked for it.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
