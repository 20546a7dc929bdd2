//! The first rows of many owners at once.

use entity::row::Columns;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, SelectStatement, ValueTuple};
use sea_orm::{Condition, DbBackend, DbErr, EntityTrait, IntoSimpleExpr, Order, QueryTrait, Statement, Value};
use uuid::Uuid;

use super::{Known, Read, Reader, Rows, statement};

/// The table of the owners, and its only column.
const OWNERS: &str = "owners";
const OWNER: &str = "column1";

/// The first `most` rows that each owner has in an order, of each no more than that read where an index begins with the owner and has
/// the order.
pub struct FirstOfEach<E: EntityTrait> {
    /// The column that names the owner.
    pub owner: E::Column,
    /// Which rows count.
    pub filter: Condition,
    /// The query of one owner, where it is always the same, with the values of the filter.
    pub known: Option<(&'static Known, Vec<Value>)>,
    pub order: [E::Column; 2],
    pub direction: Order,
    pub most: u64,
}

impl<E: EntityTrait> FirstOfEach<E> {
    /// The rows of owners that are named once each, in no order.
    pub async fn rows<R: Columns<Entity = E>>(self, db: &Reader, owners: &[Uuid]) -> Result<Vec<R>, DbErr> {
        let of_one = |backend, owner| self.statement_of_one::<R>(backend, owner);
        db.rows_of_each(owners, of_one, |owners| self.of_all::<R>(owners)).await
    }

    fn statement_of_one<R: Columns<Entity = E>>(&self, backend: DbBackend, owner: Uuid) -> Statement {
        let values = |of_filter: &[Value]| [&[owner.into()], of_filter, &[self.most.into()]].concat();
        let known = self.known.as_ref().map(|(known, of_filter)| (*known, values(of_filter)));
        statement(backend, known, || self.of_one::<R>(owner.into()))
    }

    /// The rows of one owner.
    fn of_one<R: Columns<Entity = E>>(&self, owner: Expr) -> SelectStatement {
        let mut query = Rows::<E>::all().selecting::<R>().into_query();
        query.and_where(self.owner.into_simple_expr().eq(owner)).cond_where(self.filter.clone());
        for column in self.order {
            query.order_by_expr(column.into_simple_expr(), self.direction.clone());
        }
        query.limit(self.most).take()
    }

    /// Those of all, by a lateral join.
    fn of_all<R: Columns<Entity = E>>(&self, owners: &[Uuid]) -> SelectStatement {
        let mut query = Rows::<E>::all().selecting::<R>().into_query();
        query.from_clear().from_values(table(owners), OWNERS);
        let of_one = self.of_one::<R>(Expr::col((OWNERS, OWNER)));
        query.join_lateral(JoinType::InnerJoin, of_one, E::default(), Expr::cust("TRUE")).take()
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
