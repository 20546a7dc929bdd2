//! The first rows of many owners at once.

use entity::row::Columns;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement, ValueTuple};
use sea_orm::{Condition, DbBackend, DbErr, EntityTrait, IntoSimpleExpr, Order, QueryTrait, Value};
use uuid::Uuid;

use super::{Read, Rows, Source};

/// The table of the owners, and its only column.
const OWNERS: &str = "owners";
const OWNER: &str = "column1";

/// The first `most` rows that each owner has in an order. However many owners: one statement, which reads of each no more than that
/// where an index begins with the owner and has the order.
pub struct FirstOfEach<E: EntityTrait> {
    /// The column that names the owner.
    pub owner: E::Column,
    /// Which rows count.
    pub filter: Condition,
    pub order: [E::Column; 2],
    pub direction: Order,
    pub most: u64,
}

impl<E: EntityTrait> FirstOfEach<E> {
    /// The rows, in no order.
    pub async fn rows<R: Columns<Entity = E>>(self, db: &impl Source, owners: &[Uuid]) -> Result<Vec<R>, DbErr> {
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let query = match db.backend() {
            DbBackend::Sqlite => self.in_sqlite::<R>(owners),
            _ => self.in_postgres::<R>(owners),
        };
        db.rows(db.backend().build(&query)).await
    }

    /// What is selected of the rows of one owner.
    fn of_one(&self, columns: SelectStatement) -> SelectStatement {
        let mut query = columns;
        query.and_where(self.owner.into_simple_expr().eq(Expr::col((OWNERS, OWNER)))).cond_where(self.filter.clone());
        for column in self.order {
            query.order_by_expr(column.into_simple_expr(), self.direction.clone());
        }
        query.limit(self.most).take()
    }

    /// A lateral join.
    fn in_postgres<R: Columns<Entity = E>>(&self, owners: &[Uuid]) -> SelectStatement {
        let of_one = self.of_one(Rows::<E>::all().selecting::<R>().into_query());
        let mut query = Rows::<E>::all().selecting::<R>().into_query();
        query.from_clear().from_values(table(owners), OWNERS);
        query.join_lateral(JoinType::InnerJoin, of_one, E::default(), Expr::cust("TRUE")).take()
    }

    /// SQLite knows no lateral joins, and finds as many rows by their numbers.
    fn in_sqlite<R: Columns<Entity = E>>(&self, owners: &[Uuid]) -> SelectStatement {
        let number = || Expr::col((E::default(), "rowid"));
        let numbers = self.of_one(Query::select().expr(number()).from(E::default()).take());
        let mut query = Rows::<E>::all().selecting::<R>().into_query();
        query.from_clear().from_values(table(owners), OWNERS);
        query.join(JoinType::CrossJoin, E::default(), Condition::all()).and_where(number().in_subquery(numbers)).take()
    }
}

fn table(owners: &[Uuid]) -> Vec<ValueTuple> {
    filled(owners, Uuid::nil()).map(|id| ValueTuple::One(Value::from(id))).collect()
}

/// Ids, filled up to one of few numbers, so that few statements need to be prepared: with the last of them once more, which an `IN`
/// looks up but once.
pub fn padded(ids: &[Uuid]) -> impl Iterator<Item = Uuid> {
    filled(ids, ids.last().copied().unwrap_or_default())
}

/// Filled up to a number that a statement is prepared for: those that pages have are among them.
fn filled(ids: &[Uuid], with: Uuid) -> impl Iterator<Item = Uuid> {
    let number = match ids.len() {
        few @ ..=10 => few,
        some @ 11..=50 => some.next_multiple_of(5),
        more @ 51..=100 => more.next_multiple_of(10),
        many => many.next_power_of_two(),
    };
    ids.iter().copied().chain(std::iter::repeat_n(with, number - ids.len()))
}
