//! Who may do what: every mutation and every private field, for every role, over every path. A refusal changes nothing.

use entity::enums::Role;
use serde_json::{Value, json};

use crate::events;
use crate::support::case::cases;
use crate::support::person::PASSWORD;
use crate::support::socket::Socket;
use crate::support::{TestApp, codes, id_of, mutation};

const ROLES: [Role; 4] = [Role::Admin, Role::Editor, Role::Author, Role::Moderator];

/// What anybody may ask for; whether it is granted does not depend on a role.
const OPEN: [&str; 6] = ["commentEdit", "commentSubmit", "commentWithdraw", "passwordRequestReset", "passwordSet", "sessionCreate"];

/// What only somebody who signed in may do, to their own account: no token may, whatever its role.
const OWN_ACCOUNT: [(&str, &str); 6] = [
    ("passwordChange", "(input: {currentPassword: \"a\", newPassword: \"b\"}) { user { id } }"),
    ("secondFactorBegin", "(input: {password: \"a\"}) { secret }"),
    ("secondFactorConfirm", "(input: {code: \"123456\"}) { recoveryCodes }"),
    ("secondFactorRemove", "(input: {password: \"a\"}) { user { id } }"),
    ("sessionRevoke", "{ isRevoked }"),
    ("sessionRevokeAll", "{ count }"),
];

#[tokio::test]
async fn every_mutation_is_refused_to_whoever_lacks_its_permission_and_changes_nothing() {
    let app = TestApp::new().await;
    let cases = cases(&app).await;
    for role in [None, Some(Role::Editor), Some(Role::Author), Some(Role::Moderator)] {
        let mut socket = Socket::ready(&app, role).await;
        let before = app.written().await;
        let expected = if role.is_none() { "UNAUTHENTICATED" } else { "FORBIDDEN" };
        for case in cases.iter().filter(|case| role.is_none_or(|role| !case.allowed.contains(&role))) {
            let (query, input) = (mutation(&case.mutation, &case.selection), json!({"input": case.input}));
            for answer in [app.answer(role, &query, input.clone()).await, socket.answer(&query, input).await] {
                let hidden = answer["data"][&case.mutation]["userErrors"][0]["code"] == "NOT_FOUND";
                assert!(codes(&answer) == [expected] || hidden, "{} as {role:?}: {answer}", case.mutation);
            }
            assert_eq!(app.written().await, before, "{} as {role:?} wrote something", case.mutation);
        }
    }
    for role in [None, Some(Role::Admin), Some(Role::Editor), Some(Role::Author), Some(Role::Moderator)] {
        let mut socket = Socket::ready(&app, role).await;
        let before = app.written().await;
        for (name, rest) in OWN_ACCOUNT {
            let query = format!("mutation {{ {name}{rest} }}");
            for answer in [app.answer(role, &query, json!({})).await, socket.answer(&query, json!({})).await] {
                assert_eq!(codes(&answer), ["UNAUTHENTICATED"], "{name} as {role:?}: {answer}");
            }
        }
        assert_eq!(app.written().await, before, "{role:?} wrote something");
    }
}

