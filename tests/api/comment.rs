//! Comments: submitted by anybody, shown once a moderator agrees.

use entity::comment as comment_row;
use entity::enums::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};
use warta::db::{Read, Rows, Write};

use crate::support::{Options, TestApp, codes, data, id_of, mutation, user_errors};

const COMMENT: &str = "comment { id status body authorEmail }";

fn comment(subject: &str) -> Value {
    json!({"subjectId": subject, "authorName": "Rahmatia", "authorEmail": "Rahmatia@Contoh.id", "body": "Kapan dibuka?", "consent": true})
}

async fn submit(app: &TestApp, input: Value) -> Value {
    data(app.answer(None, &mutation("commentSubmit", COMMENT), json!({"input": input})).await)["commentSubmit"].clone()
}

#[tokio::test]
async fn a_comment_waits_for_a_moderator_and_its_address_stays_private() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let payload = submit(&app, comment(&article)).await;
    assert_eq!(payload["comment"]["status"], "PENDING");
    assert_eq!(payload["comment"]["authorEmail"], json!(null));
    let id = id_of(&payload["comment"]);
    let query = "query($id: ID!) { article(by: {id: $id}) { comments { totalCount nodes { id authorName body } } } }";
    assert_eq!(app.public(query, json!({"id": article})).await["article"]["comments"]["totalCount"], 0);
    let node = "query($id: ID!) { node(id: $id) { ... on Comment { body authorEmail statusReason } } }";
    assert_eq!(app.public(node, json!({"id": id})).await["node"], json!(null));
    let seen = data(app.answer(Some(Role::Moderator), node, json!({"id": id})).await);
    assert_eq!(seen["node"]["authorEmail"], "rahmatia@contoh.id");

    let approved = app.mutate_as(Role::Moderator, "commentApprove", COMMENT, json!({"id": id})).await;
    assert_eq!(approved["comment"]["status"], "APPROVED");
    let shown = app.public(query, json!({"id": article})).await["article"]["comments"].clone();
    assert_eq!(shown, json!({"totalCount": 1, "nodes": [{"id": id, "authorName": "Rahmatia", "body": "Kapan dibuka?"}]}));
    assert_eq!(app.public(node, json!({"id": id})).await["node"]["authorEmail"], json!(null));

    app.mutate_as(Role::Moderator, "commentReject", COMMENT, json!({"id": id, "isSpam": true, "reason": "judi"})).await;
    assert_eq!(app.public(query, json!({"id": article})).await["article"]["comments"]["totalCount"], 0);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_reported_per_field_and_nothing_is_kept() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let draft = app.create("article", json!({"title": "Naskah"})).await;
    let bad = json!({"subjectId": article, "authorName": " ", "authorEmail": "bukan", "authorWebsite": "javascript:1", "body": "", "consent": false});
    let fields: Vec<String> = user_errors(&submit(&app, bad).await).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["authorName", "authorWebsite", "body", "authorEmail", "consent"]);
    for subject in [&draft, "article_00000000000000000000000000000000", "nonsense"] {
        let problem = user_errors(&submit(&app, comment(subject)).await);
        assert_eq!(problem, [("subjectId".to_owned(), "INVALID".to_owned())], "{subject}");
    }
    let queue = data(app.answer(Some(Role::Moderator), "{ comments { totalCount } }", json!({})).await);
    assert_eq!(queue["comments"]["totalCount"], 0);
}

#[tokio::test]
async fn replies_stand_under_approved_comments_of_the_same_page() {
    let app = TestApp::new().await;
    let (one, other) = (app.publish("article", json!({"title": "Satu"})).await, app.publish("article", json!({"title": "Dua"})).await);
    let parent = id_of(&submit(&app, comment(&one)).await["comment"]);
    let reply = |subject: &str| {
        let mut reply = comment(subject);
        reply["parentId"] = json!(parent);
        reply
    };
    let refused = [("parentId".to_owned(), "NOT_FOUND".to_owned())];
    assert_eq!(user_errors(&submit(&app, reply(&one)).await), refused, "the parent is still pending");
    app.mutate_as(Role::Moderator, "commentApprove", COMMENT, json!({"id": parent})).await;
    assert_eq!(user_errors(&submit(&app, reply(&other)).await), refused, "the parent is on another page");
    let child = id_of(&submit(&app, reply(&one)).await["comment"]);
    app.mutate_as(Role::Moderator, "commentApprove", COMMENT, json!({"id": child})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { comments { totalCount nodes { id replies { nodes { id } } } } } }";
    let shown = app.public(query, json!({"id": one})).await["article"]["comments"].clone();
    assert_eq!(shown, json!({"totalCount": 1, "nodes": [{"id": parent, "replies": {"nodes": [{"id": child}]}}]}));
    let count = async || {
        app.public("query($id: ID!) { article(by: {id: $id}) { commentCount } }", json!({"id": one})).await["article"]["commentCount"]
            .clone()
    };
    assert_eq!(count().await, 2);
    app.mutate_as(Role::Moderator, "commentReject", COMMENT, json!({"id": parent})).await;
    assert_eq!(count().await, 0, "what hangs on a refused comment is not shown and not counted");
}

