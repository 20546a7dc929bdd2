//! What moderators see and do.

use std::sync::Arc;

use entity::enums::Role;
use serde_json::{Value, json};

use warta::config::Config;

use crate::support::person::{Mailbox, email};
use crate::support::socket::{PATIENCE, Socket};
use crate::support::{Options, TestApp, codes, data, id_of, mutation, user_errors};

fn comment(subject: &str, name: &str, body: &str) -> Value {
    json!({"subjectId": subject, "authorName": name, "authorEmail": email(name), "body": body, "consent": true})
}

async fn submit(app: &TestApp, input: Value) -> String {
    let payload = data(app.answer(None, &mutation("commentSubmit", "comment { id status }"), json!({"input": input})).await);
    id_of(&payload["commentSubmit"]["comment"])
}

async fn moderator(app: &TestApp, query: &str, variables: Value) -> Value {
    data(app.answer(Some(Role::Moderator), query, variables).await)
}

async fn decide(app: &TestApp, ids: &[&String], decision: &str) -> Value {
    let input = json!({"ids": ids, "decision": decision, "reason": "uji"});
    app.mutate_as(Role::Moderator, "commentsModerate", "comments { id status statusReason }", input).await
}

async fn tally(app: &TestApp) -> Value {
    moderator(app, "{ commentTally { pending approved spam trash } }", json!({})).await["commentTally"].clone()
}

#[tokio::test]
async fn many_are_decided_on_at_once_or_none() {
    let app = TestApp::new().await;
    let (one, other) = (app.publish("article", json!({"title": "Satu"})).await, app.publish("article", json!({"title": "Dua"})).await);
    let mut ids = Vec::new();
    for (at, article) in [&one, &other, &one].into_iter().enumerate() {
        ids.push(submit(&app, comment(article, "Budi", &format!("Komentar {at}"))).await);
    }
    let [a, b, c] = &ids[..] else { panic!("{ids:?}") };
    let payload = decide(&app, &[c, a, b, a], "APPROVE").await;
    let row = |id: &String, status: &str| json!({"id": id, "status": status, "statusReason": "uji"});
    assert_eq!(payload["comments"], json!([row(c, "APPROVED"), row(a, "APPROVED"), row(b, "APPROVED")]));
    let counts = "query($a: ID!, $b: ID!) { a: article(by: {id: $a}) { commentCount } b: article(by: {id: $b}) { commentCount } }";
    assert_eq!(app.public(counts, json!({"a": one, "b": other})).await, json!({"a": {"commentCount": 2}, "b": {"commentCount": 1}}));

    decide(&app, &[a], "TRASH").await;
    let before = app.written().await;
    let refused = decide(&app, &[a, b], "RESTORE").await;
    assert_eq!((user_errors(&refused), &refused["comments"]), (vec![("ids.1".to_owned(), "NOT_ALLOWED".to_owned())], &json!([])));
    let unknown = "comment_00000000000000000000000000000001".to_owned();
    assert_eq!(user_errors(&decide(&app, &[b, &unknown], "SPAM").await), [("ids.1".to_owned(), "NOT_FOUND".to_owned())]);
    assert_eq!(user_errors(&decide(&app, &[], "SPAM").await), [("ids".to_owned(), "REQUIRED".to_owned())]);
    assert_eq!(app.written().await, before, "what can't be done to one is done to none");
    assert_eq!(tally(&app).await, json!({"pending": 0, "approved": 2, "spam": 0, "trash": 1}));
    let restored = app.mutate_as(Role::Moderator, "commentRestore", "comment { status }", json!({"id": a})).await;
    assert_eq!(restored["comment"]["status"], "PENDING");
    decide(&app, &[a, b, c], "SPAM").await;
    assert_eq!(tally(&app).await, json!({"pending": 0, "approved": 0, "spam": 3, "trash": 0}));
    assert_eq!(app.public(counts, json!({"a": one, "b": other})).await, json!({"a": {"commentCount": 0}, "b": {"commentCount": 0}}));
}

