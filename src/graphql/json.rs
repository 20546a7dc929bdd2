//! Answers as JSON, written where their objects are resolved: to build a tree of values first, and to walk it afterwards, takes longer than
//! all else that is done with them. What is written of long objects stays in such a tree, for to copy it takes long, too.

use async_graphql::{ID, Value};
use serde::Serialize;

use super::scalar::DateTime;

/// How many bytes are looked at between two decisions whether to go on.
const BYTES_AT_ONCE: usize = 32;

/// Stands in a tree of values for a part of it that is written already. Nothing in the schema is of bytes, so that no others do.
pub fn finished(json: Vec<u8>) -> Value {
    Value::Binary(json.into())
}

/// How many bytes of a value are written already: what there must be room for.
pub fn finished_bytes(value: &Value) -> usize {
    match value {
        Value::Binary(finished) => finished.len(),
        Value::List(values) => values.iter().map(finished_bytes).sum(),
        Value::Object(fields) => fields.values().map(finished_bytes).sum(),
        _ => 0,
    }
}

/// Writes a value, with the parts of it that are written already.
pub fn write(value: &Value, json: &mut Vec<u8>) {
    match value {
        Value::Null => json.extend_from_slice(b"null"),
        Value::Boolean(value) => put(value, json),
        Value::Number(value) => put(value, json),
        Value::String(value) => text(value, json),
        Value::Enum(value) => put(value.as_str(), json),
        Value::Binary(finished) => json.extend_from_slice(finished),
        Value::List(values) => list(values, json, write),
        Value::Object(fields) => {
            json.push(b'{');
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    json.push(b',');
                }
                put(key.as_str(), json);
                json.push(b':');
                write(value, json);
            }
            json.push(b'}');
        }
    }
}

/// Writes a list of what `write` writes.
pub fn list<T>(items: &[T], json: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    json.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        write(item, json);
    }
    json.push(b']');
}

/// Writes what is no more than a key or a scalar.
pub fn put<T: Serialize + ?Sized>(value: &T, json: &mut Vec<u8>) {
    let start = json.len();
    // Scalars can always be written, and memory takes them.
    if let Err(error) = serde_json::to_writer(&mut *json, value) {
        tracing::error!(%error, "a value could not be serialised");
        json.truncate(start);
        json.extend_from_slice(b"null");
    }
}

/// Writes a text.
fn text(text: &str, json: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        json.push(b'"');
        json.extend_from_slice(text.as_bytes());
        json.push(b'"');
    } else {
        put(text, json);
    }
}

/// Whether a text may stand between quotes as it is. Most may; many bytes are looked at at once, which takes a tenth of what it takes to
/// look at each for how it is to be escaped.
fn is_plain(text: &[u8]) -> bool {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    let (parts, rest) = text.as_chunks::<BYTES_AT_ONCE>();
    parts.iter().all(|part| !part.iter().fold(false, |is_found, byte| is_found | is_special(*byte)))
        && !rest.iter().any(|byte| is_special(*byte))
}

/// What the resolver of a field at hand returns, see [`at_hand`](super::nodes::at_hand).
pub trait Scalar {
    fn write(&self, json: &mut Vec<u8>);
}

macro_rules! as_serialised {
    ($($type:ty),*) => {
        $(impl Scalar for $type {
            fn write(&self, json: &mut Vec<u8>) {
                put(self, json);
            }
        })*
    };
}
as_serialised!(bool, i32);

impl Scalar for &str {
    fn write(&self, json: &mut Vec<u8>) {
        text(self, json);
    }
}

impl Scalar for String {
    fn write(&self, json: &mut Vec<u8>) {
        text(self, json);
    }
}

impl Scalar for ID {
    fn write(&self, json: &mut Vec<u8>) {
        put(self.as_str(), json);
    }
}

impl Scalar for DateTime {
    fn write(&self, json: &mut Vec<u8>) {
        json.push(b'"');
        self.print(json);
        json.push(b'"');
    }
}

impl<T: Scalar> Scalar for Option<T> {
    fn write(&self, json: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(json),
            None => json.extend_from_slice(b"null"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DateTime, Scalar, finished, write};
    use async_graphql::{Name, ScalarType, Value};
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[ -~\u{e9}\u{1f33e}]{0,100}[\"\\\\\n\u{0}\u{1f}\u{7f}]?[a-z]{0,40}".prop_map(Value::from),
            "[A-Z_]{1,9}".prop_map(|name| Value::Enum(Name::new(name))),
        ];
        leaf.prop_recursive(4, 32, 4, |part| {
            prop_oneof![
                prop::collection::vec(part.clone(), 0..4).prop_map(Value::List),
                prop::collection::vec(("[a-z_]{1,5}".prop_map(Name::new), part), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn moments_are_as_they_are_anywhere_else() {
        for millis in [0, -62_135_596_800_000, 1_309_914_000_000, 1_309_914_000_050, 253_402_300_799_999, i64::MAX] {
            let (mut json, mut expected) = (Vec::new(), Vec::new());
            DateTime(millis).write(&mut json);
            write(&DateTime(millis).to_value(), &mut expected);
            assert_eq!(String::from_utf8(json), String::from_utf8(expected), "{millis}");
        }
    }

    proptest! {
        #[test]
        fn it_is_as_the_library_writes_it(value in value()) {
            let expected = serde_json::to_string(&value).unwrap();
            let mut json = Vec::new();
            write(&value, &mut json);
            prop_assert_eq!(std::str::from_utf8(&json).unwrap(), &expected);
            let (mut again, mut listed) = (Vec::new(), Vec::new());
            write(&finished(json), &mut again);
            prop_assert_eq!(std::str::from_utf8(&again).unwrap(), &expected);
            write(&Value::List(vec![finished(again), value]), &mut listed);
            prop_assert_eq!(String::from_utf8(listed).unwrap(), format!("[{expected},{expected}]"));
        }
    }
}
