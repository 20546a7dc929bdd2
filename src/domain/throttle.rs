//! How often somebody may try to sign in: counted by account, whether it exists or not, and by address.

use std::net::IpAddr;

use entity::sign_in_attempt;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::Domain;
use super::error::{Error, Result};
use crate::auth::actor::Actor;
use crate::auth::token;
use crate::db::{Db, Read, Rows, Source, Turn, Write, insert_row};

/// For how long an attempt counts, in milliseconds.
const WINDOW_MS: i64 = 900_000;
/// How many times the limit of one network an account has from all networks together.
const FROM_EVERYWHERE: u64 = 10;

/// What is throttled apart from other things.
#[derive(Clone, Copy, Debug)]
pub enum Attempt {
    SignIn,
    /// Asking for a link for a new password.
    Reset,
}

/// The name that the attempts of an account are kept under. It tells nothing of the account.
fn account(attempt: Attempt, name: &str) -> String {
    token::hash(&format!("{attempt:?}:{}", name.trim().to_lowercase()))
}

/// The network that an address belongs to: an IPv4 address, or the /64 that a subscriber of IPv6 has to themselves.
pub fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(IpAddr::V6(v6)) => v6.to_canonical().to_string(),
        _ => address.to_owned(),
    }
}

fn network_of(actor: &Actor) -> String {
    actor.address.as_deref().map_or_else(|| "local".to_owned(), network)
}

/// Counts an attempt, or refuses it when there were too many. It is counted before it is made, so that many at once are
/// counted, too; one that is refused is not, so that the table stays small and nobody is kept out for good.
pub async fn admit(domain: &Domain, actor: &Actor, attempt: Attempt, name: &str) -> Result<()> {
    let (account, address) = (account(attempt, name), network_of(actor));
    // Whoever is over the limit is refused before anybody has to wait for them.
    refuse_surplus(domain, domain.db.read(), &account, &address).await?;
    let txn = domain.begin().await?;
    Db::take_turns(&txn, Turn::SignIn).await?;
    refuse_surplus(domain, &txn, &account, &address).await?;
    let row = sign_in_attempt::Model { id: domain.clock.new_id(), account, address, created_at: domain.clock.now() };
    insert_row(row, &txn).await?;
    txn.commit().await?;
    Ok(())
}

/// From one network an account has few tries, and a network few for all accounts. From everywhere together an account has more,
/// so that a stranger can't keep its owner out.
async fn refuse_surplus(domain: &Domain, db: &impl Source, account: &str, address: &str) -> Result<()> {
    let now = domain.clock.now();
    let limits = domain.settings.sign_ins;
    let of_account = || Condition::all().add(sign_in_attempt::Column::Account.eq(account));
    let of_address = || sign_in_attempt::Column::Address.eq(address);
    let limits = [
        (of_account().add(of_address()), limits.per_account),
        (Condition::all().add(of_address()), limits.per_address),
        (of_account(), limits.per_account.saturating_mul(FROM_EVERYWHERE)),
    ];
    for (whose, most) in limits {
        let counted = Rows::<sign_in_attempt::Entity>::all().filter(whose).filter(sign_in_attempt::Column::CreatedAt.gt(now - WINDOW_MS));
        if counted.clone().number(db).await? < most {
            continue;
        }
        let oldest = counted.order_by_asc(sign_in_attempt::Column::CreatedAt).row(db).await?;
        let wait_ms = oldest.map_or(WINDOW_MS, |oldest| oldest.created_at + WINDOW_MS - now).clamp(1_000, WINDOW_MS);
        return Err(Error::Throttled { retry_after_seconds: u32::try_from(wait_ms / 1_000).unwrap_or(u32::MAX) });
    }
    Ok(())
}

/// Forgets the attempts that an account made from the actor's network, once one has succeeded. Should that fail they count on,
/// which must not undo what has succeeded.
pub async fn forget(domain: &Domain, actor: &Actor, attempt: Attempt, name: &str) {
    let own = Condition::all()
        .add(sign_in_attempt::Column::Account.eq(account(attempt, name)))
        .add(sign_in_attempt::Column::Address.eq(network_of(actor)));
    if let Err(error) = sign_in_attempt::Entity::delete_many().filter(own).write(domain.db.write()).await {
        tracing::warn!(%error, "attempts to sign in could not be forgotten");
    }
}

/// Forgets attempts that count no more.
pub async fn tidy(domain: &Domain) -> Result<()> {
    sign_in_attempt::Entity::delete_many()
        .filter(sign_in_attempt::Column::CreatedAt.lte(domain.clock.now() - WINDOW_MS))
        .write(domain.db.write())
        .await?;
    Ok(())
}
