//! `warta sample`: content to try Warta with.

use std::process::ExitCode;

use clap::Subcommand;

use super::print;
use crate::app::App;
use crate::sample;

/// Flags of `warta sample`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Load the sample content into an empty database; may be run again after it was interrupted.
    Load,
}

/// Runs the command.
pub async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Action::Load = arguments.action;
    if !sample::may_load(&app.domain).await? {
        anyhow::bail!("somebody has written to this database; the sample content is loaded into an empty one only");
    }
    let loaded = sample::load(&app.domain).await?;
    Ok(print(&format!("{} loaded, {} were there already", loaded.created, loaded.present)))
}
