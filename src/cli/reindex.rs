//! `warta reindex`: a fresh search index beside the live one.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::print;
use crate::app::App;
use crate::domain::search;
use crate::worker::rebuild::rebuild;

/// How often a plain line tells the progress where there is no terminal.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Runs the command.
pub async fn run(app: &App) -> anyhow::Result<ExitCode> {
    let total = search::count_searchable(&app.domain).await?;
    let started = Instant::now();
    let rows = if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new(total);
        bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta}")?);
        let rows = rebuild(&app.domain, |done| bar.set_position(done as u64)).await;
        bar.finish_and_clear();
        rows?
    } else {
        let mut told = Instant::now();
        rebuild(&app.domain, |done| {
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                eprintln!("{done} of {total}");
            }
        })
        .await?
    };
    Ok(print(&format!("{rows} entries read in {:.1} s; the new index is live", started.elapsed().as_secs_f64())))
}
