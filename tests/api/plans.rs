//! Lists are read through indexes, whatever they are ordered and filtered by: no plan walks a table, and none but those named here
//! sorts more rows than a page has.

use entity::enums::Role;
use sea_orm::{DbBackend, Statement};
use serde_json::{Value, json};
use warta::db::{Sink, Source, Transaction};

use crate::support::database::sqlite_plan;
use crate::support::{TestApp, data};

/// Filters whose rows no index has in the order of the list: all that fit are looked at, however few are shown.
const SORTED: &[&str] =
    &["region", "official", "organization", "on:", "year", "kind", "level", "parent", "role", "status", "actorId", "action", "address"];

/// Filters whose articles are kept in the order of publication, and in no other.
const LINKED: &[&str] = &["topic", "program", "event:", "region"];

/// Each list with its orders and its filters; the first of each is none.
fn lists() -> Vec<(Role, &'static str, Vec<&'static str>, Vec<String>)> {
    let by = |noun: &str| format!("{noun}: {{slug: \"{noun}\"}}");
    let articles = ["topic", "program", "event", "official", "region"].map(by).to_vec();
    let pairs = [["topic", "region"], ["program", "region"]].map(|pair| pair.map(by).join(", "));
    let articles = [articles, pairs.to_vec()].concat();
    let events = ["program", "region", "official"].map(by);
    let plain = |filters: &[&str]| filters.iter().map(|filter| (*filter).to_owned()).collect::<Vec<_>>();
    let desk = plain(&["isScheduled: true", "inTrash: true", "status: DRAFT"]);
    vec![
        (
            Role::Editor,
            "articles",
            vec!["", "PUBLISHED_NEWEST", "PUBLISHED_OLDEST", "UPDATED_NEWEST", "TITLE"],
            [articles, plain(&["year: 2026"]), desk.clone()].concat(),
        ),
        (
            Role::Editor,
            "events",
            vec!["", "START_LATEST", "START_EARLIEST"],
            [events.to_vec(), plain(&["time: PAST", "kind: WORKSHOP", "year: 2026"]), desk.clone()].concat(),
        ),
        (
            Role::Editor,
            "officials",
            vec![""],
            [["organization", "region"].map(by).to_vec(), plain(&["on: \"2026-01-01\""]), desk.clone()].concat(),
        ),
        (Role::Editor, "programs", vec![""], [["organization", "region"].map(by).to_vec(), desk].concat()),
        (
            Role::Editor,
            "organizations",
            vec![""],
            [["parent", "region"].map(|noun| by(noun).replace("\"parent\"", "\"organization\"")).to_vec(), plain(&["kind: AGENCY"])]
                .concat(),
        ),
        (Role::Editor, "topics", vec![""], Vec::new()),
        (Role::Editor, "regions", vec![""], vec![by("parent").replace("\"parent\"", "\"region\""), "level: VILLAGE".to_owned()]),
        (Role::Editor, "glossaryTerms", vec![""], Vec::new()),
        (
            Role::Moderator,
            "comments",
            vec!["", "OLDEST", "NEWEST"],
            plain(&["status: PENDING", "authorEmail: \"a@contoh.id\"", "address: \"192.0.2.1\"", "leastSpamScore: 50"]),
        ),
        (
            Role::Editor,
            "entries",
            vec!["", "SAVED_NEWEST", "SCHEDULED_SOONEST"],
            plain(&["isMine: true", "isScheduled: true", "kinds: [ARTICLE]"]),
        ),
        (Role::Admin, "users", vec![""], plain(&["role: EDITOR", "status: ACTIVE"])),
        (Role::Admin, "apiTokens", vec![""], Vec::new()),
        (
            Role::Admin,
            "auditLog",
            vec![""],
            plain(&["action: \"article.publish\"", "address: \"192.0.2.1\"", "since: \"2026-01-01T00:00:00Z\""]),
        ),
    ]
}

/// The steps of a plan.
async fn plan(txn: &Transaction, sql: &str) -> Vec<String> {
    if txn.backend() == DbBackend::Sqlite {
        return sqlite_plan(txn, sql).await;
    }
    let statement = |sql: String| Statement::from_string(DbBackend::Postgres, sql);
    let most = (1..).take_while(|number| sql.contains(&format!("${number}"))).count();
    let nulls = if most == 0 { String::new() } else { format!("({})", vec!["NULL"; most].join(", ")) };
    for step in [
        format!("PREPARE list AS {sql}"),
        // Of a table that is empty all of it would be read and sorted: what is asked is whether it could be helped.
        "SET LOCAL enable_seqscan = off".to_owned(),
        "SET LOCAL enable_bitmapscan = off".to_owned(),
        "SET LOCAL enable_sort = off".to_owned(),
        "SET LOCAL plan_cache_mode = force_generic_plan".to_owned(),
    ] {
        txn.execute(statement(step)).await.unwrap();
    }
    let steps = txn.rows(statement(format!("EXPLAIN EXECUTE list{nulls}"))).await.unwrap();
    txn.execute(statement("DEALLOCATE list".to_owned())).await.unwrap();
    steps
}

