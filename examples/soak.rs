//! Many clients over a long time: a thousand connections that read, search, comment, write and follow, on loopback. Once a minute it
//! prints what the server holds and how it answers; it ends with an error when an answer was wrong.
//!
//! `cargo build --release && cargo run --release --example soak -- [--minutes N] [--connections N] [--pause-ms N] [--only-read] [--server FILE]`

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

#[path = "bench/load.rs"]
#[expect(dead_code, reason = "the query mix makes more of it")]
mod load;

use load::Connection;

/// What may go wrong.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PORT: u16 = 8_171;
const FOLLOW: &str = "subscription { articlePublished { title } }";
const WORDS: [&str; 8] = ["bertani", "kopi bantaeng", "pelatihan peternak", "bupati", "vanili", "pemda sulsel", "kelurahn", "air bersih"];

#[derive(Parser)]
struct Arguments {
    /// How long it lasts.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Connections at a time; one in ten is a socket, one in twenty an event stream.
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// How long each client waits between two requests, on average.
    #[arg(long, default_value_t = 2_000)]
    pause_ms: u64,
    /// Nothing is written: what is searched and listed stays as large as it is.
    #[arg(long)]
    only_read: bool,
    /// The server to start, by default the one that was built beside this program.
    #[arg(long)]
    server: Option<PathBuf>,
}

/// Killed when it is dropped.
struct Server {
    child: Child,
    token: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What all clients have seen.
#[derive(Default)]
struct Seen {
    answers: AtomicUsize,
    refusals: AtomicUsize,
    errors: AtomicUsize,
    events: AtomicUsize,
    open: AtomicUsize,
    /// Latencies since the last report, in microseconds.
    latencies: std::sync::Mutex<Vec<u64>>,
    numbers: AtomicU64,
    is_written: bool,
    /// The ids of articles that are commented on.
    pages: Vec<String>,
}

impl Seen {
    fn failed(&self, what: &str, error: &dyn std::fmt::Display) {
        // The first few are enough to know what is wrong.
        if self.errors.fetch_add(1, Ordering::Relaxed) < 20 {
            eprintln!("{what}: {error}");
        }
    }
}

/// Numbers without a pattern (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % below.max(1)
    }
}

