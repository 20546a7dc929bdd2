//! A database a test: a copy of a template that is migrated, or migrated and filled with the sample content, once a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use tokio::sync::{Mutex, OnceCell};
use warta::app::{self, App};
use warta::clock::{Clock, FixedClock};
use warta::config::Config;
use warta::db::Source;
use warta::sample;

use super::NOW;

/// What a database begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Template {
    Empty,
    Sample,
}

/// A database that goes when the test ends.
pub struct Database {
    pub url: String,
    postgres: Option<(String, String)>,
}

/// The PostgreSQL server to test on, if one is named.
pub fn postgres_url() -> Option<String> {
    std::env::var("WARTA_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

impl Database {
    /// Copies a template. On SQLite the file is put into `folder`.
    pub async fn create(template: Template, folder: &Path) -> Self {
        match postgres_url() {
            None => {
                let path = folder.join("warta.db");
                std::fs::copy(sqlite_template(template).await, &path).unwrap();
                Self { url: format!("sqlite://{}", path.display()), postgres: None }
            }
            Some(server) => {
                let source = postgres_template(&server, template).await;
                let name = format!("warta_test_{}_{}", std::process::id(), uuid::Uuid::now_v7().simple());
                let admin = connect(&server).await;
                admin.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {source}")).await.unwrap();
                admin.close().await.unwrap();
                Self { url: with_name(&server, &name), postgres: Some((server, name)) }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else { return };
        // A test's runtime may be gone by now, so that this one makes its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = connect(&server).await;
                let _ = admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
                let _ = admin.close().await;
            });
        });
        let _ = dropped.join();
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.unwrap_or_else(|error| panic!("WARTA_TEST_DATABASE_URL does not answer: {error}"))
}

fn with_name(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.to_string()
}

async fn fill(url: &str, folder: &Path, template: Template) {
    let mut config = Config { data_dir: folder.to_owned(), ..Config::default() };
    config.database.url = url.to_owned();
    config.database.max_connections = 2;
    let db = app::open_for_migration(&config).await.unwrap();
    app::migrate(&db).await.unwrap();
    db.close().await.unwrap();
    if template == Template::Sample {
        let app = App::open_with(config, Arc::new(FixedClock::new(NOW)) as Arc<dyn Clock>, None).await.unwrap();
        sample::load(&app.domain).await.unwrap();
        app.domain.db.close().await;
    }
}

/// The file of a SQLite template. Closing its connections has moved its write-ahead log into it.
async fn sqlite_template(template: Template) -> &'static PathBuf {
    static EMPTY: OnceCell<PathBuf> = OnceCell::const_new();
    static SAMPLE: OnceCell<PathBuf> = OnceCell::const_new();
    let cell = if template == Template::Empty { &EMPTY } else { &SAMPLE };
    cell.get_or_init(|| async {
        // Kept for as long as the tests run; the system's temporary folder is where it may stay behind.
        let folder = tempfile::Builder::new().prefix("warta-test-template-").tempdir().unwrap().keep();
        let path = folder.join("warta.db");
        fill(&format!("sqlite://{}", path.display()), &folder, template).await;
        path
    })
    .await
}

async fn postgres_template(server: &str, template: Template) -> String {
    static READY: Mutex<Vec<&'static str>> = Mutex::const_new(Vec::new());
    let kind = if template == Template::Empty { "empty" } else { "sample" };
    let name = format!("warta_template_{}_{kind}", std::process::id());
    let mut ready = READY.lock().await;
    if !ready.contains(&kind) {
        let admin = connect(server).await;
        if ready.is_empty() {
            drop_leftovers(&admin).await;
        }
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        fill(&with_name(server, &name), folder.path(), template).await;
        ready.push(kind);
    }
    name
}

/// Drops the databases of runs that are over.
async fn drop_leftovers(admin: &DatabaseConnection) {
    let query = "SELECT datname FROM pg_database WHERE datname LIKE 'warta\\_template\\_%' OR datname LIKE 'warta\\_test\\_%'";
    let rows = admin.query_all_raw(Statement::from_string(DbBackend::Postgres, query)).await.unwrap();
    for row in rows {
        let name: String = row.try_get_by_index(0).unwrap();
        let process = name.split('_').nth(2).and_then(|part| part.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            let _ = admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// The steps by which SQLite runs a statement.
pub async fn sqlite_plan(source: &impl Source, sql: &str) -> Vec<String> {
    let explained = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
    let steps: Vec<(i64, i64, i64, String)> = source.rows(explained).await.unwrap();
    steps.into_iter().map(|(_, _, _, detail)| detail).collect()
}
