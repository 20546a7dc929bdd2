//! Articles through their workflow.

use entity::enums::Role;
use serde_json::json;

use crate::support::{TestApp, codes, user_errors};

const ARTICLE: &str = "article { id slug title kicker summary status revision liveRevision publishedAt isInTrash topics { name } }";

#[tokio::test]
async fn a_draft_is_seen_by_editors_alone_until_it_is_published() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Panen Raya di Eremerasa", "body": "Jagung *melimpah*."})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { title } node(id: $id) { id } articles { totalCount nodes { id } } }";
    let seen = app.public(query, json!({"id": id})).await;
    assert_eq!(seen, json!({"article": null, "node": null, "articles": {"totalCount": 0, "nodes": []}}));
    assert_eq!(app.editor(query, json!({"id": id})).await["article"]["title"], "Panen Raya di Eremerasa");

    let payload = app.mutate("articlePublish", ARTICLE, json!({"id": id})).await;
    assert_eq!(payload["article"]["status"], "PUBLISHED");
    assert_eq!(payload["article"]["publishedAt"], "2015-01-01T01:00:00Z");
    let seen = app.public(query, json!({"id": id})).await;
    assert_eq!(seen["articles"], json!({"totalCount": 1, "nodes": [{"id": id}]}));
}

#[tokio::test]
async fn editing_a_published_article_changes_nothing_in_public_until_it_is_published_again() {
    let app = TestApp::new().await;
    let topic = app.create("topic", json!({"name": "Pertanian"})).await;
    let id = app.publish("article", json!({"title": "Lama", "kicker": "KABAR"})).await;
    let payload = app.mutate("articleUpdate", ARTICLE, json!({"id": id, "basedOnRevision": 1, "title": "Baru", "topicIds": [topic]})).await;
    assert_eq!((&payload["article"]["revision"], &payload["article"]["liveRevision"]), (&json!(2), &json!(1)));
    app.clock.advance(60_000);
    let query = "query($id: ID!) { article(by: {id: $id}) { title kicker topics { name } } }";
    assert_eq!(
        app.public("{ articles { nodes { updatedAt } } }", json!({})).await["articles"]["nodes"][0]["updatedAt"],
        "2015-01-01T01:00:00Z"
    );
    let old = json!({"article": {"title": "Lama", "kicker": "KABAR", "topics": []}});
    assert_eq!(app.public(query, json!({"id": id})).await, old);

    app.mutate("articlePublish", ARTICLE, json!({"id": id})).await;
    let new = json!({"article": {"title": "Baru", "kicker": "KABAR", "topics": [{"name": "Pertanian"}]}});
    assert_eq!(app.public(query, json!({"id": id})).await, new);

    // Any revision can be published; newer ones wait.
    let payload = app.mutate("articlePublish", ARTICLE, json!({"id": id, "revision": 1})).await;
    assert_eq!((&payload["article"]["revision"], &payload["article"]["liveRevision"]), (&json!(2), &json!(1)));
    assert_eq!(app.public(query, json!({"id": id})).await, old);
}

