//! The blocklist in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::blocklist_entry as row;
use entity::enums::Kind;

use crate::domain::comment::blocklist as domain;
use crate::domain::page::PageRequest;
use crate::graphql::connection::{Counted, connection};
use crate::graphql::payload::{DeleteInput, DeletePayload, payload};
use crate::graphql::scalar::DateTime;
use crate::graphql::{ContextExt, id};

/// Shows a row.
#[derive(Clone)]
pub struct BlocklistEntry(row::Model);

impl From<row::Model> for BlocklistEntry {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

/// A word, sender or site that puts a comment with the spam.
#[Object]
impl BlocklistEntry {
    /// Global id.
    async fn id(&self) -> ID {
        id::encode(Kind::BlocklistEntry, self.0.id)
    }

    /// What it is compared with.
    async fn kind(&self) -> BlockKind {
        self.0.kind.into()
    }

    /// The word, sender or site, in the form in which it is compared.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// Why it is listed.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
}

/// What an entry of the blocklist is compared with.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::BlockKind")]
pub enum BlockKind {
    /// The words of the text, whatever signs and disguises stand between or in them.
    Word,
    /// The e-mail address of the writer, or the end of it: `@contoh.id`.
    Email,
    /// The sites in the text and of the writer, with all below them.
    Domain,
    /// The IP address that it came from, of IPv6 the /64.
    Network,
}

connection! {
    /// A page of the blocklist.
    BlocklistConnection,
    /// A row of the blocklist.
    BlocklistEdge, BlocklistEntry
}

payload! {
    /// The outcome of adding to the blocklist.
    BlocklistEntryPayload,
    /// The entry; null when nothing changed.
    blocklist_entry: BlocklistEntry
}

/// A new entry of the blocklist.
#[derive(InputObject)]
pub struct BlocklistEntryCreateInput {
    /// What it is compared with.
    pub kind: BlockKind,
    /// The words, e-mail address or `@domain`, domain, or IP address.
    pub value: String,
    /// Why it is listed.
    pub note: Option<String>,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// One page of the blocklist.
pub async fn list(ctx: &Context<'_>, request: &PageRequest) -> Result<BlocklistConnection> {
    let page = domain::list(ctx.domain(), ctx.actor(), request).await?;
    Ok(BlocklistConnection::new(page, Counted::Blocklist))
}

/// Changes of the blocklist.
#[derive(Default)]
pub struct BlocklistMutation;

#[Object]
impl BlocklistMutation {
    /// Adds to the blocklist; for moderators. Comments that stand already are left where they are.
    async fn blocklist_entry_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: BlocklistEntryCreateInput,
    ) -> Result<BlocklistEntryPayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        let created = domain::create(ctx.domain(), &actor, input.kind.into(), &input.value, input.note).await;
        BlocklistEntryPayload::new(ctx, created)
    }

    /// Takes from the blocklist; for moderators.
    async fn blocklist_entry_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take away.")] input: DeleteInput,
    ) -> Result<DeletePayload> {
        let result = match id::require(Kind::BlocklistEntry, &input.id, "id") {
            Ok(id) => domain::delete(ctx.domain(), ctx.actor(), id).await,
            Err(error) => Err(error),
        };
        DeletePayload::new(ctx, input.id, result)
    }
}
