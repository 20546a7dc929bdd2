//! The parameters of a request, as they stand in an address, a body or a message of a socket.

use serde_json::{Map, Value};

use crate::graphql::execute::Parameters;
use crate::graphql::persisted::{Hash, parse_hash};

/// A parameter that is not what it should be.
#[derive(Debug, PartialEq, Eq)]
pub struct BadParameter(pub String);

/// Those of an address.
pub fn of_query(query: &str) -> Result<Parameters, BadParameter> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = match name.as_ref() {
            "query" | "operationName" | "documentId" => Value::String(value.into_owned()),
            "variables" | "extensions" if value.is_empty() => Value::Null,
            "variables" | "extensions" => {
                serde_json::from_str(&value).map_err(|error| BadParameter(format!("{name}: this is not JSON: {error}")))?
            }
            _ => continue,
        };
        fields.insert(name.into_owned(), value);
    }
    of(fields)
}

/// Those of a body.
pub fn of_body(body: &[u8]) -> Result<Parameters, BadParameter> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => of(fields),
        Ok(Value::Array(_)) => Err(BadParameter("Send one request at a time; batches are not taken.".to_owned())),
        Ok(_) => Err(BadParameter("Send an object with the field `query`.".to_owned())),
        Err(error) => Err(BadParameter(format!("The body is not JSON: {error}"))),
    }
}

/// Those of an object.
pub fn of(mut fields: Map<String, Value>) -> Result<Parameters, BadParameter> {
    let mut text = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(BadParameter(format!("{name}: give a string."))),
    };
    let (query, operation_name, document_id) = (text("query")?, text("operationName")?, text("documentId")?);
    let mut object = |name: &str| match fields.remove(name) {
        Some(Value::Object(map)) => Ok(map),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err(BadParameter(format!("{name}: give an object."))),
    };
    let (variables, extensions) = (object("variables")?, object("extensions")?);
    let document = match document_id {
        Some(id) => Some(hash("documentId", id.trim_start_matches("sha256:"))?),
        None => persisted(&extensions)?,
    };
    if query.is_none() && document.is_none() {
        return Err(BadParameter("query: give a GraphQL document.".to_owned()));
    }
    Ok(Parameters { query, document, operation_name, variables })
}

/// The hash of an automatic persisted query.
fn persisted(extensions: &Map<String, Value>) -> Result<Option<Hash>, BadParameter> {
    let Some(persisted) = extensions.get("persistedQuery").filter(|persisted| !persisted.is_null()) else { return Ok(None) };
    if persisted["version"].as_u64() != Some(1) {
        return Err(BadParameter("extensions.persistedQuery.version: give 1.".to_owned()));
    }
    hash("extensions.persistedQuery.sha256Hash", persisted["sha256Hash"].as_str().unwrap_or_default()).map(Some)
}

fn hash(name: &str, text: &str) -> Result<Hash, BadParameter> {
    parse_hash(text).ok_or_else(|| BadParameter(format!("{name}: give a SHA-256 in 64 hexadecimal digits.")))
}

#[cfg(test)]
mod tests {
    use super::{of_body, of_query};
    use proptest::prelude::*;

    #[test]
    fn wrong_parameters_are_named() {
        let problem = |body: &str| of_body(body.as_bytes()).unwrap_err().0;
        for (body, field) in [
            ("{}", "query"),
            (r#"{"query": 1}"#, "query"),
            (r#"{"query": " "}"#, "query"),
            (r#"{"query": "{a}", "operationName": 1}"#, "operationName"),
            (r#"{"query": "{a}", "variables": "x"}"#, "variables"),
            (r#"{"query": "{a}", "extensions": []}"#, "extensions"),
            (r#"{"documentId": "sha256:xyz"}"#, "documentId"),
            (r#"{"extensions": {"persistedQuery": {"version": 2, "sha256Hash": ""}}}"#, "version"),
            (r#"{"extensions": {"persistedQuery": {"version": 1}}}"#, "sha256Hash"),
            (r#"{"extensions": {"persistedQuery": 7}}"#, "version"),
            ("[]", "batches"),
        ] {
            assert!(problem(body).contains(field), "{body}: {}", problem(body));
        }
        assert!(of_query("query=%7Ba%7D&variables=x").unwrap_err().0.starts_with("variables"));
        assert_eq!(of_query("query=%7Ba%7D&operationName=").unwrap().query.unwrap(), "{a}");
        assert!(of_query(&format!("documentId=sha256:{}", "0a".repeat(32))).unwrap().document.is_some());
    }

    proptest! {
        #[test]
        fn nothing_that_a_client_sends_panics(body in prop::collection::vec(any::<u8>(), 0..80), query in ".{0,80}") {
            let _ = (of_body(&body), of_query(&query));
        }
    }
}
