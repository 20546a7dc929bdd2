//! Writing, the same whichever the database: transactions, and statements of their own.

use entity::row::{FromRow, Whole};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryTrait, Statement,
    TransactionTrait,
};

use super::reader::Source;
use super::{StatementObserver, sqlite};

/// What can be written to: a [`Transaction`], or a [`Writer`], where each statement is a transaction.
pub trait Sink: Source {
    /// Runs a statement that writes, and returns how many rows it wrote.
    fn execute(&self, statement: Statement) -> impl Future<Output = Result<u64, DbErr>> + Send;
}

/// Where writes go.
#[derive(Clone)]
pub struct Writer {
    to: To,
    observer: Option<StatementObserver>,
}

#[derive(Clone)]
enum To {
    Sqlite(sqlite::Writer),
    Postgres(DatabaseConnection),
}

/// A transaction, or a part of one that can be taken back alone. Unless it is committed it is taken back when it is dropped.
pub struct Transaction(Inner);

enum Inner {
    Sqlite { transaction: sqlite::Transaction, observer: Option<StatementObserver> },
    Postgres(DatabaseTransaction),
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Writer {
    /// Writes to SQLite.
    pub(super) fn of_sqlite(writer: sqlite::Writer, observer: Option<StatementObserver>) -> Self {
        Self { to: To::Sqlite(writer), observer }
    }

    /// Writes to PostgreSQL; the pool tells its observer itself.
    pub(super) fn of_postgres(pool: DatabaseConnection) -> Self {
        Self { to: To::Postgres(pool), observer: None }
    }

    /// Begins a transaction. On SQLite it takes the write lock at once, so that it can't fail half-way for want of it.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_as(false).await
    }

    /// The same for many small ones: those that come at once may be made last together. It may see what the others have written and
    /// no reader sees yet: so it must read through itself alone, and be committed before anything is told of what it has read.
    pub async fn begin_joining(&self) -> Result<Transaction, DbErr> {
        self.begin_as(true).await
    }

    async fn begin_as(&self, joins: bool) -> Result<Transaction, DbErr> {
        Ok(Transaction(match &self.to {
            To::Sqlite(writer) => Inner::Sqlite { transaction: writer.begin(joins).await?, observer: self.observer.clone() },
            To::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    pub(super) async fn close(&self) {
        match &self.to {
            To::Sqlite(writer) => writer.close().await,
            // A failure to close says only that the connection was gone already.
            To::Postgres(pool) => drop(pool.close_by_ref().await),
        }
    }
}

impl Transaction {
    /// Begins a part of it that can be taken back alone, and that must end before anything else is done with the whole.
    pub async fn part(&self) -> Result<Self, DbErr> {
        Ok(Self(match &self.0 {
            Inner::Sqlite { transaction, observer } => Inner::Sqlite { transaction: transaction.part()?, observer: observer.clone() },
            Inner::Postgres(transaction) => Inner::Postgres(transaction.begin().await?),
        }))
    }

    /// Makes what was written last; of a part, lets it stand and fall with the whole.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Sqlite { transaction, .. } => transaction.commit().await,
            Inner::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// Takes back what was written.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.0 {
            Inner::Sqlite { transaction, .. } => transaction.rollback(),
            Inner::Postgres(transaction) => transaction.rollback().await,
        }
    }
}

impl Source for Transaction {
    fn backend(&self) -> DbBackend {
        match self.0 {
            Inner::Sqlite { .. } => DbBackend::Sqlite,
            Inner::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn rows<T: FromRow + Send>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        match &self.0 {
            Inner::Sqlite { transaction, observer } => {
                tell(observer.as_ref(), &statement);
                transaction.rows(&statement)
            }
            Inner::Postgres(transaction) => transaction.rows(statement).await,
        }
    }
}

impl Sink for Transaction {
    async fn execute(&self, statement: Statement) -> Result<u64, DbErr> {
        match &self.0 {
            Inner::Sqlite { transaction, observer } => {
                tell(observer.as_ref(), &statement);
                transaction.execute(&statement)
            }
            Inner::Postgres(transaction) => Ok(transaction.execute_raw(statement).await?.rows_affected()),
        }
    }
}

impl Source for Writer {
    fn backend(&self) -> DbBackend {
        match self.to {
            To::Sqlite(_) => DbBackend::Sqlite,
            To::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn rows<T: FromRow + Send>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        match &self.to {
            To::Sqlite(_) => {
                let transaction = self.begin().await?;
                let rows = transaction.rows(statement).await?;
                transaction.commit().await?;
                Ok(rows)
            }
            To::Postgres(pool) => pool.rows(statement).await,
        }
    }
}

impl Sink for Writer {
    async fn execute(&self, statement: Statement) -> Result<u64, DbErr> {
        match &self.to {
            To::Sqlite(_) => {
                let transaction = self.begin().await?;
                let written = transaction.execute(statement).await?;
                transaction.commit().await?;
                Ok(written)
            }
            To::Postgres(pool) => Ok(pool.execute_raw(statement).await?.rows_affected()),
        }
    }
}

/// Writing what a query says.
pub trait Write: Sized {
    /// Runs it, and returns how many rows it wrote.
    fn write(self, to: &impl Sink) -> impl Future<Output = Result<u64, DbErr>> + Send;
}

impl<Q: QueryTrait> Write for Q {
    fn write(self, to: &impl Sink) -> impl Future<Output = Result<u64, DbErr>> + Send {
        to.execute(self.build(to.backend()))
    }
}

/// Inserts a row. Which statement that takes is known beforehand.
pub async fn insert_row<R: Whole>(row: R, to: &impl Sink) -> Result<(), DbErr> {
    let backend = to.backend();
    to.execute(Statement::from_sql_and_values(backend, R::insertion(backend), row.into_values())).await.map(drop)
}

/// Inserts rows, if there are any.
pub async fn insert_rows<A: ActiveModelTrait>(rows: impl IntoIterator<Item = A>, to: &impl Sink) -> Result<(), DbErr> {
    let rows: Vec<A> = rows.into_iter().collect();
    if !rows.is_empty() {
        A::Entity::insert_many(rows).write(to).await?;
    }
    Ok(())
}

/// Updates a row, which must be there, in the columns that are set.
pub async fn update_row<A: ActiveModelTrait>(row: A, to: &impl Sink) -> Result<(), DbErr> {
    let written = A::Entity::update(row).validate()?.write(to).await?;
    if written == 0 { Err(DbErr::RecordNotUpdated) } else { Ok(()) }
}

fn tell(observer: Option<&StatementObserver>, statement: &Statement) {
    if let Some(observer) = observer {
        observer(&statement.sql);
    }
}
