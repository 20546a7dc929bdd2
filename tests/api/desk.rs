//! What editors work with all day: lists over all nouns, many entries at once, previews, autosaves, the audit log.

use entity::enums::Role;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use warta::db::{Read, insert_rows};
use warta::domain::{revision, search, search_index};

use crate::support::tape::live_engine;
use crate::support::{Options, TestApp, codes, data, id_of, mutation, user_errors};

async fn names(app: &TestApp, role: Role, arguments: &str) -> Vec<String> {
    let query = format!(
        "{{ entries({arguments}) {{ nodes {{ ... on Article {{ name: title }} ... on Event {{ name: title }} \
         ... on Official {{ name }} ... on Program {{ name }} }} }} }}"
    );
    let nodes = data(app.answer(Some(role), &query, json!({})).await)["entries"]["nodes"].clone();
    nodes.as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_lists_of_the_desk_hold_all_nouns_in_one_order() {
    let app = TestApp::new().await;
    app.mutate_as(Role::Author, "articleCreate", "article { id }", json!({"title": "A"})).await;
    app.clock.advance(1_000);
    app.create("event", json!({"title": "B", "startsAt": "2011-07-06T01:00:00Z"})).await;
    app.clock.advance(1_000);
    let official = app.publish("official", json!({"name": "C"})).await;
    app.clock.advance(1_000);
    let program = app.create("program", json!({"name": "D"})).await;
    app.mutate("programTrash", "program { id }", json!({"id": program})).await;
    assert_eq!(names(&app, Role::Editor, "first: 10").await, ["C", "B", "A"]);
    assert_eq!(names(&app, Role::Editor, "filter: {inTrash: true}").await, ["D"]);
    assert_eq!(names(&app, Role::Author, "filter: {isMine: true}").await, ["A"]);
    assert_eq!(names(&app, Role::Editor, "filter: {kinds: [EVENT, ARTICLE]}").await, ["B", "A"]);
    assert_eq!(names(&app, Role::Editor, "filter: {statuses: [PUBLISHED]}").await, ["C"]);
    app.clock.advance(1_000);
    app.mutate("officialUpdate", "official { id }", json!({"id": official, "biography": "Baru"})).await;
    app.mutate_as(Role::Author, "articleCreate", "article { id }", json!({"title": "E"})).await;
    assert_eq!(names(&app, Role::Editor, "first: 2").await, ["E", "C"], "work on what is published counts, too");

    // Page by page, forwards and backwards, everything comes once.
    let page = async |arguments: &str| {
        let query = format!("{{ entries({arguments}) {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage }} }} }}");
        app.editor(&query, json!({})).await["entries"].clone()
    };
    let ids = |page: &Value| page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].to_string()).collect::<Vec<_>>();
    let all = ids(&page("first: 100").await);
    let mut seen = Vec::new();
    let mut at = page("first: 1").await;
    loop {
        seen.extend(ids(&at));
        if at["pageInfo"]["hasNextPage"] == false {
            break;
        }
        at = page(&format!("first: 1, after: {}", at["edges"][0]["cursor"])).await;
    }
    assert_eq!((seen.len(), &seen), (4, &all));
    let last = page("last: 2").await;
    assert_eq!((ids(&last), &last["pageInfo"]["hasPreviousPage"]), (all[2..].to_vec(), &json!(true)));
    let before = page(&format!("last: 5, before: {}", last["edges"][0]["cursor"])).await;
    assert_eq!((ids(&before), &before["pageInfo"]["hasPreviousPage"]), (all[..2].to_vec(), &json!(false)));
    for role in [None, Some(Role::Moderator)] {
        let refused = app.answer(role, "{ entries { totalCount } }", json!({})).await;
        assert_eq!(codes(&refused), [if role.is_some() { "FORBIDDEN" } else { "UNAUTHENTICATED" }]);
    }
}