#[tokio::test]
async fn every_mutation_is_granted_to_whoever_has_its_permission() {
    for role in ROLES {
        let app = TestApp::new().await;
        for case in cases(&app).await.iter().filter(|case| role == Role::Admin || case.allowed.contains(&role)) {
            let payload = app.mutate_as(role, &case.mutation, &case.selection, case.input.clone()).await;
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
    let cases = cases(&app).await;
    let schema = app.public("{ __schema { mutationType { fields { name } } } }", json!({})).await;
    for field in schema["__schema"]["mutationType"]["fields"].as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        let is_listed = cases.iter().any(|case| case.mutation == name) || OWN_ACCOUNT.iter().any(|(own, _)| *own == name);
        assert!(is_listed || OPEN.contains(&name), "{name} has no case");
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

/// A text that only some may read, wherever it stands.
struct Secret {
    text: &'static str,
    readers: &'static [Role],
}

const STAFF: &[Role] = &[Role::Admin, Role::Editor, Role::Author];
const MODERATING: &[Role] = &[Role::Admin, Role::Editor, Role::Moderator];
const ADMIN: &[Role] = &[Role::Admin];

const SECRETS: [Secret; 10] = [
    Secret { text: "rahasia-draf", readers: STAFF },
    Secret { text: "rahasia-judul-baru", readers: STAFF },
    Secret { text: "rahasia-catatan", readers: STAFF },
    Secret { text: "rahasia-tinjauan", readers: STAFF },
    Secret { text: "2031-05-05", readers: STAFF },
    Secret { text: "rahasia-buangan", readers: STAFF },
    Secret { text: "rahasia@surel.id", readers: MODERATING },
    Secret { text: "rahasia-komentar", readers: MODERATING },
    Secret { text: "rahasia-orang", readers: ADMIN },
    Secret { text: "rahasia-token", readers: ADMIN },
];

/// Everything that leads to something private.
async fn paths(app: &TestApp) -> Vec<String> {
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let program = app.create("program", json!({"name": "rahasia-draf program"})).await;
    let official = app.create("official", json!({"name": "rahasia-draf pejabat"})).await;
    let event = json!({
        "title": "rahasia-draf acara", "startsAt": "2011-07-06T01:00:00Z", "programId": program,
        "participants": [{"role": "SPOKE", "officialId": official}]
    });
    let event = app.create("event", event).await;
    let links = json!({"title": "Terbit", "topicIds": [topic], "programIds": [program], "eventIds": [event]});
    let live = app.publish("article", links.clone()).await;
    app.mutate("articleUpdate", "article { id }", json!({"id": live, "title": "rahasia-judul-baru", "note": "rahasia-catatan"})).await;
    let mut draft = links;
    draft["title"] = json!("rahasia-draf");
    let draft = app.create("article", draft).await;
    app.mutate("articleSubmit", "article { id }", json!({"id": draft})).await;
    app.mutate("articleReturn", "article { id }", json!({"id": draft, "note": "rahasia-tinjauan"})).await;
    for id in [&live, &draft] {
        app.mutate("articleSchedule", "article { id }", json!({"id": id, "at": "2031-05-05T00:00:00Z"})).await;
    }
    let trashed = app.publish("article", json!({"title": "rahasia-buangan"})).await;
    app.mutate("articleTrash", "article { id }", json!({"id": trashed})).await;
    let mut comments = Vec::new();
    for body in ["Bagus", "rahasia-komentar"] {
        let input = json!({"subjectId": live, "authorName": "A", "authorEmail": "rahasia@surel.id", "body": body, "consent": true});
        let made = app.answer(None, &mutation("commentSubmit", "comment { id }"), json!({"input": input})).await;
        comments.push(id_of(&made["data"]["commentSubmit"]["comment"]));
    }
    app.mutate("commentApprove", "comment { id }", json!({"id": comments[0]})).await;
    let user = app.account("rahasia-orang", Role::Author).await;
    let token = json!({"input": {"name": "rahasia-token", "role": "AUTHOR"}});
    app.answer(Some(Role::Admin), &mutation("apiTokenCreate", "secret"), token).await;
    app.index().await;

    let workflow = "revision liveRevision scheduledAt reviewNote savedAt isInTrash revisions { totalCount nodes { number note authorName } } \
                    latest: atRevision(number: 2) { title } changes(from: 1, to: 1) { field }";
    let relations = "events { title participants { name official { name } } program { name } } programs { name } related { title }";
    let comment = "comments { nodes { authorEmail statusReason body } }";
    let article = format!("... on Article {{ title {workflow} {relations} {comment} }}");
    let of = |id: &str| {
        format!(
            "{{ node(id: \"{id}\") {{ id {article} ... on Event {{ title }} ... on Comment {{ body authorEmail article {{ title }} }} ... on User {{ name email }} }} }}"
        )
    };
    let mut paths: Vec<String> = [&live, &draft, &trashed, &event, &comments[0], &comments[1], &user].map(|id| of(id)).into();
    paths.extend([
        format!("{{ nodes(ids: [\"{live}\", \"{draft}\", \"{trashed}\"]) {{ id {article} }} }}"),
        format!("{{ article(by: {{id: \"{live}\"}}) {{ title {workflow} {relations} {comment} }} }}"),
        format!("{{ article(by: {{id: \"{live}\"}}) {{ changes(from: 1, to: 2) {{ field text {{ text }} }} }} }}"),
        format!("{{ article(by: {{slug: \"rahasia-draf\"}}) {{ title {workflow} }} }}"),
        format!("{{ articles(orderBy: UPDATED_NEWEST) {{ totalCount nodes {{ title {workflow} {comment} }} }} }}"),
        "{ articles(filter: {status: DRAFT}, orderBy: TITLE) { totalCount nodes { title } } }".to_owned(),
        "{ articles(filter: {isScheduled: true}, orderBy: TITLE) { totalCount nodes { title scheduledAt } } }".to_owned(),
        "{ articles(filter: {inTrash: true}, orderBy: TITLE) { totalCount nodes { title } } }".to_owned(),
        format!("{{ articles(filter: {{event: {{id: \"{event}\"}}}}, orderBy: TITLE) {{ totalCount nodes {{ title events {{ title }} }} }} }}"),
        format!("{{ articles(filter: {{program: {{id: \"{program}\"}}}}, orderBy: TITLE) {{ totalCount nodes {{ programs {{ name }} }} }} }}"),
        "{ articles(filter: {topic: {slug: \"air\"}}, orderBy: TITLE) { totalCount nodes { title } } }".to_owned(),
        "{ events { totalCount nodes { title articles { title } participants { name } } } }".to_owned(),
        "{ officials { totalCount nodes { name } } programs { totalCount nodes { name } } }".to_owned(),
        format!("{{ search(query: \"rahasia\") {{ totalCount hits {{ titleHtml snippetHtml node {{ {article} }} }} facets {{ programs {{ label }} }} }} }}"),
        "{ search(query: \"\") { totalCount hits { titleHtml node { ... on Article { revisions { nodes { note } } } } } facets { programs { label } } } }".to_owned(),
        "{ search(query: \"rahasia\", inDrafts: true) { totalCount hits { titleHtml snippetHtml } } }".to_owned(),
        "{ suggest(prefix: \"rahasia\") { kind text } }".to_owned(),
        "{ searchRules { totalCount nodes { query target { ... on Article { title } } } } }".to_owned(),
        "{ commentSearch(query: \"\") { totalCount hits { snippetHtml node { body authorEmail } } } }".to_owned(),
        "{ searchReport { frequent { query } } }".to_owned(),
        "{ entries { totalCount nodes { ... on Article { title scheduledAt } ... on Event { title } } } }".to_owned(),
        "{ entries(filter: {inTrash: true}) { nodes { ... on Article { title } } } }".to_owned(),
        "{ scheduled { totalCount nodes { ... on Article { title scheduledAt } } } }".to_owned(),
        "{ comments(filter: {status: PENDING}) { totalCount nodes { body authorEmail } } }".to_owned(),
        "{ users { totalCount nodes { name email } } }".to_owned(),
        "{ apiTokens { totalCount nodes { name user { name } } } }".to_owned(),
        "{ auditLog(first: 100) { totalCount nodes { actorName subject { ... on User { name } } } } }".to_owned(),
    ]);
    paths
}

#[tokio::test]
async fn what_is_private_is_told_over_no_path_to_whoever_may_not_know_it() {
    let app = TestApp::new().await;
    app.index().await;
    let paths = paths(&app).await;
    let mut told = vec![false; SECRETS.len()];
    for role in [None, Some(Role::Admin), Some(Role::Editor), Some(Role::Author), Some(Role::Moderator)] {
        let mut socket = Socket::ready(&app, role).await;
        for path in &paths {
            let get =
                format!("{}/graphql?query={}", app.address, url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>());
            let mut get = app.client.get(get);
            if let Some(role) = role {
                get = get.bearer_auth(app.token(role).await);
            }
            let events = events::Events::open(&app, role, path).await;
            let answers = [
                events.text().await,
                app.answer(role, path, json!({})).await.to_string(),
                socket.answer(path, json!({})).await.to_string(),
                get.send().await.unwrap().text().await.unwrap(),
            ];
            for answer in &answers {
                assert!(!answer.contains("BAD_USER_INPUT"), "{path}: {answer}");
                for (secret, told) in SECRETS.iter().zip(&mut told) {
                    let is_told = answer.contains(secret.text);
                    let may = role.is_some_and(|role| secret.readers.contains(&role));
                    assert!(may || !is_told, "{role:?} reads {} in {path}: {answer}", secret.text);
                    *told |= is_told;
                }
            }
        }
    }
    for (secret, told) in SECRETS.iter().zip(told) {
        assert!(told, "nobody reads {}: the test asks for nothing that holds it", secret.text);
    }
}

#[tokio::test]
async fn counts_tell_the_public_nothing_either() {
    let app = TestApp::new().await;
    app.index().await;
    paths(&app).await;
    for filter in ["{status: DRAFT}", "{status: IN_REVIEW}", "{isScheduled: true}", "{inTrash: true}"] {
        let query = format!("{{ articles(filter: {filter}, orderBy: TITLE) {{ totalCount }} }}");
        assert_eq!(app.public(&query, json!({})).await["articles"]["totalCount"], 0, "{filter}");
    }
    let of_hidden = app.answer(None, "{ articles(filter: {event: {slug: \"rahasia-draf-acara\"}}) { totalCount } }", json!({})).await;
    assert_eq!(codes(&of_hidden), ["INVALID"], "a filter that names what is hidden is as one that names nothing");
    let all = app.public("{ articles { totalCount } search(query: \"\") { totalCount } }", json!({})).await;
    assert_eq!(all, json!({"articles": {"totalCount": 1}, "search": {"totalCount": 1}}));
}

#[tokio::test]
async fn what_the_viewer_can_do_is_what_is_granted() {
    let app = TestApp::new().await;
    let own = app.mutate_as(Role::Author, "articleCreate", "article { id }", json!({"title": "Punya saya"})).await;
    let other = app.create("article", json!({"title": "Punya redaksi"})).await;
    let program = app.publish("program", json!({"name": "Klaster"})).await;
    let topic = app.create("topic", json!({"name": "Air"})).await;
    let query = "query($own: ID!, $other: ID!, $program: ID!, $topic: ID!) {
        own: node(id: $own) { ... on Article { viewerCanEdit viewerCanPublish viewerCanTrash viewerCanPurge } }
        other: node(id: $other) { ... on Article { viewerCanEdit } }
        program: node(id: $program) { ... on Program { viewerCanEdit viewerCanPublish } }
        topic: node(id: $topic) { ... on Topic { viewerCanEdit } } }";
    let variables = json!({"own": id_of(&own["article"]), "other": other, "program": program, "topic": topic});
    let can = async |role| {
        let seen = app.answer(Some(role), query, variables.clone()).await["data"].clone();
        let flags = |node: &str| seen[node].as_object().map(|node| node.values().map(|flag| flag == true).collect::<Vec<_>>());
        (flags("own"), flags("other"), flags("program"), flags("topic"))
    };
    let all = |flags: &[bool]| Some(flags.to_vec());
    // viewerCanEdit, viewerCanPublish, viewerCanPurge, viewerCanTrash: JSON objects are read in the order of their names.
    assert_eq!(can(Role::Admin).await, (all(&[true; 4]), all(&[true]), all(&[true; 2]), all(&[true])));
    assert_eq!(can(Role::Editor).await, (all(&[true, true, false, true]), all(&[true]), all(&[true; 2]), all(&[true])));
    assert_eq!(can(Role::Author).await, (all(&[true, false, false, false]), all(&[false]), all(&[false; 2]), all(&[false])));
    assert_eq!(can(Role::Moderator).await, (None, None, all(&[false; 2]), all(&[false])));
    let secret = app.person("Budi", Role::Moderator).await;
    let right = app
        .answer_with(
            &secret,
            &mutation("passwordChange", "user { id }"),
            json!({"input": {"currentPassword": PASSWORD, "newPassword": "sembilan ular naik becak"}}),
        )
        .await;
    assert!(right["errors"].is_null(), "everybody may change their own password: {right}");
}

#[tokio::test]
async fn nothing_private_can_be_filtered_or_ordered_by_and_unknown_input_is_refused() {
    let app = TestApp::with_sample().await;
    let schema = include_str!("../../schema.graphql");
    for block in schema.split("\n\n").filter(|block| block.contains("input ") || block.contains("enum ")) {
        let name = block.lines().find_map(|line| line.strip_prefix("input ").or_else(|| line.strip_prefix("enum "))).unwrap_or_default();
        let name = name.split(' ').next().unwrap_or_default();
        if !(name.ends_with("Filter") || name.ends_with("Order")) || name.starts_with("Comment") || name.starts_with("Audit") {
            continue;
        }
        for private in ["email", "password", "token", "secret", "ip", "note", "address"] {
            let is_field = |line: &str| line.trim_start().to_lowercase().starts_with(private);
            assert!(!block.lines().any(is_field), "{name} lets the public ask by {private}");
        }
    }
    for guess in [
        "{ comments(filter: {password: \"a\"}) { totalCount } }",
        "{ articles(filter: {revisions: {note: \"rahasia\"}}) { totalCount } }",
        "{ articles(orderBy: REVIEW_NOTE) { totalCount } }",
        "{ officials(filter: {title_contains: \"x\"}) { totalCount } }",
        "{ articles(where: {title: {_eq: \"x\"}}) { totalCount } }",
        "{ search(query: \"x\", index: \"users\") { totalCount } }",
    ] {
        assert_eq!(codes(&app.answer(None, guess, json!({})).await), ["GRAPHQL_VALIDATION_FAILED"], "{guess}");
    }
    // Filters that are for moderators tell the public nothing.
    for guess in ["{ comments(filter: {authorEmail: \"a@b.id\"}) { totalCount } }", "{ commentSearch(query: \"email\") { totalCount } }"] {
        let answer = app.answer(None, guess, json!({})).await;
        assert!(!answer["errors"].is_null(), "{guess}: {answer}");
    }
}

#[tokio::test]
async fn values_that_look_like_sql_are_values() {
    let app = TestApp::with_sample().await;
    let before = app.public("{ articles { totalCount } events { totalCount } }", json!({})).await;
    for text in
        ["' OR '1'='1", "'; DROP TABLE articles; --", "\\", "%", "_", "\" OR 1=1 --", "\u{0}", "1) UNION SELECT secret FROM api_tokens --"]
    {
        for query in [
            "query($t: String!) { article(by: {slug: $t}) { title } }",
            "query($t: String!) { articles(filter: {topic: {slug: $t}}) { totalCount } }",
            "query($t: String!) { events(filter: {region: {slug: $t}}) { totalCount } }",
            "query($t: String!) { articles(after: $t) { totalCount } }",
            "query($t: String!) { search(query: $t) { totalCount } }",
            "query($t: String!) { suggest(prefix: $t) { text } }",
        ] {
            let answer = app.answer(None, query, json!({"t": text})).await;
            let text = answer.to_string();
            assert!(!text.contains("INTERNAL") && !text.contains("warta_") && !text.to_lowercase().contains("syntax"), "{query}: {answer}");
            assert_ne!(answer["data"]["articles"]["totalCount"], before["articles"]["totalCount"], "{query}");
        }
    }
    assert_eq!(app.public("{ articles { totalCount } events { totalCount } }", json!({})).await, before);
}
