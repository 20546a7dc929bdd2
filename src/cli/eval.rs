//! `warta eval`: how well the search ranks a collection with known answers, with the whole product in the path; and how well
//! promotion of gambling is told from what honest readers write.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::progress::Progress;
use super::{open, print};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::config::{Config, Limits};
use crate::domain::article::{Article, ArticlePatch};
use crate::domain::entry::{Entry, publish, save};
use crate::domain::error::Locale;
use crate::domain::patch::Patch;
use crate::domain::{search, search_index};
use crate::eval::measure::{Measures, mean, measure, percentile};
use crate::eval::{Comment, Document, Label, Query, read_lines, read_relevant};
use crate::graphql::execute::{Api, Caller, Parameters, Transport};
use crate::worker::rebuild::rebuild;

/// The collections of a folder, and the sets of queries that each is searched with.
const COLLECTIONS: [(&str, &[&str]); 2] = [("core", &["fq", "wq", "kw", "typo", "morph"]), ("news", &["nk", "ntypo"])];
/// What is asked for each query: the best hundred.
const SEARCH: &str =
    "query($text: String!) { search(query: $text, first: 100, types: [ARTICLE]) { hits { node { ... on Article { slug } } } } }";
/// The title of a document that has none; it holds no word.
const NO_TITLE: &str = "–";