#[tokio::test]
async fn what_is_scheduled_is_listed_the_next_first() {
    let app = TestApp::new().await;
    for (noun, input, at) in [
        ("article", json!({"title": "Nanti"}), "2015-01-03T00:00:00Z"),
        ("event", json!({"title": "Segera", "startsAt": "2011-07-06T01:00:00Z"}), "2015-01-02T00:00:00Z"),
        ("program", json!({"name": "Akhirnya"}), "2015-01-04T00:00:00Z"),
    ] {
        let id = app.create(noun, input).await;
        app.mutate(&format!("{noun}Schedule"), &format!("{noun} {{ id }}"), json!({"id": id, "at": at})).await;
    }
    let query = "query($after: String) { scheduled(first: 2, after: $after) { totalCount pageInfo { endCursor hasNextPage } nodes {
        ... on Article { scheduledAt } ... on Event { scheduledAt } ... on Program { scheduledAt } } } }";
    let first = app.editor(query, json!({})).await["scheduled"].clone();
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)));
    app.create("article", json!({"title": "Tanpa jadwal"})).await;
    let counts = "{ entries(orderBy: SCHEDULED_SOONEST) { totalCount } articles { totalCount nodes { title } } }";
    let counts = app.editor(counts, json!({})).await;
    assert_eq!(counts, json!({"entries": {"totalCount": 3}, "articles": {"totalCount": 0, "nodes": []}}), "a list and its count agree");
    let at = |day: u8| json!({"scheduledAt": format!("2015-01-0{day}T00:00:00Z")});
    assert_eq!(first["nodes"], json!([at(2), at(3)]));
    let rest = app.editor(query, json!({"after": first["pageInfo"]["endCursor"]})).await["scheduled"].clone();
    assert_eq!((&rest["nodes"], &rest["pageInfo"]["hasNextPage"]), (&json!([at(4)]), &json!(false)));
}

#[tokio::test]
async fn many_entries_are_changed_together_or_not_at_all() {
    let app = TestApp::new().await;
    let article = app.create("article", json!({"title": "Satu"})).await;
    let program = app.create("program", json!({"name": "Dua"})).await;
    let trashed = app.create("article", json!({"title": "Tiga"})).await;
    app.mutate("articleTrash", "article { id }", json!({"id": trashed})).await;
    let results = "results { id node { id } userErrors { field code } }";
    let before = app.written().await;
    let ids = json!([article, trashed, program, "article_00000000000000000000000000000009"]);
    let payload = app.mutate("entriesPublish", results, json!({"ids": ids})).await;
    assert_eq!(user_errors(&payload), [("ids".to_owned(), "NOT_ALLOWED".to_owned())]);
    let reasons: Vec<Value> = payload["results"].as_array().unwrap().iter().map(|result| result["userErrors"].clone()).collect();
    let (gone, in_trash) = (json!([{"field": "id", "code": "NOT_FOUND"}]), json!([{"field": "id", "code": "NOT_ALLOWED"}]));
    assert_eq!(reasons, [json!([]), in_trash, json!([]), gone]);
    assert!(payload["results"].as_array().unwrap().iter().all(|result| result["node"].is_null()));
    assert_eq!(app.written().await, before);
    assert_eq!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 0);

    let payload = app.mutate("entriesPublish", results, json!({"ids": [program, article]})).await;
    assert_eq!((user_errors(&payload), &payload["results"][0]["node"]["id"]), (vec![], &json!(program)));
    assert_eq!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 1);

    // What was read is what is published, whatever an author's program has saved since.
    let autosave = json!({"id": article, "basedOnRevision": 1, "title": "Setengah kali", "isAutosave": true});
    app.mutate("articleUpdate", "article { id }", autosave).await;
    let live =
        async || app.editor("query($id: ID!) { article(by: {id: $id}) { liveRevision } }", json!({"id": article})).await["article"].clone();
    app.mutate("entriesPublish", results, json!({"ids": [article]})).await;
    assert_eq!(live().await, json!({"liveRevision": 1}), "an autosave is published only by its number");
    app.mutate("entriesPublish", results, json!({"ids": [article], "revisions": [2]})).await;
    assert_eq!(live().await, json!({"liveRevision": 2}));
    let uneven = app.mutate("entriesPublish", results, json!({"ids": [article], "revisions": [1, 2]})).await;
    assert_eq!(user_errors(&uneven), [("revisions".to_owned(), "INVALID".to_owned())]);

    let topic = app.create("topic", json!({"name": "Air"})).await;
    let set = |ids: Value, topics: Value| json!({"ids": ids, "topicIds": topics});
    let wrong = app.mutate("entriesSetTopics", results, set(json!([article, program]), json!([topic]))).await;
    assert_eq!(wrong["results"][1]["userErrors"], json!([{"field": "id", "code": "INVALID"}]));
    let unknown = app.mutate("entriesSetTopics", results, set(json!([article]), json!(["topic_00000000000000000000000000000009"]))).await;
    assert_eq!(unknown["results"][0]["userErrors"][0]["code"], "NOT_FOUND");
    app.mutate("entriesSetTopics", results, set(json!([article]), json!([topic, topic]))).await;
    let saved = "query($id: ID!) { article(by: {id: $id}) { revision topics { name } atRevision(number: 3) { topics { name } } } }";
    let expected = json!({"revision": 3, "topics": [], "atRevision": {"topics": [{"name": "Air"}]}});
    assert_eq!(app.editor(saved, json!({"id": article})).await["article"], expected);

    app.mutate("entriesTrash", results, json!({"ids": [article, program]})).await;
    assert_eq!(names(&app, Role::Editor, "filter: {inTrash: true}").await.len(), 3);
    for (ids, code) in [(json!([]), "REQUIRED"), (json!(vec![article.clone(); 101]), "TOO_LONG"), (json!(["bukan id"]), "INVALID")] {
        assert_eq!(user_errors(&app.mutate("entriesTrash", results, json!({"ids": ids})).await)[0].1, code);
    }
    app.token(Role::Author).await;
    let before = app.written().await;
    let refused = app.answer(Some(Role::Author), &mutation("entriesTrash", results), json!({"input": {"ids": [article]}})).await;
    assert_eq!((codes(&refused), app.written().await), (vec!["FORBIDDEN"], before));
}

