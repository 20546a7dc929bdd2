//! The row of an entry as its type in the schema holds it: what everybody may see of it, and the rest where it is needed.

use std::ops::Deref;
use std::sync::Arc;

use async_graphql::{Context, Result};
use uuid::Uuid;

use crate::domain::entry::Entry;
use crate::domain::error::Error;
use crate::graphql::{ContextExt, loaders};

/// A row: its head, through which it is read, and all of it where that was read at once.
pub struct EntryRow<E: Entry> {
    head: Arc<E::Head>,
    whole: Option<Arc<E::Row>>,
}

impl<E: Entry> Clone for EntryRow<E> {
    fn clone(&self) -> Self {
        Self { head: Arc::clone(&self.head), whole: self.whole.clone() }
    }
}

impl<E: Entry> Deref for EntryRow<E> {
    type Target = E::Head;

    fn deref(&self) -> &E::Head {
        &self.head
    }
}

impl<E: Entry> EntryRow<E> {
    /// One of which all was read.
    pub fn whole(row: E::Row) -> Self {
        Self { head: Arc::new(E::Head::from(&row)), whole: Some(Arc::new(row)) }
    }

    /// One of which only the head was read.
    pub fn head(head: E::Head) -> Self {
        Self { head: Arc::new(head), whole: None }
    }

    /// All of it, read now, together with that of its siblings, where it was not.
    pub async fn get_whole(&self, ctx: &Context<'_>) -> Result<Arc<E::Row>> {
        match &self.whole {
            Some(row) => Ok(Arc::clone(row)),
            None => load::<E>(ctx, E::outline(&self.head).id).await.map(Arc::new),
        }
    }

    /// All of it, where that was read.
    pub fn read_whole(&self) -> Option<&E::Row> {
        self.whole.as_deref()
    }
}

/// A whole row that the reader saw the head of.
pub async fn load<E: Entry>(ctx: &Context<'_>, id: Uuid) -> Result<E::Row> {
    let row = ctx.loader().load(loaders::EntryById::<E>::new(id)).await?;
    Ok(row.ok_or(Error::NotFound(E::KIND))?)
}
