//! What an actor may see, as conditions on queries: the one place that decides.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, Select};

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

/// The entries of one noun that `actor` may see.
pub fn select<A: Entry>(domain: &Domain, actor: &Actor) -> Select<A::Entity> {
    A::Entity::find().filter(visible::<A>(domain, actor))
}
