//! People who sign in, and the mails that they get.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use entity::enums::Role;
use serde_json::{Value, json};
use warta::auth::actor::Actor;
use warta::domain::user;
use warta::mail::{Mailer, Message};
use warta::worker::lane::{self, Lane};

use super::{TestApp, data, mutation};

/// A password that is hard to guess.
pub const PASSWORD: &str = "tujuh itik minum jamu";

/// Keeps mails instead of sending them, or says that it can't.
#[derive(Default)]
pub struct Mailbox {
    pub mails: Mutex<Vec<Message>>,
    pub is_down: Mutex<bool>,
}

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, message: Message) -> anyhow::Result<()> {
        anyhow::ensure!(!*self.is_down.lock().unwrap(), "the mail server does not answer");
        self.mails.lock().unwrap().push(message);
        Ok(())
    }
}

impl Mailbox {
    /// The mails that came since the last look.
    pub fn take(self: &Arc<Self>) -> Vec<Message> {
        std::mem::take(&mut *self.mails.lock().unwrap())
    }
}

/// The token of the link in a mail.
pub fn link_in(message: &Message) -> String {
    let (_, rest) = message.text.split_once("#token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

impl TestApp {
    /// Somebody with a password, and the secret of a session of theirs.
    pub async fn person(&self, name: &str, role: Role) -> String {
        self.account(name, role).await;
        self.sign_in(name).await
    }

    /// An account of this name with the usual password; returns its global id.
    pub async fn account(&self, name: &str, role: Role) -> String {
        let (_, link) = user::invite(&self.domain, &Actor::system(), name, &email(name), role, false).await.unwrap();
        let set = json!({"input": {"token": link.secret, "password": PASSWORD}});
        let payload = data(self.answer(None, &mutation("passwordSet", "user { id }"), set).await)["passwordSet"].clone();
        payload["user"]["id"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    }

    /// The secret of a new session.
    pub async fn sign_in(&self, name: &str) -> String {
        let payload = self.try_sign_in(json!({"email": email(name), "password": PASSWORD})).await;
        payload["data"]["sessionCreate"]["token"].as_str().unwrap_or_else(|| panic!("{payload}")).to_owned()
    }

    /// The whole answer to signing in.
    pub async fn try_sign_in(&self, input: Value) -> Value {
        self.answer(None, &mutation("sessionCreate", "token expiresAt user { name role }"), json!({"input": input})).await
    }

    /// Whether a secret still lets its bearer in.
    pub async fn is_in(&self, secret: &str) -> bool {
        self.send_with(Some(secret), "{ me { name } }", json!({})).await.status() == 200
    }

    /// The payload of a mutation by whoever has a secret.
    pub async fn call(&self, secret: &str, name: &str, selection: &str, input: Value) -> Value {
        data(self.answer_with(secret, &mutation(name, selection), json!({"input": input})).await)[name].clone()
    }

    /// Sends all mails that are due.
    pub async fn deliver(&self) {
        while lane::work_once(&self.domain, Lane::Mails, uuid::Uuid::from_u128(2)).await.unwrap() {}
    }
}

/// The address of somebody.
pub fn email(name: &str) -> String {
    format!("{}@contoh.id", name.to_lowercase().replace(' ', "."))
}
