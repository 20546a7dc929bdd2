//! Queries of the rows of a table.

use std::marker::PhantomData;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

/// A query of the rows of a table. It is what `E::find()` is, but that it names no column before it is known what its rows are read
/// into: to name all and then others is a good part of what a statement costs.
#[derive(Clone, Debug)]
pub struct Rows<E> {
    query: SelectStatement,
    table: PhantomData<E>,
}

impl<E: EntityTrait> Rows<E> {
    /// All of them.
    pub fn all() -> Self {
        let mut query = SelectStatement::new();
        query.from(E::default().table_ref());
        Self { query, table: PhantomData }
    }
}

impl<E: EntityTrait> QueryTrait for Rows<E> {
    type QueryStatement = SelectStatement;

    fn query(&mut self) -> &mut SelectStatement {
        &mut self.query
    }

    fn as_query(&self) -> &SelectStatement {
        &self.query
    }

    fn into_query(self) -> SelectStatement {
        self.query
    }
}

macro_rules! helper {
    ($($helper:ident),*) => {
        $(impl<E: EntityTrait> $helper for Rows<E> {
            type QueryStatement = SelectStatement;

            fn query(&mut self) -> &mut SelectStatement {
                &mut self.query
            }
        })*
    };
}
helper!(QuerySelect, QueryFilter, QueryOrder);
