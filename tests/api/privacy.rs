//! Personal data: the notice, what a person may ask for, and how long they are kept.

use entity::enums::Role;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};
use warta::clock::Clock;
use warta::db::{Read, insert_rows};
use warta::domain::privacy::retention;

use crate::support::process::{run, stderr, stdout, warta};
use crate::support::{TestApp, data, id_of, mutation, user_errors};

fn comment(subject: &str, email: &str, body: &str) -> Value {
    json!({"subjectId": subject, "authorName": "Budi", "authorEmail": email, "body": body, "consent": true})
}

async fn shown(app: &TestApp, input: Value) -> String {
    let payload = data(app.answer(None, &mutation("commentSubmit", "comment { id }"), json!({"input": input})).await);
    let id = id_of(&payload["commentSubmit"]["comment"]);
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": id})).await;
    id
}

async fn rows(app: &TestApp) -> Vec<entity::comment::Model> {
    entity::comment::Entity::find().order_by_asc(entity::comment::Column::Id).rows(app.domain.db.write()).await.unwrap()
}

#[tokio::test]
async fn the_notice_is_a_page_in_two_languages_whose_versions_are_kept() {
    let app = TestApp::new().await;
    let query = "query($version: String) { privacyNotice(version: $version) { version publishedAt indonesian { html } english { text } } }";
    let built_in = app.public(query, json!({})).await["privacyNotice"].clone();
    assert_eq!((&built_in["version"], &built_in["publishedAt"]), (&json!("2026-11"), &json!(null)));
    assert!(built_in["indonesian"]["html"].as_str().unwrap().contains("<strong>Hak Anda.</strong>"));
    let publish = async |indonesian: &str, english: &str| {
        let input = json!({"indonesian": indonesian, "english": english});
        app.mutate_as(Role::Admin, "privacyNoticePublish", "privacyNotice { version }", input).await
    };
    let empty = publish(" ", "New").await;
    assert_eq!(user_errors(&empty), [("indonesian".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(publish("Baru", "New").await["privacyNotice"]["version"], "2015-01-01");
    app.clock.advance(1);
    assert_eq!(publish("Lebih *baru*", "Newer").await["privacyNotice"]["version"], "2015-01-01.2");
    let newest = app.public(query, json!({})).await["privacyNotice"].clone();
    assert_eq!((&newest["version"], &newest["english"]["text"]), (&json!("2015-01-01.2"), &json!("Newer")));
    for (version, english) in [("2015-01-01", "New"), ("2026-11", built_in["english"]["text"].as_str().unwrap())] {
        assert_eq!(app.public(query, json!({"version": version})).await["privacyNotice"]["english"]["text"], english);
    }
    assert_eq!(app.public(query, json!({"version": "lain"})).await["privacyNotice"], json!(null));
    let list = app.public("{ privacyNotices { totalCount nodes { version } } }", json!({})).await["privacyNotices"].clone();
    assert_eq!(list, json!({"totalCount": 2, "nodes": [{"version": "2015-01-01.2"}, {"version": "2015-01-01"}]}));
    let article = app.publish("article", json!({"title": "Berita"})).await;
    shown(&app, comment(&article, "budi@contoh.id", "Halo")).await;
    assert_eq!(rows(&app).await[0].consent_notice, "2015-01-01.2");
}

#[tokio::test]
async fn a_person_gets_a_copy_of_their_data_and_has_them_erased() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let own = shown(&app, comment(&article, "budi@contoh.id", "Saya Budi dari Bantaeng")).await;
    let mut reply = comment(&article, "wati@contoh.id", "Halo Pak Budi");
    reply["parentId"] = json!(own);
    let reply = shown(&app, reply).await;
    shown(&app, comment(&article, "budi@contoh.id", "Satu lagi dari saya")).await;
    app.mutate_as(Role::Moderator, "commentUpdate", "comment { id }", json!({"id": own, "body": "Saya Budi"})).await;

    let input = json!({"email": " Budi@Contoh.id"});
    let export = app.mutate_as(Role::Admin, "personalDataExport", "json comments", input.clone()).await;
    assert_eq!(export["comments"], 2);
    let copy: Value = serde_json::from_str(export["json"].as_str().unwrap()).unwrap();
    assert_eq!(copy["email"], "budi@contoh.id");
    let first = &copy["comments"][0];
    assert_eq!(
        (&first["body"], &first["address"], &first["earlier"]),
        (&json!("Saya Budi"), &json!("127.0.0.1"), &json!([{"name": "Budi", "website": null, "body": "Saya Budi dari Bantaeng"}]))
    );
    assert_eq!((&first["consent_at"], &first["consent_notice"]), (&json!("2015-01-01T01:00:00Z"), &json!("2026-11")));

    let report = app.mutate_as(Role::Admin, "personalDataErase", "report { found deleted emptied hasAccount }", input.clone()).await;
    assert_eq!(report["report"], json!({"found": 2, "deleted": 1, "emptied": 1, "hasAccount": false}));
    let query = "query($id: ID!) { article(by: {id: $id}) { commentCount comments { totalCount nodes { authorName body isErased avatar { initials } replies { nodes { id body } } } } } }";
    let found = app.public(query, json!({"id": article})).await["article"].clone();
    let replies = json!({"nodes": [{"id": reply, "body": "Halo Pak Budi"}]});
    let place = json!({"authorName": "", "body": "", "isErased": true, "avatar": {"initials": ""}, "replies": replies});
    assert_eq!(found, json!({"commentCount": 2, "comments": {"totalCount": 1, "nodes": [place]}}));
    for row in rows(&app).await {
        assert_eq!(row.author_email == "wati@contoh.id", row.address.is_some(), "{row:?}");
    }
    let again = app.mutate_as(Role::Admin, "personalDataErase", "report { found deleted emptied }", input).await;
    assert_eq!(again["report"], json!({"found": 0, "deleted": 0, "emptied": 0}));
    let bad = app.mutate_as(Role::Admin, "personalDataExport", "json", json!({"email": "budi"})).await;
    assert_eq!(user_errors(&bad), [("email".to_owned(), "INVALID".to_owned())]);
    let log = "{ auditLog(first: 20) { nodes { action actorName } } }";
    let log = data(app.answer(Some(Role::Admin), log, json!({})).await)["auditLog"]["nodes"].clone();
    assert!(log.as_array().unwrap().iter().any(|entry| entry["action"] == "comment.erase_personal_data"), "{log}");
}

#[tokio::test]
async fn erased_words_are_found_no_more_and_addresses_stand_in_no_log() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    shown(&app, comment(&article, "zulkarnain@surat.example", "Kata yang sangat khusus: trembesi")).await;
    app.index().await;
    let search = "{ commentSearch(query: \"trembesi\") { totalCount } }";
    let found = async |query: &str| data(app.answer(Some(Role::Moderator), query, json!({})).await)["commentSearch"]["totalCount"].clone();
    assert_eq!(found(search).await, 1);
    assert_eq!(found("{ commentSearch(query: \"zulkarnain\") { totalCount } }").await, 0, "addresses are in no index");
    app.mutate_as(Role::Admin, "personalDataErase", "report { found }", json!({"email": "zulkarnain@surat.example"})).await;
    app.index().await;
    assert_eq!(found(search).await, 0);
    for entry in entity::audit_entry::Entity::find().rows(app.domain.db.write()).await.unwrap() {
        let is_public = entry.actor_kind == entity::enums::ActorKind::Public;
        assert!(!is_public || entry.address.is_none(), "{entry:?}");
        assert!(!format!("{entry:?}").contains("zulkarnain"), "{entry:?}");
    }
}

#[tokio::test]
async fn addresses_are_forgotten_after_a_month_and_writers_after_two_years() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let old = shown(&app, comment(&article, "budi@contoh.id", "Lama")).await;
    app.clock.advance(20 * 86_400_000);
    shown(&app, comment(&article, "budi@contoh.id", "Baru")).await;
    retention::run(&app.domain).await.unwrap();
    assert!(rows(&app).await.iter().all(|row| row.address.is_some()));
    app.clock.advance(11 * 86_400_000);
    retention::run(&app.domain).await.unwrap();
    let known = |rows: &[entity::comment::Model]| rows.iter().map(|row| row.address.is_some()).collect::<Vec<_>>();
    let found = rows(&app).await;
    assert_eq!(known(&found), [false, true]);
    assert!(found[0].user_agent.is_none() && found[0].network_hash.is_some() && found[0].network_hash == found[1].network_hash);
    let query = "query($id: ID!) { comments(filter: {sameNetworkAs: $id}) { totalCount } node(id: $id) { ... on Comment { address authorEmail sameNetwork { approved } } } }";
    let seen = data(app.answer(Some(Role::Moderator), query, json!({"id": old})).await);
    assert_eq!(seen["comments"]["totalCount"], 2, "comments from one network are still known as such");
    assert_eq!(seen["node"], json!({"address": null, "authorEmail": "budi@contoh.id", "sameNetwork": {"approved": 2}}));
    app.clock.advance(700 * 86_400_000);
    retention::run(&app.domain).await.unwrap();
    let found = rows(&app).await;
    assert!(found[0].author_email.is_empty() && found[0].network_hash.is_none(), "{:?}", found[0]);
    assert_eq!((found[1].author_email.as_str(), &found[1].address), ("budi@contoh.id", &None));
    assert_eq!((found[0].body.as_str(), found[0].is_shown), ("Lama", true), "what was published stays");
}

