//! How a request ended, and the bytes of its answer.

use async_graphql::{Response, ServerError, Value, value};
use bytes::Bytes;
use serde::Serialize;

use super::budget::Standing;
use super::measure::Refusal;
use super::{error, json};

/// Bytes of an answer beside what its rows take.
const USUAL_BYTES: usize = 512;

/// What is to become of the session that a browser keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCookie {
    Keep {
        secret: String,
        /// How long the browser is to keep it.
        seconds: i64,
    },
    Forget,
}

/// How a request ended, for the status that a transport gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was run; there may be errors of single fields.
    Executed,
    /// The document or its variables are wrong, so nothing was run.
    BadRequest,
    /// A mutation was asked for where only queries may run.
    WriteRefused,
    /// A subscription was asked for where an answer comes whole.
    Subscription,
    /// Its actor has spent what they may.
    Throttled,
    /// It took too long and was stopped.
    TimedOut,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// The answer as JSON; without `data` when nothing was run.
    pub body: Bytes,
    /// Whether it holds for everybody who asks the same as the public, for as long as nothing changes.
    pub is_shareable: bool,
    /// Whether it passes with time, even when nothing changes.
    pub is_passing: bool,
    pub operation_name: Option<String>,
    /// Points that the operation was estimated at.
    pub cost: u64,
    /// What its actor has left to spend, if that is limited.
    pub standing: Option<Standing>,
    pub errors: usize,
    /// Seconds to wait before asking again, when something that is down was needed.
    pub retry_after: Option<u32>,
    pub cookie: Option<SessionCookie>,
}

impl Answer {
    /// An answer that went well.
    pub fn of(body: Bytes) -> Self {
        Self {
            outcome: Outcome::Executed,
            body,
            is_shareable: false,
            is_passing: true,
            operation_name: None,
            cost: 0,
            standing: None,
            errors: 0,
            retry_after: None,
            cookie: None,
        }
    }
}

impl Refusal {
    /// As an error of GraphQL.
    pub fn into_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        let extensions = error.extensions.get_or_insert_with(Default::default);
        extensions.set("code", self.code);
        if let Some(seconds) = self.retry_after {
            extensions.set(error::RETRY_AFTER, seconds);
        }
        error
    }
}

/// An answer that says only what is wrong with the request.
pub fn refused(refusal: Refusal, outcome: Outcome) -> Answer {
    let retry_after = refusal.retry_after;
    let errors = RequestErrors { errors: &[refusal.into_error()] };
    let body = serde_json::to_vec(&errors).unwrap_or_default();
    Answer { outcome, errors: 1, retry_after, ..Answer::of(Bytes::from(body)) }
}

pub(super) fn answered(response: Response, cost: u64, most: u64) -> Answer {
    let errors = response.errors.len();
    let is_refused = is_refusal(&response);
    let retry_after = response.errors.iter().filter_map(retry_after).max();
    let response = response.extension("cost", value!({"requested": cost, "limit": most}));
    let body = if is_refused { serde_json::to_vec(&RequestErrors { errors: &response.errors }) } else { to_json(&response) };
    let outcome = if is_refused { Outcome::BadRequest } else { Outcome::Executed };
    match body {
        Ok(body) => Answer { outcome, cost, errors, retry_after, ..Answer::of(Bytes::from(body)) },
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            refused(Refusal::new("INTERNAL", "Something went wrong on our side."), outcome)
        }
    }
}

/// A response in JSON, as the library would write it, with the parts of it that are written already.
pub fn to_json(response: &Response) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(USUAL_BYTES + json::finished_bytes(&response.data));
    json.push(b'{');
    if !response.errors.is_empty() {
        json.extend_from_slice(br#""errors":"#);
        serde_json::to_writer(&mut json, &response.errors)?;
        json.push(b',');
    }
    json.extend_from_slice(br#""data":"#);
    json::write(&response.data, &mut json);
    if !response.extensions.is_empty() {
        json.extend_from_slice(br#","extensions":"#);
        serde_json::to_writer(&mut json, &response.extensions)?;
    }
    json.push(b'}');
    Ok(json)
}

/// Errors of a field have a path; without one, and without data, the request itself was refused.
pub fn is_refusal(response: &Response) -> bool {
    !response.errors.is_empty() && response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty())
}

#[derive(Serialize)]
struct RequestErrors<'a> {
    errors: &'a [ServerError],
}

fn retry_after(error: &ServerError) -> Option<u32> {
    match error.extensions.as_ref()?.get(error::RETRY_AFTER)? {
        Value::Number(seconds) => seconds.as_u64().and_then(|seconds| u32::try_from(seconds).ok()),
        _ => None,
    }
}
