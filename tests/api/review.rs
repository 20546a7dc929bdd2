//! From the author's desk to the editor's: submitted, returned, approved, published, taken back, purged.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, codes, data, id_of, mutation, user_errors};

const STANDS: &str = "article { status reviewNote revision viewerCanEdit viewerCanPublish }";

fn refused(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn status(app: &TestApp, id: &str) -> Value {
    app.editor("query($id: ID!) { article(by: {id: $id}) { status } }", json!({"id": id})).await["article"]["status"].clone()
}

#[tokio::test]
async fn a_draft_goes_to_the_editors_comes_back_and_is_approved() {
    let app = TestApp::new().await;
    let own = app.mutate_as(Role::Author, "articleCreate", "article { id }", json!({"title": "Panen"})).await;
    let id = id_of(&own["article"]);
    let submitted = app.mutate_as(Role::Author, "articleSubmit", STANDS, json!({"id": id})).await;
    let expected = json!({"status": "IN_REVIEW", "reviewNote": null, "revision": 1, "viewerCanEdit": true, "viewerCanPublish": false});
    assert_eq!(submitted["article"], expected);
    let again = app.mutate_as(Role::Author, "articleSubmit", STANDS, json!({"id": id})).await;
    assert_eq!(user_errors(&again), refused("id", "NOT_ALLOWED"));
    let queue = "{ entries(filter: {statuses: [IN_REVIEW]}) { totalCount nodes { id } } }";
    assert_eq!(app.editor(queue, json!({})).await["entries"], json!({"totalCount": 1, "nodes": [{"id": id}]}));

    let silent = app.mutate("articleReturn", STANDS, json!({"id": id, "note": " "})).await;
    assert_eq!(user_errors(&silent), refused("note", "REQUIRED"));
    let returned = app.mutate("articleReturn", STANDS, json!({"id": id, "note": "Tambahkan angka panen."})).await["article"].clone();
    assert_eq!((&returned["status"], &returned["reviewNote"]), (&json!("DRAFT"), &json!("Tambahkan angka panen.")));
    let change = json!({"id": id, "basedOnRevision": 1, "body": "Dua ton."});
    app.mutate_as(Role::Author, "articleUpdate", "article { id }", change).await;
    app.mutate_as(Role::Author, "articleSubmit", STANDS, json!({"id": id})).await;

    let stale = app.mutate("articleApprove", STANDS, json!({"id": id, "revision": 1})).await;
    assert_eq!((user_errors(&stale)[0].1.as_str(), &stale["userErrors"][0]["newestRevision"]), ("CONFLICT", &json!(2)));
    let approved = app.mutate("articleApprove", STANDS, json!({"id": id, "revision": 2})).await["article"].clone();
    assert_eq!((&approved["status"], &approved["reviewNote"]), (&json!("APPROVED"), &json!(null)));
    // What is changed after that is not what was approved.
    app.mutate_as(Role::Author, "articleUpdate", "article { id }", json!({"id": id, "basedOnRevision": 2, "body": "Tiga ton."})).await;
    assert_eq!(status(&app, &id).await, "IN_REVIEW");
    assert_eq!(app.public("query($id: ID!) { article(by: {id: $id}) { title } }", json!({"id": id})).await["article"], json!(null));
    app.mutate("articlePublish", STANDS, json!({"id": id})).await;
    assert_eq!(status(&app, &id).await, "PUBLISHED");
    let late = app.mutate("articleReturn", STANDS, json!({"id": id, "note": "Terlambat"})).await;
    assert_eq!(user_errors(&late), refused("id", "NOT_ALLOWED"));
}

#[tokio::test]
async fn authors_submit_their_own_work_and_decide_on_none() {
    let app = TestApp::new().await;
    let other = app.create("article", json!({"title": "Punya redaksi"})).await;
    let before = app.written().await;
    for (name, input) in [
        ("articleSubmit", json!({"id": other})),
        ("articleApprove", json!({"id": other, "revision": 1})),
        ("articleReturn", json!({"id": other, "note": "Tidak"})),
        ("articleUnpublish", json!({"id": other})),
    ] {
        app.token(Role::Author).await;
        let before = app.written().await;
        let answer = app.answer(Some(Role::Author), &mutation(name, STANDS), json!({"input": input})).await;
        assert_eq!((codes(&answer), app.written().await), (vec!["FORBIDDEN"], before), "{name}");
    }
    assert_eq!((status(&app, &other).await, app.written().await), (json!("DRAFT"), before + 1), "but for a token nothing was written");
}

#[tokio::test]
async fn what_is_taken_back_is_a_draft_whose_published_text_stays() {
    let app = TestApp::new().await;
    app.index().await;
    let id = app.publish("article", json!({"title": "Terbit"})).await;
    app.index().await;
    app.mutate("articleUnpublish", STANDS, json!({"id": id})).await;
    app.index().await;
    let seen = "query($id: ID!) { article(by: {id: $id}) { title } search(query: \"terbit\") { totalCount } }";
    let gone = json!({"article": null, "search": {"totalCount": 0}});
    assert_eq!(app.public(seen, json!({"id": id})).await, gone);
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Ditulis ulang"})).await;
    let own = "query($id: ID!) { article(by: {id: $id}) { status title revision liveRevision atRevision(number: 2) { title } } }";
    let expected = json!({
        "status": "DRAFT", "title": "Terbit", "revision": 2, "liveRevision": 1, "atRevision": {"title": "Ditulis ulang"}
    });
    assert_eq!(app.editor(own, json!({"id": id})).await["article"], expected);
    app.mutate("articlePublish", STANDS, json!({"id": id, "revision": 1})).await;
    assert_eq!(app.public(seen, json!({"id": id})).await["article"]["title"], "Terbit");
    let twice = app.mutate("articleUnpublish", STANDS, json!({"id": app.create("article", json!({"title": "Draf"})).await})).await;
    assert_eq!(user_errors(&twice), refused("id", "NOT_ALLOWED"));
}

#[tokio::test]
async fn only_an_admin_purges_only_from_the_trash_and_then_it_is_gone() {
    let app = TestApp::new().await;
    let id = app.publish("article", json!({"title": "Rahasia"})).await;
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Rahasia lain", "slug": "lain"})).await;
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    let purge = mutation("articlePurge", "deletedId");
    let try_purge = async |role| app.answer(Some(role), &purge, json!({"input": {"id": id}})).await;
    assert_eq!(codes(&try_purge(Role::Editor).await), ["FORBIDDEN"]);
    assert_eq!(user_errors(&try_purge(Role::Admin).await["data"]["articlePurge"]), refused("id", "NOT_ALLOWED"));
    app.mutate("articleTrash", "article { id }", json!({"id": id})).await;
    assert_eq!(data(try_purge(Role::Admin).await)["articlePurge"]["deletedId"], id);
    let look = "query($id: ID!) { article(by: {id: $id}) { id } old: article(by: {slug: \"rahasia\"}) { id } }";
    assert_eq!(app.editor(look, json!({"id": id})).await, json!({"article": null, "old": null}));
    let log = "query($id: ID!) { auditLog(filter: {subjectId: $id}, first: 1) { nodes { action actorName subject { id } } } }";
    let log = data(app.answer(Some(Role::Admin), log, json!({"id": id})).await)["auditLog"]["nodes"][0].clone();
    assert_eq!(log, json!({"action": "article.purge", "actorName": "admin", "subject": null}));

    let official = app.publish("official", json!({"name": "Rahman"})).await;
    let event = json!({"title": "Acara", "startsAt": "2011-07-06T01:00:00Z", "participants": [{"role": "SPOKE", "officialId": official}]});
    app.publish("event", event).await;
    app.mutate("officialTrash", "official { id }", json!({"id": official})).await;
    let before = app.written().await;
    let in_use = app.mutate_as(Role::Admin, "officialPurge", "deletedId", json!({"id": official})).await;
    assert_eq!((user_errors(&in_use), app.written().await), (refused("id", "IN_USE"), before));
}

#[tokio::test]
async fn what_is_taken_back_or_returned_does_not_come_back_by_its_schedule() {
    let app = TestApp::new().await;
    let mut ids = Vec::new();
    for verb in ["Unpublish", "Archive"] {
        let id = app.publish("article", json!({"title": verb})).await;
        app.mutate("articleSchedule", "article { id }", json!({"id": id, "at": "2015-01-01T02:00:00Z"})).await;
        app.mutate(&format!("article{verb}"), "article { id }", json!({"id": id})).await;
        ids.push(id);
    }
    let id = app.create("article", json!({"title": "Kembali"})).await;
    app.mutate("articleSubmit", "article { id }", json!({"id": id})).await;
    app.mutate("articleSchedule", "article { id }", json!({"id": id, "at": "2015-01-01T02:00:00Z"})).await;
    app.mutate("articleReturn", "article { id }", json!({"id": id, "note": "Belum"})).await;
    ids.push(id);
    app.clock.advance(7_200_000);
    app.index().await;
    for id in ids {
        let seen = app.public("query($id: ID!) { article(by: {id: $id}) { title } }", json!({"id": id})).await;
        assert_eq!(seen["article"], json!(null));
    }
    assert_eq!(app.editor("{ scheduled { totalCount } }", json!({})).await["scheduled"]["totalCount"], 0);
}
