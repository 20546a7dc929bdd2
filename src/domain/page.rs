//! Pages of a list by keyset: a cursor names the last row seen, so that page 5,000 costs what page 1 does
//! and rows that come or go meanwhile neither repeat nor hide others.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::row::Columns;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ColumnType, Condition, EntityTrait, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ById;
use super::error::{Error, Expected, FieldError, Problem, Result};
use crate::db::{FirstOfEach, Known, Read, Reader, Rows, Source, statement};

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
    order: Cow<'static, str>,
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
    /// Whether nobody wants to know if there is more than the page: then it is not looked for.
    pub ignores_more: bool,
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

    /// How many rows are read for a page of this size: one more tells whether there are any.
    fn read(&self, size: u64) -> u64 {
        size + u64::from(!self.ignores_more)
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

/// Rows with what they are ordered by.
type Keyed<R> = Vec<((Key, Uuid), R)>;

/// How a list is ordered: by a column, then by id.
pub struct Order<E: EntityTrait, R = <E as EntityTrait>::Model> {
    /// Stable name, kept in cursors.
    pub name: &'static str,
    pub column: E::Column,
    pub id: E::Column,
    pub descending: bool,
    pub key: KeyOf<R>,
}

impl<E: EntityTrait, R> Order<E, R> {
    /// Its columns.
    pub fn expressions(&self) -> [Expr; 2] {
        [self.column.into_simple_expr(), self.id.into_simple_expr()]
    }
}

/// Some rows of a list, in its order.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// Each row with its place.
    pub rows: Vec<(Cursor, M)>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<M> Page<M> {
    /// A page without rows.
    pub fn empty() -> Self {
        Self { rows: Vec::new(), has_previous: false, has_next: false }
    }

    /// The same rows in another form.
    pub fn map<N>(self, form: impl Fn(M) -> N) -> Page<N> {
        let rows = self.rows.into_iter().map(|(cursor, row)| (cursor, form(row))).collect();
        Page { rows, has_previous: self.has_previous, has_next: self.has_next }
    }
}

/// The queries of the pages of a list, where they are always the same, with the values that its own conditions bind: those of the first page
/// and of later ones, read forwards.
pub type KnownPages = (&'static [Known; 2], Vec<Value>);

/// Reads one page of `select`, 20 rows when no size is asked for.
pub async fn fetch<E, R>(db: &impl Source, select: Rows<E>, order: &Order<E, R>, request: &PageRequest) -> Result<Page<R>>
where
    E: EntityTrait,
    R: Columns<Entity = E>,
{
    fetch_by(db, || (select.clone(), order.expressions()), None, order, request).await
}

/// The same for a query that may have the order's column and id in another table, which it is to be read through.
pub async fn fetch_by<E, R>(
    db: &impl Source,
    select: impl Fn() -> (Rows<E>, [Expr; 2]),
    known: Option<KnownPages>,
    order: &Order<E, R>,
    request: &PageRequest,
) -> Result<Page<R>>
where
    E: EntityTrait,
    R: Columns<Entity = E>,
{
    let (size, backwards) = request.bounds(USUAL_PAGE)?;
    let descending = order.descending != backwards;
    let (field, boundary) = request.boundary(backwards);
    let place = boundary.map(|text| Cursor::decode(text, order.name, KeyKind::of(&order.column), field)).transpose()?;
    let query = || {
        let (mut select, by) = select();
        if let Some(place) = &place {
            select = select.filter(beyond(&by, place, descending));
        }
        let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
        for expression in by {
            select = select.order_by(expression, direction.clone());
        }
        select.limit(request.read(size)).selecting::<R>().into_query()
    };
    let known = known.filter(|_| !backwards).map(|(known, values)| {
        let of_place = place.iter().flat_map(beyond_values);
        (&known[usize::from(place.is_some())], values.into_iter().chain(of_place).chain([request.read(size).into()]))
    });
    let mut rows: Vec<R> = db.rows(statement(db.backend(), known, query)).await?;
    let has_more = rows.len() as u64 > size;
    rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    if backwards {
        rows.reverse();
    }
    let has_boundary = boundary.is_some();
    let rows = rows.into_iter().map(|row| (cursor(order, (order.key)(&row)), row)).collect();
    let (has_previous, has_next) = if backwards { (has_more, has_boundary) } else { (has_boundary, has_more) };
    Ok(Page { rows, has_previous, has_next })
}

/// The queries of a first page in either direction, upwards and downwards, with the values that the filter binds.
pub type KnownFirstPages = (&'static [Known; 2], Vec<Value>);

/// The rows that belong to an owner, for [`pages_of_each`].
pub struct Owned<E: EntityTrait, R = <E as EntityTrait>::Model> {
    /// The column that names the owner.
    pub column: E::Column,
    pub owner: fn(&R) -> Option<Uuid>,
    /// Which rows count.
    pub filter: Condition,
    /// The queries of the first page of one owner, where they are always the same, with the values of the filter.
    pub known: Option<KnownFirstPages>,
}

/// The same page of the rows of many owners at once: one way to the database, however many owners, that reads of each only as far as the
/// page goes. Owners without rows on it are left out.
pub async fn pages_of_each<E, R>(
    db: &Reader,
    owned: Owned<E, R>,
    owners: &[Uuid],
    order: &Order<E, R>,
    request: &PageRequest,
) -> Result<ById<Page<R>>>
where
    E: EntityTrait,
    R: Columns<Entity = E>,
{
    let (size, backwards) = request.bounds(USUAL_PAGE)?;
    let descending = order.descending != backwards;
    let (field, boundary) = request.boundary(backwards);
    let (mut filter, known) = (owned.filter, owned.known.filter(|_| boundary.is_none()));
    if let Some(text) = boundary {
        filter =
            filter.add(beyond(&order.expressions(), &Cursor::decode(text, order.name, KeyKind::of(&order.column), field)?, descending));
    }
    let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let known = known.map(|(known, values)| (&known[usize::from(descending)], values));
    let first = FirstOfEach { owner: owned.column, filter, known, order: [order.column, order.id], direction, most: request.read(size) };
    let mut rows_of: ById<Keyed<R>> = ById::default();
    for row in first.rows::<R>(db, owners).await? {
        let Some(owner) = (owned.owner)(&row) else { continue };
        rows_of.entry(owner).or_default().push(((order.key)(&row), row));
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let page = |mut rows: Keyed<R>| {
        rows.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        let (has_more, has_boundary) = (rows.len() > size, boundary.is_some());
        rows.truncate(size);
        if backwards {
            rows.reverse();
        }
        let (has_previous, has_next) = if backwards { (has_more, has_boundary) } else { (has_boundary, has_more) };
        Page { rows: rows.into_iter().map(|(key, row)| (cursor(order, key), row)).collect(), has_previous, has_next }
    };
    Ok(rows_of.into_iter().map(|(owner, rows)| (owner, page(rows))).collect())
}

/// The cursor of a row with this key.
fn cursor<E: EntityTrait, R>(order: &Order<E, R>, (key, id): (Key, Uuid)) -> Cursor {
    Cursor { order: Cow::Borrowed(order.name), key, id }
}

/// Rows that come after `cursor`. The first comparison is implied by the second and lets an index be used.
fn beyond([column, id]: &[Expr; 2], cursor: &Cursor, descending: bool) -> Condition {
    let key = Value::from(&cursor.key);
    let (column, id) = (|| column.clone(), id.clone());
    let tie = column().eq(key.clone());
    if descending {
        let tie = Condition::all().add(tie).add(id.lt(cursor.id));
        Condition::all().add(column().lte(key.clone())).add(Condition::any().add(column().lt(key)).add(tie))
    } else {
        let tie = Condition::all().add(tie).add(id.gt(cursor.id));
        Condition::all().add(column().gte(key.clone())).add(Condition::any().add(column().gt(key)).add(tie))
    }
}

/// The values that [`beyond`] binds, in its order.
fn beyond_values(cursor: &Cursor) -> [Value; 4] {
    let key = Value::from(&cursor.key);
    [key.clone(), key.clone(), key, cursor.id.into()]
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
            ignores_more: false,
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
