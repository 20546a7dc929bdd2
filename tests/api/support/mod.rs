//! A server to test, and what tests say to it.

pub mod case;
pub mod database;
pub mod engine;
pub mod person;
pub mod process;
pub mod socket;
pub mod tape;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use entity::enums::Role;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warta::app::App;
use warta::auth::actor::Actor;
use warta::clock::{Clock, FixedClock};
use warta::config::Config;
use warta::domain::Domain;
use warta::domain::token::{self, NewToken};
use warta::domain::{search, search_index};
use warta::graphql::execute::Api;
use warta::http::{Server, Service};
use warta::mail::Mailer;
use warta::search::SearchEngine;
use warta::worker::lane::{self, Lane};
use warta::worker::{rebuild, work_once};

use self::database::{Database, Template};

/// When every test takes place: 1 January 2015, 08:00 in Jakarta.
pub const NOW: i64 = 1_420_074_000_000;

/// A running server with its database, its clock and its statements.
pub struct TestApp {
    pub domain: Domain,
    pub clock: Arc<FixedClock>,
    pub address: String,
    pub client: reqwest::Client,
    /// What requests share.
    pub service: Arc<Service>,
    statements: Arc<Mutex<Vec<String>>>,
    tokens: Mutex<HashMap<&'static str, String>>,
    shutdown: CancellationToken,
    database: Database,
    _folder: TempDir,
}

/// What a test may want otherwise.
#[derive(Default)]
pub struct Options {
    pub with_sample: bool,
    pub configure: Option<fn(&mut Config)>,
    pub engine: Option<Arc<dyn SearchEngine>>,
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Where Akismet answers.
    pub akismet: Option<String>,
    /// A folder of documents, which are the only ones that the public may run.
    pub documents: Option<std::path::PathBuf>,
}

impl TestApp {
    /// A server over an empty database.
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// A server over the sample content, indexed.
    pub async fn with_sample() -> Self {
        let app = Self::with(Options { with_sample: true, ..Options::default() }).await;
        app.index().await;
        app
    }