#[tokio::test]
async fn a_preview_shows_one_revision_to_whoever_has_the_token_for_a_while() {
    let app = TestApp::new().await;
    let draft = app.create("event", json!({"title": "Rahasia", "startsAt": "2011-07-06T01:00:00Z"})).await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let id = app.create("article", json!({"title": "Lama", "topicIds": [topic], "eventIds": [draft]})).await;
    let make = async |input: Value| app.mutate_as(Role::Author, "previewCreate", "token expiresAt", input).await;
    let made = make(json!({"id": id, "minutes": 90})).await;
    assert_eq!(made["expiresAt"], "2015-01-01T02:30:00Z");
    app.mutate("articleUpdate", "article { id }", json!({"id": id, "title": "Baru"})).await;
    let query = "query($token: String!) { preview(token: $token) { id ... on Article { title reviewNote revision topics { name } events { title } } } }";
    let token = made["token"].as_str().unwrap().to_owned();
    let seen = app.public(query, json!({"token": token})).await["preview"].clone();
    let expected = json!({"id": id, "title": "Lama", "reviewNote": null, "revision": null, "topics": [{"name": "Air"}], "events": []});
    assert_eq!(seen, expected, "what is not public stays so, whatever refers to it");
    let deeper = "query($token: String!) { preview(token: $token) { ... on Article { atRevision(number: 2) { title } } } }";
    assert_eq!(codes(&app.answer(None, deeper, json!({"token": token})).await), ["UNAUTHENTICATED"]);

    let forged = token.replacen("ey", "eyJ", 1);
    let (claim, signature) = token.split_once('.').unwrap();
    for bad in ["", "a.b", &forged, claim, &format!("{claim}."), &format!(".{signature}"), &format!("{claim}.{claim}")] {
        assert_eq!(codes(&app.answer(None, query, json!({"token": bad})).await), ["INVALID"], "{bad}");
    }
    app.mutate("articleTrash", "article { id }", json!({"id": id})).await;
    assert_eq!(app.public(query, json!({"token": token})).await["preview"], json!(null));
    app.mutate("articleRestore", "article { id }", json!({"id": id})).await;
    app.clock.advance(90 * 60_000);
    assert_eq!(codes(&app.answer(None, query, json!({"token": token})).await), ["INVALID"]);
    for (bad, field) in [
        (json!({"id": id, "minutes": 0}), "minutes"),
        (json!({"id": id, "minutes": 43_201}), "minutes"),
        (json!({"id": id, "revision": 3}), "revision"),
        (json!({"id": topic}), "id"),
    ] {
        assert_eq!(user_errors(&make(bad.clone()).await), [(field.to_owned(), "INVALID".to_owned())], "{bad}");
    }
    assert_eq!(codes(&app.answer(None, &mutation("previewCreate", "token"), json!({"input": {"id": id}})).await), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn an_autosave_takes_the_place_of_the_authors_last_one() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Satu"})).await;
    let save = async |role: Role, based: i32, title: &str, is_autosave: bool| {
        let input = json!({"id": id, "basedOnRevision": based, "title": title, "isAutosave": is_autosave});
        app.mutate_as(role, "articleUpdate", "article { revision }", input).await
    };
    assert_eq!(save(Role::Editor, 1, "Dua", true).await["article"]["revision"], 2);
    assert_eq!(save(Role::Editor, 2, "Dua", true).await["article"]["revision"], 2, "nothing changed, nothing is saved");
    assert_eq!(save(Role::Editor, 2, "Tiga", true).await["article"]["revision"], 3);
    assert_eq!(save(Role::Admin, 3, "Empat", true).await["article"]["revision"], 4, "somebody else's stays");
    assert_eq!(user_errors(&save(Role::Editor, 3, "Lima", true).await)[0].1, "CONFLICT", "nobody overwrites anybody");
    assert_eq!(save(Role::Editor, 4, "Lima", true).await["article"]["revision"], 5);
    assert_eq!(save(Role::Editor, 5, "Enam", false).await["article"]["revision"], 6);
    let query = "query($id: ID!) { article(by: {id: $id}) { title revisions { totalCount nodes { number isAutosave } } } }";
    let revisions = app.editor(query, json!({"id": id})).await["article"].clone();
    let kept = json!([
        {"number": 6, "isAutosave": false}, {"number": 5, "isAutosave": true}, {"number": 4, "isAutosave": true},
        {"number": 1, "isAutosave": false}
    ]);
    assert_eq!(revisions, json!({"title": "Enam", "revisions": {"totalCount": 4, "nodes": kept}}));
    let gone = app.mutate("articlePublish", "article { id }", json!({"id": id, "revision": 2})).await;
    assert_eq!(user_errors(&gone), [("revision".to_owned(), "INVALID".to_owned())]);

    // What was published, what is scheduled and what is newest outlives the thinning.
    app.mutate("articlePublish", "article { id }", json!({"id": id, "revision": 4})).await;
    app.mutate("articleSchedule", "article { id }", json!({"id": id, "revision": 5, "at": "2015-06-01T00:00:00Z"})).await;
    save(Role::Admin, 6, "Tujuh", true).await;
    save(Role::Editor, 7, "Delapan", true).await;
    app.mutate("articlePublish", "article { id }", json!({"id": id, "revision": 6})).await;
    app.mutate("articleSchedule", "article { id }", json!({"id": id, "revision": 5, "at": "2015-06-01T00:00:00Z"})).await;
    assert_eq!(revision::thin(&app.domain).await.unwrap(), 0, "not before their time");
    app.clock.advance(15 * 86_400_000);
    assert_eq!(revision::thin(&app.domain).await.unwrap(), 1);
    let left = entity::revision::Entity::find().filter(entity::revision::Column::Number.eq(7));
    assert_eq!(left.number(app.domain.db.write()).await.unwrap(), 0);
    let query = "query($id: ID!) { article(by: {id: $id}) { revisions { nodes { number } } } }";
    let numbers = app.editor(query, json!({"id": id})).await["article"]["revisions"]["nodes"].clone();
    assert_eq!(numbers, json!([{"number": 8}, {"number": 6}, {"number": 5}, {"number": 4}, {"number": 1}]));
}

#[tokio::test]
async fn thousands_of_revisions_of_one_entry_are_read_by_the_page() {
    let app = TestApp::new().await;
    let id = app.create("article", json!({"title": "Satu"})).await;
    let row = entity::revision::Entity::find().row(app.domain.db.write()).await.unwrap().unwrap();
    let rows = (2..=3_000).map(|number| entity::revision::Model { id: app.domain.clock.new_id(), number, ..row.clone() });
    insert_rows(rows, app.domain.db.write()).await.unwrap();
    let query = "query($id: ID!, $after: String) { article(by: {id: $id}) { revisions(first: 2, after: $after) {
        totalCount nodes { number } pageInfo { endCursor } } } }";
    app.statements();
    let first = app.editor(query, json!({"id": id})).await["article"]["revisions"].clone();
    assert_eq!((&first["totalCount"], &first["nodes"]), (&json!(3_000), &json!([{"number": 3_000}, {"number": 2_999}])));
    let read: Vec<String> = app.statements().into_iter().filter(|sql| sql.contains("\"state\"")).collect();
    assert!(read.len() == 1 && read[0].contains("LIMIT"), "no more than the page is read: {read:?}");
    let next = app.editor(query, json!({"id": id, "after": first["pageInfo"]["endCursor"]})).await;
    assert_eq!(next["article"]["revisions"]["nodes"], json!([{"number": 2_998}, {"number": 2_997}]));
}

