//! The binary's subcommands.

use std::collections::HashSet;
use std::path::Path;

use entity::ids::unpacked;
use entity::{article, article_area, article_region, article_topic};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use warta::db::Read;

use crate::support::TestApp;
use crate::support::database::{Database, Template};
use crate::support::process::{run, stderr, stdout, warta};

struct Site {
    folder: tempfile::TempDir,
    database: Database,
}

impl Site {
    async fn new(template: Template) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::create(template, folder.path()).await;
        Self { folder, database }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Exit code, standard output and standard error of a command.
    fn warta(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = run(warta(self.path(), &self.database.url).args(arguments));
        (output.status.code().unwrap(), stdout(&output), stderr(&output))
    }
}

#[tokio::test]
async fn every_command_explains_itself() {
    let site = Site::new(Template::Empty).await;
    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["migrate", "--help"],
        &["reindex", "--help"],
        &["schema", "--help"],
        &["user", "add", "--help"],
        &["token", "create", "--help"],
        &["sample", "load", "--help"],
        &["eval", "search", "--help"],
        &["eval", "spam", "--help"],
        &["doctor", "--help"],
    ] {
        let (code, out, _) = site.warta(command);
        assert!(code == 0 && out.contains("Usage:"), "{command:?}: {out}");
    }
    let (code, _, error) = site.warta(&["srve"]);
    assert_eq!(code, 2);
    assert!(error.contains("serve"), "a near miss is named: {error}");
}

#[tokio::test]
async fn all_that_is_wrong_with_a_configuration_is_said_at_once() {
    let site = Site::new(Template::Empty).await;
    std::fs::write(site.path().join("warta.toml"), "[server]\nbint = \"x\"\n[limits]\nquery_depth = 1000\n").unwrap();
    let output = run(warta(site.path(), &site.database.url).env("WARTA_SERCH_URL", "x").args(["--set", "log.format=xml", "doctor"]));
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2));
    for part in ["server.bint", "limits.query_depth", "3 to 100", "WARTA_SERCH_URL", "log.format", "4 problem(s)"] {
        assert!(error.contains(part), "{part} is missing in {error}");
    }
    std::fs::write(site.path().join("warta.toml"), "[search]\nprefix = \"file\"\n").unwrap();
    let (code, out, _) = site.warta(&["--set", "search.prefix=flag", "doctor"]);
    assert!(code == 1 && out.contains("reindex"), "{out}");
    let (code, _, error) = site.warta(&["--config", "absent.toml", "doctor"]);
    assert!(code == 2 && error.contains("absent.toml"), "{error}");
}

#[tokio::test]
async fn migrations_go_up_and_down_and_say_where_they_stand() {
    let site = Site::new(Template::Empty).await;
    let (code, out, _) = site.warta(&["migrate", "status"]);
    assert!(code == 0 && out.lines().all(|line| line.starts_with("applied")), "{out}");
    let (code, _, error) = site.warta(&["migrate", "down"]);
    assert!(code == 1 && error.contains("--yes"), "{error}");
    let count = out.lines().count().to_string();
    let (code, out, _) = site.warta(&["migrate", "down", "--steps", &count, "--yes"]);
    assert_eq!((code, out.trim()), (0, format!("{count} taken back").as_str()));
    let (_, out, _) = site.warta(&["migrate", "status"]);
    assert!(out.lines().all(|line| line.starts_with("pending")), "{out}");
    let (code, out, _) = site.warta(&["doctor"]);
    assert!(code == 1 && out.contains("warta migrate up"), "{out}");
    let (code, out, _) = site.warta(&["migrate", "up"]);
    assert!(code == 0 && out.starts_with(&count), "{out}");
    let (code, out, _) = site.warta(&["migrate", "up"]);
    assert!(code == 0 && out.starts_with("0 applied"), "{out}");
}

