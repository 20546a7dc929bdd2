//! Mail to the people who work with Warta: through an SMTP server, or printed where there is none.

use std::io::Write;

use async_trait::async_trait;
use uuid::Uuid;

pub mod smtp;

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The same whenever it is sent again because nobody knows whether it arrived, so that it is recognised and shown once.
    pub id: Uuid,
    /// Name and address of whom it goes to.
    pub name: String,
    pub address: String,
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Sends mails.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends a mail, or says why it could not be sent.
    async fn send(&self, message: Message) -> anyhow::Result<()>;
}

/// Prints mails where whoever runs the server reads them.
pub struct Printer;

#[async_trait]
impl Mailer for Printer {
    async fn send(&self, message: Message) -> anyhow::Result<()> {
        // Nobody may read standard output any more, which is no reason to end.
        let mut out = std::io::stdout().lock();
        writeln!(out, "Mail to {} <{}>: {}\n{}", message.name, message.address, message.subject, message.text)?;
        Ok(out.flush()?)
    }
}
