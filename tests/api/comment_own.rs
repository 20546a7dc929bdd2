//! What whoever wrote a comment may do with it, and where and how comments are taken.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::support::{Options, TestApp, codes, data, id_of, mutation, user_errors};

const SUBMITTED: &str = "comment { id status depth bodyHtml avatar { initials color dataUrl } } receipt editableUntil";
const OWN: &str = "query($receipts: [String!]!) { ownComments(receipts: $receipts) { id status body authorName editedAt } }";

fn comment(subject: &str) -> Value {
    json!({"subjectId": subject, "authorName": "Siti Rahmatia", "authorEmail": "siti@contoh.id", "body": "Kapan dibuka?", "consent": true})
}

fn with(mut input: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

async fn submit(app: &TestApp, input: Value) -> Value {
    data(app.answer(None, &mutation("commentSubmit", SUBMITTED), json!({"input": input})).await)["commentSubmit"].clone()
}

async fn call(app: &TestApp, name: &str, selection: &str, input: Value) -> Value {
    data(app.answer(None, &mutation(name, selection), json!({"input": input})).await)[name].clone()
}

/// Submits a comment and has it shown.
async fn shown(app: &TestApp, input: Value) -> Value {
    let payload = submit(app, input).await;
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": id_of(&payload["comment"])})).await;
    payload
}

async fn counts(app: &TestApp, article: &str) -> (Value, Value) {
    let query = "query($id: ID!) { article(by: {id: $id}) { commentCount comments { totalCount } } }";
    let found = app.public(query, json!({"id": article})).await["article"].clone();
    (found["comments"]["totalCount"].clone(), found["commentCount"].clone())
}

#[tokio::test]
async fn a_writer_sees_changes_and_takes_back_a_comment_with_its_receipt() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let text = "Lihat https://desa.example <b>ya</b>\nSalam";
    let payload = submit(&app, with(comment(&article), json!({"body": text}))).await;
    let receipt = payload["receipt"].as_str().unwrap().to_owned();
    assert_eq!(payload["editableUntil"], "2015-01-01T01:15:00Z");
    let html = payload["comment"]["bodyHtml"].as_str().unwrap();
    assert!(html.contains("<a href=\"https://desa.example\" rel=\"nofollow ugc") && html.contains("&lt;b&gt;ya&lt;/b&gt;<br>"), "{html}");
    assert_eq!(payload["comment"]["avatar"]["initials"], "SR");
    assert!(payload["comment"]["avatar"]["dataUrl"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));

    let own = app.public(OWN, json!({"receipts": [receipt]})).await["ownComments"].clone();
    assert_eq!((&own[0]["status"], &own[0]["body"]), (&json!("PENDING"), &json!(text)));
    app.clock.advance(60_000);
    let edited = call(&app, "commentEdit", "comment { body status editedAt }", json!({"receipt": receipt, "body": "Kapan ditutup?"})).await;
    let expected = json!({"body": "Kapan ditutup?", "status": "PENDING", "editedAt": "2015-01-01T01:01:00Z"});
    assert_eq!(edited["comment"], expected);
    let id = payload["comment"]["id"].clone();
    let trace = "query($id: ID!) { node(id: $id) { ... on Comment { edits { body actorName at } } } }";
    let seen = data(app.answer(Some(Role::Moderator), trace, json!({"id": id})).await)["node"].clone();
    assert_eq!(seen["edits"], json!([{"body": text, "actorName": "public", "at": "2015-01-01T01:01:00Z"}]));
    assert_eq!(app.public(trace, json!({"id": id})).await["node"], json!(null));

    let withdrawn = call(&app, "commentWithdraw", "deletedId", json!({"receipt": receipt})).await;
    assert_eq!(withdrawn["deletedId"], id);
    assert_eq!(app.public(OWN, json!({"receipts": [receipt]})).await["ownComments"], json!([]));
    assert_eq!(data(app.answer(Some(Role::Moderator), "{ comments { totalCount } }", json!({})).await)["comments"]["totalCount"], 0);
    let again = call(&app, "commentWithdraw", "deletedId", json!({"receipt": receipt})).await;
    assert_eq!(user_errors(&again), [("receipt".to_owned(), "NOT_FOUND".to_owned())]);
}

