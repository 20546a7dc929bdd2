//! Publications at a time.

use entity::enums::JobKind;
use serde_json::json;
use uuid::Uuid;
use warta::db::Read;
use warta::domain::outbox;
use warta::worker::lane::{self, Lane};

use crate::support::{TestApp, codes, user_errors};

const AT: &str = "2015-01-01T02:00:00Z";
const SCHEDULE: &str = "article { status scheduledAt scheduledRevision }";

async fn title(app: &TestApp, id: &str) -> serde_json::Value {
    app.public("query($id: ID!) { article(by: {id: $id}) { title } }", json!({"id": id})).await["article"].clone()
}

#[tokio::test]
async fn a_revision_is_published_at_its_time_and_once() {
    let app = TestApp::new().await;
    app.index().await;
    let id = app.create("article", json!({"title": "Pagi"})).await;
    let payload = app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT})).await;
    assert_eq!(payload["article"], json!({"status": "DRAFT", "scheduledAt": AT, "scheduledRevision": 1}));
    // Work on it goes on; what was scheduled is what is published.
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Siang"})).await;
    let listed = "{ articles(filter: {isScheduled: true}, orderBy: UPDATED_NEWEST) { totalCount } }";
    assert_eq!(app.editor(listed, json!({})).await["articles"]["totalCount"], 1);
    app.clock.advance(3_599_000);
    app.index().await;
    assert_eq!(title(&app, &id).await, json!(null));
    app.clock.advance(1_000);
    app.index().await;
    assert_eq!(title(&app, &id).await, json!({"title": "Pagi"}));
    let after = "query($id: ID!) { article(by: {id: $id}) { scheduledAt publishedAt revision liveRevision } }";
    let after = app.editor(after, json!({"id": id})).await["article"].clone();
    assert_eq!(after, json!({"scheduledAt": null, "publishedAt": AT, "revision": 2, "liveRevision": 1}));
    assert_eq!(app.editor(listed, json!({})).await["articles"]["totalCount"], 0);
    let found = app.public("{ search(query: \"pagi\") { totalCount } }", json!({})).await;
    assert_eq!(found["search"]["totalCount"], 1);
}

#[tokio::test]
async fn a_schedule_is_replaced_ended_and_survives_a_worker_that_died() {
    let app = TestApp::new().await;
    app.index().await;
    let (moved, ended, crashed) = (
        app.create("article", json!({"title": "Ditunda"})).await,
        app.create("article", json!({"title": "Batal"})).await,
        app.create("article", json!({"title": "Tertunda"})).await,
    );
    for id in [&moved, &ended, &crashed] {
        app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT})).await;
    }
    app.mutate("articleSchedule", SCHEDULE, json!({"id": moved, "at": "2015-01-02T00:00:00Z"})).await;
    let when = "query($id: ID!) { article(by: {id: $id}) { updatedAt } }";
    let before = app.editor(when, json!({"id": ended})).await;
    app.clock.advance(1_000);
    app.mutate("articleUnschedule", SCHEDULE, json!({"id": ended})).await;
    assert_eq!(app.editor(when, json!({"id": ended})).await, before, "the public is told nothing of schedules");
    let twice = app.mutate("articleUnschedule", SCHEDULE, json!({"id": ended})).await;
    assert_eq!(user_errors(&twice), [("id".to_owned(), "NOT_ALLOWED".to_owned())]);
    app.clock.advance(3_600_000);
    // A worker takes the jobs and is never heard of again.
    assert!(!outbox::claim(&app.domain, Uuid::from_u128(9), &[JobKind::Publish], 100).await.unwrap().is_empty());
    app.clock.advance(outbox::PUBLICATION_LEASE_MS + 1);
    app.index().await;
    assert_eq!(title(&app, &crashed).await, json!({"title": "Tertunda"}), "late is better than never");
    assert_eq!((title(&app, &moved).await, title(&app, &ended).await), (json!(null), json!(null)));
    app.clock.advance(86_400_000);
    app.index().await;
    assert_eq!(title(&app, &moved).await, json!({"title": "Ditunda"}));
}