#[tokio::test]
async fn the_queue_is_for_moderators() {
    let app = TestApp::with_sample().await;
    let query = "{ pending: comments(filter: {status: PENDING}) { totalCount nodes { status authorEmail } } spam: comments(filter: {status: SPAM}) { totalCount } }";
    let queue = data(app.answer(Some(Role::Moderator), query, json!({})).await);
    assert_eq!((&queue["pending"]["totalCount"], &queue["spam"]["totalCount"]), (&json!(2), &json!(1)));
    assert_eq!(codes(&app.answer(Some(Role::Author), query, json!({})).await), ["FORBIDDEN"]);
    assert_eq!(codes(&app.answer(None, query, json!({})).await), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn comments_on_events_page_as_those_on_articles() {
    let app = TestApp::new().await;
    let event = app.publish("event", json!({"title": "Acara", "startsAt": "2011-07-06T09:00:00Z"})).await;
    for number in 0..5 {
        let mut input = comment(&event);
        input["body"] = json!(format!("Komentar {number}"));
        let id = id_of(&submit(&app, input).await["comment"]);
        app.mutate_as(Role::Moderator, "commentApprove", COMMENT, json!({"id": id})).await;
        app.clock.advance(1_000);
    }
    let query = "query($id: ID!, $after: String) { event(by: {id: $id}) { comments(first: 2, after: $after) { pageInfo { hasNextPage endCursor } nodes { body } } } }";
    let (mut after, mut bodies) = (json!(null), Vec::new());
    loop {
        let page = app.public(query, json!({"id": event, "after": after})).await["event"]["comments"].clone();
        bodies.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["body"].as_str().unwrap().to_owned()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(bodies, ["Komentar 0", "Komentar 1", "Komentar 2", "Komentar 3", "Komentar 4"]);
}

#[tokio::test]
async fn one_address_may_not_flood() {
    let app = TestApp::with(Options { configure: Some(|config| config.comments.per_address = 3), ..Options::default() }).await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    for _ in 0..3 {
        submit(&app, comment(&article)).await;
    }
    let refused = app.answer(None, &mutation("commentSubmit", COMMENT), json!({"input": comment(&article)})).await;
    assert_eq!(codes(&refused), ["THROTTLED"]);
    app.statements();
    let again = app.answer(None, &mutation("commentSubmit", COMMENT), json!({"input": comment(&article)})).await;
    assert_eq!(codes(&again), ["THROTTLED"]);
    let read = app.statements();
    assert_eq!(read.iter().filter(|sql| sql.contains("comment")).count(), 1, "who was refused before keeps nobody from writing: {read:?}");
    let queue = data(app.answer(Some(Role::Moderator), "{ comments { totalCount } }", json!({})).await);
    assert_eq!(queue["comments"]["totalCount"], 3);
    app.clock.advance(3_600_001);
    assert_eq!(submit(&app, comment(&article)).await["comment"]["status"], "PENDING");
}

/// What moderators see of a comment's checks for spam.
async fn judged(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { status spamScore spamFindings { check points detail } } } }";
    data(app.answer(Some(Role::Moderator), query, json!({"id": id})).await)["node"].clone()
}

#[tokio::test]
async fn promotion_of_gambling_stands_with_the_spam_and_talk_about_it_waits() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let mut input = comment(&article);
    input["body"] = json!("s l 0 t  g @ c 0 r malam ini, depo 10rb langsung maxwin di kacang7788");
    let payload = submit(&app, input.clone()).await;
    assert_eq!(payload["comment"]["status"], "PENDING", "who wrote it is not told");
    let found = judged(&app, &id_of(&payload["comment"])).await;
    assert_eq!((&found["status"], &found["spamScore"]), (&json!("SPAM"), &json!(100)));
    let finding = &found["spamFindings"][0];
    assert_eq!((&finding["check"], &finding["points"]), (&json!("GAMBLING"), &json!(100)));
    let detail = finding["detail"].as_str().unwrap();
    assert!(["slot gacor", "maxwin", "kacang7788", "disguised"].iter().all(|word| detail.contains(word)), "{detail}");

    input["body"] = json!("Komentar di sini cuma 'slot gacor maxwin depo 10k' semua, s1tus k0s0ng. Tolong dihapus, min.");
    let quoting = judged(&app, &id_of(&submit(&app, input.clone()).await["comment"])).await;
    assert_eq!(quoting["status"], "PENDING", "who quotes it is judged by people: {quoting}");

    input["body"] = json!("Anak tetangga kecanduan judi slot sampai motornya digadai. Tolong situsnya diblokir, Pak.");
    let honest = id_of(&submit(&app, input).await["comment"]);
    assert_eq!(judged(&app, &honest).await["status"], "PENDING");
    app.mutate_as(Role::Moderator, "commentApprove", COMMENT, json!({"id": honest})).await;
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { status spamScore spamFindings { points } } } }";
    let seen = app.public(query, json!({"id": honest})).await["node"].clone();
    assert_eq!(seen, json!({"status": "APPROVED", "spamScore": null, "spamFindings": null}), "the checks are the moderators' own");

    let queue = data(app.answer(Some(Role::Moderator), "{ comments(filter: {status: SPAM}) { totalCount } }", json!({})).await);
    assert_eq!(queue["comments"]["totalCount"], 1, "nothing is thrown away");
}