#[tokio::test]
async fn a_site_with_many_old_comments_is_made_anonymous_in_parts() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    shown(&app, comment(&article, "budi@contoh.id", "Lama")).await;
    let pattern = rows(&app).await.remove(0);
    let copy = |_: usize| entity::comment::Model { id: app.clock.new_id(), ..pattern.clone() };
    insert_rows((0..11_000).map(copy), app.domain.db.write()).await.unwrap();
    app.clock.advance(800 * 86_400_000);
    let known = async || rows(&app).await.iter().filter(|row| !row.author_email.is_empty()).count();
    retention::run(&app.domain).await.unwrap();
    assert_eq!(known().await, 1_001, "the worker has other things to do as well");
    retention::run(&app.domain).await.unwrap();
    assert_eq!(known().await, 0);
}

#[tokio::test]
async fn the_command_line_exports_and_erases() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    shown(&app, comment(&article, "budi@contoh.id", "Halo")).await;
    let folder = tempfile::tempdir().unwrap();
    let command = |arguments: &[&str]| run(warta(folder.path(), app.database_url()).arg("privacy").args(arguments));
    let export = command(&["export", "budi@contoh.id"]);
    let copy: Value = serde_json::from_str(&stdout(&export)).unwrap();
    assert_eq!(copy["comments"][0]["body"], "Halo");
    let asked = command(&["erase", "budi@contoh.id"]);
    assert!(!asked.status.success() && stderr(&asked).contains("1 comment(s)") && stderr(&asked).contains("--yes"), "{}", stderr(&asked));
    assert_eq!(rows(&app).await.len(), 1, "nothing is erased without a word");
    assert!(stdout(&command(&["erase", "budi@contoh.id", "--yes"])).contains("1 deleted"));
    assert!(rows(&app).await.is_empty());
    let bad = command(&["export", "budi"]);
    assert!(!bad.status.success() && stderr(&bad).contains("e-mail address"), "{}", stderr(&bad));
}
