//! Forms for comments: a token says when a form was asked for, so that what is sent back sooner than anybody types is noticed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{KEY, Subject, discussion};
use crate::auth::signature;
use crate::domain::error::Result;
use crate::domain::{Domain, site_key};

/// How long a form is good for, in milliseconds: two days.
const LIFE_MS: i64 = 172_800_000;
/// Bytes of the moment in a token.
const MOMENT: usize = 8;

fn signed(subject: Subject, at: i64) -> Vec<u8> {
    [b"form".as_slice(), subject.1.as_bytes(), &at.to_be_bytes()].concat()
}

/// A token for a form that is asked for now.
pub async fn token(domain: &Domain, subject: Subject) -> Result<String> {
    let now = domain.clock.now();
    let key = site_key::get(domain, KEY).await?;
    let signature = signature::sign(&key, &signed(subject, now));
    Ok(URL_SAFE_NO_PAD.encode([now.to_be_bytes().as_slice(), &signature].concat()))
}

/// How long ago the form was asked for, in milliseconds; `None` for a token that is not ours, or too old.
pub async fn age(domain: &Domain, subject: Subject, token: &str) -> Result<Option<i64>> {
    let Some(bytes) = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() > MOMENT) else { return Ok(None) };
    let (moment, signature) = bytes.split_at(MOMENT);
    let Ok(at) = moment.try_into().map(i64::from_be_bytes) else { return Ok(None) };
    let key = site_key::get(domain, KEY).await?;
    let age = domain.clock.now().saturating_sub(at);
    Ok(Some(age).filter(|age| (0..LIFE_MS).contains(age) && signature::is_signed(&key, &signed(subject, at), signature)))
}

/// Whether comments are taken on an article or event; `None` when there is none that the public may see.
pub async fn is_open(domain: &Domain, subject: Subject) -> Result<Option<bool>> {
    discussion::takes_comments(domain.db.read(), domain, subject).await
}
