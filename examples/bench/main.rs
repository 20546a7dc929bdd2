//! What requests cost: the query mix against Warta, and in the same run against what this machine can do at most.
//!
//! `cargo run --release --example bench -- [OPTIONS]` makes the data set (kept in a folder and made once for each size and seed),
//! checks that Warta and the ideal statements give the same answers, and prints what each request costs in milliseconds of processor,
//! with the ratio between the two; then the public pages from the response cache against the server of bytes. Linux alone.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::Value;
use warta::config::Config;

mod data;
mod ideal;
mod language;
mod load;
mod queries;

use data::Size;
use load::{Load, Measured, Memory};
use queries::{QUERIES, Query};

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const WARTA_PORT: u16 = 8_131;
const IDEAL_PORT: u16 = 8_132;
/// What a kept answer is to reach at least of what a server of the same bytes does.
const KEPT_TARGET: f64 = 0.8;

/// What requests cost, beside what they have to cost.
#[derive(Parser)]
struct Arguments {
    /// How many articles there are, and ten times as many comments.
    #[arg(long, default_value_t = 10_000)]
    articles: u128,
    /// Another seed makes other texts.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Seconds of a stretch of load, for each of the two.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// How many stretches there are, in each of which Warta and its limits are loaded by turns; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections that are open at a time.
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Only these queries, such as Q1,S1.
    #[arg(long, value_delimiter = ',')]
    queries: Vec<String>,
    /// A database of PostgreSQL that may be filled, such as postgres://postgres@127.0.0.1/bench?sslmode=disable; otherwise SQLite. What
    /// runs the ideal statements does not encrypt; Warta does where the server offers it and the address says nothing else.
    #[arg(long)]
    postgres: Option<String>,
    /// Where the data set is kept; a folder for temporary files otherwise.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Which server this process is, when it measures another one.
    #[arg(long, hide = true)]
    serve_ideal: bool,
}

impl Arguments {
    async fn by_turns(&self, ours: Load, theirs: Load) -> Outcome<Vec<(Measured, Measured)>> {
        load::by_turns(ours, theirs, self.rounds, Duration::from_secs(self.seconds), self.connections).await
    }
}

/// A process that ends with its measure.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where everything lies.
struct Place {
    folder: PathBuf,
    postgres: Option<String>,
}

impl Place {
    fn config(&self) -> Config {
        let url = self.postgres.clone().unwrap_or_else(|| format!("sqlite://{}", self.folder.join("warta.db").display()));
        let mut config = Config { data_dir: self.folder.clone(), ..Config::default() };
        config.database.url = url;
        config
    }

    fn ideal(&self) -> PathBuf {
        self.folder.join("ideal.db")
    }

