//! One request from its parameters to the bytes of its answer: measured, run under a time limit, and serialised.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, Variables};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};

use super::answer::{Answer, Outcome, SessionCookie, answered, is_refusal, refused};
use super::budget::{Budgets, Spender, Spent, Standing};
use super::cache::AnswerCache;
use super::documents::{Document, Documents};
use super::measure::{CostModel, Measured, Refusal, check_merging, measure};
use super::persisted::{Hash, PersistedDocuments};
use super::{Checks, Loader, RequestState, WartaSchema, error, loader, schema, sdl};
use crate::auth::actor::Actor;
use crate::config::{Allowance, GraphqlConfig, Limits};
use crate::domain::error::Locale;
use crate::domain::present::Passing;
use crate::domain::{Domain, Error};

/// What a request costs that is refused: it was read for nothing.
const REFUSED_POINTS: u64 = 10;

/// The parameters of a request, as GraphQL over HTTP names them.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    pub query: Option<String>,
    /// The SHA-256 of the document, which may stand for it.
    pub document: Option<Hash>,
    pub operation_name: Option<String>,
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Over GET, where only queries may run.
    Get,
    Post,
    /// Over a socket or an event stream, where no header can be set any more.
    Socket,
}

/// Who asks and how the request came.
#[derive(Clone, Debug)]
pub struct Caller {
    pub actor: Actor,
    pub locale: Locale,
    pub transport: Transport,
}

/// The API with its limits.
pub struct Api {
    schema: WartaSchema,
    /// The same for documents that are known to be valid.
    unchecked: WartaSchema,
    documents: Documents,
    answers: Option<AnswerCache>,
    costs: CostModel,
    limits: Limits,
    budgets: Budgets,
    persisted: PersistedDocuments,
    throttled: AtomicU64,
    timed_out: AtomicU64,
    domain: Domain,
}

impl Api {
    /// Builds the API. Must be called within the runtime. It fails when the trusted documents can't be read.
    pub fn open(domain: Domain, limits: Limits, config: &GraphqlConfig) -> anyhow::Result<Self> {
        Ok(Self {
            schema: schema(config.introspection, Checks::All),
            unchecked: schema(config.introspection, Checks::None),
            documents: Documents::default(),
            answers: AnswerCache::new(config.answer_cache_mib * 1_024 * 1_024),
            costs: CostModel::new(&sdl()),
            limits,
            budgets: Budgets::default(),
            persisted: PersistedDocuments::open(config)?,
            throttled: AtomicU64::default(),
            timed_out: AtomicU64::default(),
            domain,
        })
    }

    /// The limits that requests are held to.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many requests were refused because their actor had spent its points.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// How many requests were stopped because they took too long.
    pub fn timed_out(&self) -> u64 {
        self.timed_out.load(Ordering::Relaxed)
    }

    /// What the API works on.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Answers to the public that are kept, unless that is turned off.
    pub fn answers(&self) -> Option<&AnswerCache> {
        self.answers.as_ref()
    }

    /// Runs one request.
    pub async fn execute(&self, parameters: Parameters, caller: Caller) -> Answer {
        let Prepared { asked, standing } = match self.prepare(parameters, caller, Paying::ForAnswers).await {
            Ok(prepared) => prepared,
            Err(unprepared) => return unprepared.into_answer(),
        };
        let (operation, cost) = (asked.measured.operation, asked.measured.cost);
        if operation == OperationType::Subscription {
            let message = "Subscriptions run over WebSocket (graphql-transport-ws) or as text/event-stream at this address.";
            return refused(Refusal::new("SUBSCRIPTION_OVER_HTTP", message), Outcome::Subscription);
        }
        let (limit, started) = (Duration::from_millis(self.limits.request_timeout_ms), Instant::now());
        match tokio::time::timeout(limit, self.run(&asked, started)).await {
            // A statement that was stopped for its time fails before the whole request does.
            Ok((response, _)) if !response.errors.is_empty() && started.elapsed() >= limit => refused(self.late(), Outcome::TimedOut),
            Ok((response, state)) => {
                let is_for_all = operation == OperationType::Query && state.is_for_all.load(Ordering::Relaxed);
                let answer = answered(response, cost, self.allowance(&asked.caller.actor).query_cost);
                Answer {
                    // Whatever has failed may go well the next time.
                    is_passing: state.passing.is_noted() || answer.errors > 0,
                    is_shareable: is_for_all && answer.outcome == Outcome::Executed && answer.errors == 0,
                    operation_name: asked.operation_name,
                    cookie: state.cookie.get().cloned(),
                    standing,
                    ..answer
                }
            }
            Err(_) => refused(self.late(), Outcome::TimedOut),
        }
    }