#[tokio::test]
async fn migrations_fill_what_articles_keep_of_their_regions_and_topics() {
    let app = TestApp::with_sample().await;
    let folder = tempfile::tempdir().unwrap();
    let all = async || {
        let mut areas = article_area::Entity::find().rows(app.domain.db.read()).await.unwrap();
        areas.sort_by_key(|area| (area.article_id, area.region_id, area.topic_id));
        let mut articles = article::Entity::find().rows(app.domain.db.read()).await.unwrap();
        articles.sort_by_key(|article| article.id);
        (areas, articles)
    };
    let (kept, articles) = all().await;
    for article in &articles {
        let links = article_topic::Entity::find().filter(article_topic::Column::ArticleId.eq(article.id));
        let links = links.order_by_asc(article_topic::Column::Position).rows(app.domain.db.read()).await.unwrap();
        assert_eq!(unpacked(&article.topic_ids), links.iter().map(|link| link.topic_id).collect::<Vec<_>>());
        let links = article_region::Entity::find().filter(article_region::Column::ArticleId.eq(article.id));
        let links = links.order_by_asc(article_region::Column::Position).rows(app.domain.db.read()).await.unwrap();
        assert_eq!(unpacked(&article.region_ids), links.iter().map(|link| link.region_id).collect::<Vec<_>>());
    }
    assert!(articles.iter().any(|article| unpacked(&article.topic_ids).len() > 1 && !article.region_ids.is_empty()));
    let sorts: HashSet<bool> = kept.iter().map(|area| area.topic_id.is_nil()).collect();
    assert!(kept.len() > 100 && sorts.len() == 2, "{}", kept.len());
    let migrate = |arguments: &[&str]| {
        let output = run(warta(folder.path(), app.database_url()).arg("migrate").args(arguments));
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let newer = migrate(&["status"]).lines().skip_while(|line| !line.contains("create_article_areas")).count();
    migrate(&["down", "--yes", "--steps", &newer.to_string()]);
    migrate(&["up"]);
    assert_eq!(all().await, (kept, articles));
}

#[tokio::test]
async fn users_and_tokens_are_made_listed_and_revoked() {
    let site = Site::new(Template::Empty).await;
    let (code, out, error) = site.warta(&["user", "add", "--name", "Siti Aminah", "--email", "Siti@Contoh.id", "--role", "editor"]);
    assert!(code == 0 && out.starts_with("warta_link_") && out.lines().count() == 1, "only the token is printed: {out}");
    assert!(error.contains("siti@contoh.id") && error.contains("passwordSet"), "{error}");
    let (code, list, _) = site.warta(&["user", "list"]);
    assert!(code == 0 && list.contains("invited") && list.contains("Siti Aminah"), "{list}");
    let (code, again, _) = site.warta(&["user", "reset", "--email", "siti@contoh.id"]);
    assert!(code == 0 && again.starts_with("warta_link_") && again != out, "{again}");
    let (code, _, error) = site.warta(&["user", "reset", "--email", "tiada@contoh.id"]);
    assert!(code == 1 && error.contains("warta user list"), "{error}");
    let (code, _, error) = site.warta(&["user", "add", "--name", "Lain", "--email", "siti@contoh.id", "--role", "editor"]);
    assert!(code == 1 && error.contains("email"), "{error}");
    let (code, _, error) = site.warta(&["user", "add", "--name", "", "--email", "x", "--role", "editor"]);
    assert!(code == 1 && error.contains("name:") && error.contains("email:"), "{error}");
    let (code, _, error) = site.warta(&["user", "add", "--name", "A", "--email", "a@b.id", "--role", "boss"]);
    assert!(code == 2 && error.contains("moderator"), "{error}");

    let (code, secret, _) =
        site.warta(&["token", "create", "--name", "situs", "--role", "editor", "--user", "siti@contoh.id", "--expires-days", "30"]);
    assert!(code == 0 && secret.trim().starts_with("warta_") && secret.lines().count() == 1, "only the secret is printed: {secret}");
    let (code, _, error) = site.warta(&["token", "create", "--name", "sempit", "--role", "author", "--scope", "PURGE"]);
    assert!(code == 1 && error.contains("scopes:"), "{error}");
    let (code, _, error) = site.warta(&["token", "create", "--name", "sempit", "--role", "author", "--scope", "ALL"]);
    assert!(code == 2 && error.contains("READ_UNPUBLISHED"), "{error}");
    let (code, _, error) = site.warta(&["token", "create", "--name", "situs", "--role", "editor", "--user", "tiada@contoh.id"]);
    assert!(code == 1 && error.contains("--user"), "{error}");
    let (_, list, _) = site.warta(&["token", "list"]);
    assert!(list.contains("situs") && list.contains("until") && list.contains("never used") && !list.contains(secret.trim()), "{list}");
    let id = list.split_whitespace().next().unwrap();
    assert_eq!(site.warta(&["token", "revoke", id]).0, 0);
    assert!(site.warta(&["token", "list"]).1.contains("revoked"));
    let (code, _, error) = site.warta(&["token", "revoke", id]);
    assert!(code == 1 && error.contains("warta token list"), "{error}");
}

#[tokio::test]
async fn sample_content_is_loaded_once_and_never_over_somebody_elses_work() {
    let site = Site::new(Template::Empty).await;
    let (code, out, _) = site.warta(&["sample", "load"]);
    assert!(code == 0 && out.contains("0 were there already"), "{out}");
    let (code, out, _) = site.warta(&["sample", "load"]);
    assert!(code == 0 && out.starts_with("0 loaded"), "{out}");
    let (code, out, _) = site.warta(&["doctor"]);
    assert!(code == 1 && out.contains("warta reindex"), "{out}");
    let (code, out, error) = site.warta(&["reindex"]);
    assert!(code == 0 && out.contains("the new index is live"), "{out}{error}");
    let (code, out, _) = site.warta(&["doctor"]);
    assert!(code == 0 && out.contains("159 documents"), "{out}");
}

#[tokio::test]
async fn a_collection_with_known_answers_is_searched_and_measured() {
    let site = Site::new(Template::Empty).await;
    let folder = site.path().join("koleksi");
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "corpus-core.jsonl",
        "{\"id\": \"f1\", \"title\": \"\", \"text\": \"Petani memanen kopi.\"}\n{\"id\": \"f2\", \"title\": \"\", \"text\": \"Nelayan melaut.\"}\n",
    );
    write("corpus-news.jsonl", "{\"id\": \"n1\", \"title\": \"Panen raya\", \"text\": \"Padi dipanen.\"}\n");
    write(
        "queries-dev.jsonl",
        "{\"id\": \"q1\", \"text\": \"panen kopi\", \"set\": \"kw\"}\n{\"id\": \"q2\", \"text\": \"nelayan\", \"set\": \"kw\"}\n{\"id\": \"q3\", \"text\": \"padi\", \"set\": \"nk\"}\n",
    );
    write("qrels-dev.tsv", "q1\tf1\t1\nq2\tf1\t1\nq3\tn1\t1\n");
    let path = folder.to_str().unwrap();
    let (code, out, error) = site.warta(&["eval", "search", path]);
    assert_eq!(code, 0, "{error}");
    let row = |set: &str| out.lines().find(|line| line.starts_with(set)).unwrap().split_whitespace().skip(1).take(3).collect::<Vec<_>>();
    // Of the two keyword queries one finds what it wants first, the other not at all.
    assert_eq!((row("kw"), row("nk")), (vec!["2", "0.500", "0.500"], vec!["1", "1.000", "1.000"]), "{out}");
    assert_eq!(row("mean"), ["3", "0.750", "0.750"], "the mean over the sets");
    write("qrels-dev.tsv", "q1 f1 1\n");
    let (code, _, error) = site.warta(&["eval", "search", path]);
    assert!(code == 1 && error.contains("qrels-dev.tsv, line 1"), "{error}");
    let (code, _, error) = site.warta(&["eval", "search", "tiada"]);
    assert!(code == 1 && error.contains("queries-dev.jsonl"), "{error}");
}

