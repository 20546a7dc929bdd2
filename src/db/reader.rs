//! Reading, the same whichever the database: by position, into rows and tuples.

use std::sync::Arc;

use entity::row::{Columns, FromRow};
use sea_orm::sea_query::{Asterisk, Expr, Func, SelectStatement};
use sea_orm::{DbBackend, DbErr, EntityTrait, QuerySelect, QueryTrait, Select, Statement, Value};
use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use super::rows::Rows;
use super::{StatementObserver, Versions, postgres, sqlite};

/// What can be read from: a [`Reader`], or a transaction, which sees what it has written.
pub trait Source: Sync {
    /// Which database it is.
    fn backend(&self) -> DbBackend;

    /// The rows that a statement selects.
    fn rows<T: FromRow + Send>(&self, statement: Statement) -> impl Future<Output = Result<Vec<T>, DbErr>> + Send;
}

/// Where reads go: to connections for a statement each, or all to one snapshot of the database, so that what is read first and what
/// is read later fit together.
#[derive(Clone)]
pub struct Reader {
    from: From,
    observer: Option<StatementObserver>,
}

#[derive(Clone)]
enum From {
    Sqlite { readers: sqlite::Readers, snapshot: Option<Arc<Mutex<Option<sqlite::Lease>>>> },
    Postgres { pool: postgres::Pool, snapshot: Option<Arc<OnceCell<postgres::Lease>>> },
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Reader {
    /// Reads from SQLite.
    pub(super) fn of_sqlite(readers: sqlite::Readers, observer: Option<StatementObserver>) -> Self {
        Self { from: From::Sqlite { readers, snapshot: None }, observer }
    }

    /// Reads from PostgreSQL. Snapshots need a pool whose transactions are repeatable reads as they begin, see
    /// [`Db::connect`](super::Db::connect).
    pub(super) fn of_postgres(pool: postgres::Pool, observer: Option<StatementObserver>) -> Self {
        Self { from: From::Postgres { pool, snapshot: None }, observer }
    }

    /// What tells of everything that is written.
    pub(super) fn versions(&self) -> Result<Versions, DbErr> {
        match &self.from {
            From::Sqlite { readers, .. } => readers.witness().map(|witness| Versions::Sqlite(Box::new(witness))),
            From::Postgres { pool, .. } => Ok(Versions::Postgres(pool.clone())),
        }
    }

    /// The same connections, all reads seeing the database as it is at the first of them. One connection is held from then on,
    /// until the last handle is gone.
    pub(super) fn snapshot(&self) -> Self {
        let from = match &self.from {
            From::Sqlite { readers, .. } => From::Sqlite { readers: readers.clone(), snapshot: Some(Arc::default()) },
            From::Postgres { pool, .. } => From::Postgres { pool: pool.clone(), snapshot: Some(Arc::default()) },
        };
        Self { from, observer: self.observer.clone() }
    }

    /// The rows of each of some owners, which are named once each, in any order of the owners. A database that has to be reached is asked by
    /// the query of all of them, if there are several. An embedded one is near: it runs the statement of one for each in turn, which takes it
    /// less than to put them all together. That statement binds the owner before any other value. The observer is told once.
    pub async fn rows_of_each<T: FromRow + Send>(
        &self,
        owners: &[Uuid],
        of_one: impl FnOnce(DbBackend, Uuid) -> Statement + Send,
        of_all: impl FnOnce(&[Uuid]) -> SelectStatement + Send,
    ) -> Result<Vec<T>, DbErr> {
        let Some(first) = owners.first() else { return Ok(Vec::new()) };
        let backend = self.backend();
        let From::Sqlite { readers, snapshot } = &self.from else {
            let statement = if owners.len() == 1 { of_one(backend, *first) } else { backend.build(&of_all(owners)) };
            return self.rows(statement).await;
        };
        let statement = of_one(backend, *first);
        debug_assert!(
            statement.values.as_ref().is_some_and(|values| values.0.first() == Some(&Value::from(*first))),
            "the owner comes first"
        );
        self.observe(&statement);
        // A single statement sees one state of the database: so are all of its runs to.
        from_sqlite(readers, snapshot.as_deref(), owners.len() > 1, |lease| lease.rows_for_each(&statement, owners)).await
    }

    fn observe(&self, statement: &Statement) {
        if let Some(observer) = &self.observer {
            observer(&statement.sql);
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let statement = Statement::from_string(self.backend(), "SELECT 1");
        self.rows::<i32>(statement).await.map(drop)
    }

    pub(super) async fn close(&self) {
        match &self.from {
            From::Sqlite { readers, .. } => readers.close(),
            From::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Source for Reader {
    fn backend(&self) -> DbBackend {
        match self.from {
            From::Sqlite { .. } => DbBackend::Sqlite,
            From::Postgres { .. } => DbBackend::Postgres,
        }
    }

    async fn rows<T: FromRow + Send>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        self.observe(&statement);
        match &self.from {
            From::Sqlite { readers, snapshot } => from_sqlite(readers, snapshot.as_deref(), false, |lease| lease.rows(&statement)).await,
            From::Postgres { pool, snapshot: None } => pool.lease().await?.rows(&statement).await,
            From::Postgres { pool, snapshot: Some(snapshot) } => snapshot.get_or_try_init(|| pool.begin()).await?.rows(&statement).await,
        }
    }
}

/// Reads by the connection of a snapshot or, without one, by a connection of its own, which is a snapshot meanwhile if `is_snapshot`.
async fn from_sqlite<T>(
    readers: &sqlite::Readers,
    snapshot: Option<&Mutex<Option<sqlite::Lease>>>,
    is_snapshot: bool,
    read: impl FnOnce(&sqlite::Lease) -> Result<T, DbErr>,
) -> Result<T, DbErr> {
    let Some(snapshot) = snapshot else { return read(&readers.lease(is_snapshot).await?) };
    let mut lease = snapshot.lock().await;
    match &*lease {
        Some(lease) => read(lease),
        None => read(lease.insert(readers.lease(true).await?)),
    }
}

/// Reading what a query of the rows of a table selects.
pub trait Read<E: EntityTrait>: QueryTrait<QueryStatement = SelectStatement> + QuerySelect + Send + Sized {
    /// The rows as tuples of the columns selected.
    fn tuples<T: FromRow + Send>(self, source: &impl Source) -> impl Future<Output = Result<Vec<T>, DbErr>> + Send {
        async move { source.rows(self.build(source.backend())).await }
    }

    /// The first row as a tuple of the columns selected.
    fn tuple<T: FromRow + Send>(self, source: &impl Source) -> impl Future<Output = Result<Option<T>, DbErr>> + Send {
        async move { Ok(self.limit(1).tuples(source).await?.pop()) }
    }

    /// All rows.
    fn rows(self, source: &impl Source) -> impl Future<Output = Result<Vec<E::Model>, DbErr>> + Send
    where
        E::Model: Columns<Entity = E>,
    {
        self.rows_of(source)
    }

    /// The first row.
    fn row(self, source: &impl Source) -> impl Future<Output = Result<Option<E::Model>, DbErr>> + Send
    where
        E::Model: Columns<Entity = E>,
    {
        self.row_of(source)
    }

    /// Of all rows the columns of `R`.
    fn rows_of<R: Columns<Entity = E>>(self, source: &impl Source) -> impl Future<Output = Result<Vec<R>, DbErr>> + Send {
        self.select_only().selecting::<R>().tuples(source)
    }

    /// Of the first row the columns of `R`.
    fn row_of<R: Columns<Entity = E>>(self, source: &impl Source) -> impl Future<Output = Result<Option<R>, DbErr>> + Send {
        self.select_only().selecting::<R>().tuple(source)
    }

    /// Selects the columns of `R` as well.
    fn selecting<R: Columns<Entity = E>>(self) -> Self {
        self.expr(Expr::cust(R::columns()))
    }

    /// How many rows there are.
    fn number(self, source: &impl Source) -> impl Future<Output = Result<u64, DbErr>> + Send {
        async move {
            let mut query = self.into_query();
            query.clear_selects().clear_order_by().expr(Func::count(Expr::col(Asterisk)));
            let counted = source.rows::<i64>(source.backend().build(&query)).await?;
            Ok(counted.first().copied().and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
        }
    }
}

impl<E: EntityTrait> Read<E> for Select<E> {}
impl<E: EntityTrait> Read<E> for Rows<E> {}
