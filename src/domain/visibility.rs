//! What an actor may see, as conditions on queries: the one place that decides.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, EnvelopeColumn};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;

/// Entries that `actor` may see: all of them with the permission to read what is unpublished, else those that are
/// published, due and not in the trash.
pub fn visible<A: Entry>(domain: &Domain, actor: &Actor) -> Condition {
    if actor.may(Permission::ReadUnpublished) { Condition::all() } else { public::<A>(domain) }
}

/// Entries that everybody may see.
pub fn public<A: Entry>(domain: &Domain) -> Condition {
    Condition::all()
        .add(A::column(EnvelopeColumn::Status).eq(entity::enums::EntryStatus::Published))
        .add(A::column(EnvelopeColumn::DeletedAt).is_null())
        .add(A::column(EnvelopeColumn::PublishedAt).lte(domain.clock.now()))
}

/// The entries among `ids` that `actor` may see. The rule is written so that no index fits it: SQLite would rather walk everything
/// that is published than look up a list of ids.
pub fn select_among<A: Entry>(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Select<A::Entity> {
    let among = A::Entity::find().filter(A::column(EnvelopeColumn::Id).is_in(ids.iter().copied()));
    if actor.may(Permission::ReadUnpublished) {
        return among;
    }
    let (status, published_at) = (Expr::col(A::column(EnvelopeColumn::Status)), Expr::col(A::column(EnvelopeColumn::PublishedAt)));
    among
        .filter(status.binary(BinOper::Custom("||"), "").eq(entity::enums::EntryStatus::Published))
        .filter(A::column(EnvelopeColumn::DeletedAt).is_null())
        .filter(published_at.add(0).lte(domain.clock.now()))
}

/// The entries of one noun that `actor` may see.
pub fn select<A: Entry>(domain: &Domain, actor: &Actor) -> Select<A::Entity> {
    A::Entity::find().filter(visible::<A>(domain, actor))
}
