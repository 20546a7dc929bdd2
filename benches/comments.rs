//! Whether comments can be left open: 200 a second for a minute from many addresses, and pages of an article with 100,000 of them.
//!
//! `cargo bench --bench comments -- [load] [pages] [SECONDS]` runs the parts named, or both, and prints one line a measure. The load
//! goes over HTTP to the real binary with an empty database; it is killed at the end, and what it acknowledged is counted after
//! another start. Addresses are those of the loopback network, so that it runs on Linux alone.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use entity::enums::CommentStatus;
use entity::{comment, discussion};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;
use warta::app::{App, migrate, open_for_migration};
use warta::auth::actor::Actor;
use warta::config::{Config, Limits};
use warta::db::insert_rows;
use warta::domain::article::{Article, ArticlePatch};
use warta::domain::entry::{Entry, publish, save};
use warta::domain::error::Locale;
use warta::domain::patch::Patch;
use warta::graphql::execute::{Api, Caller, Parameters, Transport};

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const PER_SECOND: u64 = 200;
const READS_PER_SECOND: u64 = 20;
/// Addresses that write as people do, and one that floods.
const ADDRESSES: u8 = 250;
const LIMIT: u64 = 300;
const COMMENTS: usize = 100_000;
const SUBMIT: &str = "mutation($input: CommentSubmitInput!) { commentSubmit(input: $input) { comment { id } userErrors { field } } }";
const READ: &str = "query($id: ID!) { article(by: {id: $id}) { title commentCount comments(first: 20) { nodes { authorName body replies(first: 3) { nodes { body } } } } } }";
const PAGE: &str = "query($id: ID!, $first: Int, $after: String, $last: Int) { article(by: {id: $id}) { comments(first: $first, after: $after, last: $last) { totalCount pageInfo { endCursor } nodes { id authorName body createdAt } } } }";

/// The real server, killed when it is dropped.
struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Server {
    fn start(folder: &Path, token: Option<&str>) -> Outcome<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warta"));
        command.current_dir(folder).env("WARTA_DATA_DIR", folder).env("WARTA_LOG_FILTER", "warn");
        command.env("WARTA_LIMITS_COMMENTS_PER_HOUR", LIMIT.to_string()).env("WARTA_LIMITS_COMMENTS_PER_EMAIL", "1000000");
        command.env("WARTA_LIMITS_POINTS_PER_MINUTE", "0");
        command.args(["serve", "--bind", "127.0.0.1:0"]).args(token.is_none().then_some("--sample"));
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let (mut address, mut found) = (None, token.map(str::to_owned));
        for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines().map_while(Result::ok) {
            if let Some(rest) = line.strip_prefix("Warta is at ") {
                address = Some(rest.trim_end_matches('/').to_owned());
            } else if let Some(rest) = line.trim().strip_prefix("editor's token ") {
                found = Some(rest.trim().to_owned());
            } else if line.starts_with("Stop with") {
                break;
            }
        }
        Ok(Self { child, address: address.ok_or("the server has no address")?, token: found.ok_or("the server has no token")? })
    }

    async fn ask(&self, client: &reqwest::Client, query: &str, variables: Value) -> Outcome<Value> {
        ask(client, &self.address, Some(&self.token), query, variables).await
    }

    /// Megabytes of memory that it holds, and the most that it ever held.
    fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1024
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Seconds of processor time so far (Linux; ticks of a hundredth of a second).
    fn processor_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn ask(client: &reqwest::Client, address: &str, token: Option<&str>, query: &str, variables: Value) -> Outcome<Value> {
    let mut request = client.post(format!("{address}/graphql")).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.body(json!({"query": query, "variables": variables}).to_string()).send().await?;
    Ok(serde_json::from_str(&answer.text().await?)?)
}