    fn ideal_path(&self, query: Query) -> String {
        format!("/{}/{}", if self.postgres.is_some() { "postgres" } else { "sqlite" }, query.name)
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let name =
        format!("warta-bench-{}-{}{}", arguments.articles, arguments.seed, if arguments.postgres.is_some() { "-postgres" } else { "" });
    let folder = arguments.folder.clone().unwrap_or_else(|| std::env::temp_dir().join(name));
    let place = Place { folder, postgres: arguments.postgres.clone() };
    if arguments.serve_ideal {
        return ideal::serve(IDEAL_PORT, &place.folder.join("answers"), place.ideal(), place.postgres.as_deref()).await;
    }
    prepare(&place, &arguments).await?;
    let queries: Vec<Query> = QUERIES
        .into_iter()
        .filter(|query| arguments.queries.is_empty() || arguments.queries.iter().any(|name| name == query.name))
        .collect();
    record_answers(&place, &queries, arguments.articles).await?;
    let ideal = start_ideal(&place, &arguments).await?;
    executed(&place, &arguments, &queries, &ideal).await?;
    cached(&place, &arguments, &queries, &ideal).await
}

/// Makes the data set if it is not there.
async fn prepare(place: &Place, arguments: &Arguments) -> Outcome<()> {
    let done = place.folder.join("done");
    if done.exists() {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(&place.folder);
    std::fs::create_dir_all(&place.folder)?;
    eprintln!("making {} articles in {}", arguments.articles, place.folder.display());
    let ideal = place.ideal();
    let size = Size { articles: arguments.articles, seed: arguments.seed };
    data::fill(&place.config(), size, place.postgres.is_none().then_some(&ideal)).await?;
    std::fs::write(done, "")?;
    Ok(())
}

/// Makes sure that nobody else, such as a run that was cut off, answers in place of what is to be measured.
fn require_free(port: u16) -> Outcome<()> {
    std::net::TcpListener::bind(("127.0.0.1", port)).map(drop).map_err(|error| format!("port {port} is needed: {error}").into())
}

/// Starts Warta and waits for its first right answer. Returns how long that took.
async fn start_warta(place: &Place, cache: bool) -> Outcome<(Server, Duration)> {
    require_free(WARTA_PORT)?;
    let started = Instant::now();
    let config = place.config();
    let mut command = Command::new(warta_binary()?);
    command.current_dir(&place.folder).env("WARTA_DATA_DIR", &place.folder).env("WARTA_DATABASE_URL", &config.database.url);
    command
        .env("WARTA_LOG_FILTER", "warn")
        .env("WARTA_LIMITS_COMMENTS_PER_HOUR", "1000000")
        .env("WARTA_LIMITS_COMMENTS_PER_EMAIL", "1000000")
        .env("WARTA_SERVER_TRUSTED_PROXIES", "127.0.0.1/32")
        .env("WARTA_LIMITS_POINTS_PER_MINUTE", "0")
        // Old comments are not made anonymous meanwhile, which would be work of its own.
        .env("WARTA_PRIVACY_ERASE_DAYS", "0");
    if !cache {
        command.env("WARTA_GRAPHQL_ANSWER_CACHE_MIB", "0");
    }
    command.args(["serve", "--bind", &format!("127.0.0.1:{WARTA_PORT}")]);
    let server = Server(command.stdout(Stdio::null()).spawn()?);
    let request = queries::requests(QUERIES[0], 10).await?.remove(0).to_warta(WARTA_PORT);
    while started.elapsed() < Duration::from_secs(60) {
        if load::ask(WARTA_PORT, &request).await.is_ok_and(|body| body.starts_with(br#"{"data"#)) {
            return Ok((server, started.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Err("Warta gives no answer".into())
}

/// The server that was built beside this program.
fn warta_binary() -> Outcome<PathBuf> {
    let binary = std::env::current_exe()?.parent().and_then(Path::parent).map(|folder| folder.join("warta")).ok_or("no folder")?;
    if binary.exists() { Ok(binary) } else { Err("build the server first: cargo build --release".into()) }
}

async fn start_ideal(place: &Place, arguments: &Arguments) -> Outcome<Server> {
    require_free(IDEAL_PORT)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--serve-ideal").arg("--folder").arg(&place.folder).args(["--articles", &arguments.articles.to_string()]);
    if let Some(url) = &place.postgres {
        command.args(["--postgres", url]);
    }
    let server = Server(command.spawn()?);
    let request = load::request(IDEAL_PORT, "/bytes/Q1", "[]");
    for _ in 0..1_000 {
        if load::ask(IDEAL_PORT, &request).await.is_ok() {
            return Ok(server);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("the ideal server gives no answer".into())
}

/// Writes down what Warta answers to the reading queries, for the server of bytes to hand out.
async fn record_answers(place: &Place, queries: &[Query], articles: u128) -> Outcome<()> {
    let (_server, _) = start_warta(place, false).await?;
    let folder = place.folder.join("answers");
    std::fs::create_dir_all(&folder)?;
    let q1 = QUERIES[0];
    for query in queries.iter().copied().filter(|query| *query != q1 && query.is_kept()).chain([q1]) {
        let mut answers = Vec::new();
        for request in queries::requests(query, articles).await? {
            let body = load::ask(WARTA_PORT, &request.to_warta(WARTA_PORT)).await?;
            answers.extend(body);
            answers.push(b'\n');
        }
        std::fs::write(folder.join(query.name), answers)?;
    }
    Ok(())
}

/// Whether Warta answered what the ideal statement did, but for what it adds on its side.
async fn check(place: &Place, query: Query, articles: u128) -> Outcome<()> {
    let all = queries::requests(query, articles).await?;
    for request in all.iter().step_by((all.len() / 25).max(1)) {
        let ours = load::ask(WARTA_PORT, &request.to_warta(WARTA_PORT)).await?;
        let theirs =
            load::ask(IDEAL_PORT, &load::request(IDEAL_PORT, &place.ideal_path(query), &Value::from(request.values.clone()).to_string()))
                .await?;
        let (ours, theirs): (Value, Value) = (serde_json::from_slice(&ours)?, serde_json::from_slice(&theirs)?);
        let is_right = match query.name {
            // Each has its own way to rank, and its own ids.
            "S1" => ours["data"]["search"]["hits"].as_array().is_some_and(|hits| !hits.is_empty()),
            "M1" => ours["data"]["commentSubmit"]["comment"]["id"].is_string(),
            _ => ours["data"] == theirs["data"],
        };
        if !is_right {
            return Err(format!("{} of {}: Warta says {ours}, the ideal statement {theirs}", query.name, request.body["variables"]).into());
        }
    }
    Ok(())
}

/// The median of what some stretches came to.
fn median(stretches: &[(Measured, Measured)], of: impl Fn(&(Measured, Measured)) -> f64) -> f64 {
    let mut values: Vec<f64> = stretches.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Every query executed, beside the ideal statement.
async fn executed(place: &Place, arguments: &Arguments, queries: &[Query], ideal: &Server) -> Outcome<()> {
    let (warta, first_answer) = start_warta(place, false).await?;
    let database = if place.postgres.is_some() { load::postgres_processes() } else { Vec::new() };
    println!("start to first answer: {:.0} ms; memory then {}", first_answer.as_secs_f64() * 1_000.0, Memory::of(warta.0.id()));
    println!("\n## Executed\n");
    println!(
        "| query | Warta, CPU ms | ideal SQL, CPU ms | ratio | target | Warta req/s | p50 ms | p99 ms | ideal req/s |\n|---|---|---|---|---|---|---|---|---|"
    );
    let mut most_memory = Memory::default();
    for query in queries.iter().copied() {
        check(place, query, arguments.articles).await?;
        let all = queries::requests(query, arguments.articles).await?;
        let path = place.ideal_path(query);
        let to_ideal = |request: &queries::Request| load::request(IDEAL_PORT, &path, &Value::from(request.values.clone()).to_string());
        let mut ours = Load::new(WARTA_PORT, all.iter().map(|request| request.to_warta(WARTA_PORT)).collect(), warta.0.id());
        let mut theirs = Load::new(IDEAL_PORT, all.iter().map(to_ideal).collect(), ideal.0.id());
        for load in [&mut ours, &mut theirs] {
            load.database.clone_from(&database);
            load.leaves_work = query.is_write();
        }
        let stretches = arguments.by_turns(ours, theirs).await?;
        most_memory = stretches.iter().map(|(ours, _)| ours.memory).fold(most_memory, Memory::max);
        let target = if place.postgres.is_some() { query.target_postgres } else { Some(query.target) };
        println!(
            "| {} {} | {:.3} | {:.3} | **{:.2}** | {} | {:.0} | {:.2} | {:.2} | {:.0} |",
            query.name,
            query.what,
            median(&stretches, |(ours, _)| ours.cpu_ms()),
            median(&stretches, |(_, ideal)| ideal.cpu_ms()),
            median(&stretches, |(ours, ideal)| ours.cpu_ms() / ideal.cpu_ms()),
            target.map_or("–".to_owned(), |target| format!("≤ {target}")),
            median(&stretches, |(ours, _)| ours.per_second()),
            median(&stretches, |(ours, _)| ours.percentile(0.5)),
            median(&stretches, |(ours, _)| ours.percentile(0.99)),
            median(&stretches, |(_, ideal)| ideal.per_second()),
        );
    }
    println!("\nmost memory under load: {most_memory}");
    Ok(())
}

/// Public pages from the response cache, beside a server of the same bytes.
async fn cached(place: &Place, arguments: &Arguments, queries: &[Query], ideal: &Server) -> Outcome<()> {
    let (warta, _) = start_warta(place, true).await?;
    println!("\n## From the response cache\n");
    println!(
        "| query | Warta, req/s | bytes server, req/s | share | target | Warta, CPU ms | bytes, CPU ms | p99 ms |\n|---|---|---|---|---|---|---|---|"
    );
    for query in queries.iter().copied().filter(Query::is_kept) {
        let all = queries::requests(query, arguments.articles).await?;
        let path = format!("/bytes/{}", query.name);
        let to_bytes = |request: &queries::Request| load::request(IDEAL_PORT, &path, &request.body.to_string());
        let ours = Load::new(WARTA_PORT, all.iter().map(|request| request.to_warta(WARTA_PORT)).collect(), warta.0.id());
        let theirs = Load::new(IDEAL_PORT, all.iter().map(to_bytes).collect(), ideal.0.id());
        let stretches = arguments.by_turns(ours, theirs).await?;
        println!(
            "| {} | {:.0} | {:.0} | **{:.2}** | ≥ {KEPT_TARGET} | {:.4} | {:.4} | {:.2} |",
            query.name,
            median(&stretches, |(ours, _)| ours.per_second()),
            median(&stretches, |(_, bytes)| bytes.per_second()),
            median(&stretches, |(ours, bytes)| ours.per_second() / bytes.per_second()),
            median(&stretches, |(ours, _)| ours.cpu_ms()),
            median(&stretches, |(_, bytes)| bytes.cpu_ms()),
            median(&stretches, |(ours, _)| ours.percentile(0.99)),
        );
    }
    println!("\nmemory at the end: {}", Memory::of(warta.0.id()));
    Ok(())
}