#[tokio::test]
async fn a_receipt_that_is_forged_or_late_changes_nothing() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let receipt = submit(&app, comment(&article)).await["receipt"].as_str().unwrap().to_owned();
    let forged = format!("{}{}", &receipt[..receipt.len() - 2], if receipt.ends_with("AA") { "BB" } else { "AA" });
    let before = app.written().await;
    for bad in [forged.as_str(), "warta_receipt_", "", "nonsense", "warta_receipt_AAAA"] {
        let refused = call(&app, "commentEdit", "comment { id }", json!({"receipt": bad, "body": "Lain"})).await;
        assert_eq!(user_errors(&refused), [("receipt".to_owned(), "INVALID".to_owned())], "{bad}");
        assert_eq!(codes(&app.answer(None, OWN, json!({"receipts": [bad]})).await), ["INVALID"], "{bad}");
    }
    app.clock.advance(15 * 60_000);
    for (name, selection) in [("commentEdit", "comment { id }"), ("commentWithdraw", "deletedId")] {
        let late = call(&app, name, selection, json!({"receipt": receipt})).await;
        assert_eq!(user_errors(&late), [("receipt".to_owned(), "NOT_ALLOWED".to_owned())], "{name}");
    }
    assert_eq!(app.written().await, before);
    assert_eq!(app.public(OWN, json!({"receipts": [receipt]})).await["ownComments"][0]["body"], "Kapan dibuka?", "it may still be seen");
}

#[tokio::test]
async fn what_was_approved_waits_again_when_its_writer_changes_it_and_what_was_refused_stays_refused() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let payload = shown(&app, comment(&article)).await;
    assert_eq!(counts(&app, &article).await, (json!(1), json!(1)));
    let edit = json!({"receipt": payload["receipt"], "body": "Sekarang saya menjual obat"});
    assert_eq!(call(&app, "commentEdit", "comment { status }", edit).await["comment"]["status"], "PENDING");
    assert_eq!(counts(&app, &article).await, (json!(0), json!(0)));

    let refused = submit(&app, with(comment(&article), json!({"body": "Kedua"}))).await;
    let reject = json!({"id": refused["comment"]["id"], "isSpam": true});
    app.mutate_as(Role::Moderator, "commentReject", "comment { id }", reject).await;
    let edit = json!({"receipt": refused["receipt"], "body": "Sudah baik"});
    assert_eq!(call(&app, "commentEdit", "comment { status }", edit).await["comment"]["status"], "PENDING", "its writer is not told");
    let queue = data(app.answer(Some(Role::Moderator), "{ commentTally { pending approved spam trash } }", json!({})).await);
    assert_eq!(queue["commentTally"], json!({"pending": 1, "approved": 0, "spam": 1, "trash": 0}));
}

