//! A revision shown to whoever has a token: signed with a key of the site, and good for a while.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::enums::Kind;
use entity::{article, event, official, program};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Entry, EnvelopeColumn, lock, of_kind, refuse_trashed};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::auth::signature;
use crate::db::{Read, Rows, Transaction};
use crate::domain::error::{Expected, FieldError, Problem, Result};
use crate::domain::{Domain, history, require, revision, site_key};
use crate::domain::{article as articles, event as events, official as officials, program as programs};

/// Longest life of a token, in minutes: 30 days.
pub const LONGEST_LIFE_MINUTES: i64 = 43_200;
/// Life of a token when nothing is said: a day.
const USUAL_LIFE_MINUTES: i64 = 1_440;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claim {
    kind: Kind,
    id: Uuid,
    revision: i32,
    expires_at: i64,
}

/// An entry as a revision has it.
#[derive(Clone, Debug)]
pub enum Previewed {
    Article((article::Model, articles::State)),
    Event((event::Model, events::State)),
    Official((official::Model, officials::State)),
    Program((program::Model, programs::State)),
}

macro_rules! previewed_from {
    ($($noun:ident: $table:ident, $states:ident),*) => {
        $(impl From<($table::Model, $states::State)> for Previewed {
            fn from(shown: ($table::Model, $states::State)) -> Self {
                Self::$noun(shown)
            }
        })*
    };
}
previewed_from!(Article: article, articles, Event: event, events, Official: official, officials, Program: program, programs);

/// Makes a token that shows a revision, by default the newest, to anybody for a number of minutes, by default a day.
/// Returns it with the moment at which it ends.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    (kind, id): (Kind, Uuid),
    revision: Option<i32>,
    minutes: Option<i64>,
) -> Result<(String, i64)> {
    require(actor, Permission::ReadUnpublished)?;
    let minutes = minutes.unwrap_or(USUAL_LIFE_MINUTES);
    if !(1..=LONGEST_LIFE_MINUTES).contains(&minutes) {
        return Err(FieldError::new("minutes", Problem::Malformed(Expected::Size(LONGEST_LIFE_MINUTES as usize))).into());
    }
    let key = site_key::get(domain, site_key::PREVIEW).await?;
    let txn = domain.begin().await?;
    let number = of_kind!(kind, A => newest_or::<A>(&txn, domain, actor, id, revision).await?, else {
        return Err(FieldError::new("id", Problem::Malformed(Expected::EntryId)).into());
    });
    let expires_at = domain.clock.now() + minutes * 60_000;
    let claim = serde_json::to_vec(&Claim { kind, id, revision: number, expires_at })?;
    history::audit(&txn, domain, actor, "preview", kind, id, "").await?;
    domain.commit_unseen(txn).await?;
    Ok((format!("{}.{}", URL_SAFE_NO_PAD.encode(&claim), URL_SAFE_NO_PAD.encode(signature::sign(&key, &claim))), expires_at))
}

/// The number of a revision that is there, by default the newest; autosaves go.
async fn newest_or<A: Entry>(txn: &Transaction, domain: &Domain, actor: &Actor, id: Uuid, revision: Option<i32>) -> Result<i32> {
    let envelope = lock::<A>(txn, domain, actor, id).await?;
    refuse_trashed(&envelope)?;
    let number = revision.unwrap_or(envelope.revision);
    history::state::<A>(txn, id, number).await?;
    Ok(number)
}

/// What a token shows; `None` when it is gone meanwhile. A token that is no good is a problem of the field `token`.
pub async fn read(domain: &Domain, token: &str) -> Result<Option<Previewed>> {
    let key = site_key::get(&domain.without_snapshot(), site_key::PREVIEW).await?;
    let claim = verified(token, &key).filter(|claim| domain.clock.now() < claim.expires_at);
    let Some(claim) = claim else { return Err(FieldError::new("token", Problem::Malformed(Expected::PreviewToken)).into()) };
    of_kind!(claim.kind, A => show::<A>(domain, &claim).await, else Ok(None))
}

async fn show<A: Entry>(domain: &Domain, claim: &Claim) -> Result<Option<Previewed>>
where
    Previewed: From<(A::Row, A::State)>,
{
    let rows =
        Rows::<A::Entity>::all().filter(A::column(EnvelopeColumn::Id).eq(claim.id)).filter(A::column(EnvelopeColumn::DeletedAt).is_null());
    let Some(row) = rows.row(domain.db.read()).await? else { return Ok(None) };
    let state = revision::find_state(domain, claim.id, claim.revision).await?;
    state.map(|state| revision::shown::<A>(&row, state).map(Previewed::from)).transpose()
}

fn verified(token: &str, key: &[u8]) -> Option<Claim> {
    let (claim, mac) = token.split_once('.')?;
    let (claim, mac) = (URL_SAFE_NO_PAD.decode(claim).ok()?, URL_SAFE_NO_PAD.decode(mac).ok()?);
    if !signature::is_signed(key, &claim, &mac) {
        return None;
    }
    serde_json::from_slice(&claim).ok()
}