#[tokio::test]
async fn the_audit_log_tells_admins_who_did_what_from_where() {
    let app = TestApp::new().await;
    let secret = app.person("Siti", Role::Editor).await;
    let created = app.answer_with(&secret, &mutation("articleCreate", "article { id }"), json!({"input": {"title": "Baru"}})).await;
    let id = id_of(&created["data"]["articleCreate"]["article"]);
    app.clock.advance(60_000);
    let update = json!({"input": {"id": id, "basedOnRevision": 1, "title": "Lain", "summary": "Singkat"}});
    app.answer_with(&secret, &mutation("articleUpdate", "article { id }"), update).await;
    let query = "query($filter: AuditFilter) { auditLog(filter: $filter) { totalCount nodes {
        at actorName actorKind action changedFields address subject { id } userId } } }";
    let log = async |filter: Value| data(app.answer(Some(Role::Admin), query, json!({"filter": filter})).await)["auditLog"].clone();
    let of_article = log(json!({"subjectId": id})).await;
    let user = of_article["nodes"][0]["userId"].clone();
    let expected = json!({
        "at": "2015-01-01T01:01:00Z", "actorName": "Siti", "actorKind": "user", "action": "article.update",
        "changedFields": ["summary", "title"], "address": "127.0.0.1", "subject": {"id": id}, "userId": user
    });
    assert_eq!((&of_article["totalCount"], &of_article["nodes"][0]), (&json!(2), &expected));
    let own = log(json!({"actorId": user})).await;
    let actions: Vec<&str> = own["nodes"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["article.update", "article.create", "session.create", "user.set_password"]);
    assert_eq!(log(json!({"since": "2015-01-01T01:01:00Z", "action": "article.update"})).await["totalCount"], 1);
    assert_eq!(log(json!({"until": "2015-01-01T01:01:00Z", "subjectId": id})).await["totalCount"], 1);
    assert_eq!(log(json!({"address": "10.0.0.1"})).await["totalCount"], 0);
    assert_eq!(codes(&app.answer_with(&secret, query, json!({})).await), ["FORBIDDEN"]);
    let bad = app.answer(Some(Role::Admin), query, json!({"filter": {"actorId": "siapa"}})).await;
    assert_eq!(codes(&bad), ["INVALID"]);
}

