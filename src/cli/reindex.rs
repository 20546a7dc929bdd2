//! `warta reindex`: a fresh search index beside the live one.

use std::process::ExitCode;
use std::time::Instant;

use super::print;
use super::progress::Progress;
use crate::app::App;
use crate::domain::search;
use crate::worker::rebuild::rebuild;

/// Runs the command.
pub async fn run(app: &App) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let mut progress = Progress::of(search::count_searchable(&app.domain).await?)?;
    let rows = rebuild(&app.domain, |done| progress.tell(done as u64)).await?;
    drop(progress);
    Ok(print(&format!("{rows} entries read in {:.1} s; the new index is live", started.elapsed().as_secs_f64())))
}
