//! Revisions: read, compared, brought back.

use entity::enums::Role;
use serde_json::{Value, json};
use uuid::Uuid;
use warta::auth::actor::Actor;

use crate::support::{TestApp, codes, mutation, user_errors};

/// An article of three revisions, the first of them published.
async fn article(app: &TestApp) -> String {
    let topic = app.create("topic", json!({"name": "Pertanian"})).await;
    let id = app.publish("article", json!({"title": "Panen jagung", "body": "Panen jagung melimpah."})).await;
    app.clock.advance(60_000);
    let update = json!({"id": id, "body": "Panen padi melimpah.", "topicIds": [topic], "note": "Komoditasnya padi"});
    app.mutate("articleUpdate", "article { id }", update).await;
    app.clock.advance(60_000);
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Panen padi", "topicIds": []})).await;
    id
}

#[tokio::test]
async fn what_was_saved_can_be_read_before_it_is_published() {
    let app = TestApp::new().await;
    let id = article(&app).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { title revision liveRevision
        revisions(first: 2) { totalCount pageInfo { hasNextPage endCursor } nodes { number note createdAt authorName } }
        second: atRevision(number: 2) { id title body { markdown } topics { name } status }
        none: atRevision(number: 9) { id } } }";
    let article = app.editor(query, json!({"id": id})).await["article"].clone();
    assert_eq!((&article["title"], &article["revision"], &article["liveRevision"]), (&json!("Panen jagung"), &json!(3), &json!(1)));
    assert_eq!(article["revisions"]["totalCount"], 3);
    assert_eq!(
        article["revisions"]["nodes"],
        json!([
            {"number": 3, "note": null, "createdAt": "2015-01-01T01:02:00Z", "authorName": "editor"},
            {"number": 2, "note": "Komoditasnya padi", "createdAt": "2015-01-01T01:01:00Z", "authorName": "editor"},
        ])
    );
    assert_eq!(
        article["second"],
        json!({"id": id, "title": "Panen jagung", "body": {"markdown": "Panen padi melimpah."}, "topics": [{"name": "Pertanian"}], "status": "PUBLISHED"})
    );
    assert_eq!(article["none"], json!(null));
    let after = article["revisions"]["pageInfo"]["endCursor"].clone();
    let rest = "query($id: ID!, $after: String) { article(by: {id: $id}) { revisions(after: $after) { pageInfo { hasNextPage } nodes { number } } } }";
    let rest = app.editor(rest, json!({"id": id, "after": after})).await["article"]["revisions"].clone();
    assert_eq!(rest, json!({"pageInfo": {"hasNextPage": false}, "nodes": [{"number": 1}]}));
}

#[tokio::test]
async fn two_revisions_are_compared_word_by_word_and_relation_by_relation() {
    let app = TestApp::new().await;
    let id = article(&app).await;
    let query = "query($id: ID!, $from: Int!, $to: Int!) { article(by: {id: $id}) { changes(from: $from, to: $to) {
        field text { kind text } added { __typename } removed { __typename ... on Topic { name } } before after } } }";
    let changes =
        async |from: i32, to: i32| app.editor(query, json!({"id": id, "from": from, "to": to})).await["article"]["changes"].clone();
    let none = json!([]);
    assert_eq!(
        changes(1, 2).await,
        json!([
            {"field": "body", "text": [{"kind": "KEPT", "text": "Panen "}, {"kind": "REMOVED", "text": "jagung"}, {"kind": "ADDED", "text": "padi"},
                {"kind": "KEPT", "text": " melimpah."}], "added": none, "removed": none, "before": null, "after": null},
            {"field": "topicIds", "text": none, "added": [{"__typename": "Topic"}], "removed": none, "before": null, "after": null},
        ])
    );
    let fields = |changes: &Value| changes.as_array().unwrap().iter().map(|change| change["field"].clone()).collect::<Vec<_>>();
    assert_eq!(fields(&changes(1, 3).await), ["body", "title"]);
    assert_eq!(changes(2, 3).await[1]["removed"], json!([{"__typename": "Topic", "name": "Pertanian"}]));
    assert_eq!(changes(2, 2).await, none);
    let unknown = app.answer(Some(Role::Editor), query, json!({"id": id, "from": 1, "to": 4})).await;
    assert_eq!(codes(&unknown), ["INVALID"]);
}

