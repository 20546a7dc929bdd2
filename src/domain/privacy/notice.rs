//! The privacy notice that commenters agree to: a page in two languages, each version of which is kept.

use entity::enums::{ActorKind, Kind};
use entity::privacy_notice;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Db, Read, Rows, Turn, insert_row};
use crate::domain::error::{Error, Problem, Result};
use crate::domain::page::{self, Key, Order, Page, PageRequest};
use crate::domain::validate::Problems;
use crate::domain::{Domain, history, idempotency, require};
use crate::text::date::{local, zone};

/// Version of the notice that holds until somebody writes one.
const BUILT_IN: &str = "2026-11";

fn built_in() -> privacy_notice::Model {
    privacy_notice::Model {
        id: Uuid::nil(),
        version: BUILT_IN.to_owned(),
        body_id: include_str!("notice_id.md").to_owned(),
        body_en: include_str!("notice_en.md").to_owned(),
        created_at: 0,
        actor_kind: ActorKind::System,
        actor_id: None,
        actor_name: "warta".to_owned(),
    }
}

fn newest_first() -> Rows<privacy_notice::Entity> {
    Rows::<privacy_notice::Entity>::all().order_by_desc(privacy_notice::Column::CreatedAt).order_by_desc(privacy_notice::Column::Id)
}

/// The notice that holds now.
pub async fn current(domain: &Domain) -> Result<std::sync::Arc<privacy_notice::Model>> {
    let read = || async { Ok(newest_first().row(domain.without_snapshot().db.read()).await?.unwrap_or_else(built_in)) };
    domain.privacy_notice.get(domain, read).await
}

/// A version of the notice, whether it still holds or not.
pub async fn find(domain: &Domain, version: &str) -> Result<Option<privacy_notice::Model>> {
    if version.contains('\0') {
        return Ok(None);
    }
    let found = Rows::<privacy_notice::Entity>::all().filter(privacy_notice::Column::Version.eq(version)).row(domain.db.read()).await?;
    Ok(found.or_else(|| Some(built_in()).filter(|notice| notice.version == version)))
}

/// The versions that somebody wrote, newest first.
pub async fn list(domain: &Domain, request: &PageRequest) -> Result<Page<privacy_notice::Model>> {
    let order = Order {
        name: "newest",
        column: privacy_notice::Column::CreatedAt,
        id: privacy_notice::Column::Id,
        descending: true,
        key: |row: &privacy_notice::Model| (Key::Int(row.created_at), row.id),
    };
    page::fetch(domain.db.read(), Rows::<privacy_notice::Entity>::all(), &order, request).await
}

/// How many versions somebody wrote.
pub async fn count(domain: &Domain) -> Result<u64> {
    Ok(Rows::<privacy_notice::Entity>::all().number(domain.db.read()).await?)
}

/// Writes the notice that holds from now on, in Markdown. Consents given before refer to the versions before.
pub async fn publish(domain: &Domain, actor: &Actor, body_id: &str, body_en: &str) -> Result<privacy_notice::Model> {
    require(actor, Permission::ManagePrivacy)?;
    let mut problems = Problems::default();
    for (field, body) in [("indonesian", body_id), ("english", body_en)] {
        if body.trim().is_empty() {
            problems.add(field, Problem::Required);
        }
        problems.markdown(field, body);
    }
    problems.into_result()?;
    let txn = domain.begin().await?;
    // Two at once must not give the same name to their versions.
    Db::take_turns(&txn, Turn::Notice).await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::PrivacyNotice, id).await? {
        return privacy_notice::Entity::find_by_id(first).row(&txn).await?.ok_or(Error::NotFound(Kind::PrivacyNotice));
    }
    let day = zone(&domain.settings.time_zone).map_or_else(|| now.to_string(), |zone| local(now, &zone).date().to_string());
    let mut version = day.clone();
    let mut number = 1;
    while Rows::<privacy_notice::Entity>::all().filter(privacy_notice::Column::Version.eq(&version)).row(&txn).await?.is_some() {
        number += 1;
        version = format!("{day}.{number}");
    }
    let row = privacy_notice::Model {
        id,
        version,
        body_id: body_id.trim().to_owned(),
        body_en: body_en.trim().to_owned(),
        created_at: now,
        actor_kind: actor.kind,
        actor_id: actor.id,
        actor_name: actor.name.clone(),
    };
    insert_row(row.clone(), &txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::PrivacyNotice, id, "").await?;
    domain.commit(txn).await?;
    domain.privacy_notice.forget();
    // What was made of the one before since the commit holds no more.
    domain.has_changed();
    Ok(row)
}
