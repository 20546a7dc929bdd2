//! One request from its parameters to the bytes of its answer: measured, run under a time limit, and serialised.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Request, Response, ServerError, Value, Variables, value};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::idle::Idle;
use super::measure::{CostModel, Measured, Refusal, measure};
use super::{RequestState, WartaSchema, error, loader, schema, sdl};
use crate::auth::actor::Actor;
use crate::config::Limits;
use crate::domain::Domain;
use crate::domain::error::Locale;

/// Most sockets that may be open at a time.
const MOST_SOCKETS: usize = 1_000;

/// The parameters of a request, as GraphQL over HTTP names them.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over GET, where only queries may run.
    Get,
    Post,
    /// Over a socket, where no header can be set any more.
    Socket,
}

/// Who asks and how the request came.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub locale: Locale,
    pub transport: Transport,
}

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
    /// It took too long and was stopped.
    TimedOut,
}

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// The answer as JSON; without `data` when nothing was run.
    pub body: Vec<u8>,
    /// Points that the operation was estimated at.
    pub cost: u64,
    pub errors: usize,
    /// Seconds to wait before asking again, when something that is down was needed.
    pub retry_after: Option<u32>,
    pub cookie: Option<SessionCookie>,
}

/// The API with its limits.
pub struct Api {
    schema: WartaSchema,
    costs: CostModel,
    limits: Limits,
    domain: Domain,
    sockets: Arc<Semaphore>,
}

impl Api {
    /// Builds the API. Must be called within the runtime.
    pub fn new(domain: Domain, limits: Limits, introspection: bool) -> Self {
        Self {
            schema: schema(introspection),
            costs: CostModel::new(&sdl()),
            limits,
            domain,
            sockets: Arc::new(Semaphore::new(MOST_SOCKETS)),
        }
    }

    /// The limits that requests are held to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// As many permits as sockets may still be opened.
    pub fn sockets(&self) -> &Arc<Semaphore> {
        &self.sockets
    }

    /// What the API works on.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Runs one request.
    pub async fn execute(&self, parameters: Parameters, caller: Caller) -> Answer {
        let Parameters { query, operation_name, variables } = parameters;
        let variables = Variables::from_json(serde_json::Value::Object(variables));
        let measured = match measure(&self.costs, &self.limits, &query, operation_name.as_deref(), variables) {
            Ok(measured) => measured,
            Err(refusal) => return refused(&refusal, Outcome::BadRequest),
        };
        let Measured { document, cost, operation, variables } = measured;
        if operation == OperationType::Subscription {
            let message = "Subscriptions run over WebSocket (graphql-transport-ws) at this address.".to_owned();
            return refused(&Refusal { code: "SUBSCRIPTION_OVER_HTTP", message }, Outcome::BadRequest);
        }
        if operation == OperationType::Mutation && caller.transport == Transport::Get {
            let refusal = Refusal { code: "METHOD_NOT_ALLOWED", message: "GET runs queries only; send mutations as POST.".to_owned() };
            return refused(&refusal, Outcome::WriteRefused);
        }
        let cookie = Arc::new(OnceLock::new());
        let (request, idle) = self.request(query, operation_name, variables, document, operation, caller);
        let request = request.data(Arc::clone(&cookie));
        let limit = Duration::from_millis(self.limits.request_timeout_ms);
        match tokio::time::timeout(limit, idle.watch(self.schema.execute(request))).await {
            Ok(response) => Answer { cookie: cookie.get().cloned(), ..answered(response, cost, self.limits.query_cost) },
            Err(_) => refused(&timed_out(self.limits.request_timeout_ms), Outcome::TimedOut),
        }
    }

    /// Runs one operation of a socket: a subscription for as long as it is followed, anything else to its answer.
    pub fn stream(&self, request: Request, caller: Caller) -> Result<BoxStream<'static, Response>, Refusal> {
        let Request { query, operation_name, variables, .. } = request;
        let measured = measure(&self.costs, &self.limits, &query, operation_name.as_deref(), variables)?;
        let Measured { document, operation, variables, .. } = measured;
        let (request, idle) = self.request(query, operation_name, variables, document, operation, caller);
        if operation == OperationType::Subscription {
            return Ok(idle.watch_stream(self.schema.execute_stream(request)));
        }
        let (schema, limit_ms) = (self.schema.clone(), self.limits.request_timeout_ms);
        let answer = async move {
            match tokio::time::timeout(Duration::from_millis(limit_ms), idle.watch(schema.execute(request))).await {
                Ok(response) => response,
                Err(_) => timed_out(limit_ms).into_response(),
            }
        };
        Ok(stream::once(answer).boxed())
    }

    fn request(
        &self,
        query: String,
        operation_name: Option<String>,
        variables: Variables,
        document: ExecutableDocument,
        operation: OperationType,
        caller: Caller,
    ) -> (Request, Idle) {
        // A query sees one state of the database, however many statements it takes; a mutation sees what it has done.
        let is_query = operation == OperationType::Query;
        let domain = if is_query { self.domain.with_snapshot() } else { self.domain.clone() };
        let Caller { actor, locale, transport } = caller;
        let idle = Idle::default();
        let mut request = Request::new(query)
            .variables(variables)
            .data(loader(domain.clone(), actor.clone(), idle.clone()))
            .data(RequestState { domain, actor, locale, transport });
        request.operation_name = operation_name;
        request.set_parsed_query(document);
        (request, idle)
    }
}

impl Refusal {
    /// As an answer of a socket.
    pub fn into_response(self) -> Response {
        let mut error = ServerError::new(self.message, None);
        error.extensions.get_or_insert_with(Default::default).set("code", self.code);
        Response::from_errors(vec![error])
    }
}

fn timed_out(limit_ms: u64) -> Refusal {
    tracing::warn!(limit_ms, "a request took too long and was stopped");
    Refusal { code: "TIMEOUT", message: format!("The request took longer than {limit_ms} ms and was stopped.") }
}

/// An answer that says only what is wrong with the request.
pub fn refused(refusal: &Refusal, outcome: Outcome) -> Answer {
    let errors = serde_json::json!({"errors": [{"message": refusal.message, "extensions": {"code": refusal.code}}]});
    Answer { outcome, body: errors.to_string().into_bytes(), cost: 0, errors: 1, retry_after: None, cookie: None }
}

fn answered(response: Response, cost: u64, most: u64) -> Answer {
    let errors = response.errors.len();
    // Errors of a field have a path; without one, and without data, the request itself was refused.
    let is_refused = errors > 0 && response.data == Value::Null && response.errors.iter().all(|error| error.path.is_empty());
    let retry_after = response.errors.iter().filter_map(retry_after).max();
    let response = response.extension("cost", value!({"requested": cost, "limit": most}));
    let body = if is_refused { serde_json::to_vec(&RequestErrors { errors: &response.errors }) } else { serde_json::to_vec(&response) };
    let outcome = if is_refused { Outcome::BadRequest } else { Outcome::Executed };
    match body {
        Ok(body) => Answer { outcome, body, cost, errors, retry_after, cookie: None },
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            refused(&Refusal { code: "INTERNAL", message: "Something went wrong on our side.".to_owned() }, outcome)
        }
    }
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