#[tokio::test]
async fn threads_hang_as_deep_as_the_settings_say_and_show_only_below_what_is_shown() {
    let app = TestApp::with(Options { configure: Some(|config| config.comments.depth = 2), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let mut ids = Vec::new();
    for depth in 0..3 {
        let parent = ids.last().map_or(json!({}), |id| json!({"parentId": id}));
        let payload = shown(&app, with(comment(&article), parent)).await;
        assert_eq!(payload["comment"]["depth"], depth);
        ids.push(id_of(&payload["comment"]));
    }
    let deeper = submit(&app, with(comment(&article), json!({"parentId": ids[2]}))).await;
    assert_eq!(user_errors(&deeper), [("parentId".to_owned(), "NOT_ALLOWED".to_owned())]);
    assert_eq!(counts(&app, &article).await, (json!(1), json!(3)));
    let tree = "query($id: ID!) { article(by: {id: $id}) { comments { nodes { id replies { totalCount nodes { id parent { id } replies { nodes { id } } } } } } } }";
    let found = app.public(tree, json!({"id": article})).await["article"]["comments"]["nodes"].clone();
    let below = json!({"id": ids[1], "parent": {"id": ids[0]}, "replies": {"nodes": [{"id": ids[2]}]}});
    assert_eq!(found, json!([{"id": ids[0], "replies": {"totalCount": 1, "nodes": [below]}}]));

    let node = "query($id: ID!) { node(id: $id) { id } }";
    app.mutate_as(Role::Moderator, "commentReject", "comment { id }", json!({"id": ids[0]})).await;
    assert_eq!(counts(&app, &article).await, (json!(0), json!(0)));
    assert_eq!(app.public(node, json!({"id": ids[2]})).await["node"], json!(null), "nothing is shown below what is not");
    app.mutate_as(Role::Moderator, "commentReject", "comment { id }", json!({"id": ids[1]})).await;
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": ids[0]})).await;
    assert_eq!(counts(&app, &article).await, (json!(1), json!(1)));
    app.mutate_as(Role::Moderator, "commentApprove", "comment { id }", json!({"id": ids[1]})).await;
    assert_eq!(counts(&app, &article).await, (json!(1), json!(3)));
    assert_eq!(app.public(node, json!({"id": ids[2]})).await["node"]["id"], ids[2]);
}

#[tokio::test]
async fn comments_are_closed_by_kind_by_age_and_by_an_editor_s_word() {
    let configure = |config: &mut warta::config::Config| {
        config.comments.on_events = false;
        config.comments.close_after_days = 7;
    };
    let app = TestApp::with(Options { configure: Some(configure), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let event = app.publish("event", json!({"title": "Acara", "startsAt": "2015-07-06T09:00:00Z"})).await;
    let refused = [("subjectId".to_owned(), "NOT_ALLOWED".to_owned())];
    let is_open = async |noun: &str, id: &str| {
        let query = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ commentsOpen }} commentForm(subjectId: $id) {{ isOpen }} }}");
        let found = app.public(&query, json!({"id": id})).await;
        assert_eq!(found[noun]["commentsOpen"], found["commentForm"]["isOpen"]);
        found[noun]["commentsOpen"] == true
    };
    assert!(is_open("article", &article).await && !is_open("event", &event).await);
    assert_eq!(user_errors(&submit(&app, comment(&event)).await), refused);
    let policy = async |id: &str, policy: &str| {
        let input = json!({"subjectId": id, "policy": policy});
        let payload = app.mutate_as(Role::Moderator, "commentPolicyUpdate", "subject { id }", input).await;
        assert_eq!(payload["subject"]["id"], id, "{payload}");
    };
    policy(&event, "OPEN").await;
    assert!(is_open("event", &event).await);
    assert_eq!(submit(&app, comment(&event)).await["comment"]["status"], "PENDING");

    app.clock.advance(7 * 86_400_000 - 1);
    assert!(is_open("article", &article).await);
    app.clock.advance(1);
    assert!(!is_open("article", &article).await && is_open("event", &event).await);
    assert_eq!(user_errors(&submit(&app, comment(&article)).await), refused);
    policy(&article, "OPEN").await;
    assert!(is_open("article", &article).await);
    policy(&article, "CLOSED").await;
    assert!(!is_open("article", &article).await);
    policy(&event, "DEFAULT").await;
    assert!(!is_open("event", &event).await);
    let draft = app.create("article", json!({"title": "Naskah"})).await;
    let form = app.public("query($id: ID!) { commentForm(subjectId: $id) { isOpen } }", json!({"id": draft})).await;
    assert_eq!(form["commentForm"], json!(null), "a draft is nobody's business");
}

