//! Operations over server-sent events.

use entity::enums::Role;
use serde_json::{Value, json};
use warta::auth::actor::Actor;

use crate::support::socket::PATIENCE;
use crate::support::{Options, TestApp, codes, until};

/// A stream of events.
pub struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// What a role is told as events.
    pub async fn open(app: &TestApp, role: Option<Role>, query: &str) -> Self {
        match role {
            Some(role) => Self::open_with(app, Some(&app.token(role).await), query).await,
            None => Self::open_with(app, None, query).await,
        }
    }

    /// The same for whoever has a secret.
    async fn open_with(app: &TestApp, secret: Option<&str>, query: &str) -> Self {
        let request = app.client.post(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
        let request = secret.into_iter().fold(request, |request, secret| request.bearer_auth(secret));
        let request = request.header("content-type", "application/json").body(json!({"query": query}).to_string());
        Self { response: request.send().await.unwrap(), text: String::new() }
    }

    /// All that is told, for operations that end.
    pub async fn text(self) -> String {
        self.response.text().await.unwrap()
    }

    /// The next event: its name and its data. None when the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned();
                let (name, data) = (field("event:"), field("data:"));
                self.text = rest.to_owned();
                // A comment says that the stream is alive.
                if !name.is_empty() {
                    return Some((name, serde_json::from_str(&data).unwrap_or_default()));
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("no event comes").unwrap()?;
            self.text += std::str::from_utf8(&chunk).unwrap();
        }
    }
}

#[tokio::test]
async fn a_subscription_is_followed_until_its_reader_loses_their_rights() {
    let app = TestApp::new().await;
    let token = app.token(Role::Moderator).await;
    let mut events = Events::open_with(&app, Some(&token), "subscription { articlePublished { title } }").await;
    assert_eq!(events.response.headers()["content-type"], "text/event-stream");
    until("a subscription begins", || app.domain.changes.sender.receiver_count() > 0).await;
    app.publish("article", json!({"title": "Panen vanili"})).await;
    assert_eq!(events.next().await.unwrap(), ("next".to_owned(), json!({"data": {"articlePublished": {"title": "Panen vanili"}}})));
    warta::domain::token::revoke_named(&app.domain, &Actor::system(), "moderator").await.unwrap();
    assert_eq!(events.next().await, None, "what is cut off is not complete");
    until("the places are free", || app.service.subscriptions.held() == 0).await;
}

#[tokio::test]
async fn a_query_is_answered_once_and_completed() {
    let app = TestApp::new().await;
    let mut events = Events::open(&app, None, "{ articles { totalCount } }").await;
    assert_eq!(events.next().await.unwrap().1["data"]["articles"]["totalCount"], 0);
    assert!(events.text.contains("event: complete\ndata:") || events.next().await.unwrap().0 == "complete");
}

#[tokio::test]
async fn what_is_refused_is_answered_with_a_status() {
    let app = TestApp::with(Options { configure: Some(|config| config.limits.subscriptions = 0), ..Options::default() }).await;
    let refused = async |secret: Option<&str>, query: &str| {
        let events = Events::open_with(&app, secret, query).await;
        let status = events.response.status().as_u16();
        let body: Value = serde_json::from_str(&events.response.text().await.unwrap()).unwrap();
        (status, codes(&body).join(" "))
    };
    assert_eq!(refused(None, "{ a { b ").await, (400, "GRAPHQL_PARSE_FAILED".to_owned()));
    assert_eq!(refused(Some("warta_unknown"), "{ __typename }").await, (401, "UNAUTHENTICATED".to_owned()));
    assert_eq!(refused(None, "subscription { articlePublished { title } }").await, (503, "TOO_MANY_SUBSCRIPTIONS".to_owned()));
    let get = app.client.get(format!("{}/graphql", app.address)).header("accept", "text/event-stream");
    let get = get.query(&[("query", "mutation { topicCreate(input: {name: \"A\"}) { topic { id } } }")]);
    let reply = get.bearer_auth(app.token(Role::Editor).await).send().await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["allow"].to_str().unwrap()), (405, "POST"));
    assert_eq!(app.public("{ topics { totalCount } }", json!({})).await["topics"]["totalCount"], 0);
}

#[tokio::test]
async fn a_client_that_takes_both_gets_a_subscription_as_events_and_a_query_whole() {
    let app = TestApp::new().await;
    let ask = async |query: &str| {
        let request = app.client.post(format!("{}/graphql", app.address)).header("content-type", "application/json");
        let accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
        let response = request.header("accept", accept).body(json!({"query": query}).to_string()).send().await.unwrap();
        response.headers()["content-type"].to_str().unwrap().to_owned()
    };
    assert_eq!(ask("subscription { articlePublished { title } }").await, "text/event-stream");
    assert!(ask("{ __typename }").await.starts_with("application/graphql-response+json"));
}