    /// Finds the document of a request, measures it, and takes what it costs from its actor's budget.
    async fn prepare(&self, parameters: Parameters, caller: Caller, paying: Paying) -> Result<Prepared, Unprepared> {
        // Whoever has nothing left is not listened to.
        self.spend(&caller, 1)?;
        let allowance = self.allowance(&caller.actor);
        let Parameters { query, document: asked, operation_name, variables } = parameters;
        let is_given = query.is_some();
        let measured = async {
            let text = self.persisted.text(query, asked, caller.actor.is_public()).await?;
            let document = self.documents.get(&text, operation_name.as_deref(), &self.limits)?;
            let most = allowance.query_cost;
            let variables = Variables::from_json(serde_json::Value::Object(variables));
            let measured = measure(&self.costs, &self.limits, most, &document.parsed, variables)?;
            if !document.is_valid() {
                check_merging(&self.costs, &document.parsed)?;
            }
            self.documents.keep(&text, operation_name.as_deref(), &document);
            if let Some(asked) = asked.filter(|_| is_given) {
                self.persisted.register(asked, &text);
            }
            Ok((text, document, measured))
        };
        match measured.await {
            Ok((_, _, measured)) if measured.operation == OperationType::Mutation && caller.transport == Transport::Get => {
                let refusal = Refusal::new("METHOD_NOT_ALLOWED", "GET runs queries only; send mutations as POST.");
                Err(Unprepared { refusal, outcome: Outcome::WriteRefused, standing: None })
            }
            Ok((query, document, measured)) => {
                let is_due = paying == Paying::ForAll || measured.operation != OperationType::Subscription;
                let standing = if is_due { self.spend(&caller, measured.cost.saturating_sub(1))? } else { None };
                Ok(Prepared { asked: Asked { query, operation_name, document, measured, caller }, standing })
            }
            Err(refusal) => {
                self.spend(&caller, REFUSED_POINTS)?;
                Err(Unprepared { refusal, outcome: Outcome::BadRequest, standing: None })
            }
        }
    }

    /// Takes from a caller's budget what a request costs that can't even be read.
    pub fn charge_unread(&self, caller: &Caller) -> Result<(), Unprepared> {
        self.spend(caller, REFUSED_POINTS).map(drop)
    }

    fn spend(&self, caller: &Caller, points: u64) -> Result<Option<Standing>, Unprepared> {
        let (spender, allowance) = (Spender::of(&caller.actor), self.allowance(&caller.actor));
        self.budgets.spend(&spender, allowance, points, self.domain.clock.now()).map_err(|Spent { wait_seconds, standing }| {
            self.throttled.fetch_add(1, Ordering::Relaxed);
            let error = Error::Throttled { retry_after_seconds: wait_seconds };
            let refusal = Refusal::new(error.code(), error.message(caller.locale));
            let refusal = Refusal { retry_after: Some(wait_seconds), ..refusal };
            Unprepared { refusal, outcome: Outcome::Throttled, standing: Some(standing) }
        })
    }

    /// What a request is told that took too long.
    fn late(&self) -> Refusal {
        let limit_ms = self.limits.request_timeout_ms;
        self.timed_out.fetch_add(1, Ordering::Relaxed);
        tracing::warn!(limit_ms, "a request took too long and was stopped");
        Refusal::new("TIMEOUT", format!("The request took longer than {limit_ms} ms and was stopped."))
    }

    fn allowance(&self, actor: &Actor) -> Allowance {
        self.limits.allowance(actor.is_public())
    }

