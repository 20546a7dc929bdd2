//! Pages of a list by keyset: a cursor names the last row seen, so that page 5,000 costs what page 1 does
//! and rows that come or go meanwhile neither repeat nor hide others.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::row::FromRow;
use sea_orm::sea_query::{Expr, ExprTrait, Query, WindowStatement};
use sea_orm::{ColumnTrait, ColumnType, Condition, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect, Select, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::{Error, Expected, FieldError, Problem, Result};
use crate::db::{Read, Source};

/// The largest page.
pub const LARGEST_PAGE: u64 = 100;
/// The size of a page when nothing is said.
const USUAL_PAGE: u64 = 20;

/// The value that a list is ordered by, in one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    Int(i64),
    Text(String),
}

impl From<&Key> for Value {
    fn from(key: &Key) -> Self {
        match key {
            Key::Int(number) => (*number).into(),
            Key::Text(text) => text.clone().into(),
        }
    }
}

/// What sort of value a list is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyKind {
    Int,
    Text,
}

impl KeyKind {
    /// The sort that a column holds.
    fn of(column: &impl ColumnTrait) -> Self {
        match column.def().get_column_type() {
            ColumnType::BigInteger | ColumnType::Integer => Self::Int,
            _ => Self::Text,
        }
    }

    fn fits(self, key: &Key) -> bool {
        match (self, key) {
            (Self::Int, Key::Int(_)) => true,
            (Self::Text, Key::Text(text)) => !text.contains('\0'),
            _ => false,
        }
    }
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Name of the order, so that a cursor is refused by a list in another order.
    #[serde(rename = "o")]
    order: String,
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "i")]
    id: Uuid,
}

impl Cursor {
    /// The opaque form.
    pub fn encode(&self) -> String {
        // A struct of a string, a scalar and an id always serialises.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn decode(text: &str, order: &str, kind: KeyKind, field: &str) -> Result<Self> {
        let parsed = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        parsed
            .filter(|cursor| cursor.order == order && kind.fits(&cursor.key))
            .ok_or_else(|| FieldError::new(field, Problem::Malformed(Expected::Cursor)).into())
    }
}

/// Which page is asked for: Relay's four arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    pub first: Option<i64>,
    pub after: Option<String>,
    pub last: Option<i64>,
    pub before: Option<String>,
}

impl PageRequest {
    /// The first `n` rows.
    pub fn first(n: i64) -> Self {
        Self { first: Some(n), ..Self::default() }
    }

    /// How many rows the page holds at the most, 20 when nothing is said.
    pub fn size(&self) -> Result<usize> {
        Ok(usize::try_from(self.bounds(USUAL_PAGE)?.0).unwrap_or(usize::MAX))
    }

    /// Whether it is counted from the end.
    pub fn is_backwards(&self) -> bool {
        self.last.is_some()
    }

    /// The cursor that the page begins at, with the argument that it stands in.
    fn boundary(&self, backwards: bool) -> (&'static str, Option<&str>) {
        if backwards { ("before", self.before.as_deref()) } else { ("after", self.after.as_deref()) }
    }

    /// Size and direction; `default_size` is used when neither `first` nor `last` is given.
    fn bounds(&self, default_size: u64) -> Result<(u64, bool)> {
        let size = |field: &str, n: i64| {
            u64::try_from(n)
                .ok()
                .filter(|n| (1..=LARGEST_PAGE).contains(n))
                .ok_or_else(|| Error::from(FieldError::new(field, Problem::Malformed(Expected::Size(LARGEST_PAGE as usize)))))
        };
        let mixed = || Error::from(FieldError::new("first", Problem::Malformed(Expected::OnePageDirection)));
        match (self.first, self.last) {
            (Some(_), Some(_)) => Err(mixed()),
            (None, Some(last)) if self.after.is_none() => Ok((size("last", last)?, true)),
            (None, Some(_)) => Err(mixed()),
            (first, None) if self.before.is_none() => Ok((first.map_or(Ok(default_size), |first| size("first", first))?, false)),
            (_, None) => Err(mixed()),
        }
    }
}