#[tokio::test]
async fn editors_search_the_newest_text_of_what_is_not_published_as_it_stands() {
    search_drafts(&TestApp::new().await).await;
}

#[tokio::test]
async fn so_they_do_on_a_live_meilisearch() {
    let Some(engine) = live_engine("desk") else { return };
    let app = TestApp::with(Options { engine: Some(engine), ..Options::default() }).await;
    search_drafts(&app).await;
    app.drop_index().await;
}

async fn search_drafts(app: &TestApp) {
    app.index().await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let draft = app.create("article", json!({"title": "Pelatihan beternak", "topicIds": [topic]})).await;
    let live = app.publish("article", json!({"title": "Panen raya", "body": "Lama"})).await;
    let official =
        app.create("official", json!({"name": "Rahman", "terms": [{"office": "Kepala Dinas Peternakan", "from": "2010-01-01"}]})).await;
    app.index().await;
    let find = async |role: Option<Role>, query: &str, more: &str| {
        let query = format!(
            "{{ search(query: \"{query}\", inDrafts: true{more}) {{ totalCount hits {{ titleHtml node {{ ... on Article {{ id title }} \
             ... on Official {{ id }} }} }} facets {{ topics {{ label count }} }} }} }}"
        );
        app.answer(role, &query, json!({})).await
    };
    let found = async |query: &str| {
        let hits = data(find(Some(Role::Author), query, "").await)["search"]["hits"].clone();
        let mut ids: Vec<String> = hits.as_array().unwrap().iter().map(|hit| id_of(&hit["node"])).collect();
        ids.sort();
        ids
    };
    assert_eq!(found("peternak").await, [draft.clone(), official.clone()], "as readers speak it");
    assert_eq!(found("panen").await, Vec::<String>::new(), "what is published as it stands is no draft");
    app.mutate("articleUpdate", "article { id }", json!({"id": live, "title": "Panen gagal", "body": "Baru"})).await;
    app.index().await;
    let changed = data(find(Some(Role::Editor), "gagal", "").await)["search"].clone();
    assert_eq!(changed["hits"][0]["titleHtml"], "Panen <mark>gagal</mark>");
    assert_eq!(changed["hits"][0]["node"], json!({"id": live, "title": "Panen raya"}), "the node is the article as it is");
    let by_topic = data(find(Some(Role::Editor), "", &format!(", filter: {{topic: {{id: \"{topic}\"}}}}")).await)["search"].clone();
    assert_eq!((&by_topic["totalCount"], &by_topic["facets"]["topics"][0]), (&json!(1), &json!({"label": "Air", "count": 1})));
    let open = app.public("{ search(query: \"gagal\") { totalCount } }", json!({})).await;
    assert_eq!(open["search"]["totalCount"], 0);
    for (role, code) in [(None, "UNAUTHENTICATED"), (Some(Role::Moderator), "FORBIDDEN")] {
        assert_eq!(codes(&find(role, "gagal", "").await), [code]);
    }
    app.mutate("articlePublish", "article { id }", json!({"id": live})).await;
    app.mutate("articleTrash", "article { id }", json!({"id": draft})).await;
    app.index().await;
    assert_eq!((found("gagal").await, found("peternak").await), (vec![], vec![official]));
}

