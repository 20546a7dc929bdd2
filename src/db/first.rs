//! The first rows of many owners at once.

use entity::row::Columns;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement, ValueTuple};
use sea_orm::{Condition, DbBackend, DbErr, EntityTrait, IntoSimpleExpr, Order, QueryTrait, Value};
use uuid::Uuid;

use super::Source;

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
        let of_one = self.of_one(E::find().into_query());
        let mut query = R::of(E::find()).into_query();
        query.from_clear().from_values(table(owners), OWNERS);
        query.join_lateral(JoinType::InnerJoin, of_one, E::default(), Expr::cust("TRUE")).take()
    }

    /// SQLite knows no lateral joins, and finds as many rows by their numbers.
    fn in_sqlite<R: Columns<Entity = E>>(&self, owners: &[Uuid]) -> SelectStatement {
        let number = || Expr::col((E::default(), "rowid"));
        let numbers = self.of_one(Query::select().expr(number()).from(E::default()).take());
        let mut query = R::of(E::find()).into_query();
        query.from_clear().from_values(table(owners), OWNERS);
        query.join(JoinType::CrossJoin, E::default(), Condition::all()).and_where(number().in_subquery(numbers)).take()
    }
}

fn table(owners: &[Uuid]) -> Vec<ValueTuple> {
    padded(owners).map(|id| ValueTuple::One(Value::from(id))).collect()
}

/// Ids, filled up with one that nothing has to a number that is one of a few, so that few statements need to be prepared.
pub fn padded(ids: &[Uuid]) -> impl Iterator<Item = Uuid> {
    let missing = ids.len().next_power_of_two() - ids.len();
    ids.iter().copied().chain(std::iter::repeat_n(Uuid::nil(), missing))
}
