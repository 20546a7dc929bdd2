//! Global ids: opaque to clients, they carry the type of what they name.

use async_graphql::ID;
use entity::enums::Kind;
use uuid::Uuid;

use crate::domain::error::{Error, FieldError, Problem, Result};

/// The global id of a thing.
pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(format!("{}_{}", kind.as_str(), id.simple()))
}

/// Reads a global id of any type.
pub fn decode(id: &str) -> Option<(Kind, Uuid)> {
    let (kind, id) = id.rsplit_once('_')?;
    let id = Some(id).filter(|id| id.len() == 32).and_then(|id| Uuid::try_parse(id).ok())?;
    Some((Kind::from_name(kind)?, id))
}

/// Reads an id that must be of `kind`; `field` is where it stands in the input.
pub fn require(kind: Kind, id: &ID, field: &str) -> Result<Uuid> {
    match decode(id) {
        Some((found, id)) if found == kind => Ok(id),
        _ => Err(Error::from(FieldError::new(field, Problem::UnknownReference))),
    }
}

/// Reads an optional id that must be of `kind`.
pub fn optional(kind: Kind, id: Option<&ID>, field: &str) -> Result<Option<Uuid>> {
    id.map(|id| require(kind, id, field)).transpose()
}

/// Reads a list of ids that must all be of `kind`.
pub fn list(kind: Kind, ids: &[ID], field: &str) -> Result<Vec<Uuid>> {
    ids.iter().enumerate().map(|(at, id)| require(kind, id, &format!("{field}.{at}"))).collect()
}

/// The error of an input field that names nothing the reader may see.
pub fn unknown(field: &str) -> Error {
    FieldError::new(field, Problem::UnknownReference).into()
}

/// The id of what an optional input names, which must exist.
macro_rules! referenced {
    ($ctx:ident, $by:expr, $field:literal) => {
        match $by {
            Some(by) => Some(by.row($ctx, $field).await?.ok_or_else(|| $crate::graphql::id::unknown($field))?.id),
            None => None,
        }
    };
}
pub(super) use referenced;

#[cfg(test)]
mod tests {
    use super::{decode, encode, require};
    use entity::enums::Kind;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn ids_carry_their_type() {
        let id = encode(Kind::GlossaryTerm, Uuid::from_u128(5));
        assert_eq!(decode(&id), Some((Kind::GlossaryTerm, Uuid::from_u128(5))));
        assert!(require(Kind::Article, &id, "id").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_decoding_panic(text in "\\PC{0,60}") {
            let _ = decode(&text);
        }
    }
}
