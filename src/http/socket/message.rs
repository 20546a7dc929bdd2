//! The messages of `graphql-transport-ws`, and the codes that a socket is closed with.

use async_graphql::{Response, ServerError};
use axum::extract::ws::{CloseFrame, Message};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::graphql::answer::to_json;
use crate::graphql::execute::Parameters;
use crate::http::parameters;

/// Longest id that a client may give an operation.
const LONGEST_ID: usize = 256;
/// Longest reason that a frame can hold, in bytes.
const LONGEST_REASON: usize = 123;

/// Why a socket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: String,
}

impl Close {
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub fn bad_message(reason: impl Into<String>) -> Self {
        Self::new(4400, reason)
    }

    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    pub fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    pub fn initialisation_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    pub fn subscriber_exists(id: &str) -> Self {
        Self::new(4409, format!("Subscriber for {id} already exists"))
    }

    pub fn too_many_initialisations() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// Something went wrong on our side; to try again may help.
    pub fn internal() -> Self {
        Self::new(1011, "Internal error")
    }

    /// The server stops; clients come back to another or to the next.
    pub fn going_away() -> Self {
        Self::new(1001, "Going away")
    }

    /// As a message.
    pub fn message(self) -> Message {
        let end = self.reason.floor_char_boundary(LONGEST_REASON);
        Message::Close(Some(CloseFrame { code: self.code, reason: self.reason[..end].into() }))
    }
}

/// What a client says.
#[derive(Debug)]
pub enum FromClient {
    Initialise { payload: Value },
    Ping { payload: Option<Value> },
    Pong,
    Subscribe { id: String, parameters: Parameters },
    Complete { id: String },
}

/// Reads a message, or says why the socket is closed over it.
pub fn parse(text: &str) -> Result<FromClient, Close> {
    let Ok(Value::Object(mut message)) = serde_json::from_str(text) else {
        return Err(Close::bad_message("A message is an object of JSON"));
    };
    let payload = message.remove("payload").filter(|payload| !payload.is_null());
    let kind = message.remove("type");
    let is_object = payload.as_ref().is_none_or(Value::is_object);
    match kind.as_ref().and_then(Value::as_str) {
        Some("connection_init" | "ping" | "pong") if !is_object => Err(Close::bad_message("payload: give an object")),
        Some("connection_init") => Ok(FromClient::Initialise { payload: payload.unwrap_or_default() }),
        Some("ping") => Ok(FromClient::Ping { payload }),
        Some("pong") => Ok(FromClient::Pong),
        Some("subscribe") => {
            let id = id(&mut message)?;
            let Some(Value::Object(fields)) = payload else { return Err(Close::bad_message("payload: give an object")) };
            let parameters = parameters::of(fields).map_err(|problem| Close::bad_message(problem.0))?;
            Ok(FromClient::Subscribe { id, parameters })
        }
        Some("complete") => Ok(FromClient::Complete { id: id(&mut message)? }),
        _ => Err(Close::bad_message("type: unknown")),
    }
}

fn id(message: &mut Map<String, Value>) -> Result<String, Close> {
    match message.remove("id") {
        Some(Value::String(id)) if (1..=LONGEST_ID).contains(&id.len()) => Ok(id),
        _ => Err(Close::bad_message(format!("id: give a string of 1 to {LONGEST_ID} bytes"))),
    }
}

/// What a server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromServer<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    /// The operation was refused; nothing more comes of it.
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

/// Tells what an operation answers.
pub fn next(id: &str, answer: &Response) -> Message {
    let (id, answer) = (serde_json::to_vec(id).unwrap_or_default(), to_json(answer).unwrap_or_default());
    let text = [br#"{"type":"next","id":"#, id.as_slice(), br#","payload":"#, &answer, b"}"].concat();
    Message::text(String::from_utf8(text).unwrap_or_default())
}

impl FromServer<'_> {
    /// As a message.
    pub fn message(&self) -> Message {
        // What is said here is always JSON: keys are strings, and nothing else fails in memory.
        Message::text(serde_json::to_string(self).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::{Close, FromClient, FromServer, parse};
    use axum::extract::ws::Message;
    use proptest::prelude::*;

    #[test]
    fn messages_are_read() {
        assert!(matches!(parse(r#"{"type":"connection_init"}"#), Ok(FromClient::Initialise { payload }) if payload.is_null()));
        assert!(matches!(parse(r#"{"type":"ping","payload":{"a":1}}"#), Ok(FromClient::Ping { payload: Some(_) })));
        let subscribe = parse(r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{"b":2}}}"#);
        assert!(matches!(subscribe, Ok(FromClient::Subscribe { id, parameters }) if id == "1" && parameters.variables.len() == 1));
        assert!(matches!(parse(r#"{"type":"complete","id":"1"}"#), Ok(FromClient::Complete { id }) if id == "1"));
    }

    #[test]
    fn what_is_no_message_closes_the_socket() {
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"type":"start"}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert_eq!(parse(bad).unwrap_err().code, 4400, "{bad}");
        }
    }

    #[test]
    fn a_reason_fits_its_frame() {
        let Message::Close(Some(frame)) = Close::subscriber_exists(&"é".repeat(100)).message() else { panic!("a frame") };
        assert!(frame.reason.len() <= 123 && frame.code == 4409);
        assert_eq!(FromServer::ConnectionAck.message(), Message::text(r#"{"type":"connection_ack"}"#));
        assert_eq!(FromServer::Pong { payload: None }.message(), Message::text(r#"{"type":"pong"}"#));
    }

    proptest! {
        #[test]
        fn nothing_that_a_client_says_panics(text in r#"[{}\[\]":,a-z0-9é ]{0,80}"#) {
            let _ = parse(&text);
        }
    }
}