/// Why a plan is not one of indexes, if it is not.
fn fault(plan: &[String], may_sort: bool) -> Option<&str> {
    let walks_table = |step: &str| {
        let is_scan = step.starts_with("SCAN ") && !step.contains(" USING ") && !step.contains('(') && !step.contains("CONSTANT");
        is_scan || step.contains("Seq Scan")
    };
    let sorts = |step: &str| {
        !may_sort
            && (step.contains("TEMP B-TREE FOR ORDER BY") || step.trim_start().trim_start_matches("->").trim_start().starts_with("Sort  ("))
    };
    plan.iter().map(String::as_str).find(|step| walks_table(step) || sorts(step))
}

#[tokio::test]
async fn every_list_is_read_through_an_index() {
    let app = TestApp::new().await;
    for (noun, fields) in [("topic", "name"), ("program", "name"), ("event", "title"), ("official", "name"), ("organization", "name")] {
        let input = match noun {
            "event" => {
                json!({fields: noun, "slug": noun, "startsAt": "2026-01-01T00:00:00Z", "kind": "WORKSHOP", "timeZone": "Asia/Makassar"})
            }
            "organization" => json!({fields: noun, "slug": noun, "kind": "AGENCY"}),
            _ => json!({fields: noun, "slug": noun}),
        };
        if matches!(noun, "topic" | "organization") {
            app.create(noun, input).await
        } else {
            app.publish(noun, input).await
        };
    }
    app.create("region", json!({"name": "region", "slug": "region", "code": "73", "level": "PROVINCE"})).await;
    let mut faults: Vec<String> = Vec::new();
    let mut lists_seen = 0;
    let mut queries: Vec<(Option<Role>, String, bool)> = Vec::new();
    for (role, list, orders, filters) in lists() {
        let filters = std::iter::once(String::new()).chain(filters);
        for filter in filters {
            for order in &orders {
                let arguments = [
                    Some("first: 2".to_owned()),
                    (!order.is_empty()).then(|| format!("orderBy: {order}")),
                    (!filter.is_empty()).then(|| format!("filter: {{{filter}}}")),
                ];
                let arguments: Vec<String> = arguments.into_iter().flatten().collect();
                let query = format!("{{ {list}({}) {{ nodes {{ __typename }} }} }}", arguments.join(", "));
                let is_linked = list == "articles" && LINKED.iter().any(|name| filter.starts_with(name));
                let by_other = is_linked && matches!(*order, "UPDATED_NEWEST" | "TITLE");
                // Somebody's own schedules are few.
                let of_one = *order == "SCHEDULED_SOONEST" && filter.starts_with("isMine");
                let may_sort = by_other || of_one || !is_linked && SORTED.iter().any(|name| filter.starts_with(name));
                let is_public = role == Role::Editor
                    && list != "entries"
                    && !["isScheduled", "inTrash", "status"].iter().any(|name| filter.starts_with(name));
                queries.push((Some(role), query.clone(), may_sort));
                if is_public {
                    queries.push((None, query, may_sort));
                }
            }
        }
    }
    for (role, query, may_sort) in queries {
        app.statements();
        let answer: Value = app.answer(role, &query, json!({})).await;
        data(answer);
        let statements = app.statements();
        let txn = app.domain.db.write().begin().await.unwrap();
        for statement in statements
            .iter()
            .filter(|sql| sql.starts_with("SELECT") && sql.contains("ORDER BY") && !sql.contains("\"api_tokens\".\"token_hash\" ="))
        {
            lists_seen += 1;
            let plan = plan(&txn, statement).await;
            if let Some(step) = fault(&plan, may_sort) {
                faults.push(format!("{query} for {role:?}: {step}\n{statement}\n{plan:#?}"));
            }
        }
        txn.rollback().await.unwrap();
    }
    assert!(lists_seen > 150, "{lists_seen}");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn what_speaks_against_a_comment_is_looked_up_in_indexes() {
    let app = TestApp::new().await;
    let article = app.publish("article", json!({"title": "Berita"})).await;
    let submit = "mutation($input: CommentSubmitInput!) { commentSubmit(input: $input) { comment { id } } }";
    let body = "Jalan menuju kebun kopi di desa kami rusak sejak hujan deras bulan lalu, kapan akan diperbaiki?";
    let input = json!({"subjectId": article, "authorName": "Sari", "authorEmail": "sari@contoh.id", "body": body, "consent": true});
    app.statements();
    assert!(data(app.answer(None, submit, json!({"input": input})).await)["commentSubmit"]["comment"]["id"].is_string());
    let mut looked_up = app.statements();
    looked_up.retain(|sql| sql.starts_with("SELECT") && (sql.contains("comment_attempts") || sql.contains("sketch_a")));
    assert_eq!(looked_up.len(), 2, "{looked_up:?}");
    let txn = app.domain.db.write().begin().await.unwrap();
    let mut steps = Vec::new();
    for statement in looked_up {
        let mut plan = plan(&txn, &statement).await;
        // What was found of each part of the sketch is put together.
        plan.retain(|step| !step.starts_with("SCAN newest"));
        assert_eq!(fault(&plan, false), None, "{statement}\n{plan:#?}");
        steps.append(&mut plan);
    }
    for index in [
        "ix_comments_network_hash_created_at",
        "ix_comments_author_email_created_at",
        "ix_comment_attempts_network_hash_created_at",
        "ix_comment_attempts_email_hash_created_at",
        "ix_comments_sketch_a_created_at",
        "ix_comments_sketch_b_created_at",
        "ix_comments_sketch_c_created_at",
    ] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
    txn.rollback().await.unwrap();
}
