//! How much one network and one e-mail address may write. Comments count by themselves; what cannot be seen of them counts as an attempt:
//! their changes, and those that were taken back, so that this frees nothing. What goes with a purged article counts no more.

use entity::{comment, comment_attempt};
use quick_cache::sync::Cache;
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Value};

use super::KEY;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::auth::signature;
use crate::db::{Db, Known, Rows, Source, Transaction, Turn, Write, insert_row, insert_rows};
use crate::domain::error::{Error, Result};
use crate::domain::{Domain, site_key, throttle};

/// How long it is remembered that somebody was refused, in ticks of the clock: a minute.
const REFUSED_TICKS: i64 = 60_000;
/// Of how many that is remembered.
const MOST_REFUSED: usize = 4_096;
/// For how long comments and attempts count, in milliseconds: an hour.
const WINDOW_MS: i64 = 3_600_000;

/// By which what comes from one network is found once its address is forgotten: a key of the site keeps others from trying all
/// addresses.
pub(super) async fn network_hash(domain: &Domain, address: &str) -> Result<String> {
    Ok(HashKey::get(domain).await?.hash(&format!("network {}", throttle::network(address))))
}

/// That of an actor.
pub(super) async fn network_of(domain: &Domain, actor: &Actor) -> Result<Option<String>> {
    match &actor.address {
        Some(address) => network_hash(domain, address).await.map(Some),
        None => Ok(None),
    }
}

/// The site's key of hashes. Got before a transaction begins: it may have to be read or made, and a transaction waits for no other.
pub struct HashKey(Vec<u8>);

impl HashKey {
    /// The key, made now if this is the first time that one is needed.
    pub async fn get(domain: &Domain) -> Result<Self> {
        site_key::get(domain, KEY).await.map(Self)
    }

