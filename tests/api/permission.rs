//! Who may do what, over every mutation and every role; a refusal changes nothing.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, codes, mutation};

/// Who may, besides the admin, who may do everything.
struct Case {
    mutation: &'static str,
    selection: &'static str,
    input: Value,
    allowed: &'static [Role],
}

fn case(mutation: &'static str, selection: &'static str, input: Value, allowed: &'static [Role]) -> Case {
    Case { mutation, selection, input, allowed }
}

const EDITOR: &[Role] = &[Role::Editor];
const WRITERS: &[Role] = &[Role::Editor, Role::Author];
const MODERATORS: &[Role] = &[Role::Editor, Role::Moderator];

async fn cases(app: &TestApp) -> Vec<Case> {
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let trashed = app.publish("article", json!({"title": "Buangan"})).await;
    app.mutate("articleTrash", "article { id }", json!({"id": trashed})).await;
    let event = app.publish("event", json!({"title": "Acara", "startsAt": "2011-07-06T09:00:00Z"})).await;
    let official = app.publish("official", json!({"name": "Rahman"})).await;
    let program = app.publish("program", json!({"name": "Klaster"})).await;
    let organization = app.create("organization", json!({"name": "Dinas"})).await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let region = app.create("region", json!({"code": "73", "name": "Sulsel", "level": "PROVINCE"})).await;
    let term = app.create("glossaryTerm", json!({"term": "DD", "expansion": "Dompet Dhuafa"})).await;
    let comment = json!({"subjectId": article, "authorName": "A", "authorEmail": "a@b.id", "body": "Halo", "consent": true});
    let comment = app.answer(None, &mutation("commentSubmit", "comment { id }"), json!({"input": comment})).await;
    let comment = comment["data"]["commentSubmit"]["comment"]["id"].clone();
    let id = |id: &str| json!({"id": id});
    vec![
        case("articleCreate", "article { id }", json!({"title": "Baru"}), WRITERS),
        case("articleUpdate", "article { id }", json!({"id": article, "basedOnRevision": 1, "title": "Lain"}), EDITOR),
        case("articleRevert", "article { id }", json!({"id": article, "revision": 1, "basedOnRevision": 1}), EDITOR),
        case("articleSchedule", "article { id }", json!({"id": article, "at": "2020-01-01T00:00:00Z"}), EDITOR),
        case("articleUnschedule", "article { id }", id(&article), EDITOR),
        case("articlePublish", "article { id }", id(&article), EDITOR),
        case("articleArchive", "article { id }", id(&article), EDITOR),
        case("articleTrash", "article { id }", id(&article), EDITOR),
        case("articleRestore", "article { id }", id(&trashed), EDITOR),
        case("eventCreate", "event { id }", json!({"title": "Baru", "startsAt": "2011-07-06T09:00:00Z"}), WRITERS),
        case("eventUpdate", "event { id }", json!({"id": event, "basedOnRevision": 1, "title": "Lain"}), EDITOR),
        case("eventPublish", "event { id }", id(&event), EDITOR),
        case("eventArchive", "event { id }", id(&event), EDITOR),
        case("eventTrash", "event { id }", id(&event), EDITOR),
        case("officialCreate", "official { id }", json!({"name": "Baru"}), EDITOR),
        case("officialUpdate", "official { id }", json!({"id": official, "basedOnRevision": 1, "name": "Lain"}), EDITOR),
        case("officialPublish", "official { id }", id(&official), EDITOR),
        case("officialTrash", "official { id }", id(&official), EDITOR),
        case("programCreate", "program { id }", json!({"name": "Baru"}), EDITOR),
        case("programUpdate", "program { id }", json!({"id": program, "basedOnRevision": 1, "name": "Lain"}), EDITOR),
        case("programPublish", "program { id }", id(&program), EDITOR),
        case("programArchive", "program { id }", id(&program), EDITOR),
        case("organizationCreate", "organization { id }", json!({"name": "Baru"}), EDITOR),
        case("organizationUpdate", "organization { id }", json!({"id": organization, "name": "Lain"}), EDITOR),
        case("organizationDelete", "deletedId", id(&organization), EDITOR),
        case("topicCreate", "topic { id }", json!({"name": "Baru"}), EDITOR),
        case("topicUpdate", "topic { id }", json!({"id": topic, "name": "Lain"}), EDITOR),
        case("topicDelete", "deletedId", id(&topic), EDITOR),
        case("regionCreate", "region { id }", json!({"code": "74", "name": "Baru", "level": "PROVINCE"}), EDITOR),
        case("regionUpdate", "region { id }", json!({"id": region, "name": "Lain"}), EDITOR),
        case("regionDelete", "deletedId", id(&region), EDITOR),
        case("glossaryTermCreate", "glossaryTerm { id }", json!({"term": "A", "expansion": "B"}), EDITOR),
        case("glossaryTermUpdate", "glossaryTerm { id }", json!({"id": term, "expansion": "C"}), EDITOR),
        case("glossaryTermDelete", "deletedId", id(&term), EDITOR),
        case("commentApprove", "comment { id }", json!({"id": comment}), MODERATORS),
        case("commentReject", "comment { id }", json!({"id": comment}), MODERATORS),
    ]
}

