//! Mail through an SMTP server.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::{Mailer, Message};
use crate::config::MailConfig;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends through one SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Reads the configuration; nothing is connected yet.
    pub fn new(config: &MailConfig) -> anyhow::Result<Self> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(config.url.expose());
        let transport = builder.context("mail.url: give an address such as smtps://user:password@mail.example.id")?;
        let from = config.from.parse().context("mail.from: give an address such as Redaksi <redaksi@contoh.id>")?;
        Ok(Self { transport: transport.timeout(Some(PATIENCE)).build(), from })
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, message: Message) -> anyhow::Result<()> {
        let to = Mailbox::new(Some(message.name), message.address.parse()?);
        let mail = lettre::Message::builder()
            .message_id(Some(format!("<{}@{}>", message.id.simple(), self.from.email.domain())))
            .from(self.from.clone())
            .to(to)
            .subject(message.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(message.text)?;
        self.transport.send(mail).await?;
        Ok(())
    }
}