#[tokio::test]
async fn an_earlier_revision_comes_back_as_the_newest_and_is_not_public_before_it_is_published() {
    let app = TestApp::new().await;
    let id = article(&app).await;
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    let revert = json!({"id": id, "revision": 1, "basedOnRevision": 3});
    let payload = app.mutate("articleRevert", "article { title revision liveRevision }", revert.clone()).await;
    assert_eq!(payload["article"], json!({"title": "Panen padi", "revision": 4, "liveRevision": 3}));
    let again = app.mutate("articleRevert", "article { id }", revert).await;
    assert_eq!(again["userErrors"][0]["code"], "CONFLICT");
    let unknown = app.mutate("articleRevert", "article { id }", json!({"id": id, "revision": 9, "basedOnRevision": 4})).await;
    assert_eq!(user_errors(&unknown), [("revision".to_owned(), "INVALID".to_owned())]);
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    let title = app.public("query($id: ID!) { article(by: {id: $id}) { title } }", json!({"id": id})).await;
    assert_eq!(title["article"]["title"], "Panen jagung");
}

#[tokio::test]
async fn a_revision_of_every_noun_shows_what_belonged_to_it() {
    let app = TestApp::with_sample().await;
    let event = app.public("{ event(by: {slug: \"lokakarya-klaster-mandiri-bantaeng\"}) { id } }", json!({})).await["event"]["id"].clone();
    let change = json!({"id": event, "sessions": [{"title": "Tunggal"}], "organizerIds": [],
        "participants": [{"role": "SPOKE", "guestName": "Tamu", "session": 1}]});
    app.mutate("eventUpdate", "event { id }", change).await;
    let query = "query($id: ID!) { event(by: {id: $id}) { live: agenda { title }
        one: atRevision(number: 1) { agenda { title } organizers { name } participants { name office session { title } } }
        two: atRevision(number: 2) { agenda { number title } organizers { name } participants { name session { title } } } } }";
    let shown = app.editor(query, json!({"id": event})).await["event"].clone();
    assert_eq!(shown["live"].as_array().unwrap().len(), 3);
    assert_eq!(shown["one"]["participants"][0]["office"], "Bupati Bantaeng");
    assert_eq!(shown["one"]["participants"][2]["session"]["title"], "Diskusi panel");
    assert_eq!(
        shown["two"],
        json!({"agenda": [{"number": 1, "title": "Tunggal"}], "organizers": [], "participants": [{"name": "Tamu", "session": {"title": "Tunggal"}}]})
    );
    let official =
        "{ official(by: {slug: \"nurdin-abdullah\"}) { atRevision(number: 1) { fullName officeOn(date: \"2011-07-06\") { office } } } }";
    assert_eq!(app.editor(official, json!({})).await["official"]["atRevision"]["officeOn"]["office"], "Bupati Bantaeng");
    let program = "{ program(by: {slug: \"klaster-mandiri\"}) { atRevision(number: 1) { sites { sector } } } }";
    assert_eq!(app.editor(program, json!({})).await["program"]["atRevision"]["sites"][3]["sector"], "Peternakan");
}

#[tokio::test]
async fn the_public_reads_no_revision_by_any_path() {
    let app = TestApp::new().await;
    let id = article(&app).await;
    for field in ["revisions { nodes { note } }", "atRevision(number: 3) { title }", "changes(from: 1, to: 3) { field }"] {
        let query = format!("query($id: ID!) {{ article(by: {{id: $id}}) {{ {field} }} }}");
        for (role, code) in [(None, "UNAUTHENTICATED"), (Some(Role::Moderator), "FORBIDDEN")] {
            let answer = app.answer(role, &query, json!({"id": id})).await;
            assert_eq!(codes(&answer), [code], "{field}");
            assert!(!answer.to_string().contains("padi"), "{answer}");
        }
    }
    let input = json!({"input": {"id": id, "revision": 1, "basedOnRevision": 3}});
    assert_eq!(codes(&app.answer(None, &mutation("articleRevert", "article { id }"), input).await), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn revisions_of_many_entries_take_one_statement() {
    let app = TestApp::with_sample().await;
    app.token(Role::Editor).await;
    let count = async |first: usize| {
        let query = format!(
            "{{ articles(first: {first}) {{ nodes {{ revisions(first: 3) {{ nodes {{ number }} }} atRevision(number: 1) {{ title }} }} }} }}"
        );
        app.statements();
        app.editor(&query, json!({})).await;
        app.statements().iter().filter(|statement| statement.contains("revisions")).count()
    };
    assert_eq!((count(2).await, count(40).await), (2, 2));
}

#[tokio::test]
async fn states_of_more_revisions_than_a_statement_takes_are_read() {
    let app = TestApp::new().await;
    let id = article(&app).await;
    let entry: Uuid = id.trim_start_matches("article_").parse().unwrap();
    let wanted: Vec<(Uuid, i32)> = (0..1_500).map(|n| (Uuid::from_u128(n), 1)).chain([(entry, 2)]).collect();
    let states = warta::domain::revision::states(&app.domain, &Actor::system(), &wanted).await.unwrap();
    assert_eq!((states.len(), &states[&(entry, 2)]["title"]), (1, &json!("Panen jagung")));
}