#[tokio::test]
async fn every_mutation_is_refused_to_whoever_lacks_its_permission_and_changes_nothing() {
    let app = TestApp::new().await;
    let cases = cases(&app).await;
    for role in [None, Some(Role::Author), Some(Role::Moderator)] {
        if let Some(role) = role {
            app.token(role).await;
        }
        for case in cases.iter().filter(|case| role.is_none_or(|role| !case.allowed.contains(&role))) {
            let before = app.written().await;
            let answer = app.answer(role, &mutation(case.mutation, case.selection), json!({"input": case.input})).await;
            let expected = if role.is_none() { "UNAUTHENTICATED" } else { "FORBIDDEN" };
            let hidden = answer["data"][case.mutation]["userErrors"][0]["code"] == "NOT_FOUND";
            assert!(codes(&answer) == [expected] || hidden, "{} as {role:?}: {answer}", case.mutation);
            assert_eq!(app.written().await, before, "{} as {role:?} wrote something", case.mutation);
        }
    }
}

#[tokio::test]
async fn every_mutation_is_granted_to_whoever_has_its_permission() {
    for role in [Role::Admin, Role::Editor, Role::Author, Role::Moderator] {
        let app = TestApp::new().await;
        for case in cases(&app).await.iter().filter(|case| role == Role::Admin || case.allowed.contains(&role)) {
            let payload = app.mutate_as(role, case.mutation, case.selection, case.input.clone()).await;
            let refused = payload["userErrors"].as_array().unwrap();
            // Some cases undo others on the same row; what matters is that none is refused for its permission.
            assert!(
                refused.iter().all(|error| matches!(error["code"].as_str(), Some("NOT_ALLOWED" | "CONFLICT"))),
                "{} as {role:?}: {payload}",
                case.mutation
            );
        }
    }
}

#[tokio::test]
async fn the_list_of_mutations_above_is_whole() {
    let app = TestApp::new().await;
    let listed: Vec<&str> = cases(&app).await.iter().map(|case| case.mutation).collect();
    let schema = app.public("{ __schema { mutationType { fields { name } } } }", json!({})).await;
    // Those whose twin of another noun is listed go through the same code.
    let twins = [
        "eventRevert",
        "officialRevert",
        "programRevert",
        "eventRestore",
        "officialArchive",
        "officialRestore",
        "programTrash",
        "programRestore",
        "commentSubmit",
        "eventSchedule",
        "eventUnschedule",
        "officialSchedule",
        "officialUnschedule",
        "programSchedule",
        "programUnschedule",
    ];
    for field in schema["__schema"]["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        assert!(listed.contains(&name) || twins.contains(&name), "{name} has no case");
    }
}

#[tokio::test]
async fn authors_edit_their_own_drafts_and_nobody_elses() {
    let app = TestApp::new().await;
    let own = app.mutate_as(Role::Author, "articleCreate", "article { id }", json!({"title": "Punya saya"})).await;
    let own = own["article"]["id"].clone();
    let other = app.create("article", json!({"title": "Punya redaksi"})).await;
    let update = |id: &Value| json!({"input": {"id": id, "basedOnRevision": 1, "title": "Diubah"}});
    let query = mutation("articleUpdate", "article { title }");
    let granted = app.answer(Some(Role::Author), &query, update(&own)).await;
    assert_eq!(granted["data"]["articleUpdate"]["article"]["title"], "Diubah");
    assert_eq!(codes(&app.answer(Some(Role::Author), &query, update(&json!(other))).await), ["FORBIDDEN"]);
    app.mutate("articlePublish", "article { id }", json!({"id": own})).await;
    assert_eq!(codes(&app.answer(Some(Role::Author), &query, update(&own)).await), ["FORBIDDEN"], "published work is the editors'");
}

#[tokio::test]
async fn private_fields_are_null_for_whoever_may_not_read_them() {
    let app = TestApp::with_sample().await;
    let query = "{ article(by: {slug: \"apa-itu-ikrar-mitra\"}) { revision liveRevision isInTrash comments { nodes { authorEmail statusReason } } } }";
    for role in [None, Some(Role::Moderator)] {
        let article = app.answer(role, query, json!({})).await["data"]["article"].clone();
        assert_eq!((&article["revision"], &article["isInTrash"]), (&json!(null), &json!(null)), "{role:?}");
        assert_eq!(article["comments"]["nodes"][0]["authorEmail"].is_null(), role.is_none(), "{role:?}");
    }
    assert_eq!(codes(&app.answer(None, "{ searchStatus { waiting } }", json!({})).await), ["UNAUTHENTICATED"]);
    assert_eq!(codes(&app.answer(Some(Role::Author), "{ searchStatus { waiting } }", json!({})).await), ["FORBIDDEN"]);
}
