//! What editors are warned of in entries: promotion of online gambling, which those leave behind who break into public sites.

use entity::enums::{EntryStatus, Kind};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::Domain;
use super::entry::{self, Entry, EnvelopeColumn, of_kind};
use super::error::Result;
use super::revision::{camel_case, states};
use crate::auth::actor::Actor;
use crate::db::{Read, Rows};
use crate::text::gambling::{PROMOTES, Written, gambling};

/// Most warnings of one entry: what is full of it need not be listed whole.
const MOST_WARNINGS: usize = 10;
/// A long text is looked at in pieces of about so many bytes, each as a comment is: what is spread over many pages is no promotion.
const PIECE: usize = 2_000;
/// How much of a piece is shown, in characters.
const EXCERPT: usize = 120;
/// Entries looked at together.
const AT_ONCE: u64 = 100;

/// Something in an entry that an editor should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentWarning {
    /// Its name in the API, such as `body`, or `participants.2.guestName`.
    pub field: String,
    /// The beginning of the piece.
    pub excerpt: String,
    /// The words and names of sites that it goes by.
    pub detail: String,
}

/// What a stored state holds that an editor should look at, in the order of its fields.
pub fn of(state: &Value) -> Vec<ContentWarning> {
    let mut warnings = Vec::new();
    look(state, String::new(), &mut warnings);
    warnings
}

fn look(value: &Value, path: String, warnings: &mut Vec<ContentWarning>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| look(value, below(&camel_case(name)), warnings)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, item)| look(item, below(&at.to_string()), warnings)),
        // An id was written by nobody, and three of a thousand look like promotion.
        Value::String(text) if Uuid::try_parse(text).is_ok() => {}
        Value::String(text) => {
            for piece in pieces(text) {
                if warnings.len() == MOST_WARNINGS {
                    return;
                }
                let found = gambling(Written { text: piece, ..Written::default() });
                if found.points >= PROMOTES && !found.is_doubtful {
                    let words = found.words.iter().map(|word| (*word).to_owned()).chain(found.sites);
                    let detail = words.collect::<Vec<_>>().join(", ");
                    warnings.push(ContentWarning { field: path.clone(), excerpt: piece.chars().take(EXCERPT).collect(), detail });
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The paragraphs of a text, and long ones in pieces that end at a blank.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").flat_map(|paragraph| {
        let mut rest = paragraph.trim();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = if rest.len() <= PIECE {
                rest.len()
            } else {
                let most = rest.floor_char_boundary(PIECE);
                rest[..most].rfind(char::is_whitespace).filter(|at| *at > 0).unwrap_or(most)
            };
            let (piece, after) = rest.split_at(end);
            rest = after.trim_start();
            Some(piece)
        })
    })
}

/// Looks through all that the public sees, and tells `found` of each entry that an editor should look at: its kind, id and slug.
/// Returns how many entries there are.
pub async fn scan(domain: &Domain, mut found: impl FnMut(Kind, &str, Vec<ContentWarning>)) -> Result<u64> {
    let mut looked = 0;
    for kind in entry::KINDS {
        looked += of_kind!(kind, A => scan_kind::<A>(domain, &mut found).await?, else 0);
    }
    Ok(looked)
}

async fn scan_kind<A: Entry>(domain: &Domain, found: &mut impl FnMut(Kind, &str, Vec<ContentWarning>)) -> Result<u64> {
    let (mut looked, mut last) = (0, Uuid::nil());
    loop {
        let rows: Vec<(Uuid, i32, String)> = Rows::<A::Entity>::all()
            .columns([EnvelopeColumn::Id, EnvelopeColumn::LiveRevision, EnvelopeColumn::Slug].map(A::column))
            .filter(A::column(EnvelopeColumn::Status).eq(EntryStatus::Published))
            .filter(A::column(EnvelopeColumn::Id).gt(last))
            .order_by_asc(A::column(EnvelopeColumn::Id))
            .limit(AT_ONCE)
            .tuples(domain.db.read())
            .await?;
        let Some((id, ..)) = rows.last() else { return Ok(looked) };
        last = *id;
        looked += rows.len() as u64;
        let wanted: Vec<(Uuid, i32)> = rows.iter().map(|(id, number, _)| (*id, *number)).collect();
        let states = states(domain, &Actor::system(), &wanted).await?;
        for (id, number, slug) in rows {
            let warnings = states.get(&(id, number)).map(of).unwrap_or_default();
            if !warnings.is_empty() {
                found(A::KIND, &slug, warnings);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{of, pieces};
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn promotion_is_found_where_it_stands_and_reports_are_left_alone() {
        let state = json!({
            "title": "Panen raya di Eremerasa",
            "body": "Warga memanen jagung.\n\n[slot gacor hari ini maxwin](https://kacang7788.example/daftar) depo 10rb\n\nPanen berlangsung tiga hari.",
            "participants": [{"guest_name": "Budi"}, {"guest_name": "SLOT GACOR MAXWIN kacang7788"}],
        });
        let fields: Vec<String> = of(&state).into_iter().map(|warning| warning.field).collect();
        assert_eq!(fields, ["body", "participants.1.guestName"]);
        let report = json!({"body": "Polisi menangkap bandar judi online. Korban mengaku kecanduan slot hingga terlilit utang; Kominfo memblokir situsnya."});
        assert_eq!(of(&report), []);
    }

    #[test]
    fn ids_are_no_promotion_whatever_their_digits_look_like() {
        let id = "01a22946-be37-7181-b507-552127bfda24";
        assert_eq!(of(&json!({"topic_ids": [id], "body": "Warga memanen jagung."})), []);
        assert!(!of(&json!({"body": format!("{id} {id}")})).is_empty(), "as a text it would be");
    }

    proptest! {
        #[test]
        fn pieces_hold_all_words(text in "(\\PC{0,40}[ \n]){0,200}") {
            let words = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(words(&pieces(&text).collect::<Vec<_>>().join(" ")), words(&text));
        }
    }
}
