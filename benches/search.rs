//! How fast the embedded search is: the analysis, the index, the engine alone, and with the whole of GraphQL around it.
//!
//! `cargo bench --bench search -- [ARTICLES] [analysis] [engine] [server]` makes that many articles of 500 words (10,000 by default)
//! out of Indonesian roots with affixes, as frequent as words are in texts (Zipf), and prints one line a measure: of the parts named,
//! or of all.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use migration::{Migrator, MigratorTrait};
use serde_json::json;
use uuid::Uuid;
use warta::app::{App, open_for_migration};
use warta::auth::actor::Actor;
use warta::config::{Config, Limits};
use warta::domain::article::{Article, ArticlePatch};
use warta::domain::entry::{Entry, publish, save};
use warta::domain::error::Locale;
use warta::domain::patch::Patch;
use warta::graphql::execute::{Api, Caller, Parameters, Transport};
use warta::search::SearchEngine;
use warta::search::document::{Document, DocumentKey};
use warta::search::query::{Order, SearchQuery};
use warta::search::tantivy::TantivyEngine;
use warta::text::analyzer::Analyzer;
use warta::text::query::ParsedQuery;
use warta::worker::rebuild::rebuild;

#[path = "../examples/bench/language.rs"]
#[expect(dead_code, reason = "the query mix makes more of it")]
mod language;

use language::Language;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WORDS: usize = 500;
const QUERIES: usize = 2_000;
/// How many searches are under way at a time while their cost is taken.
const AT_A_TIME: usize = 16;
/// Most articles that go through the database as well: that takes longer than the index.
const MOST_IN_DATABASE: usize = 10_000;
const GENERATION: Uuid = Uuid::from_u128(1);
const SEARCH: &str = "query($text: String!) { search(query: $text, first: 20) { hits { node { ... on Article { slug title } } } } }";
const WITH_SNIPPETS: &str = "query($text: String!) { search(query: $text, first: 20) { totalCount hits { titleHtml snippetHtml } } }";

/// Processor time of this process so far (Linux; ticks of a hundredth of a second).
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Waits until what goes on in the background, such as merging segments, has come to rest.
async fn rest() {
    let mut before = processor_time();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = processor_time();
        if now - before <= Duration::from_millis(10) {
            return;
        }
        before = now;
    }
}

fn size_of(folder: &Path) -> std::io::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { size_of(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}

fn report(name: &str, mut elapsed: Vec<Duration>, processor: Duration) {
    elapsed.sort();
    let at = |share: f64| elapsed[((elapsed.len() - 1) as f64 * share) as usize].as_secs_f64() * 1_000.0;
    let processor = processor.as_secs_f64() * 1_000.0 / elapsed.len() as f64;
    println!("{name}: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms, {processor:.2} ms of processor a query", at(0.5), at(0.95), at(0.99));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let articles = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let mut language = Language::new(42);
    let texts: Vec<String> = (0..articles).map(|_| language.text(WORDS)).collect();
    let queries: Vec<String> = (0..QUERIES).map(|_| language.text(3)).collect();
    let names: Vec<String> = std::env::args().skip(1).filter(|argument| ["analysis", "engine", "server"].contains(&&**argument)).collect();
    let is_asked = |part: &str| names.is_empty() || names.iter().any(|name| name == part);
    if is_asked("analysis") {
        analysis(&texts);
    }
    if is_asked("engine") {
        engine(&texts, &queries).await?;
    }
    if is_asked("server") && articles <= MOST_IN_DATABASE {
        server(&texts, &queries).await?;
    }
    Ok(())
}

fn analysis(texts: &[String]) {
    let sample = &texts[..texts.len().min(2_000)];
    let started = Instant::now();
    let mut analyzer = Analyzer::default();
    let words: usize = sample.iter().map(|text| analyzer.analyze(text).len()).sum();
    println!("analysis: {:.2} million words a second on one core", words as f64 / started.elapsed().as_secs_f64() / 1e6);
}

async fn engine(texts: &[String], queries: &[String]) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let engine = TantivyEngine::new(folder.path().to_owned());
    engine.create(GENERATION).await?;
    let started = Instant::now();
    for (batch, at) in texts.chunks(500).zip((0..).step_by(500)) {
        let put = batch.iter().zip(at..).map(|(text, number)| document(number, text)).collect();
        engine.load(GENERATION, put).await?;
    }
    engine.finish(GENERATION).await?;
    println!("indexing: {:.0} articles a second", texts.len() as f64 / started.elapsed().as_secs_f64());
    rest().await;
    let text: usize = texts.iter().map(String::len).sum();
    println!("index: {:.2} times the text", size_of(folder.path())? as f64 / text as f64);
    let (mut elapsed, before) = (Vec::new(), processor_time());
    for text in queries {
        let query =
            SearchQuery { terms: ParsedQuery::new(text).terms, order: Order::Best { now: Some(0) }, limit: 20, ..SearchQuery::default() };
        let started = Instant::now();
        engine.search(GENERATION, &query).await?;
        elapsed.push(started.elapsed());
    }
    report("engine", elapsed, processor_time() - before);
    Ok(())
}