#[tokio::test]
async fn the_same_words_again_and_many_links_count_as_well() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let say = async |body: &str| {
        let mut input = comment(&article);
        input["body"] = json!(body);
        judged(&app, &id_of(&submit(&app, input).await["comment"])).await
    };
    let text = "Jasa pembuatan situs murah dan cepat untuk desa Anda.";
    assert_eq!(say(text).await["spamScore"], 0);
    let again = say("JASA pembuatan situs, murah dan cepat, untuk desa Anda!!").await;
    assert_eq!((&again["status"], &again["spamScore"]), (&json!("PENDING"), &json!(60)));
    assert_eq!(again["spamFindings"][0]["check"], "REPEATED");
    for (number, score) in [(3, 90), (4, 90), (5, 100)] {
        assert_eq!(say(text).await["spamScore"], score, "time {number}");
    }
    app.clock.advance(8 * 86_400_000);
    assert_eq!(say(text).await["spamScore"], 0, "after a week it is forgotten");

    assert_eq!(say("Lihat https://desa.example/berita untuk rinciannya.").await["spamScore"], 0);
    let links = say("<a href=\"http://a.example\">a</a> http://b.example http://c.example http://d.example").await;
    assert_eq!((&links["status"], &links["spamFindings"][0]["check"]), (&json!("SPAM"), &json!("LINKS")));
    for short in ["Terima kasih banyak atas informasinya"; 3] {
        assert_eq!(say(short).await["spamScore"], 0, "many people say the same few words");
    }
}

#[tokio::test]
async fn comments_that_only_share_a_sketch_hide_none_of_nearly_the_same_words() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let say = async |body: &str| {
        app.clock.advance(1_000);
        let mut input = comment(&article);
        input["body"] = json!(body);
        judged(&app, &id_of(&submit(&app, input).await["comment"])).await["spamScore"].clone()
    };
    let text = "Jasa pembuatan situs murah dan cepat untuk desa Anda.";
    assert_eq!((say(text).await, say(text).await), (json!(0), json!(60)));
    for topic in ["jembatan", "pasar", "sekolah", "puskesmas"] {
        assert_eq!(say(&format!("Warga menanyakan kapan {topic} {topic} di {topic} {topic} selesai dan {topic} dibuka.")).await, 0);
    }
    // As if by chance, and newer than what is alike.
    let sketch: (Option<i64>, Option<i64>, Option<i64>) = Rows::<comment_row::Entity>::all()
        .columns([comment_row::Column::SketchA, comment_row::Column::SketchB, comment_row::Column::SketchC])
        .filter(comment_row::Column::Body.eq(text))
        .tuple(app.domain.db.read())
        .await
        .unwrap()
        .unwrap();
    let others = comment_row::Entity::update_many()
        .col_expr(comment_row::Column::SketchA, sketch.0.into())
        .col_expr(comment_row::Column::SketchB, sketch.1.into())
        .col_expr(comment_row::Column::SketchC, sketch.2.into())
        .filter(comment_row::Column::Body.ne(text));
    assert_eq!(others.write(app.domain.db.write()).await.unwrap(), 4);
    assert_eq!(say(text).await, 90, "two of the same words lie behind four others");
}
