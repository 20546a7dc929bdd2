//! What an actor may see, as conditions on queries: the one place that decides.

use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Value};

use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, EnvelopeColumn};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Rows, padded};

/// Entries that `actor` may see: all of them with the permission to read what is unpublished, else those that are
/// published, due and not in the trash.
pub fn visible<A: Entry>(domain: &Domain, actor: &Actor) -> Condition {
    if sees_all(actor) { Condition::all() } else { public::<A>(domain) }
}

fn sees_all(actor: &Actor) -> bool {
    actor.may(Permission::ReadUnpublished)
}

/// Entries that everybody may see. It is written so that no index fits it: nearly all rows do, and SQLite, which does not count them,
/// would rather read and sort them all than walk the index of the list's order, or look up a list of ids.
pub fn public<A: Entry>(domain: &Domain) -> Condition {
    let column = |column| Expr::col((A::Entity::default(), A::column(column)));
    Condition::all()
        .add(column(EnvelopeColumn::Status).binary(BinOper::Custom("||"), "").eq(entity::enums::EntryStatus::Published))
        .add(column(EnvelopeColumn::DeletedAt).is_null())
        .add(column(EnvelopeColumn::PublishedAt).add(0).lte(domain.clock.due()))
}

/// The values that [`visible`] binds for whoever may see only what everybody may, in its order. There are none for whoever sees all, for
/// whom a query is another one.
pub fn public_values(domain: &Domain, actor: &Actor) -> Option<[Value; 4]> {
    (!sees_all(actor)).then(|| ["".into(), entity::enums::EntryStatus::Published.into(), 0.into(), domain.clock.due().into()])
}

/// The entries among `ids` that `actor` may see.
pub fn select_among<A: Entry>(domain: &Domain, actor: &Actor, ids: &[Uuid]) -> Rows<A::Entity> {
    Rows::<A::Entity>::all().filter(A::column(EnvelopeColumn::Id).is_in(padded(ids))).filter(visible::<A>(domain, actor))
}

/// The entries of one noun that `actor` may see.
pub fn select<A: Entry>(domain: &Domain, actor: &Actor) -> Rows<A::Entity> {
    Rows::<A::Entity>::all().filter(visible::<A>(domain, actor))
}