#[tokio::main]
async fn main() -> Outcome<ExitCode> {
    let arguments = Arguments::parse();
    rlimit::increase_nofile_limit(u64::MAX)?;
    let folder = tempfile::tempdir()?;
    let server = Arc::new(start(&arguments, folder.path())?);
    let (seen, began) = (Arc::new(Seen { pages: pages().await?, is_written: !arguments.only_read, ..Seen::default() }), Instant::now());
    let lasting = Duration::from_secs(arguments.minutes * 60);
    let (sockets, streams) = (arguments.connections / 10, arguments.connections / 20);
    let mut clients = tokio::task::JoinSet::new();
    for number in 0..arguments.connections {
        let (seen, server, pause) = (Arc::clone(&seen), Arc::clone(&server), arguments.pause_ms);
        clients.spawn(async move {
            // They come one after the other, as they would.
            tokio::time::sleep(Duration::from_millis(5 * number as u64)).await;
            seen.open.fetch_add(1, Ordering::Relaxed);
            if number < sockets {
                follow_by_socket(&seen).await;
            } else if number < sockets + streams {
                follow_by_events(&seen).await;
            } else {
                ask(&seen, &server.token, number as u64, pause).await;
            }
        });
    }
    println!("minute  open  answers/s  p50 ms  p99 ms  refused  errors  events  memory MiB  of its own MiB  descriptors");
    let mut before = 0;
    while began.elapsed() < lasting {
        tokio::time::sleep(Duration::from_secs(60)).await;
        before = report(&seen, server.child.id(), began, before);
    }
    clients.shutdown().await;
    let errors = seen.errors.load(Ordering::Relaxed);
    println!("{} answers, {} refusals, {errors} errors", seen.answers.load(Ordering::Relaxed), seen.refusals.load(Ordering::Relaxed));
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn start(arguments: &Arguments, folder: &Path) -> Outcome<Server> {
    let beside = std::env::current_exe()?.parent().and_then(Path::parent).map(|folder| folder.join("warta")).ok_or("no folder")?;
    let mut command = Command::new(arguments.server.clone().unwrap_or(beside));
    command.current_dir(folder).args(["serve", "--sample", "--bind", &format!("127.0.0.1:{PORT}")]);
    // All come from one address, which is otherwise kept to what one reader needs.
    for (name, value) in [
        ("LOG_FILTER", "warn"),
        ("SERVER_CONNECTIONS_PER_ADDRESS", "4096"),
        ("LIMITS_POINTS_PER_MINUTE", "0"),
        ("LIMITS_POINTS_PER_MINUTE_SIGNED_IN", "0"),
        ("LIMITS_SOCKETS_PER_ACTOR", "1000"),
        ("LIMITS_SUBSCRIPTIONS_PER_ACTOR", "1000"),
        ("LIMITS_COMMENTS_PER_HOUR", "1000000"),
    ] {
        command.env(format!("WARTA_{name}"), value);
    }
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    for line in lines.map_while(Result::ok) {
        if let Some(token) = line.trim().strip_prefix("editor's token ") {
            return Ok(Server { child, token: token.trim().to_owned() });
        }
    }
    Err("the server ended before it served".into())
}

async fn pages() -> Outcome<Vec<String>> {
    let request = load::request(PORT, "/graphql", &json!({"query": "{ articles(first: 40) { nodes { id } } }"}).to_string());
    let answer: Value = serde_json::from_slice(&load::ask(PORT, &request).await?)?;
    let nodes = answer["data"]["articles"]["nodes"].as_array().ok_or("no articles")?;
    Ok(nodes.iter().filter_map(|node| node["id"].as_str()).map(str::to_owned).collect())
}

fn report(seen: &Seen, process: u32, began: Instant, before: usize) -> usize {
    let mut latencies = std::mem::take(&mut *seen.latencies.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    latencies.sort_unstable();
    let percentile = |share: f64| {
        let at = ((latencies.len().max(1) - 1) as f64 * share) as usize;
        latencies.get(at).copied().unwrap_or_default() as f64 / 1_000.0
    };
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or_default() / 1_024.0
    };
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count);
    let answers = seen.answers.load(Ordering::Relaxed);
    println!(
        "{:>6.1} {:>5} {:>10.0} {:>7.2} {:>7.2} {:>8} {:>7} {:>7} {:>11.0} {:>15.0} {descriptors:>12}",
        began.elapsed().as_secs_f64() / 60.0,
        seen.open.load(Ordering::Relaxed),
        (answers - before) as f64 / 60.0,
        percentile(0.5),
        percentile(0.99),
        seen.refusals.load(Ordering::Relaxed),
        seen.errors.load(Ordering::Relaxed),
        seen.events.load(Ordering::Relaxed),
        mib("VmRSS:"),
        mib("RssAnon:"),
    );
    answers
}

/// Asks one thing after another over one connection.
async fn ask(seen: &Seen, token: &str, number: u64, pause_ms: u64) {
    let (mut dice, mut connection, mut articles) = (Dice(number), None, Vec::<String>::new());
    loop {
        tokio::time::sleep(Duration::from_millis(dice.roll(2 * pause_ms))).await;
        let body = request(&mut dice, seen, &articles);
        let is_editors = body["query"].as_str().is_some_and(|query| query.contains("articleCreate") || query.contains("articlePublish"));
        let text = body.to_string();
        let authorization = if is_editors { format!("authorization: Bearer {token}\r\n") } else { String::new() };
        let head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n";
        let request = format!("{head}{authorization}content-length: {}\r\n\r\n{text}", text.len());
        let asked = Instant::now();
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(PORT).await {
                Ok(open) => open,
                Err(error) => {
                    seen.failed("a connection", &error);
                    continue;
                }
            },
        };
        match open.ask(request.as_bytes()).await {
            Ok(at) => {
                let answer: Value = serde_json::from_slice(open.answer(at)).unwrap_or_default();
                let micros = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
                seen.latencies.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(micros);
                seen.answers.fetch_add(1, Ordering::Relaxed);
                if !answer["errors"].is_null() {
                    match answer["errors"][0]["extensions"]["code"].as_str() {
                        Some("THROTTLED" | "BUSY") => drop(seen.refusals.fetch_add(1, Ordering::Relaxed)),
                        _ => seen.failed(&text, &answer),
                    }
                } else if let Some(id) = answer["data"]["articleCreate"]["article"]["id"].as_str() {
                    articles.push(id.to_owned());
                } else if !answer["data"]["articlePublish"].is_null() {
                    articles.clear();
                }
                connection = Some(open);
            }
            Err(error) => {
                let text = error.to_string();
                if text.starts_with("http/1.1 429") || text.starts_with("http/1.1 503") {
                    seen.refusals.fetch_add(1, Ordering::Relaxed);
                } else if text != "the server closed the connection" {
                    // A connection that was silent for long may be closed; any other end is an error.
                    seen.failed("a request", &text);
                }
            }
        }
    }
}

