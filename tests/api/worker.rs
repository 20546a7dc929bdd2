//! Jobs, their leases, and rebuilds.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use entity::enums::{JobKind, Role, SearchEngineKind, SearchIndexState};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use serde_json::json;
use uuid::Uuid;
use warta::db::{Read, update_row};
use warta::domain::outbox::{self, LEASE_MS, MOST_ATTEMPTS};
use warta::domain::search::{self, drift};
use warta::domain::search_index;
use warta::search::tantivy::TantivyEngine;
use warta::worker::{rebuild, work_once};

use crate::support::engine::Switched;
use crate::support::{Options, TestApp};

async fn assert_in_step(app: &TestApp) {
    let index = search_index::live(&app.domain).await.unwrap().unwrap();
    let drift = drift(&app.domain, index.id).await.unwrap();
    assert!(drift.is_none(), "{drift:?}");
}

#[tokio::test]
async fn a_subject_is_in_one_workers_hands_at_a_time() {
    let app = TestApp::with_sample().await;
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let id = app.publish("article", json!({"title": "Satu"})).await;
    let held = outbox::claim(&app.domain, one, &[JobKind::Index], 100).await.unwrap();
    assert_eq!(held.len(), 2, "one of its creation, one of its publication");
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    app.publish("article", json!({"title": "Dua"})).await;
    let free = outbox::claim(&app.domain, other, &[JobKind::Index], 100).await.unwrap();
    assert!(free.len() == 2, "the third job of the held subject waits");
    assert_ne!(free[0].subject_id, held[0].subject_id);
    app.clock.advance(LEASE_MS + 1);
    let abandoned = outbox::claim(&app.domain, other, &[JobKind::Index], 100).await.unwrap();
    assert_eq!(abandoned.len(), 5, "jobs of a worker that died are taken over");
    let index = search_index::live(&app.domain).await.unwrap().unwrap();
    outbox::acknowledge(&app.domain, one, index.id, &held).await.unwrap();
    assert_eq!(outbox::backlog(&app.domain).await.unwrap().waiting, 5, "a worker that lost its lease settles nothing");
}

#[tokio::test]
async fn a_job_that_keeps_failing_is_given_up_in_sight_and_a_rebuild_takes_it_in() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Switched::new(Arc::new(TantivyEngine::new(folder.path().to_owned()))));
    let app = TestApp::with(Options { engine: Some(engine.clone()), ..Options::default() }).await;
    app.index().await;
    engine.refuses.store(true, Ordering::SeqCst);
    app.publish("article", json!({"title": "Beracun racun"})).await;
    app.publish("article", json!({"title": "Sehat"})).await;
    let mut tries = 0;
    while outbox::backlog(&app.domain).await.unwrap().failed == 0 {
        let _ = work_once(&app.domain, Uuid::from_u128(1)).await;
        assert_eq!(
            outbox::backlog(&app.domain).await.unwrap().waiting,
            2 * u64::from(tries + 1 < MOST_ATTEMPTS),
            "the other one is through at once"
        );
        app.clock.advance(400_000);
        tries += 1;
        assert!(tries <= MOST_ATTEMPTS, "it is tried for ever");
    }
    assert_eq!(tries, MOST_ATTEMPTS);
    let status = app.answer(Some(Role::Editor), "{ searchStatus { waiting failed } }", json!({})).await;
    assert_eq!(status["data"]["searchStatus"], json!({"waiting": 0, "failed": 2}));
    engine.refuses.store(false, Ordering::SeqCst);
    rebuild::rebuild(&app.domain, |_| {}).await.unwrap();
    app.index().await;
    assert_eq!(outbox::backlog(&app.domain).await.unwrap().failed, 0);
    assert_in_step(&app).await;
}

#[tokio::test]
async fn jobs_wait_for_an_engine_that_is_down_however_long_that_takes() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Switched::new(Arc::new(TantivyEngine::new(folder.path().to_owned()))));
    let app = TestApp::with(Options { engine: Some(engine.clone()), ..Options::default() }).await;
    app.index().await;
    engine.set_down(true);
    app.publish("article", json!({"title": "Menunggu"})).await;
    for _ in 0..3 * MOST_ATTEMPTS {
        work_once(&app.domain, Uuid::from_u128(1)).await.unwrap_err();
        app.clock.advance(15_000);
    }
    let backlog = outbox::backlog(&app.domain).await.unwrap();
    assert_eq!((backlog.waiting, backlog.failed), (2, 0));
    engine.set_down(false);
    app.index().await;
    assert_in_step(&app).await;
}