#[tokio::test]
async fn forms_tell_programs_from_people() {
    let app = TestApp::with(Options { configure: Some(|config| config.comments.require_form = true), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let other = app.publish("article", json!({"title": "Lain"})).await;
    let form = "query($id: ID!) { commentForm(subjectId: $id) { token requiresToken privacyNotice { version } editMinutes deepestReply } }";
    let found = app.public(form, json!({"id": article})).await["commentForm"].clone();
    assert_eq!((&found["requiresToken"], &found["editMinutes"], &found["deepestReply"]), (&json!(true), &json!(15), &json!(3)));
    let token = found["token"].clone();
    assert_eq!(user_errors(&submit(&app, comment(&article)).await), [("form".to_owned(), "REQUIRED".to_owned())]);
    let wrong = [("form".to_owned(), "INVALID".to_owned())];
    assert_eq!(user_errors(&submit(&app, with(comment(&other), json!({"form": token}))).await), wrong, "it is another page's");
    assert_eq!(user_errors(&submit(&app, with(comment(&article), json!({"form": "nonsense"}))).await), wrong);

    let judged = async |payload: Value| {
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { status spamFindings { check points } } } }";
        data(app.answer(Some(Role::Moderator), query, json!({"id": payload["comment"]["id"]})).await)["node"].clone()
    };
    app.clock.advance(2_000);
    let hasty = judged(submit(&app, with(comment(&article), json!({"form": token}))).await).await;
    assert_eq!(hasty, json!({"status": "PENDING", "spamFindings": [{"check": "HASTE", "points": 60}]}));
    app.clock.advance(2_000);
    let calm = judged(submit(&app, with(comment(&article), json!({"form": token, "trap": " "}))).await).await;
    assert_eq!(calm, json!({"status": "PENDING", "spamFindings": []}));
    let trapped = judged(submit(&app, with(comment(&article), json!({"form": token, "trap": "http://x.example"}))).await).await;
    assert_eq!(trapped, json!({"status": "SPAM", "spamFindings": [{"check": "TRAP", "points": 100}]}));
    app.clock.advance(2 * 86_400_000);
    assert_eq!(user_errors(&submit(&app, with(comment(&article), json!({"form": token}))).await), wrong, "it is too old");

    let version = found["privacyNotice"]["version"].clone();
    let token = app.public(form, json!({"id": article})).await["commentForm"]["token"].clone();
    app.clock.advance(10_000);
    let agreed = with(comment(&article), json!({"form": token, "privacyNotice": version}));
    assert_eq!(submit(&app, agreed.clone()).await["comment"]["status"], "PENDING");
    app.mutate_as(Role::Admin, "privacyNoticePublish", "privacyNotice { version }", json!({"indonesian": "Baru", "english": "New"})).await;
    assert_eq!(user_errors(&submit(&app, agreed).await), [("privacyNotice".to_owned(), "INVALID".to_owned())]);
}

#[tokio::test]
async fn pages_go_both_ways_in_either_order() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    for number in 0..5 {
        shown(&app, with(comment(&article), json!({"body": format!("Komentar {number}")}))).await;
        app.clock.advance(1_000);
    }
    let page = async |arguments: &str| {
        let query = format!(
            "query($id: ID!) {{ article(by: {{id: $id}}) {{ comments({arguments}) {{ pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} nodes {{ body }} }} }} }}"
        );
        let page = app.public(&query, json!({"id": article})).await["article"]["comments"].clone();
        let numbers: String =
            page["nodes"].as_array().unwrap().iter().map(|node| node["body"].as_str().unwrap().split_once(' ').unwrap().1).collect();
        (numbers, page["pageInfo"].clone())
    };
    let (numbers, info) = page("orderBy: NEWEST, first: 2").await;
    assert_eq!((numbers.as_str(), &info["hasNextPage"], &info["hasPreviousPage"]), ("43", &json!(true), &json!(false)));
    let (numbers, _) = page(&format!("orderBy: NEWEST, first: 2, after: {}", info["endCursor"])).await;
    assert_eq!(numbers, "21");
    let (numbers, info) = page("last: 2").await;
    assert_eq!((numbers.as_str(), &info["hasNextPage"], &info["hasPreviousPage"]), ("34", &json!(false), &json!(true)));
    let (numbers, info) = page(&format!("last: 2, before: {}", info["startCursor"])).await;
    assert_eq!((numbers.as_str(), &info["hasNextPage"], &info["hasPreviousPage"]), ("12", &json!(true), &json!(true)));
    let wrong = "query($id: ID!) { article(by: {id: $id}) { comments(first: 2, last: 2) { totalCount } } }";
    assert_eq!(codes(&app.answer(None, wrong, json!({"id": article})).await), ["INVALID"]);
}