    /// Runs a query or mutation. A query that is known to be valid is run without watching each field for its failure first, for
    /// few fail. One that does is run again, with every care.
    async fn run(&self, asked: &Asked, started: Instant) -> (Response, Told) {
        let is_query = asked.measured.operation == OperationType::Query;
        if is_query && asked.document.is_valid() && asked.measured.variables_fit {
            let (request, loader, told) = self.request(asked, asked.document.keys_are_distinct);
            let response = AssertUnwindSafe(loader.drive(self.unchecked.execute(request))).catch_unwind().await;
            // Nor is it run again when its time is up.
            let is_late = started.elapsed() >= Duration::from_millis(self.limits.request_timeout_ms);
            if let Ok(response) = response
                && (response.errors.is_empty() || is_late)
            {
                return (response, told);
            }
        }
        let (request, loader, told) = self.request(asked, false);
        let mut response = loader.drive(self.schema.execute(request)).await;
        if is_refusal(&response) {
            error::name_refusal(&mut response);
        } else {
            asked.document.has_proved_valid();
        }
        (response, told)
    }

    /// Runs one operation of a socket or an event stream: a subscription for as long as it is followed, anything else to its answer.
    pub async fn stream(self: &Arc<Self>, parameters: Parameters, caller: Caller) -> Result<Following, Unprepared> {
        let asked = self.prepare(parameters, caller, Paying::ForAll).await?.asked;
        if asked.measured.operation == OperationType::Subscription {
            let (request, loader, _) = self.request(&asked, false);
            let responses = loader.drive_stream(self.schema.execute_stream(request));
            return Ok(Following { responses, is_subscription: true });
        }
        let (api, limit) = (Arc::clone(self), Duration::from_millis(self.limits.request_timeout_ms));
        let answer = async move {
            let started = Instant::now();
            match tokio::time::timeout(limit, api.run(&asked, started)).await {
                Ok((response, _)) if response.errors.is_empty() || started.elapsed() < limit => response,
                _ => Response::from_errors(vec![api.late().into_error()]),
            }
        };
        Ok(Following { responses: stream::once(answer).boxed(), is_subscription: false })
    }

    fn request(&self, asked: &Asked, in_json: bool) -> (Request, Arc<Loader>, Told) {
        // A query sees one state of the database, however many statements it takes; a mutation sees what it has done.
        let is_query = asked.measured.operation == OperationType::Query;
        let domain = if is_query { self.domain.with_snapshot() } else { self.domain.clone() };
        let Caller { actor, locale, transport } = asked.caller.clone();
        let loader = Arc::new(loader(domain.clone(), actor.clone()));
        let told = Told { passing: domain.passing.clone(), ..Told::default() };
        let mut request = Request::new(asked.query.as_ref())
            .variables(asked.measured.variables.clone())
            .data(Arc::clone(&loader))
            .data(RequestState { domain, actor, locale, transport, in_json, told: told.clone() });
        request.set_parsed_query(asked.document.parsed.clone());
        (request, loader, told)
    }
}

/// What an operation answers, one after another.
pub struct Following {
    pub responses: BoxStream<'static, Response>,
    pub is_subscription: bool,
}

/// What is paid for: a subscription where it can be followed alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paying {
    ForAll,
    ForAnswers,
}

/// A request that is paid for.
struct Prepared {
    asked: Asked,
    standing: Option<Standing>,
}

/// Why a request is not run, and how the budget stands that did not suffice.
pub struct Unprepared {
    pub refusal: Refusal,
    outcome: Outcome,
    standing: Option<Standing>,
}

impl Unprepared {
    /// As the answer of a request.
    pub fn into_answer(self) -> Answer {
        Answer { standing: self.standing, ..refused(self.refusal, self.outcome) }
    }
}

/// A request that may be run.
struct Asked {
    query: Arc<str>,
    operation_name: Option<String>,
    document: Arc<Document>,
    measured: Measured,
    caller: Caller,
}

/// What resolvers tell of the answer that they make.
#[derive(Clone, Debug)]
pub struct Told {
    /// What is to become of the session that a browser keeps.
    pub cookie: Arc<OnceLock<SessionCookie>>,
    /// Whether everybody who asks the same as the public gets the same.
    pub is_for_all: Arc<AtomicBool>,
    /// Whether time changes it.
    pub passing: Passing,
}

impl Default for Told {
    fn default() -> Self {
        Self { cookie: Arc::default(), is_for_all: Arc::new(AtomicBool::new(true)), passing: Passing::default() }
    }
}