#[tokio::test]
async fn a_change_made_from_an_older_revision_is_a_conflict_and_saves_nothing() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Satu"})).await;
    app.mutate("articleUpdate", ARTICLE, json!({"id": id, "basedOnRevision": 1, "title": "Dua"})).await;
    let payload = app.mutate("articleUpdate", ARTICLE, json!({"id": id, "basedOnRevision": 1, "title": "Tiga"})).await;
    assert_eq!(payload["article"], json!(null));
    assert_eq!(payload["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(payload["userErrors"][0]["newestRevision"], 2);
    let kept = app.editor("query($id: ID!) { article(by: {id: $id}) { title revision } }", json!({"id": id})).await;
    assert_eq!(kept["article"], json!({"title": "Dua", "revision": 2}));
}

#[tokio::test]
async fn an_omitted_field_stays_and_null_clears() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Judul", "kicker": "KABAR", "summary": "Ringkasan"})).await;
    let payload = app.mutate("articleUpdate", ARTICLE, json!({"id": id, "kicker": null})).await;
    assert_eq!(payload["article"]["kicker"], json!(null));
    assert_eq!(payload["article"]["summary"], "Ringkasan");
    let payload = app.mutate("articleUpdate", ARTICLE, json!({"id": id, "title": null})).await;
    assert_eq!(user_errors(&payload), [("title".to_owned(), "REQUIRED".to_owned())]);
    // A variable that is not given is an omitted field, not a null.
    let query = "mutation($id: ID!, $base: Int!, $summary: String) {
        articleUpdate(input: {id: $id, basedOnRevision: $base, summary: $summary}) { article { summary revision } } }";
    let kept = app.editor(query, json!({"id": id, "base": 2})).await["articleUpdate"]["article"].clone();
    assert_eq!(kept, json!({"summary": "Ringkasan", "revision": 3}));
    let cleared = app.editor(query, json!({"id": id, "base": 3, "summary": null})).await["articleUpdate"]["article"].clone();
    assert_eq!(cleared["summary"], json!(null));
}

#[tokio::test]
async fn slugs_are_made_from_titles_are_unique_and_old_ones_lead_on() {
    let app = TestApp::new().await;
    let first = app.publish("article", json!({"title": "Jum'at Bersih di Désa"})).await;
    let second = app.create("article", json!({"title": "Jumat bersih di desa"})).await;
    let slug = "query($id: ID!) { article(by: {id: $id}) { slug } }";
    assert_eq!(app.editor(slug, json!({"id": first})).await["article"]["slug"], "jumat-bersih-di-desa");
    assert_eq!(app.editor(slug, json!({"id": second})).await["article"]["slug"], "jumat-bersih-di-desa-2");

    let taken = app.mutate("articleUpdate", ARTICLE, json!({"id": second, "slug": "jumat-bersih-di-desa"})).await;
    assert_eq!(user_errors(&taken), [("slug".to_owned(), "TAKEN".to_owned())]);
    let malformed = app.mutate("articleUpdate", ARTICLE, json!({"id": second, "slug": "Tidak Boleh"})).await;
    assert_eq!(user_errors(&malformed), [("slug".to_owned(), "INVALID".to_owned())]);

    app.mutate("articleUpdate", ARTICLE, json!({"id": first, "slug": "jumat-bersih"})).await;
    app.mutate("articlePublish", ARTICLE, json!({"id": first})).await;
    let by_slug = "query($slug: String!) { article(by: {slug: $slug}) { id slug } }";
    let moved = app.public(by_slug, json!({"slug": "jumat-bersih-di-desa"})).await;
    assert_eq!(moved["article"], json!({"id": first, "slug": "jumat-bersih"}));
    assert_eq!(app.public(by_slug, json!({"slug": "tidak-ada"})).await["article"], json!(null));
}

#[tokio::test]
async fn archived_and_trashed_articles_are_gone_in_public_and_can_be_restored() {
    let app = TestApp::new().await;
    let id = app.publish("article", json!({"title": "Sementara"})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { title } }";

    app.mutate("articleTrash", ARTICLE, json!({"id": id})).await;
    assert_eq!(app.public(query, json!({"id": id})).await["article"], json!(null));
    let refused = app.mutate("articleUpdate", ARTICLE, json!({"id": id, "title": "Lain"})).await;
    assert_eq!(user_errors(&refused), [("id".to_owned(), "NOT_ALLOWED".to_owned())]);
    let listed = app.editor("{ articles { totalCount } trash: articles(filter: {inTrash: true}) { totalCount } }", json!({})).await;
    assert_eq!(listed, json!({"articles": {"totalCount": 0}, "trash": {"totalCount": 1}}));

    app.mutate("articleRestore", ARTICLE, json!({"id": id})).await;
    assert_eq!(app.public(query, json!({"id": id})).await["article"]["title"], "Sementara");
    let twice = app.mutate("articleRestore", ARTICLE, json!({"id": id})).await;
    assert_eq!(user_errors(&twice), [("id".to_owned(), "NOT_ALLOWED".to_owned())]);

    let payload = app.mutate("articleArchive", ARTICLE, json!({"id": id})).await;
    assert_eq!(payload["article"]["status"], "ARCHIVED");
    assert_eq!(app.public(query, json!({"id": id})).await["article"], json!(null));
}