/// Reads the order's value and the id from a row.
pub type KeyOf<M> = fn(&M) -> (Key, Uuid);

/// How a list is ordered: by a column, then by id.
pub struct Order<E: EntityTrait> {
    /// Stable name, kept in cursors.
    pub name: &'static str,
    pub column: E::Column,
    pub id: E::Column,
    pub descending: bool,
    pub key: KeyOf<E::Model>,
}

/// Some rows of a list, in its order.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// Each row with its cursor.
    pub rows: Vec<(String, M)>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<M> Page<M> {
    /// A page without rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_previous: false, has_next: false }
    }
}

/// Reads one page of `select`, 20 rows when no size is asked for.
pub async fn fetch<E>(db: &impl Source, select: Select<E>, order: &Order<E>, request: &PageRequest) -> Result<Page<E::Model>>
where
    E: EntityTrait<Model: FromRow>,
{
    let (size, backwards) = request.bounds(USUAL_PAGE)?;
    let descending = order.descending != backwards;
    let (field, boundary) = request.boundary(backwards);
    let mut select = select;
    if let Some(text) = boundary {
        let cursor = Cursor::decode(text, order.name, KeyKind::of(&order.column), field)?;
        select = select.filter(beyond(order, &cursor, descending));
    }
    let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let mut rows = select.order_by(order.column, direction.clone()).order_by(order.id, direction).limit(size + 1).rows(db).await?;
    let has_more = rows.len() as u64 > size;
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    if backwards {
        rows.reverse();
    }
    let has_boundary = boundary.is_some();
    let rows = rows.into_iter().map(|row| (cursor_of(order, &row), row)).collect();
    let (has_previous, has_next) = if backwards { (has_more, has_boundary) } else { (has_boundary, has_more) };
    Ok(Page { rows, has_previous, has_next })
}

/// The rows that belong to an owner, for [`pages_of_each`].
pub struct Owned<E: EntityTrait> {
    /// The column that names the owner.
    pub column: E::Column,
    pub owner: fn(&E::Model) -> Option<Uuid>,
    /// Which rows count.
    pub filter: Condition,
}

/// The same page of the rows of many owners at once, by a window over each: one statement, however many owners.
/// Owners without rows on it are left out.
pub async fn pages_of_each<E>(
    db: &impl Source,
    owned: Owned<E>,
    owners: &[Uuid],
    order: &Order<E>,
    request: &PageRequest,
) -> Result<HashMap<Uuid, Page<E::Model>>>
where
    E: EntityTrait<Model: FromRow> + Copy,
{
    let (size, backwards) = request.bounds(USUAL_PAGE)?;
    let descending = order.descending != backwards;
    let (field, boundary) = request.boundary(backwards);
    let mut filter = owned.filter;
    if let Some(text) = boundary {
        filter = filter.add(beyond(order, &Cursor::decode(text, order.name, KeyKind::of(&order.column), field)?, descending));
    }
    let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let rows = match owners {
        // A single owner's rows are read in the order of an index, as far as the page goes.
        [owner] => {
            let rows = E::find().filter(owned.column.eq(*owner)).filter(filter);
            rows.order_by(order.column, direction.clone()).order_by(order.id, direction).limit(size + 1).rows(db).await?
        }
        _ => first_of_each(db, owned.column, filter, owners, order, size + 1, direction).await?,
    };
    let mut pages: HashMap<Uuid, Page<E::Model>> = HashMap::new();
    for row in rows {
        let Some(owner) = (owned.owner)(&row) else { continue };
        let page = pages.entry(owner).or_insert_with(Page::empty);
        if page.rows.len() as u64 == size {
            page.has_next = true;
        } else {
            page.rows.push((cursor_of(order, &row), row));
        }
    }
    for page in pages.values_mut() {
        let (has_more, has_boundary) = (page.has_next, boundary.is_some());
        (page.has_previous, page.has_next) = if backwards { (has_more, has_boundary) } else { (has_boundary, has_more) };
        if backwards {
            page.rows.reverse();
        }
    }
    Ok(pages)
}