/// Flags of `warta eval`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Load the collections of a folder into a database of their own, search them, and print how well they rank.
    Search {
        /// Folder with corpus-core.jsonl, corpus-news.jsonl, queries-dev.jsonl and qrels-dev.tsv.
        folder: PathBuf,
    },
    /// Look for promotion of gambling in labelled comments, and print how many are found and how many wrongly.
    Spam {
        /// Files of one comment a line, as JSON: label (ham, borderline, gambling, spam), name, website and body.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// A folder that goes when the command ends.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind lies where the system tidies up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What came of the queries of one set.
#[derive(Default)]
struct Outcome {
    measures: Vec<Measures>,
    elapsed_ms: Vec<f64>,
}

/// Runs the command.
pub async fn run(config: Config, arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.action {
        Action::Search { folder } => search_folder(&config, &folder).await,
        Action::Spam { files } => Ok(print(&spam_table(&files)?)),
    }
}

/// One line a file: how many comments it has, what was found, and how well.
fn spam_table(files: &[PathBuf]) -> anyhow::Result<String> {
    let mut lines = vec!["comments  gambling  found  wrongly  precision  recall  file".to_owned()];
    for path in files {
        let comments: Vec<Comment> = read_lines(path)?;
        let judged: Vec<(bool, bool)> = comments.iter().map(|comment| (comment.label == Label::Gambling, comment.is_found())).collect();
        let count = |wanted: &dyn Fn(&(bool, bool)) -> bool| judged.iter().filter(|judged| wanted(judged)).count();
        let (all, found, wrongly) = (count(&|it| it.0), count(&|it| it.0 && it.1), count(&|it| !it.0 && it.1));
        let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
        let (precision, recall) = (share(found, found + wrongly), share(found, all));
        let file = path.display();
        lines.push(format!("{:>8}  {all:>8}  {found:>5}  {wrongly:>7}  {precision:>9.3}  {recall:>6.3}  {file}", comments.len()));
    }
    Ok(lines.join("\n"))
}

async fn search_folder(config: &Config, folder: &Path) -> anyhow::Result<ExitCode> {
    let queries: Vec<Query> = read_lines(&folder.join("queries-dev.jsonl"))?;
    let relevant = read_relevant(&folder.join("qrels-dev.tsv"))?;
    let mut outcomes = BTreeMap::new();
    for (name, sets) in COLLECTIONS {
        let documents: Vec<Document> = read_lines(&folder.join(format!("corpus-{name}.jsonl")))?;
        let queries: Vec<&Query> = queries.iter().filter(|query| sets.contains(&query.set.as_str())).collect();
        let scratch = Scratch(std::env::temp_dir().join(format!("warta-eval-{}-{name}", std::process::id())));
        let app = load(config, &scratch.0, name, documents).await?;
        outcomes.extend(search_all(&app, &queries, &relevant).await?);
        if let Some(index) = search_index::live(&app.domain).await? {
            search::remove(&app.domain, index.id).await?;
        }
        app.domain.db.close().await;
    }
    Ok(print(&table(&outcomes)))
}

/// A site of its own with the documents as published articles, indexed.
async fn load(config: &Config, folder: &Path, name: &str, documents: Vec<Document>) -> anyhow::Result<App> {
    let mut config = config.clone();
    config.data_dir = folder.to_owned();
    config.database.url = format!("sqlite://{}", folder.join("warta.db").display());
    config.search.prefix = format!("{}_eval_{name}", config.search.prefix);
    let app = open(config).await?;
    let system = Actor::system();
    eprintln!("{name}: loading {} documents", documents.len());
    let mut progress = Progress::of(documents.len() as u64)?;
    for (document, done) in documents.into_iter().zip(1..) {
        let Document { id, title, text } = document;
        let title = if title.trim().is_empty() { NO_TITLE.to_owned() } else { title };
        let patch =
            ArticlePatch { slug: Patch::Set(id.clone()), title: Patch::Set(title), body: Patch::Set(text), ..ArticlePatch::default() };
        let row = save::create::<Article>(&app.domain, &system, patch, None).await.with_context(|| format!("document {id}"))?;
        publish::publish::<Article>(&app.domain, &system, Article::envelope(&row).id, None).await?;
        progress.tell(done);
    }
    drop(progress);
    rebuild(&app.domain, |_| {}).await?;
    Ok(app)
}

async fn search_all(
    app: &App,
    queries: &[&Query],
    relevant: &HashMap<String, HashSet<String>>,
) -> anyhow::Result<BTreeMap<String, Outcome>> {
    // It asks as fast as it can.
    let limits = Limits { points_per_minute: 0, ..app.config.limits };
    let api = Api::open(app.domain.clone(), limits, &app.config.graphql)?;
    let (mut outcomes, none): (BTreeMap<String, Outcome>, _) = (BTreeMap::new(), HashSet::new());
    let mut progress = Progress::of(queries.len() as u64)?;
    for (query, done) in queries.iter().zip(1..) {
        let Value::Object(variables) = json!({"text": query.text}) else { continue };
        let parameters = Parameters { query: Some(SEARCH.to_owned()), variables, ..Parameters::default() };
        let caller = Caller { actor: Actor::public(), locale: Locale::English, transport: Transport::Post };
        let started = Instant::now();
        let answer = api.execute(parameters, caller).await;
        let elapsed_ms = started.elapsed().as_secs_f64() * 1_000.0;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let hits = answer["data"]["search"]["hits"].as_array().with_context(|| format!("{}: {answer}", query.id))?;
        let ranked: Vec<String> = hits.iter().filter_map(|hit| hit["node"]["slug"].as_str()).map(str::to_owned).collect();
        let outcome = outcomes.entry(query.set.clone()).or_default();
        outcome.measures.push(measure(&ranked, relevant.get(&query.id).unwrap_or(&none)));
        outcome.elapsed_ms.push(elapsed_ms);
        progress.tell(done);
    }
    Ok(outcomes)
}

fn table(outcomes: &BTreeMap<String, Outcome>) -> String {
    let mut lines = vec!["set      queries  nDCG@10  MRR@10  R@10   R@100  p50 ms  p95 ms".to_owned()];
    let mut means = Vec::new();
    for (set, outcome) in outcomes {
        let mean = mean(&outcome.measures);
        let mut elapsed_ms = outcome.elapsed_ms.clone();
        elapsed_ms.sort_by(f64::total_cmp);
        let (p50, p95) = (percentile(&elapsed_ms, 0.5), percentile(&elapsed_ms, 0.95));
        lines.push(format!("{} {p50:>8.2}{p95:>8.2}", line(set, outcome.measures.len(), &mean)));
        means.push(mean);
    }
    lines.push(line("mean", outcomes.values().map(|outcome| outcome.measures.len()).sum(), &mean(&means)));
    lines.join("\n")
}

fn line(set: &str, queries: usize, measures: &Measures) -> String {
    let Measures { ndcg_10, mrr_10, recall_10, recall_100 } = measures;
    format!("{set:<8} {queries:>7}  {ndcg_10:>7.3}  {mrr_10:>6.3}  {recall_10:>5.3}  {recall_100:>5.3}")
}
