//! What moderators see: the queue with its filters and counts, and what became of earlier comments of the same origin.

use std::collections::HashMap;

use entity::comment;
use entity::enums::{CommentStatus, Kind};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Subject, attempt, order, subject_column};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Rows};
use crate::domain::error::{Error, Result};
use crate::domain::page::{self, Key, Page, PageRequest};
use crate::domain::{Domain, require};

/// Which comments; what is not said does not narrow.
#[derive(Clone, Debug, Default)]
pub struct QueueFilter {
    pub status: Option<CommentStatus>,
    pub subject: Option<Subject>,
    pub author_email: Option<String>,
    /// Where they came from: an IP address, of which the network counts.
    pub address: Option<String>,
    /// A comment whose network they came from.
    pub same_network_as: Option<Uuid>,
    /// Points of the checks for spam, at least.
    pub least_score: Option<i32>,
    /// Submitted at this moment or later.
    pub from: Option<i64>,
    /// Submitted before this moment.
    pub to: Option<i64>,
}

/// How many comments stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub pending: i64,
    pub approved: i64,
    pub spam: i64,
    pub trash: i64,
}

impl Tally {
    fn add(&mut self, status: CommentStatus, count: i64) {
        match status {
            CommentStatus::Pending => self.pending += count,
            CommentStatus::Approved => self.approved += count,
            CommentStatus::Spam => self.spam += count,
            CommentStatus::Trash => self.trash += count,
        }
    }
}

/// What comments may have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    Email(String),
    /// The hash of a network.
    Network(String),
}

/// The queue that moderators work through.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    filter: &QueueFilter,
    newest_first: bool,
    page: &PageRequest,
) -> Result<Page<comment::Model>> {
    require(actor, Permission::ModerateComments)?;
    page::fetch(
        domain.db.read(),
        select(domain, filter).await?,
        &order(newest_first, |row: &comment::Model| (Key::Int(row.created_at), row.id)),
        page,
    )
    .await
}

/// How many comments a queue holds.
pub async fn count(domain: &Domain, actor: &Actor, filter: &QueueFilter) -> Result<u64> {
    require(actor, Permission::ModerateComments)?;
    Ok(select(domain, filter).await?.number(domain.db.read()).await?)
}

/// How many comments of a queue stand where, whatever status the filter names.
pub async fn tally(domain: &Domain, actor: &Actor, filter: &QueueFilter) -> Result<Tally> {
    require(actor, Permission::ModerateComments)?;
    let rows: Vec<(CommentStatus, i64)> = select(domain, &QueueFilter { status: None, ..filter.clone() })
        .await?
        .column(comment::Column::Status)
        .column_as(comment::Column::Id.count(), "count")
        .group_by(comment::Column::Status)
        .tuples(domain.db.read())
        .await?;
    let mut tally = Tally::default();
    rows.into_iter().for_each(|(status, count)| tally.add(status, count));
    Ok(tally)
}

async fn select(domain: &Domain, filter: &QueueFilter) -> Result<Rows<comment::Entity>> {
    // True of every comment: it names the index of the queue.
    let mut rows = Rows::<comment::Entity>::all().filter(Expr::cust("spam_score >= 0"));
    if let Some(status) = filter.status {
        rows = rows.filter(comment::Column::Status.eq(status));
    }
    if let Some((kind, id)) = filter.subject {
        rows = rows.filter(subject_column(kind).eq(id));
    }
    if let Some(email) = &filter.author_email {
        rows = rows.filter(comment::Column::AuthorEmail.eq(email.trim().to_lowercase()));
    }
    if let Some(address) = &filter.address {
        rows = rows.filter(comment::Column::NetworkHash.eq(attempt::network_hash(domain, address.trim()).await?));
    }
    if let Some(id) = filter.same_network_as {
        let found = comment::Entity::find_by_id(id).row(domain.db.read()).await?.ok_or(Error::NotFound(Kind::Comment))?;
        // A comment that nobody knows the origin of has nothing in common with others.
        rows = match found.network_hash {
            Some(hash) => rows.filter(comment::Column::NetworkHash.eq(hash)),
            None => rows.filter(comment::Column::Id.eq(id)),
        };
    }
    if let Some(score) = filter.least_score {
        rows = rows.filter(comment::Column::SpamScore.gte(score));
    }
    if let Some(from) = filter.from {
        rows = rows.filter(comment::Column::CreatedAt.gte(from));
    }
    if let Some(to) = filter.to {
        rows = rows.filter(comment::Column::CreatedAt.lt(to));
    }
    Ok(rows)
}

/// What became of all comments of some origins.
pub async fn histories(domain: &Domain, actor: &Actor, origins: &[Origin]) -> Result<HashMap<Origin, Tally>> {
    require(actor, Permission::ModerateComments)?;
    let (mut emails, mut networks) = (Vec::new(), Vec::new());
    for origin in origins {
        match origin {
            Origin::Email(email) => emails.push(email.clone()),
            Origin::Network(hash) => networks.push(hash.clone()),
        }
    }
    let mut found = HashMap::new();
    let of: fn(_) -> _ = Origin::Email;
    let columns = [(comment::Column::AuthorEmail, emails, of), (comment::Column::NetworkHash, networks, Origin::Network)];
    for (column, values, origin) in columns.into_iter().filter(|(_, values, _)| !values.is_empty()) {
        let rows: Vec<(String, CommentStatus, i64)> = Rows::<comment::Entity>::all()
            .column(column)
            .column(comment::Column::Status)
            .column_as(comment::Column::Id.count(), "count")
            .filter(column.is_in(values))
            .group_by(column)
            .group_by(comment::Column::Status)
            .tuples(domain.db.read())
            .await?;
        for (value, status, count) in rows {
            found.entry(origin(value)).or_insert_with(Tally::default).add(status, count);
        }
    }
    Ok(found)
}
