//! How a command can fail, and what readers and editors are told, in Indonesian and English.

use std::fmt;

use entity::enums::Kind;
use sea_orm::DbErr;

pub use self::problem::{Expected, FieldError, Locale, NotAllowed, Problem};
use crate::auth::password::PasswordError;
use crate::auth::role::Permission;

mod problem;

/// The outcome of a domain function.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a domain function failed.
#[derive(Debug)]
pub enum Error {
    /// There is no such thing, or the actor may not know of it.
    NotFound(Kind),
    /// The actor lacks a permission. `signed_in` tells "you may not" from "say who you are".
    Forbidden { permission: Permission, signed_in: bool },
    /// Only somebody who signed in can do this; a token can't.
    NotSignedIn,
    /// The input is wrong; every problem found is listed.
    Invalid(Vec<FieldError>),
    /// Somebody else saved since; `newest` is the number of the newest revision.
    Conflict { newest: i32 },
    /// Others wanted the same rows, over and over, or too many wait for their turn.
    Contended,
    /// The search engine does not answer.
    SearchUnavailable,
    /// Too much from one address, or for one account.
    Throttled { retry_after_seconds: u32 },
    /// A service elsewhere does not do what it should; the cause is for the log alone.
    Unreachable(anyhow::Error),
    /// Our fault; the cause is for the log alone.
    Internal(anyhow::Error),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if super::constraint::is_contended(&error) {
            return Self::Contended;
        }
        super::constraint::violated(&error).map_or_else(|| Self::Internal(error.into()), |field| Self::Invalid(vec![field]))
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Contended,
            PasswordError::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

impl Error {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "NOT_FOUND",
            Self::Forbidden { signed_in: true, .. } => "FORBIDDEN",
            Self::Forbidden { signed_in: false, .. } | Self::NotSignedIn => "UNAUTHENTICATED",
            Self::Invalid(_) => "INVALID",
            Self::Conflict { .. } => "CONFLICT",
            Self::Contended => "BUSY",
            Self::SearchUnavailable => "SEARCH_UNAVAILABLE",
            Self::Throttled { .. } => "THROTTLED",
            Self::Unreachable(_) | Self::Internal(_) => "INTERNAL",
        }
    }

    /// What happened and what to do about it; never a cause from within.
    pub fn message(&self, locale: Locale) -> String {
        let (english, indonesian) = match self {
            Self::NotFound(_) => ("Not found.".to_owned(), "Tidak ditemukan.".to_owned()),
            Self::Forbidden { permission, signed_in: true } => (
                format!("Your role lacks the permission {}.", permission.name()),
                format!("Peran Anda tidak memiliki izin {}.", permission.name()),
            ),
            Self::Forbidden { signed_in: false, .. } => (
                "Sign in with sessionCreate, or send an API token as `Authorization: Bearer …`.".to_owned(),
                "Masuklah lewat sessionCreate, atau kirim token API sebagai `Authorization: Bearer …`.".to_owned(),
            ),
            Self::NotSignedIn => ("Sign in with sessionCreate.".to_owned(), "Masuklah lewat sessionCreate.".to_owned()),
            Self::Invalid(fields) => {
                let list = fields.iter().map(|f| format!("{}: {}", f.field, f.problem.message(locale))).collect::<Vec<_>>().join(" ");
                (list.clone(), list)
            }
            Self::Conflict { newest } => (
                format!("Somebody else saved revision {newest} meanwhile; read it and save again."),
                format!("Orang lain sudah menyimpan revisi {newest}; baca dulu lalu simpan lagi."),
            ),
            Self::Contended => (
                "Too many want the same at once; try again in a moment.".to_owned(),
                "Terlalu banyak permintaan bersamaan; coba lagi sebentar lagi.".to_owned(),
            ),
            Self::SearchUnavailable => (
                "The search engine does not answer; try again in a moment.".to_owned(),
                "Mesin pencari tidak menjawab; coba lagi sebentar lagi.".to_owned(),
            ),
            Self::Throttled { retry_after_seconds } => (
                format!("Too many tries; try again in {retry_after_seconds} seconds."),
                format!("Terlalu sering mencoba; coba lagi {retry_after_seconds} detik lagi."),
            ),
            Self::Unreachable(_) | Self::Internal(_) => {
                ("Something went wrong on our side.".to_owned(), "Terjadi kesalahan di pihak kami.".to_owned())
            }
        };
        match locale {
            Locale::English => english,
            Locale::Indonesian => indonesian,
        }
    }
}

impl Error {
    /// Seconds to wait before asking again, where waiting helps.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Contended => Some(1),
            Self::SearchUnavailable => Some(5),
            Self::Throttled { retry_after_seconds } => Some(*retry_after_seconds),
            _ => None,
        }
    }

    /// What happened with its cause, for the log and the command line alone.
    pub fn detail(&self) -> String {
        match self {
            Self::Unreachable(cause) | Self::Internal(cause) => format!("{cause:#}"),
            other => other.message(Locale::English),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Locale::English))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::{Error, Locale};

    #[test]
    fn a_cause_from_within_is_never_told() {
        let error = Error::Internal(anyhow::anyhow!("SELECT secret"));
        assert!(!error.message(Locale::Indonesian).contains("SELECT"));
        assert_eq!(error.code(), "INTERNAL");
    }
}