fn document(number: u128, text: &str) -> Document {
    Document {
        key: DocumentKey { kind: entity::enums::Kind::Article, id: Uuid::from_u128(number) },
        title: text.split(' ').take(6).collect::<Vec<_>>().join(" "),
        names: String::new(),
        body: text.to_owned(),
        topics: Vec::new(),
        programs: Vec::new(),
        regions: Vec::new(),
        organizations: Vec::new(),
        year: Some(2026),
        at: 0,
    }
}

async fn server(texts: &[String], queries: &[String]) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    config.database.url = format!("sqlite://{}", folder.path().join("warta.db").display());
    Migrator::up(&open_for_migration(&config).await?, None).await?;
    let app = App::open(config).await?;
    let system = Actor::system();
    for text in texts {
        let title: String = text.split(' ').take(6).collect::<Vec<_>>().join(" ");
        let patch = ArticlePatch { title: Patch::Set(title), body: Patch::Set(text.clone()), ..ArticlePatch::default() };
        let row = save::create::<Article>(&app.domain, &system, patch, None).await.map_err(|error| error.detail())?;
        publish::publish::<Article>(&app.domain, &system, Article::envelope(&row).id, None).await.map_err(|error| error.detail())?;
    }
    rebuild(&app.domain, |_| {}).await.map_err(|error| error.detail())?;
    rest().await;
    let api = Arc::new(Api::open(app.domain.clone(), Limits { points_per_minute: 0, ..app.config.limits }, &app.config.graphql)?);
    for (name, document) in [("GraphQL, slug and title", SEARCH), ("GraphQL, marked titles and snippets", WITH_SNIPPETS)] {
        // One after the other for how long each takes; several at a time, as from a busy site, for what they cost.
        let (mut elapsed, queries) = (Vec::new(), Arc::new(queries.to_vec()));
        for text in queries.iter() {
            let started = Instant::now();
            ask(&api, document, text).await?;
            elapsed.push(started.elapsed());
        }
        let before = processor_time();
        let askers: Vec<_> = (0..AT_A_TIME)
            .map(|first| {
                let (api, queries) = (Arc::clone(&api), Arc::clone(&queries));
                tokio::spawn(async move {
                    for text in queries.iter().skip(first).step_by(AT_A_TIME) {
                        ask(&api, document, text).await?;
                    }
                    Ok::<_, String>(())
                })
            })
            .collect();
        for asker in askers {
            asker.await??;
        }
        report(name, elapsed, processor_time() - before);
    }
    Ok(())
}

async fn ask(api: &Api, document: &str, text: &str) -> Result<(), String> {
    let variables = serde_json::Map::from_iter([("text".to_owned(), json!(text))]);
    let parameters = Parameters { query: Some(document.to_owned()), variables, ..Parameters::default() };
    let caller = Caller { actor: Actor::public(), locale: Locale::English, transport: Transport::Post };
    let answer = api.execute(parameters, caller).await;
    let is_wrong = answer.body.windows(8).any(|bytes| bytes == b"\"errors\"");
    if is_wrong { Err(String::from_utf8_lossy(&answer.body).into_owned()) } else { Ok(()) }
}