    fn hash(&self, text: &str) -> String {
        signature::sign(&self.0, text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    fn row(&self, domain: &Domain, email: &str, network_hash: Option<String>, created_at: i64) -> comment_attempt::Model {
        let email_hash = self.hash(&format!("email {email}"));
        comment_attempt::Model { id: domain.clock.new_id(), network_hash, email_hash, created_at }
    }
}

/// Somebody who is about to write, under an e-mail address and from a network.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    email: String,
    /// As it is counted where it becomes no comment of its own.
    row: comment_attempt::Model,
}

impl Attempt {
    /// That of an actor. None of those who decide on comments, who may write as they like.
    pub(super) async fn of(domain: &Domain, actor: &Actor, email: &str, network_hash: Option<String>) -> Result<Option<Self>> {
        if actor.may(Permission::ModerateComments) {
            return Ok(None);
        }
        let row = HashKey::get(domain).await?.row(domain, email, network_hash, domain.clock.now());
        Ok(Some(Self { email: email.to_owned(), row }))
    }
}

/// What is counted of one sort, by comments and by attempts, and how many of them there may be.
struct Limit<'a> {
    comments: (comment::Column, &'a String),
    attempts: (comment_attempt::Column, &'a String),
    most: u64,
}

/// Fails when there were too many within the last hour.
pub(super) async fn refuse_surplus(domain: &Domain, db: &impl Source, attempt: Option<&Attempt>) -> Result<()> {
    let Some(Attempt { email, row }) = attempt else { return Ok(()) };
    // With and without a network.
    static SPENT: [Known; 2] = [const { Known::new() }; 2];
    let settings = &domain.settings.comments;
    let of_network = row.network_hash.as_ref().map(|hash| Limit {
        comments: (comment::Column::NetworkHash, hash),
        attempts: (comment_attempt::Column::NetworkHash, hash),
        most: settings.per_address,
    });
    let of_email = Limit {
        comments: (comment::Column::AuthorEmail, email),
        attempts: (comment_attempt::Column::EmailHash, &row.email_hash),
        most: settings.per_email,
    };
    let spent = &SPENT[usize::from(of_network.is_some())];
    let limits: Vec<_> = of_network.into_iter().chain([of_email]).collect();
    let since = row.created_at - WINDOW_MS;
    // As many are read as may be made, and no more.
    let but_last = |most: u64| most.saturating_sub(1);
    let query = || {
        let are_spent = limits.iter().map(|Limit { comments, attempts, most }| {
            let comments = Rows::<comment::Entity>::all().column(comment::Column::Id).filter(comments.0.eq(comments.1));
            let mut all = comments.filter(comment::Column::CreatedAt.gt(since)).into_query();
            let attempts = Rows::<comment_attempt::Entity>::all().column(comment_attempt::Column::Id).filter(attempts.0.eq(attempts.1));
            all.union(UnionType::All, attempts.filter(comment_attempt::Column::CreatedAt.gt(since)).into_query());
            Expr::exists(all.limit(1).offset(but_last(*most)).take())
        });
        Query::select().expr(Expr::cust("1")).and_where_option(are_spent.reduce(Expr::or)).take()
    };
    let values = limits.iter().flat_map(|Limit { comments, attempts, most }| -> [Value; 6] {
        [comments.1.into(), since.into(), attempts.1.into(), since.into(), 1_u64.into(), but_last(*most).into()]
    });
    let spent = spent.statement(db.backend(), values, query);
    if db.rows::<i32>(spent).await?.is_empty() { Ok(()) } else { Err(Error::Throttled { retry_after_seconds: 600 }) }
}

/// Who was refused lately, by hash, and when: they are refused again before anything costs much, and keep nobody from writing.
pub struct Refused(Cache<String, i64>);

impl Default for Refused {
    fn default() -> Self {
        Self(Cache::new(MOST_REFUSED))
    }
}

impl Refused {
    fn note(&self, attempt: &comment_attempt::Model, now: i64) {
        for hash in attempt.network_hash.iter().chain([&attempt.email_hash]) {
            self.0.insert(hash.clone(), now);
        }
    }

    fn knows(&self, attempt: &comment_attempt::Model, now: i64) -> bool {
        let mut hashes = attempt.network_hash.iter().chain([&attempt.email_hash]);
        hashes.any(|hash| self.0.get(hash).is_some_and(|at| now - at < REFUSED_TICKS))
    }
}

/// Refuses an attempt of somebody who was refused lately, if they still are over the limit.
pub(super) async fn refuse_again(domain: &Domain, attempt: Option<&Attempt>) -> Result<()> {
    let known = attempt.filter(|attempt| domain.refused_writers.knows(&attempt.row, domain.clock.ticks()));
    refuse_surplus(domain, domain.db.read(), known).await
}

/// Has those wait whose comments and attempts count together.
pub(super) async fn take_turn(txn: &Transaction, attempt: Option<&Attempt>) -> Result<()> {
    let Some(Attempt { row, .. }) = attempt else { return Ok(()) };
    if let Some(network) = &row.network_hash {
        Db::take_turns_for(txn, Turn::CommentNetwork, network).await?;
    }
    Db::take_turns_for(txn, Turn::CommentEmail, &row.email_hash).await?;
    Ok(())
}

/// Fails when there were too many, and remembers that.
pub(super) async fn refuse(txn: &Transaction, domain: &Domain, attempt: Option<&Attempt>) -> Result<()> {
    refuse_surplus(domain, txn, attempt).await.inspect_err(|_| {
        attempt.inspect(|attempt| domain.refused_writers.note(&attempt.row, domain.clock.ticks()));
    })
}

/// Counts the change of a comment, or refuses it. Many at once are counted one after another.
pub(super) async fn admit(txn: &Transaction, domain: &Domain, attempt: Option<Attempt>) -> Result<()> {
    take_turn(txn, attempt.as_ref()).await?;
    refuse(txn, domain, attempt.as_ref()).await?;
    Ok(insert_rows(attempt.map(|attempt| attempt.row), txn).await?)
}

/// Has a comment count that is about to be erased, for as long as it would have.
pub(super) async fn keep(txn: &Transaction, domain: &Domain, key: &HashKey, comment: &comment::Model) -> Result<()> {
    let is_counted = comment.erased_at.is_none() && comment.created_at > domain.clock.now() - WINDOW_MS;
    if is_counted {
        insert_row(key.row(domain, &comment.author_email, comment.network_hash.clone(), comment.created_at), txn).await?;
    }
    Ok(())
}

/// Forgets attempts that count no more.
pub async fn tidy(domain: &Domain) -> Result<()> {
    let old = comment_attempt::Column::CreatedAt.lte(domain.clock.now() - WINDOW_MS);
    comment_attempt::Entity::delete_many().filter(old).write(domain.db.write()).await?;
    Ok(())
}