    /// A server as the test wants it.
    pub async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let template = if options.with_sample { Template::Sample } else { Template::Empty };
        let database = Database::create(template, folder.path()).await;
        let mut config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        config.database.url = database.url.clone();
        config.database.max_connections = 5;
        if let Some(configure) = options.configure {
            configure(&mut config);
        }
        if let Some(folder) = options.documents {
            (config.graphql.documents, config.graphql.documents_only) = (folder, true);
        }
        if let Some(address) = options.akismet {
            let layer = [("key", "kunci-uji"), ("url", &address), ("site", "https://kabar.contoh.id/"), ("test", "true")];
            let flags = layer.map(|(key, value)| (format!("akismet.{key}"), value.to_owned()));
            config.akismet = Config::from_layers("", [], &flags).unwrap().akismet;
        }
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&statements);
        let observer = Arc::new(move |sql: &str| seen.lock().unwrap().push(sql.to_owned()));
        // Ids of the sample content must not come up again.
        let clock = Arc::new(FixedClock::new(NOW).with_ids_from(1 << 40));
        let mut app = App::open_with(config, Arc::clone(&clock) as Arc<dyn Clock>, Some(observer)).await.unwrap();
        if let Some(engine) = options.engine {
            app.domain.search = engine;
        }
        if let Some(mailer) = options.mailer {
            app.domain.mailer = mailer;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let config = &app.config.server;
        let api = Api::open(app.domain.clone(), app.config.limits, &app.config.graphql).unwrap();
        let service = Service::new(api, config, shutdown.clone());
        let server = Server::new(listener, Arc::clone(&service), config).unwrap();
        tokio::spawn(warta::domain::changes::run(app.domain.clone(), shutdown.clone()));
        tokio::spawn(server.run(shutdown.clone()));
        Self {
            domain: app.domain,
            clock,
            address,
            client: http_client(),
            service,
            statements,
            tokens: Mutex::default(),
            shutdown,
            database,
            _folder: folder,
        }
    }

    /// Has the server stop.
    pub fn stop(&self) {
        self.shutdown.cancel();
    }

    /// Brings the search index in step, as the worker would.
    pub async fn index(&self) {
        if rebuild::is_needed(&self.domain).await.unwrap() {
            rebuild::rebuild(&self.domain, |_| {}).await.unwrap();
        }
        let owner = uuid::Uuid::from_u128(1);
        while lane::work_once(&self.domain, Lane::Publications, owner).await.unwrap() {}
        while work_once(&self.domain, owner).await.unwrap() > 0 {}
    }

    /// Removes the live index from an engine that outlives the test.
    pub async fn drop_index(&self) {
        let index = search_index::live(&self.domain).await.unwrap().unwrap();
        search::remove(&self.domain, index.id).await.unwrap();
    }

    /// A token of this role; the same one each time.
    pub async fn token(&self, role: Role) -> String {
        if let Some(secret) = self.tokens.lock().unwrap().get(role.as_str()) {
            return secret.clone();
        }
        let (_, secret) = token::create(&self.domain, &Actor::system(), NewToken::with_role(role.as_str(), role)).await.unwrap();
        self.tokens.lock().unwrap().insert(role.as_str(), secret.clone());
        secret
    }

    /// What a request says, with its status and headers.
    pub async fn send(&self, role: Option<Role>, query: &str, variables: Value) -> reqwest::Response {
        let secret = match role {
            Some(role) => Some(self.token(role).await),
            None => None,
        };
        self.send_with(secret.as_deref(), query, variables).await
    }

    /// As [`TestApp::send`], by whoever has a secret.
    pub async fn send_with(&self, secret: Option<&str>, query: &str, variables: Value) -> reqwest::Response {
        let mut request = self.client.post(format!("{}/graphql", self.address)).header("content-type", "application/json");
        if let Some(secret) = secret {
            request = request.bearer_auth(secret);
        }
        request.body(json!({"query": query, "variables": variables}).to_string()).send().await.unwrap()
    }

    /// The whole answer to a request of whoever has a secret.
    pub async fn answer_with(&self, secret: &str, query: &str, variables: Value) -> Value {
        let text = self.send_with(Some(secret), query, variables).await.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The whole answer to a request.
    pub async fn answer(&self, role: Option<Role>, query: &str, variables: Value) -> Value {
        let text = self.send(role, query, variables).await.text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The data of a request of the public that must go well.
    pub async fn public(&self, query: &str, variables: Value) -> Value {
        data(self.answer(None, query, variables).await)
    }

    /// The data of a request of an editor that must go well.
    pub async fn editor(&self, query: &str, variables: Value) -> Value {
        data(self.answer(Some(Role::Editor), query, variables).await)
    }

    /// The payload of a mutation `name` by an editor, whose input is `{name}Input`-shaped.
    pub async fn mutate(&self, name: &str, selection: &str, input: Value) -> Value {
        self.mutate_as(Role::Editor, name, selection, input).await
    }

    /// As [`TestApp::mutate`], by another role.
    pub async fn mutate_as(&self, role: Role, name: &str, selection: &str, input: Value) -> Value {
        let query = mutation(name, selection);
        let input = self.based_on_newest(name, input).await;
        data(self.answer(Some(role), &query, json!({"input": input})).await)[name].clone()
    }

    /// Says that an update of an entry is made from its newest revision, unless the input says otherwise.
    async fn based_on_newest(&self, name: &str, mut input: Value) -> Value {
        let noun = name.trim_end_matches("Update");
        if noun == name || !matches!(noun, "article" | "event" | "official" | "program") || !input["basedOnRevision"].is_null() {
            return input;
        }
        let query = format!("query($id: ID!) {{ {noun}(by: {{id: $id}}) {{ revision }} }}");
        input["basedOnRevision"] = self.editor(&query, json!({"id": input["id"]})).await[noun]["revision"].clone();
        input
    }

    /// Creates something as an editor and returns its global id.
    pub async fn create(&self, noun: &str, input: Value) -> String {
        let payload = self.mutate(&format!("{noun}Create"), &format!("{noun} {{ id }}"), input).await;
        id_of(&payload[noun])
    }

    /// Creates an entry, publishes it, and returns its global id.
    pub async fn publish(&self, noun: &str, input: Value) -> String {
        let id = self.create(noun, input).await;
        let payload = self.mutate(&format!("{noun}Publish"), &format!("{noun} {{ id }}"), json!({"id": id})).await;
        assert_eq!(payload[noun]["id"], id, "{payload}");
        id
    }

    /// Where its database is.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// How much history there is: every write adds to it.
    pub async fn written(&self) -> u64 {
        use sea_orm::EntityTrait;
        use warta::db::Read;
        let db = self.domain.db.write();
        entity::audit_entry::Entity::find().number(db).await.unwrap() + entity::revision::Entity::find().number(db).await.unwrap()
    }

    /// How many statements have run since the last look.
    pub fn statements(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements.lock().unwrap())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Waits until something is so that comes about by itself.
pub async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(socket::PATIENCE, waited).await.unwrap_or_else(|_| panic!("it does not come about: {what}"));
}

/// A client for HTTP.
pub fn http_client() -> reqwest::Client {
    // Whoever comes second finds it installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap()
}

/// The global id of a node.
pub fn id_of(node: &Value) -> String {
    node["id"].as_str().unwrap_or_else(|| panic!("no id in {node}")).to_owned()
}

/// A mutation of one field, with its user errors.
pub fn mutation(name: &str, selection: &str) -> String {
    let (first, rest) = name.split_at(1);
    let input = match name {
        "entriesPublish" => "EntriesPublishInput".to_owned(),
        "entriesTrash" => "EntriesTrashInput".to_owned(),
        _ if name.starts_with("personalData") => "PersonalDataInput".to_owned(),
        _ if name.ends_with("Publish") && name != "privacyNoticePublish" => "PublishInput".to_owned(),
        _ if name.ends_with("Unschedule") => "UnscheduleInput".to_owned(),
        _ if name.ends_with("Schedule") => "ScheduleInput".to_owned(),
        _ if name.ends_with("Unpublish") => "UnpublishInput".to_owned(),
        _ if name.ends_with("Submit") && name != "commentSubmit" => "SubmitInput".to_owned(),
        _ if name.ends_with("Approve") && name != "commentApprove" => "ApproveInput".to_owned(),
        _ if name.ends_with("Return") => "ReturnInput".to_owned(),
        _ if name.ends_with("Purge") => "PurgeInput".to_owned(),
        "userRenewLink" | "userSuspend" | "userActivate" | "userRemoveSecondFactor" => "UserInput".to_owned(),
        _ if name.ends_with("Archive") => "ArchiveInput".to_owned(),
        _ if name.ends_with("Trash") => "TrashInput".to_owned(),
        _ if name.ends_with("Restore") && name != "commentRestore" => "RestoreInput".to_owned(),
        _ if name.ends_with("Revert") => "RevertInput".to_owned(),
        _ if name.ends_with("Delete") => "DeleteInput".to_owned(),
        _ => format!("{}{rest}Input", first.to_uppercase()),
    };
    format!("mutation($input: {input}!) {{ {name}(input: $input) {{ {selection} userErrors {{ code field message newestRevision }} }} }}")
}

/// The data of an answer without errors.
pub fn data(answer: Value) -> Value {
    assert!(answer["errors"].is_null(), "{answer:#}");
    answer["data"].clone()
}

/// The codes of the errors of an answer.
pub fn codes(answer: &Value) -> Vec<&str> {
    answer["errors"].as_array().into_iter().flatten().map(|error| error["extensions"]["code"].as_str().unwrap_or("(none)")).collect()
}

/// Fields and codes of the user errors of a payload.
pub fn user_errors(payload: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    payload["userErrors"].as_array().into_iter().flatten().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
}