/// A client with an address of its own.
fn client(last: u8) -> Outcome<reqwest::Client> {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 1, last));
    Ok(reqwest::Client::builder().local_address(address).timeout(Duration::from_secs(30)).build()?)
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted.get(((sorted.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or_default()
}

fn spread(mut elapsed_ms: Vec<f64>) -> String {
    elapsed_ms.sort_by(f64::total_cmp);
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|share| percentile(&elapsed_ms, share));
    format!("p50 {p50:.1} ms, p99 {p99:.1} ms, slowest {most:.1} ms")
}

/// What became of the requests.
#[derive(Default)]
struct Tally {
    accepted: AtomicU64,
    throttled: AtomicU64,
    failed: AtomicU64,
    writes: Mutex<Vec<f64>>,
    reads: Mutex<Vec<f64>>,
}

async fn write(tally: Arc<Tally>, client: reqwest::Client, address: String, subject: String, number: u64) {
    let body = format!("Komentar nomor {number} tentang kegiatan di dusun {} pada hari ke-{}, terima kasih.", number % 97, number % 31);
    let input = json!({"subjectId": subject, "authorName": format!("Warga {number}"), "authorEmail": format!("warga{number}@contoh.id"), "body": body, "consent": true});
    let started = Instant::now();
    let answer = ask(&client, &address, None, SUBMIT, json!({"input": input})).await;
    let counter = match &answer {
        Ok(answer) if answer["data"]["commentSubmit"]["comment"]["id"].is_string() => &tally.accepted,
        Ok(answer) if answer["errors"][0]["extensions"]["code"] == "THROTTLED" => &tally.throttled,
        _ => &tally.failed,
    };
    counter.fetch_add(1, Ordering::SeqCst);
    tally.writes.lock().await.push(started.elapsed().as_secs_f64() * 1_000.0);
}

async fn read(tally: Arc<Tally>, client: reqwest::Client, address: String, subject: String) {
    let started = Instant::now();
    let answer = ask(&client, &address, None, READ, json!({"id": subject})).await;
    if !answer.is_ok_and(|answer| answer["data"]["article"]["title"].is_string()) {
        tally.failed.fetch_add(1, Ordering::SeqCst);
    }
    tally.reads.lock().await.push(started.elapsed().as_secs_f64() * 1_000.0);
}

async fn load(seconds: u64) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), None)?;
    let editor = client(1)?;
    let counted = "{ comments { totalCount } articles(first: 1, orderBy: PUBLISHED_OLDEST) { nodes { id } } }";
    let found = server.ask(&editor, counted, json!({})).await?["data"].clone();
    let before = found["comments"]["totalCount"].as_u64().ok_or("no count")?;
    let subject = found["articles"]["nodes"][0]["id"].as_str().ok_or("no article")?.to_owned();
    let clients = (0..ADDRESSES).map(|at| client(at + 2)).collect::<Outcome<Vec<_>>>()?;
    let flooder = client(254)?;
    let (memory_before, _) = server.memory();
    let (tally, started, processor) = (Arc::new(Tally::default()), Instant::now(), server.processor_seconds());
    let mut tasks = tokio::task::JoinSet::new();
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / PER_SECOND));
    for number in 0..PER_SECOND * seconds {
        ticks.tick().await;
        // One in ten comes from the address that floods, far more than it may.
        let client = if number % 10 == 0 { &flooder } else { &clients[(number % u64::from(ADDRESSES)) as usize] };
        tasks.spawn(write(Arc::clone(&tally), client.clone(), server.address.clone(), subject.clone(), number));
        if number % (PER_SECOND / READS_PER_SECOND) == 0 {
            tasks.spawn(read(Arc::clone(&tally), editor.clone(), server.address.clone(), subject.clone()));
        }
    }
    while tasks.join_next().await.is_some() {}
    let elapsed = started.elapsed().as_secs_f64();
    let processor = server.processor_seconds() - processor;
    let [accepted, throttled, failed] = [&tally.accepted, &tally.throttled, &tally.failed].map(|count| count.load(Ordering::SeqCst));
    let (memory, most) = server.memory();
    println!(
        "submitted     {:.0} a second for {elapsed:.0} s, {:.2} ms of processor each",
        (accepted + throttled) as f64 / elapsed,
        processor * 1_000.0 / (accepted + throttled).max(1) as f64
    );
    println!("accepted      {accepted}, refused {throttled} of the one address that floods, failed {failed}");
    println!("writes        {}", spread(std::mem::take(&mut *tally.writes.lock().await)));
    println!("reads beside  {}", spread(std::mem::take(&mut *tally.reads.lock().await)));
    println!("memory        {memory_before} MB before, {memory} MB after, {most} MB at most");
    let token = server.token.clone();
    // Killed, not stopped: what was acknowledged is on disk.
    drop(server);
    let server = Server::start(folder.path(), Some(&token))?;
    let after = server.ask(&editor, counted, json!({})).await?["data"]["comments"]["totalCount"].as_u64().ok_or("no count")?;
    let from_flooder = server.ask(&editor, "{ comments(filter: {address: \"127.0.1.254\"}) { totalCount } }", json!({})).await?;
    println!(
        "after kill -9 {} of {accepted} accepted are there, {} of the address that may write {LIMIT}",
        after - before,
        from_flooder["data"]["comments"]["totalCount"]
    );
    Ok(())
}