#[tokio::test]
async fn taking_comments_back_and_changing_them_frees_nobody_from_the_limits() {
    let configure = |config: &mut warta::config::Config| {
        config.comments.per_address = 6;
        config.comments.per_email = 4;
    };
    let app = TestApp::with(Options { configure: Some(configure), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let throttled = async |name: &str, input: Value| {
        let answer = app.answer(None, &mutation(name, "userErrors { code }"), json!({"input": input})).await;
        codes(&answer) == ["THROTTLED"]
    };
    for _ in 0..2 {
        let receipt = submit(&app, comment(&article)).await["receipt"].clone();
        call(&app, "commentWithdraw", "deletedId", json!({"receipt": receipt})).await;
    }
    let receipt = submit(&app, comment(&article)).await["receipt"].clone();
    let same = json!({"receipt": receipt, "body": "Kapan dibuka?"});
    assert_eq!(call(&app, "commentEdit", "comment { editedAt }", same).await["comment"]["editedAt"], json!(null), "nothing was changed");
    assert!(!throttled("commentEdit", json!({"receipt": receipt, "body": "Satu"})).await);
    assert!(throttled("commentEdit", json!({"receipt": receipt, "body": "Dua"})).await, "four under one e-mail address");
    assert!(throttled("commentSubmit", comment(&article)).await);
    let other = with(comment(&article), json!({"authorEmail": "wati@contoh.id"}));
    for _ in 0..2 {
        assert!(!throttled("commentSubmit", other.clone()).await);
    }
    assert!(throttled("commentSubmit", other.clone()).await, "six from one address");
    app.clock.advance(3_600_001);
    assert!(!throttled("commentSubmit", other).await);
}

#[tokio::test]
async fn what_is_erased_counts_on_and_so_does_what_moderators_submit() {
    let configure = |config: &mut warta::config::Config| {
        config.comments.per_address = 4;
        config.comments.per_email = 2;
    };
    let app = TestApp::with(Options { configure: Some(configure), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let refused = async |email: &str| {
        let input = with(comment(&article), json!({"authorEmail": email}));
        codes(&app.answer(None, &mutation("commentSubmit", "userErrors { code }"), json!({"input": input})).await) == ["THROTTLED"]
    };
    let own = shown(&app, comment(&article)).await;
    let reply = with(comment(&article), json!({"parentId": own["comment"]["id"], "authorEmail": "wati@contoh.id"}));
    shown(&app, reply).await;
    let statuses = "query($id: ID!) { article(by: {id: $id}) { comments { nodes { status replies { nodes { status } } } } } }";
    let found = app.public(statuses, json!({"id": article})).await["article"]["comments"]["nodes"].clone();
    assert_eq!(found, json!([{"status": "APPROVED", "replies": {"nodes": [{"status": "APPROVED"}]}}]));

    // It is emptied, for somebody replied to it.
    call(&app, "commentWithdraw", "deletedId", json!({"receipt": own["receipt"]})).await;
    app.mutate_as(Role::Admin, "personalDataErase", "report { found }", json!({"email": "wati@contoh.id"})).await;
    assert!(!refused("siti@contoh.id").await);
    assert!(refused("siti@contoh.id").await, "two under one e-mail address");
    assert!(!refused("wati@contoh.id").await);
    assert!(refused("budi@contoh.id").await, "four from one address");

    app.clock.advance(3_600_001);
    for _ in 0..4 {
        app.mutate_as(Role::Moderator, "commentSubmit", "comment { id }", comment(&article)).await;
    }
    assert!(refused("budi@contoh.id").await);
    app.mutate_as(Role::Moderator, "commentSubmit", "comment { id }", comment(&article)).await;
}

#[tokio::test]
async fn what_spoke_against_a_form_is_not_edited_away_and_a_key_is_nobody_else_s() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let trapped = submit(&app, with(comment(&article), json!({"trap": "x"}))).await;
    call(&app, "commentEdit", "comment { id }", json!({"receipt": trapped["receipt"], "body": "Kalimat yang baik"})).await;
    let seen = data(app.answer(Some(Role::Moderator), "{ comments { nodes { status spamFindings { check } } } }", json!({})).await);
    assert_eq!(seen["comments"]["nodes"], json!([{"status": "SPAM", "spamFindings": [{"check": "TRAP"}]}]));

    let keyed = with(comment(&article), json!({"idempotencyKey": "komentar-berita"}));
    let first = submit(&app, keyed.clone()).await;
    assert_eq!(submit(&app, keyed.clone()).await["receipt"], first["receipt"], "sent twice it is one");
    let other = submit(&app, with(keyed, json!({"authorEmail": "wati@contoh.id"}))).await;
    assert_eq!((user_errors(&other), &other["receipt"]), (vec![("idempotencyKey".to_owned(), "TAKEN".to_owned())], &json!(null)));
    let misplaced = with(comment(&article), json!({"parentId": first["comment"]["id"], "idempotencyKey": "komentar-lain"}));
    assert_eq!(user_errors(&submit(&app, misplaced).await), [("parentId".to_owned(), "NOT_FOUND".to_owned())]);
    let free = submit(&app, with(comment(&article), json!({"body": "Kalimat yang lain lagi", "idempotencyKey": "komentar-lain"}))).await;
    assert_ne!(free["receipt"], json!(null), "what was refused has used no key up: {free}");
    let nul = submit(&app, with(comment(&article), json!({"idempotencyKey": "komentar\u{0}berita"}))).await;
    assert_eq!(user_errors(&nul), [("idempotencyKey".to_owned(), "INVALID".to_owned())]);
}

#[tokio::test]
async fn what_waits_for_a_parent_that_goes_is_told_so() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let parent = shown(&app, comment(&article)).await;
    let reply = with(comment(&article), json!({"parentId": parent["comment"]["id"]}));
    // One erases what the others are replying to; whoever is told that their reply was taken finds it afterwards.
    let (withdrawn, replies) = tokio::join!(
        call(&app, "commentWithdraw", "deletedId", json!({"receipt": parent["receipt"]})),
        futures_util::future::join_all((0..5).map(|_| submit(&app, reply.clone()))),
    );
    assert_eq!(withdrawn["deletedId"], parent["comment"]["id"]);
    let refused = [("parentId".to_owned(), "NOT_FOUND".to_owned())];
    for payload in replies {
        match payload["comment"]["id"].as_str() {
            Some(id) => {
                let found = app.public(OWN, json!({"receipts": [payload["receipt"]]})).await["ownComments"].clone();
                assert_eq!(found[0]["id"], id, "an accepted reply is gone");
            }
            None => assert_eq!(user_errors(&payload), refused),
        }
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_readers_have_addresses_of_their_own() {
    let configure = |config: &mut warta::config::Config| {
        config.comments.per_address = 1;
        let proxies = [("server.trusted_proxies".to_owned(), "127.0.0.1, 10.0.0.0/8".to_owned())];
        config.server = warta::config::Config::from_layers("", [], &proxies).unwrap().server;
    };
    let app = TestApp::with(Options { configure: Some(configure), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let from = async |way: &str| {
        let body = json!({"query": mutation("commentSubmit", "comment { id }"), "variables": {"input": comment(&article)}}).to_string();
        let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        let answer = request.header("x-forwarded-for", way).body(body).send().await.unwrap().text().await.unwrap();
        codes(&serde_json::from_str(&answer).unwrap()) == ["THROTTLED"]
    };
    assert!(!from("198.51.100.1, 10.0.0.3").await && !from("198.51.100.2").await);
    assert!(from("203.0.113.5, 198.51.100.1").await, "what a client writes itself frees it from nothing");
    let seen = data(app.answer(Some(Role::Moderator), "{ comments(orderBy: OLDEST) { nodes { address } } }", json!({})).await);
    assert_eq!(seen["comments"]["nodes"], json!([{"address": "198.51.100.1"}, {"address": "198.51.100.2"}]));
}