#[tokio::test]
async fn every_problem_of_an_input_is_reported_by_field_in_the_language_asked_for() {
    let app = TestApp::new().await;
    let foreign = app.create("topic", json!({"name": "Topik"})).await;
    let input = json!({"title": " ", "kicker": "a\nb", "summary": "x".repeat(2_001), "language": "?", "programIds": [foreign]});
    let payload = app.mutate("articleCreate", "article { id }", input.clone()).await;
    assert_eq!(user_errors(&payload), [("programIds.0".to_owned(), "NOT_FOUND".to_owned())], "an id of another type is refused first");

    let mut input = input;
    input["programIds"] = json!([]);
    let payload = app.mutate("articleCreate", "article { id }", input.clone()).await;
    let fields: Vec<String> = user_errors(&payload).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["kicker", "title", "summary", "language"]);

    let query = crate::support::mutation("articleCreate", "article { id }");
    let request = app.client.post(format!("{}/graphql", app.address)).bearer_auth(app.token(Role::Editor).await);
    let request = request.header("content-type", "application/json").header("accept-language", "id-ID,id;q=0.9");
    let answer = request.body(json!({"query": query, "variables": {"input": input}}).to_string()).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(text.contains("Ruas ini wajib diisi."), "{text}");
    assert_eq!(app.editor("{ articles(orderBy: TITLE) { totalCount } }", json!({})).await["articles"]["totalCount"], 0);
}

#[tokio::test]
async fn a_body_comes_as_html_text_excerpt_and_headings() {
    let app = TestApp::new().await;
    let body = "## Sasaran\n\nTiga **kecamatan** <script>alert(1)</script>didampingi.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
    let id = app.publish("article", json!({"title": "Isi", "body": body})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { publishedOn short: publishedOn(format: SHORT)
        body { html text excerpt(words: 3) readingMinutes headings { level text anchor } } } }";
    let article = app.public(query, json!({"id": id})).await["article"].clone();
    let html = article["body"]["html"].as_str().unwrap();
    assert!(html.contains("<h2 id=\"sasaran\">Sasaran</h2>") && html.contains("<td>1</td>") && !html.contains("script"), "{html}");
    assert_eq!(article["body"]["excerpt"], "Sasaran Tiga kecamatan…");
    assert_eq!(article["body"]["headings"], json!([{"level": 2, "text": "Sasaran", "anchor": "sasaran"}]));
    assert_eq!((&article["publishedOn"], &article["short"]), (&json!("Kamis, 1 Januari 2015"), &json!("1 Jan 2015")));
    let answer = app.answer(None, "query($id: ID!) { article(by: {id: $id}) { body { excerpt(words: 0) } } }", json!({"id": id})).await;
    assert_eq!(codes(&answer), ["INVALID"]);
}

