//! The one place where configuration becomes database, search engine and clock.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use entity::enums::SearchEngineKind;
use migration::{MigrationStatus, Migrator, MigratorTrait};
use sea_orm::{DatabaseConnection, DbBackend};

use crate::akismet::Akismet;
use crate::clock::{Clock, SystemClock};
use crate::config::{CommentConfig, Config};
use crate::db::{Db, StatementObserver};
use crate::domain::{Domain, SessionSettings, Settings, Shared, SignInLimits};
use crate::mail::smtp::Smtp;
use crate::mail::{Mailer, Printer};
use crate::search::SearchEngine;
use crate::search::meilisearch::MeilisearchEngine;
use crate::search::tantivy::TantivyEngine;

/// Everything that runs, over one configuration.
#[derive(Clone)]
pub struct App {
    pub config: Config,
    pub domain: Domain,
}

impl App {
    /// Opens the database, which must be migrated, and the search engine.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        Self::open_with(config, Arc::new(SystemClock::default()), None).await
    }

    /// As [`App::open`], with a clock and an observer of statements of the caller's choice.
    pub async fn open_with(config: Config, clock: Arc<dyn Clock>, observer: Option<StatementObserver>) -> anyhow::Result<Self> {
        let longest = Duration::from_millis(config.limits.request_timeout_ms);
        let db = Db::connect(&config.database, longest, observer).await?;
        let settings = Settings {
            time_zone: config.time_zone.clone(),
            comments: comments(&config),
            autosave_days: config.autosave_days,
            site_name: config.site_name.clone(),
            editor_url: config.editor_url.clone(),
            sessions: SessionSettings { idle_minutes: config.sessions.idle_minutes, longest_days: config.sessions.longest_days },
            sign_ins: SignInLimits { per_account: config.limits.sign_ins_per_account, per_address: config.limits.sign_ins_per_address },
        };
        let shared = Shared { akismet: Akismet::new(&config.akismet)?, settings, ..Shared::default() };
        let (search, mailer) = (search_engine(&config)?, mailer(&config)?);
        let domain = Domain { db, since: None, clock, passing: Default::default(), search, mailer, shared: Arc::new(shared) };
        Ok(Self { config, domain })
    }
}

/// Without a server that takes mails, moderators are written none: nobody would read them where they are printed.
fn comments(config: &Config) -> CommentConfig {
    let mut comments = config.comments.clone();
    if config.mail.url.expose().is_empty() {
        comments.digest_minutes = 0;
    }
    comments
}

fn mailer(config: &Config) -> anyhow::Result<Arc<dyn Mailer>> {
    if config.mail.url.expose().is_empty() {
        return Ok(Arc::new(Printer));
    }
    Ok(Arc::new(Smtp::new(&config.mail)?))
}

fn search_engine(config: &Config) -> anyhow::Result<Arc<dyn SearchEngine>> {
    match config.search.engine {
        SearchEngineKind::Tantivy => Ok(Arc::new(TantivyEngine::new(config.data_dir.join("search")))),
        SearchEngineKind::Meilisearch => Ok(Arc::new(MeilisearchEngine::new(&config.search)?)),
    }
}

/// Opens the database for migrations, making the data folder first.
pub async fn open_for_migration(config: &Config) -> anyhow::Result<DatabaseConnection> {
    if config.database.url.starts_with("sqlite:") {
        std::fs::create_dir_all(&config.data_dir).with_context(|| format!("cannot make the data folder {}", config.data_dir.display()))?;
    }
    Db::connect_for_migration(&config.database).await
}

/// Brings the database up to date. On PostgreSQL one process at a time does so.
pub async fn migrate(db: &DatabaseConnection) -> anyhow::Result<()> {
    use sea_orm::{ConnectionTrait, TransactionTrait};
    if db.get_database_backend() == DbBackend::Postgres {
        let txn = db.begin().await?;
        txn.execute_unprepared("SELECT pg_advisory_xact_lock(95854733)").await?;
        Migrator::up(&txn, None).await?;
        txn.commit().await?;
    } else {
        Migrator::up(db, None).await?;
    }
    Ok(())
}

/// Every migration that this version knows, and whether the database has it.
pub async fn migrations(db: &DatabaseConnection) -> anyhow::Result<Vec<(String, MigrationStatus)>> {
    let migrations = Migrator::get_migration_with_status_read_only(db).await?;
    Ok(migrations.iter().map(|migration| (migration.name().to_owned(), migration.status())).collect())
}
