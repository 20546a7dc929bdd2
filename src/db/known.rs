//! Queries whose text is known.

use std::sync::OnceLock;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbBackend, Statement, Value};

/// How far apart two looks at the clock may be, in milliseconds.
const LOOKS_APART_MS: u64 = 60_000;

/// A query that is the same each time but for its values. Its text is made once for each database: to put a query together anew costs
/// more than many take to run.
#[derive(Debug, Default)]
pub struct Known {
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Known {
    /// One that was not asked yet.
    pub const fn new() -> Self {
        Self { sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// The statement that `query` makes, whose values are given in the order in which it binds them. A build with assertions makes it
    /// each time, and compares; it looks at the clock again meanwhile.
    pub fn statement(&self, backend: DbBackend, values: impl IntoIterator<Item = Value>, query: impl Fn() -> SelectStatement) -> Statement {
        let text = if backend == DbBackend::Postgres { &self.postgres } else { &self.sqlite };
        let text = text.get_or_init(|| backend.build(&query()).sql);
        let statement = Statement::from_sql_and_values(backend, text.as_str(), values);
        debug_assert!(is_made_by(&query(), &statement), "a known query is another one");
        statement
    }
}

/// The statement that a query makes: by its known text and these values where it is always the same, and put together anew where not.
pub fn statement(
    backend: DbBackend,
    known: Option<(&Known, impl IntoIterator<Item = Value>)>,
    query: impl Fn() -> SelectStatement,
) -> Statement {
    match known {
        Some((known, values)) => known.statement(backend, values, query),
        None => backend.build(&query()),
    }
}

fn is_made_by(query: &SelectStatement, statement: &Statement) -> bool {
    let made = statement.db_backend.build(query);
    let values = |statement: &Statement| statement.values.clone().map(|values| values.0).unwrap_or_default();
    let (ours, theirs) = (values(statement), values(&made));
    made.sql == statement.sql && ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, other)| is_same(one, other))
}

/// Whether two values are the same, or moments of one look at the clock and the next.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::BigInt(Some(one)), Value::BigInt(Some(other))) => one.abs_diff(*other) <= LOOKS_APART_MS,
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, is_same};
    use entity::topic;
    use sea_orm::sea_query::SelectStatement;
    use sea_orm::{ColumnTrait, DbBackend, QueryFilter, QuerySelect, QueryTrait};

    use crate::db::Rows;

    fn named(name: &str) -> SelectStatement {
        Rows::<topic::Entity>::all().column(topic::Column::Id).filter(topic::Column::Name.eq(name)).limit(1).into_query()
    }

    #[test]
    fn the_text_is_that_of_the_query_and_the_values_are_those_given() {
        static KNOWN: Known = Known::new();
        for (backend, place) in [(DbBackend::Sqlite, "?"), (DbBackend::Postgres, "$1")] {
            for name in ["Air", "Pangan"] {
                let statement = KNOWN.statement(backend, [name.into(), 1_u64.into()], || named(name));
                assert_eq!(statement, backend.build(&named(name)));
                assert!(statement.sql.contains(&format!("\"name\" = {place}")), "{}", statement.sql);
            }
        }
    }

    #[test]
    fn only_moments_may_differ() {
        assert!(is_same(&1_000_i64.into(), &1_001_i64.into()));
        assert!(!is_same(&1_000_i64.into(), &i64::MAX.into()) && !is_same(&1_000_i32.into(), &1_001_i32.into()));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "a known query is another one")]
    fn values_in_another_order_are_noticed() {
        Known::new().statement(DbBackend::Sqlite, [1_u64.into(), "Air".into()], || named("Air"));
    }
}
