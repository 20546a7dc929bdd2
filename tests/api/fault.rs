//! What goes wrong around Warta, done for real: after each nothing acknowledged is lost, and the index equals the database.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::support::TestApp;
use crate::support::database::{Database, Template, postgres_url};
use crate::support::process::{Client, Server, run, stderr, stdout, warta};

/// Runs a command and kills it after a while, if it has not ended by then.
fn kill_after(command: &mut Command, while_ms: u64) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(while_ms));
    let _ = child.kill();
    child.wait().unwrap();
}

#[tokio::test]
async fn a_second_process_on_the_same_sqlite_file_is_refused() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = format!("sqlite://{}", one.path().join("warta.db").display());
    let _first = Server::start(&mut warta(one.path(), &database));
    for folder in [one.path(), other.path()] {
        let second = run(warta(folder, &database).args(["serve", "--bind", "127.0.0.1:0"]));
        assert_eq!(second.status.code(), Some(1));
        assert!(stderr(&second).contains("another process serves"), "{}", stderr(&second));
    }
}

#[tokio::test]
async fn migrations_that_were_killed_go_on_where_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    let all = run(warta(folder.path(), &database.url).args(["migrate", "status"]));
    let count = stdout(&all).lines().count().to_string();
    for round in 0..12 {
        let down = run(warta(folder.path(), &database.url).args(["migrate", "down", "--steps", &count, "--yes"]));
        assert!(down.status.success(), "{}", stderr(&down));
        kill_after(warta(folder.path(), &database.url).args(["migrate", "up"]), 10 * round);
        let up = run(warta(folder.path(), &database.url).args(["migrate", "up"]));
        assert!(up.status.success(), "{}", stderr(&up));
        let status = run(warta(folder.path(), &database.url).args(["migrate", "status"]));
        assert!(stdout(&status).lines().all(|line| line.starts_with("applied")), "{}", stdout(&status));
    }
    let server = Server::start(&mut warta(folder.path(), &database.url));
    assert!(Client::new(&server).publish(1).await.is_some());
}

#[tokio::test]
async fn a_load_of_the_sample_that_was_killed_is_finished_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    for while_ms in [150, 300, 600, 900] {
        kill_after(warta(folder.path(), &database.url).args(["sample", "load"]), while_ms);
    }
    let loaded = run(warta(folder.path(), &database.url).args(["sample", "load"]));
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    kill_after(warta(folder.path(), &database.url).arg("reindex"), 200);
    let reindexed = run(warta(folder.path(), &database.url).arg("reindex"));
    assert!(reindexed.status.success(), "{}", stderr(&reindexed));
    let doctor = run(warta(folder.path(), &database.url).arg("doctor"));
    assert!(doctor.status.success() && stdout(&doctor).contains("159 documents"), "{}", stdout(&doctor));
    let again = run(warta(folder.path(), &database.url).args(["sample", "load"]));
    assert!(stdout(&again).starts_with("0 loaded"), "{}", stdout(&again));
}

#[cfg(unix)]
#[tokio::test]
async fn a_log_that_nobody_reads_keeps_nobody_from_being_answered_nor_the_server_from_stopping() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let server = Server::start_logging_to(&mut warta(folder.path(), &database.url), writer.into());
    assert!(Client::new(&server).publish(1).await.is_some());
    assert_eq!(server.stop(), Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_is_full_refuses_writes_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("warta.db").display());
    // Files of at most 24 MiB (48 where the shell counts in KiB), more than SQLite's log takes before it is written back, stand in for
    // a full disk; a write beyond fails as one on a full disk does.
    let limited = warta(folder.path(), &database);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 49152; exec \"$0\" \"$@\""]).arg(limited.get_program());
    shell.current_dir(folder.path());
    for (name, value) in limited.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let server = Server::start(&mut shell);
    let client = Client::new(&server);
    let body = "Panen vanili di lereng gunung. ".repeat(4_000);
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for number in 0..500 {
        match client.publish_with(number, &body).await {
            Some(slug) => acknowledged.push(slug),
            None => refused += 1,
        }
        if refused == 5 {
            break;
        }
    }
    assert!(refused == 5 && acknowledged.len() > 5, "{} acknowledged, {refused} refused", acknowledged.len());
    let create = "mutation($input: ArticleCreateInput!) { articleCreate(input: $input) { article { id } } }";
    let told = client.ask(create, json!({"input": {"title": "Penuh", "body": body}})).await.expect("the process lives").to_string();
    assert!(told.contains("INTERNAL") && !told.contains("disk") && !told.contains("warta.db"), "{told}");
    client.assert_published(&acknowledged).await;
    // It stops as it would otherwise, and gives its jobs back.
    server.stop();
    let server = Server::start(&mut warta(folder.path(), &database));
    let client = Client::new(&server);
    acknowledged.extend(client.publish(1_000).await);
    client.settle().await;
    client.assert_published(&acknowledged).await;
    let doctor = run(warta(folder.path(), &database).arg("doctor"));
    assert!(doctor.status.success(), "{}", stdout(&doctor));
}

