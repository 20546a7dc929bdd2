//! Transactions and snapshots, whichever the database.

use std::time::Duration;

use entity::topic;
use sea_orm::{DbBackend, EntityTrait, Statement};
use warta::db::{Db, Read, Sink, Source, Transaction, insert_row};

use crate::support::TestApp;

fn named(app: &TestApp, name: &str) -> topic::Model {
    let now = app.domain.clock.now();
    let id = app.domain.clock.new_id();
    topic::Model { id, created_at: now, updated_at: now, slug: id.to_string(), name: name.to_owned(), description: None, parent_id: None }
}

async fn names(source: &impl Source) -> Vec<String> {
    let mut names: Vec<String> = topic::Entity::find().rows(source).await.unwrap().into_iter().map(|row| row.name).collect();
    names.sort();
    names
}

async fn add(app: &TestApp, txn: &Transaction, name: &str) {
    insert_row(named(app, name), txn).await.unwrap();
}

#[tokio::test]
async fn what_is_not_committed_is_taken_back_and_holds_nobody_up() {
    let app = TestApp::new().await;
    let db: &Db = &app.domain.db;
    for _ in 0..20 {
        let txn = db.begin().await.unwrap();
        add(&app, &txn, "Air").await;
        drop(txn);
        let txn = db.begin().await.unwrap();
        assert!(names(&txn).await.is_empty());
        add(&app, &txn, "Air").await;
        txn.rollback().await.unwrap();
        assert!(names(db.read()).await.is_empty());
    }
    let txn = db.begin().await.unwrap();
    add(&app, &txn, "Air").await;
    txn.commit().await.unwrap();
    assert_eq!(names(db.read()).await, ["Air"]);
}

#[tokio::test]
async fn a_part_is_taken_back_alone() {
    let app = TestApp::new().await;
    let db = &app.domain.db;
    let txn = db.begin().await.unwrap();
    add(&app, &txn, "Air").await;
    let part = txn.part().await.unwrap();
    add(&app, &part, "Tanah").await;
    let below = part.part().await.unwrap();
    add(&app, &below, "Hutan").await;
    below.rollback().await.unwrap();
    part.commit().await.unwrap();
    let part = txn.part().await.unwrap();
    // What fails in it fails with it alone.
    let taken = topic::Entity::find().row(&part).await.unwrap().unwrap();
    insert_row(taken, &part).await.unwrap_err();
    drop(part);
    assert_eq!(names(&txn).await, ["Air", "Tanah"]);
    txn.commit().await.unwrap();
    assert_eq!(names(db.read()).await, ["Air", "Tanah"]);
}

#[tokio::test]
async fn a_snapshot_sees_one_state_and_the_next_one_the_next() {
    let app = TestApp::new().await;
    let db = &app.domain.db;
    for round in 0..20 {
        let snapshot = db.snapshot();
        assert_eq!(names(snapshot.read()).await.len(), round);
        let txn = db.begin().await.unwrap();
        add(&app, &txn, "Air").await;
        txn.commit().await.unwrap();
        assert_eq!(names(snapshot.read()).await.len(), round);
        assert_eq!(names(db.read()).await.len(), round + 1);
    }
}

/// On PostgreSQL: SQLite answers on the thread that asks, and takes back what failed alone.
#[tokio::test]
async fn who_gives_up_waiting_and_who_ignores_a_failure_do_no_harm() {
    let app = TestApp::new().await;
    let db = &app.domain.db;
    if db.read().backend() == DbBackend::Sqlite {
        return;
    }
    let slow = || Statement::from_string(DbBackend::Postgres, "SELECT 1 FROM pg_sleep(0.3)");
    let (snapshot, txn) = (db.snapshot(), db.begin().await.unwrap());
    add(&app, &txn, "Air").await;
    tokio::time::timeout(Duration::from_millis(20), snapshot.read().rows::<i32>(slow())).await.unwrap_err();
    tokio::time::timeout(Duration::from_millis(20), txn.execute(slow())).await.unwrap_err();
    drop((snapshot, txn));
    // Nobody gets a connection on which that still runs.
    for _ in 0..10 {
        let asked = tokio::time::timeout(Duration::from_millis(200), async {
            assert!(names(db.snapshot().read()).await.is_empty());
            assert!(names(db.read()).await.is_empty());
        });
        asked.await.unwrap();
    }
    let txn = db.begin().await.unwrap();
    add(&app, &txn, "Air").await;
    txn.execute(Statement::from_string(DbBackend::Postgres, "SELECT nothing")).await.unwrap_err();
    assert!(txn.commit().await.is_err(), "PostgreSQL takes it back and says that it is committed");
    assert!(names(db.read()).await.is_empty());
}