#[tokio::test]
async fn drafts_follow_the_names_of_those_who_take_part() {
    let app = TestApp::new().await;
    app.index().await;
    let official = app.publish("official", json!({"name": "Budi Santoso"})).await;
    let draft = app.create("official", json!({"name": "Joko Susilo"})).await;
    let event = app.publish("event", json!({"title": "Lokakarya", "startsAt": "2011-07-06T01:00:00Z"})).await;
    let participants = json!([{"role": "SPOKE", "officialId": official}, {"role": "HOSTED", "officialId": draft}]);
    app.mutate("eventUpdate", "event { id }", json!({"id": event, "participants": participants})).await;
    app.index().await;
    let found = async |name: &str| {
        let query = format!("{{ search(query: \"{name}\", inDrafts: true, types: [EVENT]) {{ totalCount }} }}");
        app.editor(&query, json!({})).await["search"]["totalCount"].clone()
    };
    assert_eq!((found("santoso").await, found("susilo").await), (json!(1), json!(1)));
    app.mutate("officialUpdate", "official { id }", json!({"id": official, "name": "Budi Hartono"})).await;
    app.mutate("officialPublish", "official { id }", json!({"id": official})).await;
    app.mutate("officialUpdate", "official { id }", json!({"id": draft, "name": "Joko Widagdo"})).await;
    app.index().await;
    assert_eq!((found("santoso").await, found("susilo").await), (json!(0), json!(0)));
    assert_eq!((found("hartono").await, found("widagdo").await), (json!(1), json!(1)));
    let index = search_index::live(&app.domain).await.unwrap().unwrap();
    assert!(search::drift(&app.domain, index.id).await.unwrap().is_none(), "the index agrees with the database");
}
