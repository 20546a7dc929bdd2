//! Writing, the same whichever the database: transactions, and statements of their own.

use entity::row::{FromRow, Whole, places};
use sea_orm::{ActiveModelTrait, DbBackend, DbErr, EntityTrait, QueryTrait, Statement};

use super::reader::Source;
use super::{StatementObserver, postgres, sqlite};

/// Values of a statement that inserts rows: few enough for both databases.
const MOST_VALUES: usize = 8_000;

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
    Postgres(postgres::Pool),
}

/// A transaction, or a part of one that can be taken back alone. Unless it is committed it is taken back when it is dropped.
pub struct Transaction {
    of: Of,
    observer: Option<StatementObserver>,
}

enum Of {
    Sqlite(sqlite::Transaction),
    Postgres(postgres::Transaction),
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

    /// Writes to PostgreSQL.
    pub(super) fn of_postgres(pool: postgres::Pool, observer: Option<StatementObserver>) -> Self {
        Self { to: To::Postgres(pool), observer }
    }

    /// Begins a transaction. On SQLite it takes the write lock at once, so that it can't fail half-way for want of it.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_as(false).await
    }

    /// The same for many small ones: those that come at once may be made last together. It may see what the others have written and
    /// no reader sees yet: so it must read through itself alone, and be committed before anything is told of what it has read, but for a
    /// refusal. One that is taken back after it has written takes the others with it, who are told that they may try again: so it must
    /// write only once nothing can be refused any more.
    pub async fn begin_joining(&self) -> Result<Transaction, DbErr> {
        self.begin_as(true).await
    }

    async fn begin_as(&self, joins: bool) -> Result<Transaction, DbErr> {
        let of = match &self.to {
            To::Sqlite(writer) => Of::Sqlite(writer.begin(joins).await?),
            To::Postgres(pool) => Of::Postgres(pool.transaction().await?),
        };
        Ok(Transaction { of, observer: self.observer.clone() })
    }

    pub(super) async fn close(&self) {
        match &self.to {
            To::Sqlite(writer) => writer.close().await,
            To::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// Begins a part of it that can be taken back alone, and that must end before anything else is done with the whole.
    pub async fn part(&self) -> Result<Self, DbErr> {
        let of = match &self.of {
            Of::Sqlite(transaction) => Of::Sqlite(transaction.part()?),
            Of::Postgres(transaction) => Of::Postgres(transaction.part().await?),
        };
        Ok(Self { of, observer: self.observer.clone() })
    }

    /// Makes what was written last; of a part, lets it stand and fall with the whole.
    pub async fn commit(self) -> Result<(), DbErr> {
        match self.of {
            Of::Sqlite(transaction) => transaction.commit().await,
            Of::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// Takes back what was written.
    pub async fn rollback(self) -> Result<(), DbErr> {
        match self.of {
            Of::Sqlite(transaction) => transaction.rollback(),
            Of::Postgres(transaction) => transaction.rollback().await,
        }
    }
}

impl Source for Transaction {
    fn backend(&self) -> DbBackend {
        match self.of {
            Of::Sqlite(_) => DbBackend::Sqlite,
            Of::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn rows<T: FromRow + Send>(&self, statement: Statement) -> Result<Vec<T>, DbErr> {
        tell(self.observer.as_ref(), &statement);
        match &self.of {
            Of::Sqlite(transaction) => transaction.rows(&statement),
            Of::Postgres(transaction) => transaction.rows(&statement).await,
        }
    }
}

impl Sink for Transaction {
    async fn execute(&self, statement: Statement) -> Result<u64, DbErr> {
        tell(self.observer.as_ref(), &statement);
        match &self.of {
            Of::Sqlite(transaction) => transaction.execute(&statement),
            Of::Postgres(transaction) => transaction.execute(&statement).await,
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
            To::Postgres(pool) => {
                tell(self.observer.as_ref(), &statement);
                pool.lease().await?.rows(&statement).await
            }
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
            To::Postgres(pool) => {
                tell(self.observer.as_ref(), &statement);
                pool.lease().await?.execute(&statement).await
            }
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

/// Inserts a row.
pub async fn insert_row<R: Whole>(row: R, to: &impl Sink) -> Result<(), DbErr> {
    insert_rows([row], to).await
}

/// Inserts rows, however many. Which statement that takes is known beforehand.
pub async fn insert_rows<R: Whole>(rows: impl IntoIterator<Item = R>, to: &impl Sink) -> Result<(), DbErr> {
    let (backend, mut rows) = (to.backend(), rows.into_iter().peekable());
    while rows.peek().is_some() {
        let (mut sql, mut values) = (R::insertion(backend).to_owned(), Vec::new());
        for row in rows.by_ref().take((MOST_VALUES / R::WIDTH).max(1)) {
            if !values.is_empty() {
                sql.push_str(", ");
                sql.push_str(&places(values.len()..values.len() + R::WIDTH, backend));
            }
            values.extend(row.into_values());
        }
        to.execute(Statement::from_sql_and_values(backend, sql, values)).await?;
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
