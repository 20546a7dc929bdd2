//! `warta serve`: everything that runs, from the data folder to a clean end.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use entity::enums::{Role, SearchEngineKind};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{open, print};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::config::Config;
use crate::db::sqlite_file;
use crate::domain::token::{self, NewToken};
use crate::domain::{changes, present};
use crate::graphql::execute::Api;
use crate::http::{Server, Service};
use crate::worker::lane::{self, Lane};
use crate::{sample, worker};

/// How long the first request may be kept waiting for a search index that is being built.
const WAIT_FOR_INDEX: Duration = Duration::from_millis(500);
/// What the token for trying the sample content is called.
const SAMPLE_TOKEN: &str = "sample editor";

/// Flags of `warta serve`.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Load the sample content if the database is empty, and make a token for an editor.
    #[arg(long)]
    sample: bool,
    /// Address and port to listen on.
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
    /// Folder of the embedded database and search index.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<String>,
}

impl Arguments {
    /// The keys of the configuration that the flags set.
    pub fn flags(&self) -> impl Iterator<Item = (String, String)> {
        let bind = self.bind.clone().map(|bind| ("server.bind".to_owned(), bind));
        let data_dir = self.data_dir.clone().map(|dir| ("data_dir".to_owned(), dir));
        bind.into_iter().chain(data_dir)
    }
}

/// Serves until the process is told to stop.
pub async fn run(config: Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    // A connection takes a descriptor, and systems give few as long as nobody asks for more.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the number of files that may be open could not be raised");
    }
    // Bound first, so that a port in use is found before anything is written.
    let bind = config.server.bind;
    let listener = TcpListener::bind(bind).await.with_context(|| format!("can't listen on {bind}; choose another with --bind"))?;
    let address = listener.local_addr()?;
    let grace = Duration::from_secs(config.server.shutdown_seconds);
    let is_embedded = config.database.url.starts_with("sqlite:") || config.search.engine == SearchEngineKind::Tantivy;
    let _lock = if is_embedded { Some(lock_data_dir(&config.data_dir)?) } else { None };
    let _file_lock = sqlite_file(&config.database.url).map(|file| lock_database(&file)).transpose()?;
    let app = open(config).await?;
    let secret = if arguments.sample { Some(load_sample(&app).await?) } else { None };
    let shutdown = CancellationToken::new();
    tokio::spawn(signalled(shutdown.clone()));
    let (index_ready, wait_for_index) = oneshot::channel();
    let workers = [
        tokio::spawn(supervised(present::run(app.domain.clone(), shutdown.clone()), shutdown.clone())),
        tokio::spawn(supervised(changes::run(app.domain.clone(), shutdown.clone()), shutdown.clone())),
        tokio::spawn(supervised(worker::run(app.domain.clone(), shutdown.clone(), index_ready), shutdown.clone())),
        tokio::spawn(supervised(lane::run(app.domain.clone(), Lane::Publications, shutdown.clone()), shutdown.clone())),
        tokio::spawn(supervised(lane::run(app.domain.clone(), Lane::Mails, shutdown.clone()), shutdown.clone())),
        tokio::spawn(supervised(lane::run(app.domain.clone(), Lane::Comments, shutdown.clone()), shutdown.clone())),
    ];
    // A large site is served while its index is still being built; a small one comes up whole.
    let _ = tokio::time::timeout(WAIT_FOR_INDEX, wait_for_index).await;
    let api = Api::open(app.domain.clone(), app.config.limits, &app.config.graphql)?;
    let service = Service::new(api, &app.config.server, shutdown.clone());
    let server = Server::new(listener, service, &app.config.server)?;
    welcome(&format!("{}://{address}", app.config.server.scheme()), secret.as_deref());
    tracing::info!(%address, elapsed_ms = started.elapsed().as_millis(), "serving");
    let is_served = server.run(shutdown.clone()).await;
    shutdown.cancel();
    let worked = tokio::time::timeout(grace.max(Duration::from_secs(5)), futures_util::future::join_all(workers)).await;
    app.domain.db.close().await;
    if !is_served {
        tracing::warn!("some requests were cut off");
    }
    let is_whole = match worked {
        Ok(ended) => ended.into_iter().all(|ended| ended.unwrap_or(false)),
        Err(_) => {
            tracing::warn!("the worker was cut off; its jobs will be done again");
            true
        }
    };
    tracing::info!("stopped");
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a worker, and stops the server should it end before its time: a server whose index follows no more is not to
/// look healthy, and whoever watches the process starts it again. Returns whether it ended as it should.
async fn supervised(worker: impl Future<Output = ()> + Send + 'static, shutdown: CancellationToken) -> bool {
    let outcome = tokio::spawn(worker).await;
    if let Err(panic) = &outcome {
        tracing::error!(error = %panic, "the worker ended; stopping");
        shutdown.cancel();
    }
    outcome.is_ok()
}

/// Keeps a second server off the data folder: the embedded database and index belong to one process.
fn lock_data_dir(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    let refusal = || format!("another process serves the data folder {}; stop it, or choose another with --data-dir", folder.display());
    lock(&folder.join("serve.lock"), refusal)
}

/// Keeps a second server off the database file, which may lie outside of its data folder.
fn lock_database(file: &Path) -> anyhow::Result<File> {
    let mut path = file.as_os_str().to_owned();
    path.push(".lock");
    lock(Path::new(&path), || format!("another process serves the database {}; stop it, or choose another", file.display()))
}

/// The lock ends with the process, however it ends.
fn lock(path: &Path, refusal: impl Fn() -> String) -> anyhow::Result<File> {
    let lock = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => anyhow::bail!(refusal()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Loads the sample content where nothing but it has been written, and makes a fresh token for an editor.
async fn load_sample(app: &App) -> anyhow::Result<String> {
    if sample::may_load(&app.domain).await? {
        let loaded = sample::load(&app.domain).await?;
        if loaded.created > 0 {
            tracing::info!(entries = loaded.created, "loaded the sample content");
        }
    }
    let system = Actor::system();
    // Tokens of earlier starts end, so that they do not pile up.
    token::revoke_named(&app.domain, &system, SAMPLE_TOKEN).await?;
    Ok(token::create(&app.domain, &system, NewToken::with_role(SAMPLE_TOKEN, Role::Editor)).await?.1)
}

fn welcome(address: &str, secret: Option<&str>) {
    let token = secret.map(|secret| format!("  editor's token {secret}\n")).unwrap_or_default();
    // Whoever has read enough may have closed the other end, which is no reason to stop.
    let _ = print(&format!(
        "Warta is at {address}/\n  explorer       {address}/explorer\n  GraphQL        {address}/graphql\n  \
         health         {address}/health/ready\n{token}Stop with Ctrl+C."
    ));
}

/// Ends on Ctrl+C or SIGTERM; a second Ctrl+C ends the process at once.
async fn signalled(shutdown: CancellationToken) {
    wait_for_signal().await;
    tracing::info!("stopping: requests in flight may finish");
    shutdown.cancel();
    wait_for_signal().await;
    std::process::exit(130);
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