#[tokio::test]
async fn the_schema_is_printed_without_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(warta(folder.path(), "postgres://127.0.0.1:1/none").arg("schema"));
    assert!(output.status.success());
    assert_eq!(stdout(&output), include_str!("../../schema.graphql"));
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(warta(folder.path(), "postgres://warta:rahasia@127.0.0.1:1/warta").arg("doctor"));
    let all = stdout(&output) + &stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(all.contains("127.0.0.1:1") && !all.contains("rahasia"), "{all}");
}

#[tokio::test]
async fn promotion_of_gambling_is_told_from_honest_comments_and_measured() {
    let site = Site::new(Template::Empty).await;
    let set = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/data/spam/development.jsonl");
    let (code, out, error) = site.warta(&["eval", "spam", set.to_str().unwrap()]);
    assert_eq!(code, 0, "{error}");
    let measures: Vec<f64> = out.lines().nth(1).unwrap().split_whitespace().take(6).map(|value| value.parse().unwrap()).collect();
    assert_eq!(measures[..2], [240.0, 80.0], "{out}");
    assert!(measures[4] >= 0.98 && measures[5] >= 0.95, "{out}");
    let file = site.path().join("komentar.jsonl");
    std::fs::write(&file, "{\"label\": \"spam\", \"name\": \"A\", \"body\": \"b\"}\n{\"label\": \"lain\"}\n").unwrap();
    let (code, _, error) = site.warta(&["eval", "spam", file.to_str().unwrap()]);
    assert!(code == 1 && error.contains("komentar.jsonl, line 2"), "{error}");
}
