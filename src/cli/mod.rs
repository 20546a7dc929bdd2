//! The command line: a file per subcommand. Results go to standard output, everything else to standard error.
//! Exit codes: 0 done, 1 failed, 2 wrong arguments or configuration.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::{self, App};
use crate::config::{Config, LogFormat};

mod doctor;
mod eval;
mod log;
mod migrate;
mod privacy;
mod progress;
mod reindex;
mod sample;
mod serve;
mod token;
mod user;

/// A headless CMS for Indonesian-language publishers.
#[derive(Parser)]
#[command(version, after_help = "Configuration: defaults, then warta.toml, then WARTA_… variables, then flags. See docs/operations.md.")]
struct Cli {
    /// Read this file instead of ./warta.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one key of the configuration, such as server.bind=0.0.0.0:80; may be given several times.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API; what runs when no command is given.
    Serve(serve::Arguments),
    /// Bring the database to another version.
    Migrate(migrate::Arguments),
    /// Build the search index anew beside the live one, and swap it in.
    Reindex,
    /// Print the GraphQL schema.
    Schema,
    /// Manage users.
    User(user::Arguments),
    /// Manage API tokens.
    Token(token::Arguments),
    /// Export or erase what is kept of a person who commented.
    Privacy(privacy::Arguments),
    /// Manage the sample content.
    Sample(sample::Arguments),
    /// Measure how well the search ranks.
    Eval(eval::Arguments),
    /// Check configuration, database, migrations, search engine and index, and say what to do.
    Doctor,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("give KEY=VALUE, such as server.bind=127.0.0.1:9000")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or(Command::Serve(serve::Arguments::default()));
    if matches!(command, Command::Schema) {
        return print(&crate::graphql::sdl());
    }
    let mut flags = cli.set;
    if let Command::Serve(arguments) = &command {
        flags.extend(arguments.flags());
    }
    let config = match Config::load(cli.config.as_deref(), &flags) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("warta: {error}");
            return ExitCode::from(2);
        }
    };
    // Only the server speaks through its log; the others say what they did.
    let filter = if matches!(command, Command::Serve(_)) { config.log.filter.clone() } else { "warn".to_owned() };
    log::start(config.log.format, &filter);
    // More threads than cores: SQLite is read on them, and one that waits for the disk is to hold up no other.
    let threads = match config.server.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from) * 2,
        threads => threads,
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("warta: the runtime can't be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(config, command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("warta: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::run(config, &arguments).await,
        Command::Migrate(arguments) => migrate::run(&config, &arguments).await,
        Command::Reindex => reindex::run(&open(config).await?).await,
        Command::Schema => Ok(ExitCode::SUCCESS),
        Command::User(arguments) => user::run(&open(config).await?, arguments).await,
        Command::Token(arguments) => token::run(&open(config).await?, arguments).await,
        Command::Privacy(arguments) => privacy::run(&open(config).await?, arguments).await,
        Command::Sample(arguments) => sample::run(&open(config).await?, &arguments).await,
        Command::Eval(arguments) => eval::run(config, arguments).await,
        Command::Doctor => doctor::run(config).await,
    }
}

/// Opens the application over a database that is brought up to date first.
async fn open(config: Config) -> anyhow::Result<App> {
    let db = app::open_for_migration(&config).await?;
    app::migrate(&db).await?;
    db.close().await?;
    App::open(config).await
}

/// Prints a result. A reader that has gone, as `head` does, is no failure.
fn print(text: &str) -> ExitCode {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("warta: can't write: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A moment as people on this machine read it.
fn local_time(millis: i64) -> String {
    let moment = jiff::Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(jiff::tz::TimeZone::system());
    moment.strftime("%Y-%m-%d %H:%M %Z").to_string()
}
