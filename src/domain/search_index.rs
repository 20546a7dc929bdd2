//! Generations of the search index. Which one is live is a row in the database, so that a swap is one transaction
//! together with the jobs it settles.

use entity::enums::{JobKind, SearchEngineKind, SearchIndexState};
use entity::{outbox_job, search_index};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Domain;
use super::error::{Error, Result};
use crate::db::{Read, Rows, Write, insert_row};
use crate::search::document::FORMAT;

/// The live generation of the configured engine, if one of the present format is.
pub async fn live(domain: &Domain) -> Result<Option<search_index::Model>> {
    let row = Rows::<search_index::Entity>::all()
        .filter(search_index::Column::Engine.eq(domain.search.kind()))
        .filter(search_index::Column::State.eq(SearchIndexState::Live))
        .filter(search_index::Column::Format.eq(FORMAT))
        .order_by_desc(search_index::Column::CreatedAt)
        .row(domain.db.read())
        .await?;
    Ok(row)
}

/// The generation that searches ask: the live one, as it was within the last second.
pub async fn serving(domain: &Domain) -> Result<Uuid> {
    let read = || async { live(&domain.without_snapshot()).await };
    domain.live_index.get(domain, read).await?.as_ref().as_ref().map(|index| index.id).ok_or(Error::SearchUnavailable)
}

/// Begins a generation. From now on finished jobs are kept, so that it can replay them.
pub async fn begin(domain: &Domain) -> Result<Uuid> {
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    let txn = domain.begin().await?;
    retire(&txn, domain.search.kind(), SearchIndexState::Building).await?;
    let row = search_index::Model {
        id,
        engine: domain.search.kind(),
        format: FORMAT,
        state: SearchIndexState::Building,
        created_at: now,
        heartbeat_at: now,
        live_at: None,
    };
    insert_row(row, &txn).await?;
    txn.commit().await?;
    Ok(id)
}

/// Makes a generation the live one. Jobs done or given up meanwhile become due again, for the new generation to take in.
/// False when somebody else has begun another generation since.
pub async fn go_live(domain: &Domain, id: Uuid) -> Result<bool> {
    let txn = domain.begin().await?;
    let row = search_index::Entity::find_by_id(id).filter(search_index::Column::State.eq(SearchIndexState::Building)).row(&txn).await?;
    if row.is_none() {
        return Ok(false);
    }
    // Of every engine: an index that no longer follows must not be taken up again when the engine is changed back.
    retire(&txn, SearchEngineKind::Tantivy, SearchIndexState::Live).await?;
    retire(&txn, SearchEngineKind::Meilisearch, SearchIndexState::Live).await?;
    search_index::Entity::update_many()
        .col_expr(search_index::Column::State, Expr::val(SearchIndexState::Live.as_str()))
        .col_expr(search_index::Column::LiveAt, Expr::val(domain.clock.now()))
        .filter(search_index::Column::Id.eq(id))
        .write(&txn)
        .await?;
    outbox_job::Entity::update_many()
        .col_expr(outbox_job::Column::DoneAt, Expr::val(None::<i64>))
        .col_expr(outbox_job::Column::FailedAt, Expr::val(None::<i64>))
        .col_expr(outbox_job::Column::Attempts, Expr::val(0))
        .filter(outbox_job::Column::Kind.eq(JobKind::Index))
        .filter(Expr::col(outbox_job::Column::DoneAt).is_not_null().or(Expr::col(outbox_job::Column::FailedAt).is_not_null()))
        .write(&txn)
        .await?;
    domain.commit(txn).await?;
    domain.live_index.forget();
    Ok(true)
}

/// Gives up a generation that could not be built.
pub async fn abandon(domain: &Domain, id: Uuid) -> Result<()> {
    search_index::Entity::update_many()
        .col_expr(search_index::Column::State, Expr::val(SearchIndexState::Retired.as_str()))
        .filter(search_index::Column::Id.eq(id))
        .write(domain.db.write())
        .await?;
    Ok(())
}

/// Generations of the configured engine that are no longer used.
pub async fn retired(domain: &Domain) -> Result<Vec<search_index::Model>> {
    let rows = Rows::<search_index::Entity>::all()
        .filter(search_index::Column::Engine.eq(domain.search.kind()))
        .filter(search_index::Column::State.eq(SearchIndexState::Retired))
        .rows(domain.db.read())
        .await?;
    Ok(rows)
}

/// Forgets a generation whose files are gone.
pub async fn forget(domain: &Domain, id: Uuid) -> Result<()> {
    search_index::Entity::delete_by_id(id).write(domain.db.write()).await?;
    Ok(())
}

async fn retire(txn: &crate::db::Transaction, engine: SearchEngineKind, state: SearchIndexState) -> Result<()> {
    search_index::Entity::update_many()
        .col_expr(search_index::Column::State, Expr::val(SearchIndexState::Retired.as_str()))
        .filter(search_index::Column::Engine.eq(engine))
        .filter(search_index::Column::State.eq(state))
        .write(txn)
        .await?;
    Ok(())
}

/// How long a build may show no sign of life before it counts as dead, in milliseconds: longer than an engine may take
/// over one batch.
const DEAD_AFTER_MS: i64 = 60_000;

/// Whether another process is building an index of the present form. An embedded index is nobody else's to build.
pub async fn is_built_elsewhere(domain: &Domain) -> Result<bool> {
    if domain.search.kind() == SearchEngineKind::Tantivy {
        return Ok(false);
    }
    let building = Rows::<search_index::Entity>::all()
        .filter(search_index::Column::Engine.eq(domain.search.kind()))
        .filter(search_index::Column::State.eq(SearchIndexState::Building))
        .filter(search_index::Column::Format.eq(FORMAT))
        .filter(search_index::Column::HeartbeatAt.gte(domain.clock.now() - DEAD_AFTER_MS))
        .row(domain.db.read())
        .await?;
    Ok(building.is_some())
}

/// Shows that a build is alive; false when somebody else has begun another one since.
pub async fn heartbeat(domain: &Domain, id: Uuid) -> Result<bool> {
    let shown = search_index::Entity::update_many()
        .col_expr(search_index::Column::HeartbeatAt, Expr::val(domain.clock.now()))
        .filter(search_index::Column::Id.eq(id))
        .filter(search_index::Column::State.eq(SearchIndexState::Building))
        .write(domain.db.write())
        .await?;
    Ok(shown > 0)
}

/// Retires builds that died, and drops the finished jobs that were kept for them.
pub async fn tidy(domain: &Domain) -> Result<()> {
    let txn = domain.begin().await?;
    search_index::Entity::update_many()
        .col_expr(search_index::Column::State, Expr::val(SearchIndexState::Retired.as_str()))
        .filter(search_index::Column::State.eq(SearchIndexState::Building))
        .filter(search_index::Column::HeartbeatAt.lt(domain.clock.now() - DEAD_AFTER_MS))
        .write(&txn)
        .await?;
    let building = Rows::<search_index::Entity>::all()
        .column(search_index::Column::Id)
        .filter(search_index::Column::State.eq(SearchIndexState::Building));
    outbox_job::Entity::delete_many()
        .filter(outbox_job::Column::DoneAt.is_not_null())
        .filter(Expr::not_exists(building.into_query()))
        .write(&txn)
        .await?;
    txn.commit().await?;
    Ok(())
}
