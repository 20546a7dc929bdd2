//! A feed of what changes, for open editors and front ends. The audit log is its source, so that it tells of what other
//! processes write, too: at once of what this process commits, within half a second of the rest.

use std::collections::HashMap;
use std::time::Duration;

use entity::audit_entry;
use entity::enums::Kind;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use tokio::sync::{Mutex, Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Domain;
use super::error::Result;
use crate::db::{Read, Rows};

/// How often other processes' writes are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How much later than its time stamp a change may become visible, in milliseconds: the longest transaction and the
/// difference between the clocks of two machines.
const LATEST_MS: i64 = 10_000;
/// How many changes a slow reader may be behind before it misses some.
const BACKLOG: usize = 1_024;

/// Something that was done to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: Kind,
    pub id: Uuid,
    /// Such as `publish`.
    pub action: String,
    pub actor_name: String,
    pub at: i64,
}

/// The feed of this process.
pub struct Changes {
    /// Its receivers are the followers.
    pub sender: broadcast::Sender<Change>,
    /// Counts what may have ended somebody's rights: of users, sessions and tokens.
    access: watch::Sender<u64>,
    /// Told after each commit.
    pub committed: Notify,
    /// The audit entries that were told of, by id, as long as they may be read again.
    told: Mutex<HashMap<Uuid, i64>>,
}

impl Default for Changes {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(BACKLOG), access: watch::Sender::new(0), committed: Notify::new(), told: Mutex::default() }
    }
}

/// Follows what changes from now on.
pub async fn subscribe(domain: &Domain) -> Result<broadcast::Receiver<Change>> {
    let mut told = domain.changes.told.lock().await;
    begin(domain, &mut told).await?;
    Ok(domain.changes.sender.subscribe())
}

/// Follows what may end somebody's rights: the receiver has changed when they should be looked at again.
pub async fn follow_access(domain: &Domain) -> Result<watch::Receiver<u64>> {
    let mut told = domain.changes.told.lock().await;
    begin(domain, &mut told).await?;
    Ok(domain.changes.access.subscribe())
}

/// When nobody has listened, what was done before now is nobody's news.
async fn begin(domain: &Domain, told: &mut HashMap<Uuid, i64>) -> Result<()> {
    if !is_heard(domain) {
        *told = recent(domain).await?.into_iter().map(|entry| (entry.id, entry.created_at)).collect();
    }
    Ok(())
}

fn is_heard(domain: &Domain) -> bool {
    domain.changes.sender.receiver_count() > 0 || domain.changes.access.receiver_count() > 0
}

/// Tells listeners of what is new.
pub async fn tell(domain: &Domain) -> Result<()> {
    let mut told = domain.changes.told.lock().await;
    if !is_heard(domain) {
        return Ok(());
    }
    let now = domain.clock.now();
    told.retain(|_, at| *at >= now - 2 * LATEST_MS);
    for entry in recent(domain).await? {
        if told.insert(entry.id, entry.created_at).is_some() {
            continue;
        }
        if matches!(entry.subject_kind, Kind::User | Kind::Session | Kind::ApiToken) {
            domain.changes.access.send_modify(|count| *count += 1);
            continue;
        }
        let Some((_, action)) = entry.action.split_once('.') else { continue };
        if matches!(entry.subject_kind, Kind::Topic | Kind::Region) {
            // What is told next may name it, and is told once.
            domain.has_changed();
        }
        let (action, actor_name, at) = (action.to_owned(), entry.actor_name.clone(), entry.created_at);
        // It fails only when the last listener has just left.
        let _ = domain.changes.sender.send(Change { kind: entry.subject_kind, id: entry.subject_id, action, actor_name, at });
    }
    Ok(())
}

/// The audit entries of the last moments, in their order.
async fn recent(domain: &Domain) -> Result<Vec<audit_entry::Model>> {
    let entries = Rows::<audit_entry::Entity>::all().filter(audit_entry::Column::CreatedAt.gte(domain.clock.now() - LATEST_MS));
    let entries = entries.order_by_asc(audit_entry::Column::CreatedAt).order_by_asc(audit_entry::Column::Id);
    Ok(entries.rows(domain.db.read()).await?)
}

/// Runs the feed until `shutdown`.
pub async fn run(domain: Domain, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        if let Err(error) = tell(&domain).await {
            tracing::warn!(error = error.detail(), "changes could not be told");
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = domain.changes.committed.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
