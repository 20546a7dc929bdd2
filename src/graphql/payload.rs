//! Payloads of mutations and the inputs that nouns with a workflow share.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, SimpleObject};
use entity::enums::Kind;

use super::{RequestState, id};
use crate::domain::error::{Error, FieldError, Problem};
use crate::domain::patch::Patch;

/// Something in the input that an editor or reader can put right.
#[derive(SimpleObject, Clone, Debug)]
pub struct UserError {
    /// A stable code: REQUIRED, TOO_LONG, INVALID, TAKEN, NOT_FOUND, IN_USE, NOT_ALLOWED, CONFLICT, WEAK, WRONG_CREDENTIALS or
    /// SECOND_FACTOR_REQUIRED.
    pub code: &'static str,
    /// Path of the field in the input, such as `terms.0.office`; null when it is about the whole.
    pub field: Option<String>,
    /// What is wrong and what to do about it, in the language that was asked for.
    pub message: String,
    /// With CONFLICT: the number of the newest revision.
    pub newest_revision: Option<i32>,
}

/// Parts the outcome of a command into a value and what the user can put right; other failures stay errors.
pub fn outcome<T>(ctx: &Context<'_>, result: Result<T, Error>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    let locale = ctx.data_unchecked::<RequestState>().locale;
    let of_field = |error: &FieldError| UserError {
        code: error.problem.code(),
        field: Some(error.field.clone()),
        message: error.problem.message(locale),
        newest_revision: None,
    };
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Invalid(fields)) => Ok((None, fields.iter().map(of_field).collect())),
        Err(Error::NotFound(_)) => Ok((None, vec![of_field(&FieldError::new("id", Problem::UnknownReference))])),
        Err(error @ Error::Conflict { newest }) => {
            Ok((None, vec![UserError { code: error.code(), field: None, message: error.message(locale), newest_revision: Some(newest) }]))
        }
        Err(error) => Err(error.into()),
    }
}

macro_rules! payload {
    ($(#[$doc:meta])* $payload:ident, $(#[$field_doc:meta])* $field:ident: $node:ident) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            $(#[$field_doc])*
            pub $field: Option<$node>,
            /// What has to be put right first; empty when all went well.
            pub user_errors: Vec<$crate::graphql::payload::UserError>,
        }

        impl $payload {
            pub(in crate::graphql) fn new<M: Into<$node>>(
                ctx: &async_graphql::Context<'_>,
                result: $crate::domain::Result<M>,
            ) -> async_graphql::Result<Self> {
                let (value, user_errors) = $crate::graphql::payload::outcome(ctx, result)?;
                Ok(Self { $field: value.map(Into::into), user_errors })
            }
        }
    };
}
pub(super) use payload;

/// What was deleted.
#[derive(SimpleObject)]
pub struct DeletePayload {
    /// The id of what was deleted; null when nothing was.
    pub deleted_id: Option<ID>,
    /// What has to be put right first; empty when all went well.
    pub user_errors: Vec<UserError>,
}

impl DeletePayload {
    /// The payload of a deletion.
    pub fn new(ctx: &Context<'_>, id: ID, result: Result<(), Error>) -> async_graphql::Result<Self> {
        let (deleted, user_errors) = outcome(ctx, result)?;
        Ok(Self { deleted_id: deleted.map(|()| id), user_errors })
    }
}

/// What to delete for good.
#[derive(InputObject)]
pub struct DeleteInput {
    /// What to delete; nothing may refer to it any more.
    pub id: ID,
}

/// A change from an input field: omitted keeps, null clears.
pub fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}

/// A change from an input field of another type.
pub fn patch_with<T, U>(value: MaybeUndefined<T>, convert: impl FnOnce(T) -> Result<U, Error>) -> Result<Patch<U>, Error> {
    match value {
        MaybeUndefined::Undefined => Ok(Patch::Keep),
        MaybeUndefined::Null => Ok(Patch::Clear),
        MaybeUndefined::Value(value) => convert(value).map(Patch::Set),
    }
}

/// A change of a list of ids of one type.
pub fn patch_ids(value: MaybeUndefined<Vec<ID>>, kind: Kind, field: &str) -> Result<Patch<Vec<uuid::Uuid>>, Error> {
    patch_with(value, |ids| id::list(kind, &ids, field))
}

/// A change of an id of one type.
pub fn patch_id(value: MaybeUndefined<ID>, kind: Kind, field: &str) -> Result<Patch<uuid::Uuid>, Error> {
    patch_with(value, |given| id::require(kind, &given, field))
}
