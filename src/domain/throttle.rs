//! How often somebody may try to sign in: counted by account, whether it exists or not, and by address.

use entity::sign_in_attempt;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};

use super::Domain;
use super::error::{Error, Result};
use crate::auth::actor::Actor;
use crate::auth::token;
use crate::db::{Db, Turn};

/// For how long an attempt counts, in milliseconds.
const WINDOW_MS: i64 = 900_000;

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

fn address(actor: &Actor) -> String {
    actor.address.clone().unwrap_or_else(|| "local".to_owned())
}

/// Counts an attempt, or refuses it when there were too many. It is counted before it is made, so that many at once are
/// counted, too; one that is refused is not, so that the table stays small and nobody is kept out for good.
pub async fn admit(domain: &Domain, actor: &Actor, attempt: Attempt, name: &str) -> Result<()> {
    let (account, address) = (account(attempt, name), address(actor));
    let now = domain.clock.now();
    let limits = [
        (sign_in_attempt::Column::Account.eq(&account), domain.settings.sign_ins.per_account),
        (sign_in_attempt::Column::Address.eq(&address), domain.settings.sign_ins.per_address),
    ];
    let txn = domain.begin().await?;
    Db::take_turns(&txn, Turn::SignIn).await?;
    for (whose, most) in limits {
        let counted = sign_in_attempt::Entity::find().filter(whose).filter(sign_in_attempt::Column::CreatedAt.gt(now - WINDOW_MS));
        if counted.clone().count(&txn).await? < most {
            continue;
        }
        let oldest = counted.order_by_asc(sign_in_attempt::Column::CreatedAt).one(&txn).await?;
        let wait_ms = oldest.map_or(WINDOW_MS, |oldest| oldest.created_at + WINDOW_MS - now).clamp(1_000, WINDOW_MS);
        return Err(Error::Throttled { retry_after_seconds: u32::try_from(wait_ms / 1_000).unwrap_or(u32::MAX) });
    }
    let row = sign_in_attempt::Model { id: domain.clock.new_id(), account, address, created_at: now };
    sign_in_attempt::Entity::insert(row.into_active_model()).exec_without_returning(&txn).await?;
    txn.commit().await?;
    Ok(())
}

/// Forgets the attempts that an account made from the actor's address, once one has succeeded.
pub async fn forget(domain: &Domain, actor: &Actor, attempt: Attempt, name: &str) -> Result<()> {
    let own = Condition::all()
        .add(sign_in_attempt::Column::Account.eq(account(attempt, name)))
        .add(sign_in_attempt::Column::Address.eq(address(actor)));
    sign_in_attempt::Entity::delete_many().filter(own).exec(domain.db.write()).await?;
    Ok(())
}

/// Forgets attempts that count no more.
pub async fn tidy(domain: &Domain) -> Result<()> {
    sign_in_attempt::Entity::delete_many()
        .filter(sign_in_attempt::Column::CreatedAt.lte(domain.clock.now() - WINDOW_MS))
        .exec(domain.db.write())
        .await?;
    Ok(())
}