#[tokio::test]
async fn the_queue_is_narrowed_and_tells_what_became_of_earlier_comments_of_the_same_origin() {
    let app = TestApp::new().await;
    let (one, other) = (app.publish("article", json!({"title": "Satu"})).await, app.publish("article", json!({"title": "Dua"})).await);
    let first = submit(&app, comment(&one, "Budi", "Pertama")).await;
    app.clock.advance(60_000);
    let second = submit(&app, comment(&other, "Budi", "Kedua")).await;
    let spam = submit(&app, comment(&other, "Gacor88", "slot gacor maxwin depo 10rb di kacang7788")).await;
    decide(&app, &[&first], "APPROVE").await;
    let found = async |filter: Value| {
        let query = "query($filter: CommentFilter) { comments(filter: $filter, orderBy: OLDEST) { totalCount nodes { id } } }";
        let page = moderator(&app, query, json!({"filter": filter})).await["comments"].clone();
        let ids: Vec<String> = page["nodes"].as_array().unwrap().iter().map(id_of).collect();
        assert_eq!(page["totalCount"], ids.len());
        ids
    };
    assert_eq!(found(json!({"subjectId": other})).await, [second.clone(), spam.clone()]);
    assert_eq!(found(json!({"authorEmail": " BUDI@contoh.id "})).await, [first.clone(), second.clone()]);
    assert_eq!(found(json!({"status": "PENDING", "subjectId": other})).await, std::slice::from_ref(&second));
    assert_eq!(found(json!({"leastSpamScore": 100})).await, std::slice::from_ref(&spam));
    assert_eq!(found(json!({"submittedFrom": "2015-01-01T01:01:00Z"})).await.len(), 2);
    assert_eq!(found(json!({"submittedBefore": "2015-01-01T01:01:00Z"})).await, std::slice::from_ref(&first));
    assert_eq!(found(json!({"address": "127.0.0.1"})).await.len(), 3);
    assert_eq!(found(json!({"address": "127.0.0.2"})).await.len(), 0);
    assert_eq!(found(json!({"sameNetworkAs": second})).await.len(), 3);

    let private = "fragment f on Comment { address userAgent consent { notice } sameEmail { pending approved spam trash } \
                   sameNetwork { pending approved spam trash } spamScore authorEmail moderatedAt edits { body } }";
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ...f }} }} {private}");
    let seen = moderator(&app, &query, json!({"id": second})).await["node"].clone();
    assert_eq!(seen["address"], "127.0.0.1");
    assert_eq!(seen["consent"]["notice"], "2026-11");
    assert_eq!(seen["sameEmail"], json!({"pending": 1, "approved": 1, "spam": 0, "trash": 0}));
    assert_eq!(seen["sameNetwork"], json!({"pending": 1, "approved": 1, "spam": 1, "trash": 0}));
    let shown = app.public(&query, json!({"id": first})).await["node"].clone();
    assert!(shown.as_object().unwrap().values().all(Value::is_null), "nothing private is told: {shown}");
    for refused in ["{ commentTally { spam } }", "{ blocklist { totalCount } }", "{ comments { totalCount } }"] {
        assert_eq!(codes(&app.answer(None, refused, json!({})).await), ["UNAUTHENTICATED"], "{refused}");
    }
}

#[tokio::test]
async fn histories_take_as_many_statements_for_fifty_comments_as_for_one() {
    let app = TestApp::with_sample().await;
    let count = async |first: usize| {
        let query = "query($n: Int) { comments(first: $n) { totalCount nodes { sameEmail { spam } sameNetwork { spam } edits { body } replies(first: 2) { totalCount nodes { id } } } } }";
        moderator(&app, query, json!({"n": 1})).await;
        app.statements();
        moderator(&app, query, json!({"n": first})).await;
        app.statements().len()
    };
    assert_eq!(count(1).await, count(50).await);
}

