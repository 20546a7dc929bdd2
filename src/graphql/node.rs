//! Look-ups by global id, and what all nouns share.

use async_graphql::{Context, Enum, ID, Interface, Object, Result};
use entity::enums::Kind;

use super::article::Article;
use super::comment::Comment;
use super::event::Event;
use super::glossary::GlossaryTerm;
use super::official::Official;
use super::organization::Organization;
use super::people::user::User;
use super::program::Program;
use super::region::Region;
use super::topic::Topic;
use super::{ContextExt, id, loaders};
use crate::domain::error::{Error, Expected, FieldError, Problem};
use crate::text::date::{DateStyle, format_date, local, zone};

/// Most ids in one look-up.
const MOST_IDS: usize = 100;

/// Anything with a global id.
#[derive(Clone, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    Article(Article),
    Event(Event),
    Official(Official),
    Program(Program),
    Organization(Organization),
    Topic(Topic),
    Region(Region),
    Comment(Comment),
    GlossaryTerm(GlossaryTerm),
    User(User),
}

/// Where an entry stands in its workflow.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "entity::enums::EntryStatus")]
pub enum EntryStatus {
    /// Being worked on; never published, or taken back.
    Draft,
    /// With the editors.
    InReview,
    /// Found good, waiting to be published.
    Approved,
    /// The public may see it.
    Published,
    /// Was published and is kept out of sight.
    Archived,
}

/// How much of a date to write.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "DateStyle")]
pub enum DateFormat {
    /// "Rabu, 6 Juli 2011"
    Full,
    /// "6 Juli 2011"
    Long,
    /// "6 Jul 2011"
    Short,
}

/// The day of publication as Indonesian readers write it, in the site's time zone.
pub fn published_on(ctx: &Context<'_>, published_at: Option<i64>, format: Option<DateFormat>) -> Option<String> {
    let zone = zone(&ctx.domain().settings.time_zone)?;
    Some(format_date(local(published_at?, &zone).date(), format.unwrap_or(DateFormat::Full).into()))
}

/// Look-ups by global id.
#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Anything by its global id; null when there is none that the reader may see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The global id.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// Up to 100 things by their global ids, in the order asked for; null for each that the reader may not see.
    async fn nodes(&self, ctx: &Context<'_>, #[graphql(desc = "The global ids.")] ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST_IDS {
            return Err(Error::from(FieldError::new("ids", Problem::TooLong { max: MOST_IDS })).into());
        }
        futures_util::future::try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

/// Anything by its global id, if the reader may see it.
pub async fn find(ctx: &Context<'_>, global: &ID) -> Result<Option<Node>> {
    let Some((kind, id)) = id::decode(global) else {
        return Err(Error::from(FieldError::new("id", Problem::Malformed(Expected::GlobalId))).into());
    };
    Ok(match kind {
        Kind::Article => ctx.loader().load(loaders::ArticleById::new(id)).await?.map(|row| Node::Article(row.into())),
        Kind::Event => ctx.loader().load(loaders::EventById::new(id)).await?.map(|row| Node::Event(row.into())),
        Kind::Official => ctx.loader().load(loaders::OfficialById::new(id)).await?.map(|row| Node::Official(row.into())),
        Kind::Program => ctx.loader().load(loaders::ProgramById::new(id)).await?.map(|row| Node::Program(row.into())),
        Kind::Organization => ctx.loader().load(loaders::OrganizationById(id)).await?.map(|row| Node::Organization(row.into())),
        Kind::Topic => ctx.loader().load(loaders::TopicById(id)).await?.map(|row| Node::Topic(row.into())),
        Kind::Region => ctx.loader().load(loaders::RegionById(id)).await?.map(|row| Node::Region(row.into())),
        Kind::Comment => ctx.loader().load(loaders::CommentById(id)).await?.map(|row| Node::Comment(row.into())),
        Kind::GlossaryTerm => ctx.loader().load(loaders::GlossaryTermById(id)).await?.map(|row| Node::GlossaryTerm(row.into())),
        Kind::User => ctx.loader().load(loaders::UserById(id)).await?.map(|row| Node::User(row.into())),
        Kind::Session | Kind::ApiToken | Kind::SearchRule | Kind::BlocklistEntry | Kind::PrivacyNotice => None,
    })
}