#[tokio::test]
async fn a_schedule_whose_entry_is_in_the_trash_says_so_and_is_not_tried_again() {
    let app = TestApp::new().await;
    app.index().await;
    let id = app.create("article", json!({"title": "Dibuang"})).await;
    app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT})).await;
    app.mutate("articleTrash", "article { id }", json!({"id": id})).await;
    app.clock.advance(3_600_000);
    while lane::work_once(&app.domain, Lane::Publications, Uuid::from_u128(1)).await.unwrap() {}
    let stands = "query($id: ID!) { article(by: {id: $id}) { status scheduledAt scheduleFailedAt scheduleProblem } }";
    let entry = app.editor(stands, json!({"id": id})).await["article"].clone();
    assert_eq!((&entry["status"], &entry["scheduledAt"], &entry["scheduleFailedAt"]), (&json!("DRAFT"), &json!(AT), &json!(AT)));
    assert!(entry["scheduleProblem"].as_str().unwrap().contains("trash"), "{entry}");
    // It is not tried again, and the list of schedules shows it until somebody sees to it.
    app.mutate("articleRestore", "article { id }", json!({"id": id})).await;
    app.index().await;
    let listed = "{ scheduled { totalCount nodes { id ... on Article { status scheduleFailedAt } } } }";
    let failed = json!({"totalCount": 1, "nodes": [{"id": id, "status": "DRAFT", "scheduleFailedAt": AT}]});
    assert_eq!(app.editor(listed, json!({})).await["scheduled"], failed);
    app.mutate("articleUnschedule", SCHEDULE, json!({"id": id})).await;
    assert_eq!(app.editor(listed, json!({})).await["scheduled"]["totalCount"], 0);
    use sea_orm::EntityTrait;
    let audit = entity::audit_entry::Entity::find().rows(app.domain.db.write()).await.unwrap();
    assert_eq!(audit.iter().filter(|entry| entry.action == "article.schedule_failed").count(), 1);
}

#[tokio::test]
async fn only_moments_to_come_are_taken_and_the_public_knows_of_no_schedule() {
    let app = TestApp::new().await;
    let id = app.publish("article", json!({"title": "Terbit"})).await;
    let past = app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": "2015-01-01T01:00:00Z"})).await;
    assert_eq!(user_errors(&past), [("at".to_owned(), "INVALID".to_owned())]);
    let unknown = app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT, "revision": 2})).await;
    assert_eq!(user_errors(&unknown), [("revision".to_owned(), "INVALID".to_owned())]);
    app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT})).await;
    let seen = "{ articles(filter: {isScheduled: true}) { totalCount nodes { scheduledAt scheduledRevision } } }";
    let seen = app.answer(None, seen, json!({})).await;
    assert_eq!(codes(&seen), Vec::<&str>::new());
    assert_eq!(seen["data"]["articles"], json!({"totalCount": 0, "nodes": []}));
    let field = app.public("{ articles { nodes { scheduledAt scheduledRevision } } }", json!({})).await;
    assert_eq!(field["articles"]["nodes"], json!([{"scheduledAt": null, "scheduledRevision": null}]));
}

#[tokio::test]
async fn a_schedule_whose_topic_is_gone_says_which() {
    let app = TestApp::new().await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let id = app.publish("article", json!({"title": "Terbit"})).await;
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Baru", "topicIds": [topic]})).await;
    app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": AT})).await;
    app.mutate("topicDelete", "deletedId", json!({"id": topic})).await;
    app.clock.advance(3_600_000);
    app.index().await;
    let stands = "query($id: ID!) { article(by: {id: $id}) { title scheduleFailedAt scheduleProblem } }";
    let expected = json!({"title": "Terbit", "scheduleFailedAt": AT, "scheduleProblem": "topicIds.0: There is no such entry."});
    assert_eq!(app.editor(stands, json!({"id": id})).await["article"], expected);
    // Mended and scheduled again, it is as any other.
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "topicIds": []})).await;
    app.mutate("articleSchedule", SCHEDULE, json!({"id": id, "at": "2015-01-01T03:00:00Z"})).await;
    app.clock.advance(3_600_000);
    app.index().await;
    let expected = json!({"title": "Baru", "scheduleFailedAt": null, "scheduleProblem": null});
    assert_eq!(app.editor(stands, json!({"id": id})).await["article"], expected);
}