#[tokio::test]
async fn moderators_change_and_answer_comments_under_their_own_names() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let id = submit(&app, comment(&article, "Budi", "Nomor saya 0812-0000-0000")).await;
    let early = app.mutate_as(Role::Moderator, "commentReply", "comment { id }", json!({"parentId": id, "body": "Halo"})).await;
    assert_eq!(user_errors(&early), [("parentId".to_owned(), "NOT_ALLOWED".to_owned())]);
    let update = json!({"id": id, "body": "Nomor saya [dihapus]"});
    let updated = app.mutate_as(Role::Moderator, "commentUpdate", "comment { body status edits { body actorName } }", update).await;
    let trace = json!([{"body": "Nomor saya 0812-0000-0000", "actorName": "moderator"}]);
    assert_eq!(updated["comment"], json!({"body": "Nomor saya [dihapus]", "status": "PENDING", "edits": trace}));
    let bad = app.mutate_as(Role::Moderator, "commentUpdate", "comment { id }", json!({"id": id, "body": " "})).await;
    assert_eq!(user_errors(&bad), [("body".to_owned(), "REQUIRED".to_owned())]);
    decide(&app, &[&id], "APPROVE").await;

    let siti = app.person("Siti", Role::Editor).await;
    let input = json!({"parentId": id, "body": "Terima kasih, Pak Budi.", "idempotencyKey": "jawaban-1"});
    let reply = app.call(&siti, "commentReply", "comment { id authorName isFromStaff status authorEmail }", input.clone()).await;
    let expected = json!({"authorName": "Siti", "isFromStaff": true, "status": "APPROVED", "authorEmail": null});
    let mut answer = reply["comment"].clone();
    let reply_id = answer.as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(answer, expected);
    assert_eq!(app.call(&siti, "commentReply", "comment { id }", input).await["comment"]["id"], reply_id, "sent twice it is one");
    let query = "query($id: ID!) { article(by: {id: $id}) { commentCount comments { nodes { isFromStaff replies { nodes { authorName isFromStaff } } } } } }";
    let shown = app.public(query, json!({"id": article})).await["article"].clone();
    let replies = json!({"nodes": [{"authorName": "Siti", "isFromStaff": true}]});
    assert_eq!(shown, json!({"commentCount": 2, "comments": {"nodes": [{"isFromStaff": false, "replies": replies}]}}));
}

#[tokio::test]
async fn writers_whom_moderators_approved_are_shown_at_once_where_the_settings_say_so() {
    let app = TestApp::with(Options { configure: Some(|config| config.comments.approve_known = true), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let status = async |name: &str, body: &str| {
        let id = submit(&app, comment(&article, name, body)).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { status } } }";
        (moderator(&app, query, json!({"id": id})).await["node"]["status"].as_str().unwrap().to_owned(), id)
    };
    let (waits, first) = status("Budi", "Pertama").await;
    assert_eq!(waits, "PENDING");
    decide(&app, &[&first], "APPROVE").await;
    assert_eq!(status("Budi", "Kedua").await.0, "APPROVED");
    assert_eq!(status("Wati", "Orang lain").await.0, "PENDING");
    assert_eq!(
        status("Budi", "Lihat https://a.example dan https://b.example dan https://c.example ya").await.0,
        "PENDING",
        "links are looked at"
    );
    let (_, third) = status("Budi", "Ketiga").await;
    decide(&app, &[&third], "SPAM").await;
    assert_eq!(status("Budi", "Keempat").await.0, "PENDING", "who wrote spam is known for that");
    let query = "query($id: ID!) { article(by: {id: $id}) { commentCount comments { totalCount } } }";
    let shown = app.public(query, json!({"id": article})).await["article"].clone();
    assert_eq!(shown, json!({"commentCount": 2, "comments": {"totalCount": 2}}));
}

