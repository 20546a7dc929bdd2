//! `warta migrate`: the version of the database.

use std::process::ExitCode;

use clap::Subcommand;
use migration::{MigrationStatus, Migrator, MigratorTrait};

use super::print;
use crate::app;
use crate::config::Config;

/// Flags of `warta migrate`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Apply every migration that is missing.
    Up,
    /// Take back the newest migrations; what they hold is lost.
    Down {
        /// How many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        steps: u32,
        /// Say that the content of the tables may go.
        #[arg(long)]
        yes: bool,
    },
    /// List the migrations, and whether each is applied.
    Status,
}

/// Runs the command.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let db = app::open_for_migration(config).await?;
    let before = app::migrations(&db).await?;
    match arguments.action {
        Action::Up => {
            app::migrate(&db).await?;
            let missing = before.iter().filter(|(_, status)| *status == MigrationStatus::Pending).count();
            Ok(print(&format!("{missing} applied; the database is up to date")))
        }
        Action::Down { yes: false, .. } => {
            anyhow::bail!("this drops tables with their content; make a backup, then say --yes")
        }
        Action::Down { steps, yes: true } => {
            Migrator::down(&db, Some(steps)).await?;
            let applied = before.iter().filter(|(_, status)| *status == MigrationStatus::Applied).count();
            Ok(print(&format!("{} taken back", applied.min(steps as usize))))
        }
        Action::Status => {
            let lines: Vec<String> =
                before.iter().map(|(name, status)| format!("{:<8} {name}", status.to_string().to_lowercase())).collect();
            Ok(print(&lines.join("\n")))
        }
    }
}