#[tokio::test]
async fn articles_are_listed_by_what_they_are_about() {
    let app = TestApp::with_sample().await;
    let count = async |filter: &str| {
        let query = format!("{{ articles(filter: {{{filter}}}) {{ totalCount }} }}");
        app.public(&query, json!({})).await["articles"]["totalCount"].as_i64().unwrap()
    };
    let (all, drafts) = (count("").await, 2);
    assert_eq!(count("program: {slug: \"sekolah-ladang\"}").await, 4);
    assert_eq!(count("topic: {slug: \"kebencanaan\"}").await, 3);
    assert_eq!(count("event: {slug: \"lokakarya-klaster-mandiri-bantaeng\"}").await, 2);
    assert_eq!(count("official: {slug: \"ratna-dewi-anwar\"}").await, 2);
    let (district, regency, province) = (
        count("region: {slug: \"kecamatan-uluere\"}").await,
        count("region: {code: \"73.03\"}").await,
        count("region: {code: \"73\"}").await,
    );
    assert!(district < regency && regency < province, "{district} {regency} {province}");
    assert_eq!(count("year: 2011").await + count("year: 2012").await + count("year: 2013").await + count("year: 2014").await, all);
    assert_eq!(count("status: DRAFT").await, 0, "drafts can't be counted by the public");
    let query = "{ articles(filter: {status: DRAFT}, orderBy: UPDATED_NEWEST) { totalCount } }";
    assert_eq!(app.editor(query, json!({})).await["articles"]["totalCount"], drafts);
    let unknown = app.answer(None, "{ articles(filter: {topic: {slug: \"tidak-ada\"}}) { totalCount } }", json!({})).await;
    assert_eq!(codes(&unknown), ["INVALID"]);
}