#[tokio::test]
async fn the_blocklist_puts_comments_with_the_spam() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let add = async |kind: &str, value: &str| {
        let input = json!({"kind": kind, "value": value});
        app.mutate_as(Role::Moderator, "blocklistEntryCreate", "blocklistEntry { id value }", input).await
    };
    let judged = async |input: Value| {
        let id = submit(&app, input).await;
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { status spamFindings { check detail } } } }";
        moderator(&app, query, json!({"id": id})).await["node"].clone()
    };
    let waits = json!({"status": "PENDING", "spamFindings": []});
    let blocked = |entry: &str| json!({"status": "SPAM", "spamFindings": [{"check": "BLOCKLIST", "detail": entry}]});
    let sale = comment(&article, "Budi", "Jual 0bat  KUAT, pak");
    assert_eq!(judged(sale.clone()).await, waits);
    assert_eq!(add("WORD", "Obat Kuat").await["blocklistEntry"]["value"], "obat kuat");
    assert_eq!(judged(sale).await, blocked("obat kuat"));
    assert_eq!(judged(comment(&article, "Budi", "Obatnya kuat sekali")).await, waits, "whole words are meant");
    add("EMAIL", "@sampah.example").await;
    let mut input = comment(&article, "Wati", "Halo");
    input["authorEmail"] = json!("wati@sampah.example");
    assert_eq!(judged(input).await, blocked("the e-mail address"));
    let site = add("DOMAIN", "https://www.toko.example/x").await;
    assert_eq!(judged(comment(&article, "Wati", "Lihat https://murah.toko.example/1")).await, blocked("toko.example"));
    let deleted = json!({"id": site["blocklistEntry"]["id"]});
    app.mutate_as(Role::Moderator, "blocklistEntryDelete", "deletedId", deleted).await;
    assert_eq!(judged(comment(&article, "Wati", "Lihat https://murah.toko.example/2")).await, waits);
    let taken = add("WORD", " OBAT kuat").await;
    assert_eq!(user_errors(&taken), [("value".to_owned(), "TAKEN".to_owned())]);
    assert_eq!(user_errors(&add("NETWORK", "tetangga").await), [("value".to_owned(), "INVALID".to_owned())]);
    add("NETWORK", "127.0.0.1").await;
    assert_eq!(judged(comment(&article, "Wati", "Halo")).await["status"], "SPAM");
    let list = moderator(&app, "{ blocklist(first: 2) { totalCount nodes { kind value } } }", json!({})).await["blocklist"].clone();
    let nodes = json!([{"kind": "NETWORK", "value": "127.0.0.1"}, {"kind": "EMAIL", "value": "@sampah.example"}]);
    assert_eq!(list, json!({"totalCount": 3, "nodes": nodes}));
}

#[tokio::test]
async fn moderators_are_told_at_once_on_a_socket_and_by_one_mail_for_many() {
    let mailbox = Arc::new(Mailbox::default());
    let configure = |config: &mut Config| {
        let server = [("mail.url".to_owned(), "smtp://surel.contoh.id".to_owned())];
        config.mail = Config::from_layers("", [], &server).unwrap().mail;
    };
    let app = TestApp::with(Options { mailer: Some(mailbox.clone()), configure: Some(configure), ..Options::default() }).await;
    app.account("Dewi", Role::Moderator).await;
    app.account("Tono", Role::Editor).await;
    let article = app.publish("article", json!({"title": "Panen raya"})).await;
    let refused = Socket::ready(&app, Some(Role::Author)).await.answer("subscription { commentSubmitted { body } }", json!({})).await;
    assert_eq!(codes(&refused), ["FORBIDDEN"]);
    let mut socket = Socket::ready(&app, Some(Role::Moderator)).await;
    socket.subscribe("a", "subscription { commentSubmitted { body status authorEmail article { title } } }", json!({})).await;
    let begun = async {
        while app.domain.changes.sender.receiver_count() < 1 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("the subscription does not begin");
    for number in 0..3 {
        submit(&app, comment(&article, "Budi", &format!("Komentar\nnomor {number}"))).await;
    }
    let told = socket.next().await.unwrap()["payload"]["data"]["commentSubmitted"].clone();
    let expected =
        json!({"body": "Komentar\nnomor 0", "status": "PENDING", "authorEmail": "budi@contoh.id", "article": {"title": "Panen raya"}});
    assert_eq!(told, expected);

    app.deliver().await;
    assert_eq!(mailbox.take().len(), 0, "it waits for more comments");
    app.clock.advance(30 * 60_000);
    app.deliver().await;
    let mails = mailbox.take();
    assert_eq!(mails.iter().map(|mail| mail.address.as_str()).collect::<Vec<_>>(), ["dewi@contoh.id"]);
    let text = &mails[0].text;
    assert!(text.contains("3 komentar menunggu") && text.contains("Panen raya") && text.contains("Komentar nomor 2"), "{text}");
    assert!(!text.contains("budi@contoh.id"), "{text}");
    app.clock.advance(60 * 60_000);
    app.deliver().await;
    assert_eq!(mailbox.take().len(), 0, "nothing new came");
}