/// What stands between a server and its database, and can be cut.
struct Line {
    address: String,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<tokio::task::AbortHandle>>>,
}

impl Line {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (is_cut, open) = (Arc::new(AtomicBool::new(false)), Arc::<Mutex<Vec<_>>>::default());
        let (cut, connections) = (Arc::clone(&is_cut), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if cut.load(Ordering::SeqCst) {
                    continue;
                }
                let target = target.clone();
                let passing = tokio::spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
                connections.lock().unwrap().push(passing.abort_handle());
            }
        });
        Self { address, is_cut, open }
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        self.open.lock().unwrap().drain(..).for_each(|connection| connection.abort());
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_and_comes_back_loses_nothing() {
    // An embedded database can't go without its disk.
    if postgres_url().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    let mut url = url::Url::parse(&database.url).unwrap();
    let line = Line::to(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5_432))).await;
    let (host, port) = line.address.rsplit_once(':').unwrap();
    url.set_host(Some(host)).unwrap();
    url.set_port(port.parse().ok()).unwrap();
    let mut server = Server::start(&mut warta(folder.path(), url.as_str()));
    let client = Client::new(&server);
    let mut acknowledged: Vec<String> = Vec::new();
    for number in 0..3 {
        acknowledged.extend(client.publish(number).await);
    }
    for round in 0..2 {
        line.cut();
        let ready = client.http.get(format!("{}/health/ready", client.address)).send().await.unwrap();
        assert_eq!(ready.status(), 503);
        assert!(client.publish(100 + round).await.is_none());
        let live = client.http.get(format!("{}/health/live", client.address)).send().await.unwrap();
        assert_eq!(live.status(), 200);
        line.mend();
        let deadline = Instant::now() + Duration::from_secs(30);
        let slug = loop {
            if let Some(slug) = client.publish(200 + round).await {
                break slug;
            }
            assert!(Instant::now() < deadline, "it does not come back");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        acknowledged.push(slug);
    }
    assert!(server.child.try_wait().unwrap().is_none(), "the process lives");
    client.settle().await;
    client.assert_published(&acknowledged).await;
    let doctor = run(warta(folder.path(), &database.url).arg("doctor"));
    assert!(doctor.status.success(), "{}", stdout(&doctor));
}