#[tokio::test]
async fn a_job_that_takes_its_worker_with_it_is_given_up() {
    let app = TestApp::with_sample().await;
    app.publish("article", json!({"title": "Maut"})).await;
    for _ in 0..MOST_ATTEMPTS {
        // Claimed by a worker that is never heard of again.
        assert_eq!(outbox::claim(&app.domain, Uuid::from_u128(7), &[JobKind::Index], 10).await.unwrap().len(), 2);
        app.clock.advance(LEASE_MS + 1);
    }
    assert_eq!(outbox::claim(&app.domain, Uuid::from_u128(7), &[JobKind::Index], 10).await.unwrap().len(), 0);
    assert_eq!(outbox::backlog(&app.domain).await.unwrap().failed, 2);
}

#[tokio::test]
async fn an_index_that_was_left_for_another_engine_is_not_taken_up_again() {
    let app = TestApp::with_sample().await;
    let mut row = entity::search_index::Entity::find().row(app.domain.db.write()).await.unwrap().unwrap().into_active_model();
    row.engine = Set(SearchEngineKind::Meilisearch);
    update_row(row, app.domain.db.write()).await.unwrap();
    rebuild::rebuild(&app.domain, |_| {}).await.unwrap();
    let live = entity::search_index::Entity::find().filter(entity::search_index::Column::State.eq(SearchIndexState::Live));
    let live = live.rows(app.domain.db.write()).await.unwrap();
    assert!(live.len() == 1 && live[0].engine == SearchEngineKind::Tantivy, "{live:?}");
}

#[tokio::test]
async fn a_rebuild_misses_nothing_that_is_written_meanwhile() {
    let app = TestApp::with_sample().await;
    let old = search_index::live(&app.domain).await.unwrap().unwrap().id;
    // Begun but not swapped in: what the worker does for the old index is kept for the new one.
    let new = search_index::begin(&app.domain).await.unwrap();
    search::create(&app.domain, new).await.unwrap();
    let id = app.publish("article", json!({"title": "Di tengah jalan"})).await;
    app.index().await;
    assert_eq!(outbox::backlog(&app.domain).await.unwrap().waiting, 0, "done for the old index");
    assert!(search_index::go_live(&app.domain, new).await.unwrap());
    assert_eq!(outbox::backlog(&app.domain).await.unwrap().waiting, 2, "due again for the new one");
    app.index().await;
    let found = app.domain.search.fingerprints(new).await.unwrap();
    assert!(found.len() == 1 && id.ends_with(&found[0].0.id.simple().to_string()), "{found:?}");

    let rows = rebuild::rebuild(&app.domain, |_| {}).await.unwrap();
    assert_eq!(rows as u64, search::count_searchable(&app.domain).await.unwrap());
    assert_in_step(&app).await;
    assert!(!app.domain.search.exists(old).await.unwrap() && !app.domain.search.exists(new).await.unwrap(), "old indexes go");
}

#[tokio::test]
async fn of_two_rebuilds_the_later_one_goes_live() {
    let app = TestApp::with_sample().await;
    let first = search_index::begin(&app.domain).await.unwrap();
    let second = search_index::begin(&app.domain).await.unwrap();
    assert!(!search_index::go_live(&app.domain, first).await.unwrap());
    assert!(search_index::go_live(&app.domain, second).await.unwrap());
    assert_eq!(search_index::live(&app.domain).await.unwrap().unwrap().id, second);
}

#[tokio::test]
async fn a_build_that_died_is_cleared_away() {
    let app = TestApp::with_sample().await;
    search_index::begin(&app.domain).await.unwrap();
    app.publish("article", json!({"title": "Satu"})).await;
    app.index().await;
    app.clock.advance(60_001);
    search_index::tidy(&app.domain).await.unwrap();
    assert_eq!(search_index::retired(&app.domain).await.unwrap().len(), 1);
    app.publish("article", json!({"title": "Dua"})).await;
    app.index().await;
    assert_in_step(&app).await;
}

#[tokio::test]
async fn a_change_of_a_name_reaches_the_documents_that_hold_it() {
    let app = TestApp::with_sample().await;
    let official = app.public("{ official(by: {slug: \"andi-nurhayati-karim\"}) { id } }", json!({})).await["official"]["id"].clone();
    app.mutate("officialUpdate", "official { id }", json!({"id": official, "name": "Nurhayati Zubaidah"})).await;
    app.mutate("officialPublish", "official { id }", json!({"id": official})).await;
    app.index().await;
    assert_in_step(&app).await;
    let query = "{ search(query: \"zubaidah\", types: [EVENT]) { totalCount } }";
    assert_eq!(app.public(query, json!({})).await["search"]["totalCount"], 1);
    let program = app.public("{ program(by: {slug: \"siaga-desa\"}) { id } }", json!({})).await["program"]["id"].clone();
    app.mutate("programTrash", "program { id }", json!({"id": program})).await;
    app.index().await;
    assert_in_step(&app).await;
}