#[tokio::test]
async fn a_region_lists_what_is_in_its_parts_in_order_with_a_topic_or_without() {
    let app = TestApp::new().await;
    let mut regions = Vec::new();
    for (code, level) in [("73", "PROVINCE"), ("73.03", "REGENCY"), ("73.04", "REGENCY")] {
        regions.push(app.create("region", json!({"code": code, "name": code, "level": level})).await);
    }
    let (rice, corn) = (app.create("topic", json!({"name": "Padi"})).await, app.create("topic", json!({"name": "Jagung"})).await);
    let first = app.publish("article", json!({"title": "Satu", "regionIds": [&regions[1], &regions[2]], "topicIds": [&rice, &corn]})).await;
    app.publish("article", json!({"title": "Dua", "regionIds": [&regions[2]], "topicIds": [&corn]})).await;
    app.publish("article", json!({"title": "Tiga", "regionIds": [&regions[0]]})).await;
    app.create("article", json!({"title": "Rancangan", "regionIds": [&regions[1]], "topicIds": [&rice]})).await;
    let list = async |filter: &str, order: &str| {
        let query = format!("{{ articles(filter: {{{filter}}}, orderBy: {order}) {{ totalCount nodes {{ title }} }} }}");
        let list = app.public(&query, json!({})).await["articles"].clone();
        let titles: Vec<String> = list["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect();
        assert_eq!(list["totalCount"], titles.len(), "{filter}");
        titles
    };
    assert_eq!(list("region: {code: \"73\"}", "PUBLISHED_NEWEST").await, ["Tiga", "Dua", "Satu"]);
    assert_eq!(list("region: {code: \"73\"}", "TITLE").await, ["Dua", "Satu", "Tiga"]);
    assert_eq!(list("region: {code: \"73.04\"}", "PUBLISHED_OLDEST").await, ["Satu", "Dua"]);
    assert_eq!(list("region: {code: \"73.03\"}", "PUBLISHED_NEWEST").await, ["Satu"]);
    assert_eq!(list("region: {code: \"73\"}, topic: {slug: \"jagung\"}", "PUBLISHED_NEWEST").await, ["Dua", "Satu"]);
    assert_eq!(list("region: {code: \"73.04\"}, topic: {slug: \"padi\"}", "TITLE").await, ["Satu"]);
    assert_eq!(list("region: {code: \"73.03\"}, topic: {slug: \"jagung\"}", "PUBLISHED_NEWEST").await, ["Satu"]);

    // What the article is about changes with its publication, and no sooner.
    app.mutate("articleUpdate", "article { id }", json!({"id": &first, "regionIds": [&regions[0]], "topicIds": [&rice]})).await;
    assert_eq!(list("region: {code: \"73.03\"}", "PUBLISHED_NEWEST").await, ["Satu"]);
    app.mutate("articlePublish", "article { id }", json!({"id": &first})).await;
    assert_eq!(list("region: {code: \"73.03\"}", "PUBLISHED_NEWEST").await, [""; 0]);
    assert_eq!(list("region: {code: \"73\"}, topic: {slug: \"jagung\"}", "PUBLISHED_NEWEST").await, ["Dua"]);
    assert_eq!(list("region: {code: \"73\"}, topic: {slug: \"padi\"}", "PUBLISHED_NEWEST").await, ["Satu"]);
    app.mutate("articleTrash", "article { id }", json!({"id": &first})).await;
    assert_eq!(list("region: {code: \"73\"}", "PUBLISHED_NEWEST").await, ["Tiga", "Dua"]);
    app.mutate("articleRestore", "article { id }", json!({"id": &first})).await;
    assert_eq!(list("region: {code: \"73\"}, topic: {slug: \"padi\"}", "TITLE").await, ["Satu"]);

    // Editors find drafts by both, too, in an order that drafts have a place in.
    let drafts = "{ articles(filter: {region: {code: \"73\"}, topic: {slug: \"padi\"}}, orderBy: TITLE) { nodes { title } } }";
    let found = app.editor(drafts, json!({})).await["articles"]["nodes"].clone();
    assert_eq!(found, json!([{"title": "Rancangan"}, {"title": "Satu"}]));
}

#[tokio::test]
async fn a_relation_to_something_unpublished_is_kept_and_shown_to_editors_alone() {
    let app = TestApp::new().await;
    let program = app.create("program", json!({"name": "Rahasia"})).await;
    let id = app.publish("article", json!({"title": "Terbuka", "programIds": [program]})).await;
    let query = "query($id: ID!) { article(by: {id: $id}) { programs { name } } }";
    assert_eq!(app.public(query, json!({"id": id})).await["article"]["programs"], json!([]));
    assert_eq!(app.editor(query, json!({"id": id})).await["article"]["programs"], json!([{"name": "Rahasia"}]));
    let by_program = json!({"program": program});
    let filtered =
        app.answer(None, "query($program: ID!) { articles(filter: {program: {id: $program}}) { totalCount } }", by_program).await;
    assert_eq!(codes(&filtered), ["INVALID"], "a filter tells nothing of it either");
    app.mutate("programPublish", "program { id }", json!({"id": program})).await;
    assert_eq!(app.public(query, json!({"id": id})).await["article"]["programs"], json!([{"name": "Rahasia"}]));
}

#[tokio::test]
async fn editors_are_warned_of_promotion_of_gambling_with_each_save() {
    let app = TestApp::new().await;
    let warned = "article { id contentWarnings { field excerpt detail } }";
    let body = "Warga memanen jagung.\n\n[slot gacor maxwin](https://kacang7788.example/daftar) depo 10rb langsung maxwin";
    let payload = app.mutate("articleCreate", warned, json!({"title": "Panen raya", "body": body})).await;
    let warning = payload["article"]["contentWarnings"][0].clone();
    assert_eq!(warning["field"], "body");
    assert!(
        warning["excerpt"].as_str().unwrap().starts_with("[slot gacor") && warning["detail"].as_str().unwrap().contains("maxwin"),
        "{warning}"
    );
    let id = payload["article"]["id"].clone();
    let mended = app.mutate("articleUpdate", warned, json!({"id": id, "body": "Warga memanen jagung."})).await;
    assert_eq!(mended["article"]["contentWarnings"], json!([]));
    app.mutate("articlePublish", "article { id }", json!({"id": id})).await;
    let seen = app.public("query($id: ID!) { article(by: {id: $id}) { contentWarnings { field } } }", json!({"id": id})).await;
    assert_eq!(seen["article"]["contentWarnings"], json!(null), "it is the editors' business");
}
