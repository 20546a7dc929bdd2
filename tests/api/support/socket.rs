//! GraphQL over WebSocket.

use std::time::Duration;

use entity::enums::Role;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::TestApp;

/// The protocol that sockets speak.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
/// How long a message may take before the test says that it does not come.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens one, or says with which status it was refused.
    pub async fn open(app: &TestApp, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("{}/graphql", app.address.replace("http", "ws")).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket whose caller has said who they are.
    pub async fn ready(app: &TestApp, role: Option<Role>) -> Self {
        let mut socket = Self::open(app, &[PROTOCOL]).await.unwrap();
        let payload = match role {
            Some(role) => json!({"authorization": format!("Bearer {}", app.token(role).await)}),
            None => json!({}),
        };
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
        socket
    }

    /// Sends a message.
    pub async fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        self.send(json!({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})).await;
    }

    /// The next message; `None` when the socket is closed.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("no message comes") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    /// Sends what is no message of the protocol.
    pub async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The code that the socket is closed with, whatever is said before.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the socket is not closed") {
                Some(Ok(Message::Close(frame))) => return frame.expect("a close without a code").code.into(),
                Some(Ok(_)) => {}
                ended => panic!("{ended:?}"),
            }
        }
    }

    /// The answer to an operation that ends by itself.
    pub async fn answer(&mut self, query: &str, variables: Value) -> Value {
        self.subscribe("one", query, variables).await;
        let mut answer = json!(null);
        loop {
            let message = self.next().await.unwrap();
            match message["type"].as_str() {
                Some("next") => answer = message["payload"].clone(),
                Some("error") => answer = json!({"errors": message["payload"]}),
                Some("complete") => return answer,
                _ => panic!("{message}"),
            }
            if message["type"] == "error" {
                return answer;
            }
        }
    }
}