#[tokio::test]
async fn a_clock_that_goes_back_publishes_nothing_twice_and_loses_nothing() {
    let app = TestApp::new().await;
    app.index().await;
    let id = app.create("article", json!({"title": "Terjadwal"})).await;
    app.mutate("articleSchedule", "article { id }", json!({"id": id, "at": "2015-01-01T02:00:00Z"})).await;
    app.clock.advance(3_600_000);
    app.index().await;
    let look = "query($id: ID!) { article(by: {id: $id}) { status publishedAt revisions { nodes { number publishedAt } } } }";
    let published = app.editor(look, json!({"id": id})).await;
    assert_eq!(published["article"]["status"], "PUBLISHED");
    app.clock.advance(-7_200_000);
    app.index().await;
    // What is written now lies before what was written, and all of it goes on.
    let other = app.publish("article", json!({"title": "Sesudahnya"})).await;
    app.mutate("articleUpdate", "article { id }", json!({"id": other, "title": "Berubah"})).await;
    app.index().await;
    assert_eq!(app.editor(look, json!({"id": id})).await, published, "it was published once");
    app.clock.advance(7_200_000);
    app.index().await;
    assert_eq!(app.editor(look, json!({"id": id})).await, published);
    let listed = app.public("{ articles { nodes { title } } }", json!({})).await;
    assert_eq!(listed["articles"]["nodes"], json!([{"title": "Terjadwal"}, {"title": "Sesudahnya"}]));
    assert_eq!(app.editor("{ searchStatus { waiting failed } }", json!({})).await["searchStatus"], json!({"waiting": 0, "failed": 0}));
}

#[tokio::test]
async fn a_snapshot_sees_nothing_that_is_written_after_its_first_read() {
    use sea_orm::Statement;
    use warta::db::{Db, Source};

    let app = TestApp::new().await;
    app.create("topic", json!({"name": "Air"})).await;
    let topics = async |db: &Db| {
        let statement = Statement::from_string(db.read().backend(), "SELECT count(*) FROM topics");
        db.read().rows::<i64>(statement).await.unwrap()
    };
    let snapshot = app.domain.db.snapshot();
    assert_eq!(topics(&snapshot).await, [1]);
    app.create("topic", json!({"name": "Tanah"})).await;
    assert_eq!(topics(&snapshot).await, [1]);
    assert_eq!(topics(&app.domain.db.snapshot()).await, [2]);
    let write = Statement::from_string(snapshot.read().backend(), "DELETE FROM topics RETURNING 1");
    assert!(snapshot.read().rows::<i32>(write).await.is_err(), "it only reads");
    assert_eq!(topics(&app.domain.db).await, [2]);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    use sea_orm::Statement;
    use warta::db::Source;

    let app =
        TestApp::with(crate::support::Options { configure: Some(|config| config.limits.request_timeout_ms = 200), ..Default::default() })
            .await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let snapshot = app.domain.db.snapshot();
    let statement = Statement::from_string(snapshot.read().backend(), endless);
    let started = Instant::now();
    let stopped = snapshot.read().rows::<i64>(statement).await;
    assert!(stopped.is_err() && started.elapsed() < Duration::from_secs(5), "{stopped:?}");
    drop(snapshot);
    for _ in 0..20 {
        assert_eq!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 0, "its connection serves others");
    }
}

#[tokio::test]
async fn a_meilisearch_that_is_broken_in_any_way_holds_nobody_up_and_jobs_wait_for_it() {
    use crate::search_contract::document;
    use crate::support::engine::Fault;
    use entity::enums::Kind;
    use uuid::Uuid;
    use warta::search::meilisearch::MeilisearchEngine;
    use warta::search::query::SearchQuery;
    use warta::search::{Batch, SearchEngine, SearchError};

    for fault in Fault::ALL {
        let flags = [("search.url", fault.serve().await), ("search.timeout_ms", "300".to_owned())];
        let config = warta::config::Config::from_layers("", [], &flags.map(|(name, value)| (name.to_owned(), value))).unwrap();
        let engine: Arc<dyn SearchEngine> = Arc::new(MeilisearchEngine::new(&config.search).unwrap());
        let generation = Uuid::from_u128(1);
        let one = Batch { put: vec![document(1, Kind::Article, "Panen", "Vanili.")], ..Batch::default() };
        let is_refused = |error: &SearchError| matches!(error, SearchError::Unavailable(_) | SearchError::Failed(_));
        let limit = Duration::from_secs(10);
        let searched = tokio::time::timeout(limit, engine.search(generation, &SearchQuery::default())).await;
        assert!(searched.unwrap_or_else(|_| panic!("{fault:?}: a search waits")).is_err_and(|error| is_refused(&error)), "{fault:?}");
        let applied = tokio::time::timeout(limit, engine.apply(generation, one)).await;
        assert!(applied.unwrap_or_else(|_| panic!("{fault:?}: a change waits")).is_err_and(|error| is_refused(&error)), "{fault:?}");
        // A site goes on without its search, and says so.
        let app = TestApp::with(crate::support::Options { engine: Some(engine), ..Default::default() }).await;
        app.publish("article", json!({"title": "Panen vanili"})).await;
        let page = app.answer(None, "{ articles { totalCount } search(query: \"panen\") { totalCount } }", json!({})).await;
        assert_eq!(page["errors"][0]["path"], json!(["search"]), "{fault:?}: {page}");
        assert_eq!(app.public("{ articles { totalCount } }", json!({})).await["articles"]["totalCount"], 1);
        assert!(warta::worker::rebuild::rebuild(&app.domain, |_| {}).await.is_err(), "{fault:?}");
        let status = app.editor("{ searchStatus { waiting failed } }", json!({})).await;
        assert_eq!(status["searchStatus"], json!({"waiting": 2, "failed": 0}), "{fault:?}");
    }
}

