//! `warta doctor`: what is wrong, and what to do about it.

use std::process::ExitCode;

use migration::MigrationStatus;

use super::{local_time, print};
use crate::app::{self, App};
use crate::config::Config;
use crate::db::without_password;
use crate::domain::search::drift;
use crate::domain::{Domain, outbox, search_index, warning};

/// Most entries that are named.
const MOST_SHOWN: usize = 10;

/// The outcome of the checks so far.
#[derive(Default)]
struct Report {
    problems: usize,
}

impl Report {
    fn good(&self, what: &str, found: &str) {
        let _ = print(&format!("ok       {what}: {found}"));
    }

    fn bad(&mut self, what: &str, found: &str, remedy: &str) {
        self.problems += 1;
        let _ = print(&format!("PROBLEM  {what}: {found}\n         → {remedy}"));
    }
}

/// Runs the checks; exit code 1 when one finds a problem.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    report.good("configuration", "every key is known and in range");
    if let Some(domain) = check_database(&mut report, config).await {
        check_search(&mut report, &domain).await;
        check_akismet(&mut report, &domain).await;
        check_content(&mut report, &domain).await;
    }
    if report.problems == 0 {
        let _ = print("all is well");
        return Ok(ExitCode::SUCCESS);
    }
    let _ = print(&format!("{} problem(s)", report.problems));
    Ok(ExitCode::FAILURE)
}

async fn check_database(report: &mut Report, config: Config) -> Option<Domain> {
    let url = without_password(&config.database.url);
    // Opening the database would make it, which a check must not.
    let path = config.database.url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//").split('?').next().unwrap_or_default());
    let is_missing = path.is_some_and(|path| !std::path::Path::new(path).exists());
    if is_missing {
        report.bad("database", &format!("{url} does not exist"), "run `warta serve` or `warta migrate up` to make it");
        return None;
    }
    let db = match app::open_for_migration(&config).await {
        Ok(db) => db,
        Err(error) => {
            report.bad("database", &format!("{error:#}"), "check database.url, and that the server runs and lets you in");
            return None;
        }
    };
    report.good("database", &url);
    let statuses = match app::migrations(&db).await {
        Ok(statuses) => statuses,
        Err(error) => {
            report.bad("migrations", &format!("{error:#}"), "use the version of Warta that last wrote to this database, or a newer one");
            return None;
        }
    };
    let pending = statuses.iter().filter(|(_, status)| *status == MigrationStatus::Pending).count();
    if pending > 0 {
        report.bad("migrations", &format!("{pending} of {} are missing", statuses.len()), "run `warta migrate up`");
        return None;
    }
    report.good("migrations", &format!("all {} applied", statuses.len()));
    match App::open(config).await {
        Ok(app) => Some(app.domain),
        Err(error) => {
            report.bad("application", &format!("{error:#}"), "mend the configuration");
            None
        }
    }
}

async fn check_akismet(report: &mut Report, domain: &Domain) {
    let Some(akismet) = &domain.akismet else { return };
    match akismet.is_key_valid().await {
        Ok(true) => report.good("akismet", "answers, and takes the key"),
        Ok(false) => report.bad("akismet", "does not take the key", "check akismet.key, and that it was given out for akismet.site"),
        Err(error) => report.bad("akismet", &format!("{error:#}"), "check akismet.url, and that this machine may reach it"),
    }
}

async fn check_content(report: &mut Report, domain: &Domain) {
    let mut suspect = Vec::new();
    match warning::scan(domain, |kind, slug, _| suspect.push(format!("{} {slug}", kind.as_str()))).await {
        Ok(looked) if suspect.is_empty() => report.good("content", &format!("{looked} published entries promote no gambling")),
        Ok(_) => {
            let shown = suspect.iter().take(MOST_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
            let found = format!("{} published entries look as if somebody had broken in: {shown}", suspect.len());
            report.bad("content", &found, "look at their contentWarnings and revisions, and at who may publish");
        }
        Err(error) => report.bad("content", &error.detail(), "check the database"),
    }
}

async fn check_search(report: &mut Report, domain: &Domain) {
    let engine = domain.search.kind().as_str();
    let index = match search_index::live(domain).await {
        Ok(Some(index)) => index,
        Ok(None) => return report.bad("search", &format!("{engine} has no index of the present form"), "run `warta reindex`"),
        Err(error) => return report.bad("search", &error.detail(), "check the database"),
    };
    match domain.search.exists(index.id).await {
        Ok(true) => {
            let since = index.live_at.map_or_else(String::new, |at| format!("; its index is live since {}", local_time(at)));
            report.good("search", &format!("{engine} answers{since}"));
        }
        Ok(false) => return report.bad("search", &format!("the index {} is gone from {engine}", index.id), "run `warta reindex`"),
        Err(error) => return report.bad("search", &error.to_string(), "check search.url and search.key, and that the server runs"),
    }
    match outbox::backlog(domain).await {
        Ok(backlog) if backlog.failed > 0 => {
            let found = format!("{} changes were given up", backlog.failed);
            report.bad("outbox", &found, "see the log for the cause, mend it, then run `warta reindex`");
        }
        Ok(backlog) => report.good("outbox", &format!("{} changes wait for the index", backlog.waiting)),
        Err(error) => report.bad("outbox", &error.detail(), "check the database"),
    }
    match drift(domain, index.id).await {
        Ok(drift) if drift.is_none() => report.good("index", &format!("{} documents, all as in the database", drift.documents)),
        Ok(drift) => {
            let found = format!("{} missing, {} outdated, {} too many", drift.missing, drift.outdated, drift.surplus);
            report.bad("index", &found, "wait for the worker if changes are waiting, else run `warta reindex`");
        }
        Err(error) => report.bad("index", &error.detail(), "check the search engine"),
    }
}
