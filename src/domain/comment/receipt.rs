//! Receipts: what somebody gets for a comment, to see it while it waits, to change it or take it back for a while.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::comment;
use sea_orm::{ColumnTrait, QueryFilter};
use uuid::Uuid;

use super::KEY;
use crate::auth::signature;
use crate::auth::token::RECEIPT_PREFIX;
use crate::db::{Read, Rows};
use crate::domain::error::{Expected, FieldError, Problem, Result};
use crate::domain::{Domain, site_key};

/// Most receipts in one look.
pub const MOST_RECEIPTS: usize = 20;
/// Bytes of a comment's id in a receipt.
const ID: usize = 16;

fn signed(id: Uuid) -> Vec<u8> {
    [b"receipt".as_slice(), id.as_bytes()].concat()
}

/// The receipt of a comment: the same whenever it is asked for, so that a submission sent twice gets it twice.
pub async fn of(domain: &Domain, id: Uuid) -> Result<String> {
    let key = site_key::get(domain, KEY).await?;
    let signature = signature::sign(&key, &signed(id));
    Ok(format!("{RECEIPT_PREFIX}{}", URL_SAFE_NO_PAD.encode([id.as_bytes().as_slice(), &signature].concat())))
}

/// The comment that a receipt is of; a problem of the field when it is none of ours.
pub async fn read(domain: &Domain, receipt: &str, field: &str) -> Result<Uuid> {
    let bytes = receipt.trim().strip_prefix(RECEIPT_PREFIX).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let key = site_key::get(domain, KEY).await?;
    let id = bytes.and_then(|bytes| {
        let (id, signature) = bytes.split_at_checked(ID)?;
        let id = Uuid::from_slice(id).ok()?;
        signature::is_signed(&key, &signed(id), signature).then_some(id)
    });
    id.ok_or_else(|| FieldError::new(field, Problem::Malformed(Expected::Receipt)).into())
}

/// One's own comments, wherever they stand, oldest first. Those that are gone are left out.
pub async fn comments(domain: &Domain, receipts: &[String]) -> Result<Vec<comment::Model>> {
    if receipts.len() > MOST_RECEIPTS {
        return Err(FieldError::new("receipts", Problem::TooLong { max: MOST_RECEIPTS }).into());
    }
    let mut ids = Vec::new();
    for (receipt, at) in receipts.iter().zip(0..) {
        ids.push(read(domain, receipt, &format!("receipts.{at}")).await?);
    }
    let mut rows = Rows::<comment::Entity>::all().filter(comment::Column::Id.is_in(ids)).rows(domain.db.read()).await?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    Ok(rows)
}

/// Until when somebody may change or take back a comment of theirs.
pub fn editable_until(domain: &Domain, row: &comment::Model) -> i64 {
    row.created_at + domain.settings.comments.edit_minutes * 60_000
}