#[tokio::test]
async fn a_panic_costs_its_field_alone_and_is_counted() {
    use crate::support::engine::Switched;
    use warta::search::tantivy::TantivyEngine;

    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Switched::new(Arc::new(TantivyEngine::new(folder.path().to_owned()))));
    let configure: fn(&mut warta::config::Config) = |config| config.server.metrics = true;
    let options =
        crate::support::Options { engine: Some(engine.clone()), configure: Some(configure), with_sample: true, ..Default::default() };
    let app = TestApp::with(options).await;
    app.index().await;
    engine.panics.store(true, Ordering::SeqCst);
    let query = "{ articles { totalCount } search(query: \"kopi\") { totalCount } }";
    for _ in 0..3 {
        let response = app.send(None, query, json!({})).await;
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let answer: serde_json::Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(answer["data"], json!({"articles": {"totalCount": 41}, "search": null}), "{answer}");
        let extensions = json!({"code": "INTERNAL", "requestId": id});
        assert_eq!((&answer["errors"][0]["path"], &answer["errors"][0]["extensions"]), (&json!(["search"]), &extensions));
        assert!(!answer.to_string().contains("a search that panics"), "{answer}");
    }
    let mut socket = crate::support::socket::Socket::ready(&app, None).await;
    assert_eq!(crate::support::codes(&socket.answer(query, json!({})).await), ["INTERNAL"]);
    // Over events the operation runs after the head was sent; the log names the request nevertheless.
    let log = folder.path().join("log");
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(std::fs::File::create(&log).unwrap()).finish();
    {
        let _guard = tracing::subscriber::set_default(subscriber);
        let request = app.client.post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
        let request = request.header("content-type", "application/json").header("x-request-id", "permintaan-7");
        let events = request.body(json!({"query": query}).to_string()).send().await.unwrap().text().await.unwrap();
        assert!(events.contains(r#""requestId":"permintaan-7""#), "{events}");
    }
    let log = std::fs::read_to_string(log).unwrap();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("a resolver panicked")).collect();
    assert!(told.len() == 1 && told[0].contains("permintaan-7"), "{log}");
    engine.panics.store(false, Ordering::SeqCst);
    assert!(app.public(query, json!({})).await["search"]["totalCount"].as_i64().unwrap() > 0, "the process lives");
    let metrics = app.client.get(format!("{}/metrics", app.address)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("\nwarta_panics_total 5\n"), "{metrics}");
}

#[tokio::test]
async fn a_server_whose_output_nobody_reads_serves() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::create(Template::Empty, folder.path()).await;
    // Free a moment ago, and given to nobody else so soon.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = warta(folder.path(), &database.url);
    let mut child = command.args(["serve", "--bind", &address]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    let deadline = Instant::now() + Duration::from_secs(30);
    let client = crate::support::http_client();
    let is_ready = async || client.get(format!("http://{address}/health/ready")).send().await.is_ok_and(|ready| ready.status() == 200);
    while !is_ready().await {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "the server has ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