/// What a reader asks, and now and then an editor writes.
fn request(dice: &mut Dice, seen: &Seen, drafts: &[String]) -> Value {
    let fresh = || seen.numbers.fetch_add(1, Ordering::Relaxed);
    let word = WORDS[dice.roll(WORDS.len() as u64) as usize];
    if let Some(id) = drafts.first() {
        let publish = "mutation($input: PublishInput!) { articlePublish(input: $input) { article { slug } userErrors { code } } }";
        return json!({"query": publish, "variables": {"input": {"id": id}}});
    }
    let least = if seen.is_written { 0 } else { 3 };
    match least + dice.roll(100 - least) {
        0 => {
            let body = format!("Warga menanam {word} di lereng gunung. ").repeat(10);
            let create = "mutation($input: ArticleCreateInput!) { articleCreate(input: $input) { article { id } userErrors { code } } }";
            json!({"query": create, "variables": {"input": {"title": format!("Kabar {word} {}", fresh()), "body": body}}})
        }
        1 | 2 => {
            let comment = "mutation($input: CommentSubmitInput!) { commentSubmit(input: $input) { comment { id } userErrors { code } } }";
            let page = seen.pages.get(dice.roll(seen.pages.len() as u64) as usize);
            let number = fresh();
            let input = json!({"subjectId": page, "authorName": "Pembaca", "authorEmail": format!("pembaca{number}@contoh.id"), "body": format!("Saya setuju, nomor {number}."), "consent": true});
            json!({"query": comment, "variables": {"input": input}})
        }
        3..=22 => json!({
            "query": "query($t: String!) { search(query: $t, first: 20) { totalCount hits { titleHtml snippetHtml } } }",
            "variables": {"t": word}
        }),
        23..=32 => json!({"query": "query($t: String!) { suggest(prefix: $t) { kind text } }", "variables": {"t": &word[..3]}}),
        33..=52 => json!({
            "query": "query($n: Int!) { articles(first: $n) { nodes { slug title summary topics { name } comments(first: 3) { nodes { body } } } } }",
            "variables": {"n": 1 + dice.roll(30)}
        }),
        53..=62 => json!({"query": "{ events(first: 10) { nodes { title when participants { name office } } } }"}),
        _ => json!({"query": "{ articles(first: 20) { totalCount nodes { slug title publishedAt topics { name } } } }"}),
    }
}

/// Follows what is published over a socket, until it ends.
async fn follow_by_socket(seen: &Seen) {
    let followed = async {
        let mut request = format!("ws://127.0.0.1:{PORT}/graphql").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        socket.send(Message::text(json!({"type": "connection_init"}).to_string())).await?;
        socket.send(Message::text(json!({"type": "subscribe", "id": "a", "payload": {"query": FOLLOW}}).to_string())).await?;
        while let Some(message) = socket.next().await {
            if let Message::Text(text) = message? {
                if text.contains("\"errors\"") || text.contains("\"error\"") {
                    return Err(text.to_string().into());
                }
                seen.events.fetch_add(usize::from(text.contains("articlePublished")), Ordering::Relaxed);
            }
        }
        Outcome::Ok(())
    };
    match followed.await {
        Ok(()) => seen.failed("a socket", &"it was closed"),
        Err(error) => seen.failed("a socket", &error),
    }
}

/// The same over server-sent events.
async fn follow_by_events(seen: &Seen) {
    let followed = async {
        let mut stream = TcpStream::connect(("127.0.0.1", PORT)).await?;
        let body = json!({"query": FOLLOW}).to_string();
        let head = "POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n";
        stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
        let mut buffer = vec![0; 16_384];
        loop {
            let read = stream.read(&mut buffer).await?;
            if read == 0 {
                return Err("it was closed".into());
            }
            let text = String::from_utf8_lossy(&buffer[..read]);
            if text.contains("\"errors\"") {
                return Err::<(), Box<dyn std::error::Error + Send + Sync>>(text.into());
            }
            seen.events.fetch_add(text.matches("articlePublished").count(), Ordering::Relaxed);
        }
    };
    if let Err(error) = followed.await {
        seen.failed("an event stream", &error);
    }
}