async fn pages() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    config.database.url = format!("sqlite://{}", folder.path().join("warta.db").display());
    let db = open_for_migration(&config).await?;
    migrate(&db).await?;
    db.close().await?;
    let app = App::open(config).await?;
    let system = Actor::system();
    let patch = ArticlePatch { title: Patch::Set("Berita yang ramai".to_owned()), ..ArticlePatch::default() };
    let row = save::create::<Article>(&app.domain, &system, patch, None).await?;
    let article = Article::envelope(&row).id;
    publish::publish::<Article>(&app.domain, &system, article, None).await?;
    let now = app.domain.clock.now();
    insert_rows((0..COMMENTS).map(|number| shown(article, number, now)), app.domain.db.write()).await?;
    let row = discussion::Model {
        id: article,
        article_id: Some(article),
        event_id: None,
        is_open: None,
        threads: COMMENTS as i64,
        comments: COMMENTS as i64,
    };
    insert_rows([row], app.domain.db.write()).await?;
    let api = Api::open(app.domain.clone(), Limits { points_per_minute: 0, ..app.config.limits }, &app.config.graphql)?;
    let id = format!("article_{}", article.simple());
    let ask = async |variables: Value| -> Outcome<(f64, Value)> {
        let Value::Object(variables) = variables else { return Err("no variables".into()) };
        let parameters = Parameters { query: Some(PAGE.to_owned()), variables, ..Parameters::default() };
        let started = Instant::now();
        let answer = api.execute(parameters, Caller { actor: Actor::public(), locale: Locale::English, transport: Transport::Post }).await;
        let elapsed_ms = started.elapsed().as_secs_f64() * 1_000.0;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        Ok((elapsed_ms, answer["data"]["article"]["comments"].clone()))
    };
    let (mut after, mut elapsed, mut seen) = (Value::Null, Vec::new(), 0);
    loop {
        let (took, page) = ask(json!({"id": id, "first": 20, "after": after})).await?;
        let count = page["nodes"].as_array().map_or(0, Vec::len);
        if count == 0 {
            break;
        }
        seen += count;
        elapsed.push(took);
        after = page["pageInfo"]["endCursor"].clone();
    }
    println!("pages         {} of 20, {seen} comments in all", elapsed.len());
    println!("first 200     {}", spread(elapsed[1..201].to_vec()));
    println!("last 200      {}", spread(elapsed[elapsed.len() - 200..].to_vec()));
    let mut from_the_end = Vec::new();
    for _ in 0..200 {
        from_the_end.push(ask(json!({"id": id, "last": 20})).await?.0);
    }
    println!("from the end  {}", spread(from_the_end));
    Ok(())
}

fn shown(article: Uuid, number: usize, now: i64) -> comment::Model {
    let at = now - (COMMENTS - number) as i64 * 1_000;
    comment::Model {
        id: Uuid::now_v7(),
        article_id: Some(article),
        event_id: None,
        parent_id: None,
        depth: 0,
        author_name: format!("Warga {number}"),
        author_email: format!("warga{number}@contoh.id"),
        author_website: None,
        body: format!("Komentar nomor {number}: semoga kegiatan ini berlanjut dan menjangkau dusun yang jauh dari kota."),
        status: CommentStatus::Approved,
        is_shown: true,
        status_reason: None,
        spam_score: 0,
        spam_checks: "[]".to_owned(),
        sketch_a: None,
        sketch_b: None,
        sketch_c: None,
        consent_at: at,
        consent_notice: "2026-11".to_owned(),
        address: None,
        network_hash: None,
        user_agent: None,
        author_user_id: None,
        created_at: at,
        updated_at: at,
        edited_at: None,
        moderated_at: Some(at),
        erased_at: None,
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let seconds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(60);
    let wants =
        |part: &str| arguments.iter().all(|argument| argument.parse::<u64>().is_ok()) || arguments.iter().any(|named| named == part);
    // Whoever comes second finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if wants("load") {
        runtime.block_on(load(seconds))?;
    }
    if wants("pages") {
        runtime.block_on(pages())?;
    }
    Ok(())
}