/// The first `most` rows of many owners, in their order.
async fn first_of_each<E>(
    db: &impl Source,
    owner: E::Column,
    filter: Condition,
    owners: &[Uuid],
    order: &Order<E>,
    most: u64,
    direction: sea_orm::Order,
) -> Result<Vec<E::Model>>
where
    E: EntityTrait<Model: FromRow> + Copy,
{
    let entity = E::default();
    let window = WindowStatement::partition_by((entity, owner))
        .order_by((entity, order.column), direction.clone())
        .order_by((entity, order.id), direction.clone())
        .take();
    // Only ids are ranked: rows may be long, and most of them are not on the page.
    let ranked = Query::select()
        .column((entity, order.id))
        .expr_window_as(Expr::cust("ROW_NUMBER()"), window, "place")
        .from(entity)
        .and_where(owner.is_in(owners.iter().copied()))
        .cond_where(filter)
        .take();
    let on_page = Query::select()
        .column(("ranked", order.id))
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col(("ranked", "place")).lte(i64::try_from(most).unwrap_or(i64::MAX)))
        .take();
    let query = Query::select()
        .columns(E::Column::iter().map(|column| (entity, column)))
        .from(entity)
        .and_where(Expr::col((entity, order.id)).in_subquery(on_page))
        .order_by((entity, order.column), direction.clone())
        .order_by((entity, order.id), direction)
        .take();
    Ok(db.rows(db.backend().build(&query)).await?)
}

/// The cursor of a row.
fn cursor_of<E: EntityTrait>(order: &Order<E>, row: &E::Model) -> String {
    let (key, id) = (order.key)(row);
    Cursor { order: order.name.to_owned(), key, id }.encode()
}

/// Rows that come after `cursor`. The first comparison is implied by the second and lets an index be used.
fn beyond<E: EntityTrait>(order: &Order<E>, cursor: &Cursor, descending: bool) -> Condition {
    let key = Value::from(&cursor.key);
    let (column, id) = (order.column, order.id);
    if descending {
        let tie = Condition::all().add(column.eq(key.clone())).add(id.lt(cursor.id));
        Condition::all().add(column.lte(key.clone())).add(Condition::any().add(column.lt(key)).add(tie))
    } else {
        let tie = Condition::all().add(column.eq(key.clone())).add(id.gt(cursor.id));
        Condition::all().add(column.gte(key.clone())).add(Condition::any().add(column.gt(key)).add(tie))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Key, KeyKind, PageRequest};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn a_cursor_survives_its_opaque_form_and_knows_its_order() {
        let cursor = Cursor { order: "name".into(), key: Key::Text("Bantaeng".into()), id: Uuid::from_u128(7) };
        assert_eq!(Cursor::decode(&cursor.encode(), "name", KeyKind::Text, "after").unwrap(), cursor);
        assert!(Cursor::decode(&cursor.encode(), "date", KeyKind::Text, "after").is_err());
        assert!(Cursor::decode(&cursor.encode(), "name", KeyKind::Int, "after").is_err());
    }

    #[test]
    fn sizes_and_directions_are_checked() {
        let request = |first, last, after: Option<&str>, before: Option<&str>| PageRequest {
            first,
            last,
            after: after.map(str::to_owned),
            before: before.map(str::to_owned),
        };
        assert_eq!(request(Some(5), None, None, None).bounds(20).unwrap(), (5, false));
        assert_eq!(request(None, None, None, None).bounds(20).unwrap(), (20, false));
        assert_eq!(request(None, Some(3), None, Some("x")).bounds(20).unwrap(), (3, true));
        for bad in [request(Some(0), None, None, None), request(Some(101), None, None, None), request(Some(-1), None, None, None)] {
            assert!(bad.bounds(20).is_err());
        }
        assert!(request(Some(1), Some(1), None, None).bounds(20).is_err());
        assert!(request(None, Some(1), Some("x"), None).bounds(20).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_decoding_panic(text in "\\PC{0,80}") {
            let _ = Cursor::decode(&text, "name", KeyKind::Text, "after");
        }
    }
}
