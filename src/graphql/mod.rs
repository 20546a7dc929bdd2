//! The GraphQL API: resolvers that only translate between the schema and `domain`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{Context, MergedObject, SDLExportOptions, Schema, ValidationMode};

use crate::auth::actor::Actor;
use crate::domain::Domain;
use crate::domain::error::Locale;

pub mod answer;
pub mod article;
pub mod audit;
mod batch;
mod body;
pub mod budget;
pub mod cache;
pub mod comment;
mod connection;
mod documents;
pub mod entry;
mod error;
pub mod event;
pub mod execute;
pub mod glossary;
mod id;
mod json;
mod loaders;
pub mod measure;
pub mod node;
mod nodes;
pub mod official;
pub mod organization;
mod payload;
pub mod people;
pub mod persisted;
pub mod privacy;
pub mod program;
pub mod region;
mod scalar;
pub mod search;
pub mod subscription;
pub mod topic;

pub use loaders::{Loader, Reader, loader};
use subscription::SubscriptionRoot;

// Fields are looked for from the last member to the first, so that what readers ask for most is last.
/// What readers and editors may ask for.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    official::query::OfficialQuery,
    program::query::ProgramQuery,
    organization::OrganizationQuery,
    topic::TopicQuery,
    region::RegionQuery,
    comment::query::CommentQuery,
    privacy::PrivacyQuery,
    glossary::GlossaryQuery,
    search::comments::CommentSearchQuery,
    search::rule::SearchRuleQuery,
    entry::query::EntryQuery,
    entry::preview::PreviewQuery,
    people::PeopleQuery,
    audit::AuditQuery,
    search::suggest::SuggestQuery,
    search::SearchRoot,
    event::query::EventQuery,
    article::query::ArticleQuery,
);

/// What readers and editors may change.
#[derive(MergedObject, Default)]
pub struct Mutation(
    article::mutation::ArticleMutation,
    event::mutation::EventMutation,
    official::mutation::OfficialMutation,
    program::mutation::ProgramMutation,
    organization::OrganizationMutation,
    topic::TopicMutation,
    region::RegionMutation,
    comment::moderation::ModerationMutation,
    comment::blocklist::BlocklistMutation,
    privacy::PrivacyMutation,
    glossary::GlossaryMutation,
    search::rule::SearchRuleMutation,
    entry::bulk::BulkMutation,
    entry::preview::PreviewMutation,
    people::user::UserMutation,
    people::account::AccountMutation,
    people::session::SessionMutation,
    people::token::TokenMutation,
    comment::submission::CommentMutation,
);

/// The schema with its roots.
pub type WartaSchema = Schema<Query, Mutation, SubscriptionRoot>;

/// What every resolver may ask its context for.
pub struct RequestState {
    pub domain: Domain,
    pub actor: Actor,
    pub locale: Locale,
    pub transport: execute::Transport,
    /// Whether rows may be given as JSON that is written already: nothing looks at them on their way into the answer, which
    /// [`answer::to_json`] writes, and no two of them are put together.
    pub in_json: bool,
    pub told: execute::Told,
}

/// Access to the request's state.
pub(crate) trait ContextExt {
    fn domain(&self) -> &Domain;
    fn actor(&self) -> &Actor;
    /// Whom every field asks that leaves its row, so that many parents cost as many statements as one.
    fn loader(&self) -> &Loader;
    /// To be said by whoever answers with what only this caller may have, or counts that it was asked: the answer is kept for nobody else.
    fn keep_from_others(&self);
}

impl ContextExt for Context<'_> {
    fn domain(&self) -> &Domain {
        &self.data_unchecked::<RequestState>().domain
    }

    fn actor(&self) -> &Actor {
        &self.data_unchecked::<RequestState>().actor
    }

    fn loader(&self) -> &Loader {
        self.data_unchecked::<Arc<Loader>>()
    }

    fn keep_from_others(&self) {
        self.data_unchecked::<RequestState>().told.is_for_all.store(false, Ordering::Relaxed);
    }
}

/// What is looked at before and while a document is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// Whether it is valid, and what becomes of each field.
    All,
    /// Nothing: for documents that are known to be valid, whose answer is thrown away if a field fails.
    None,
}

/// Builds the schema. Sizes and costs are checked before a document gets here; the depth limit is a second line.
pub fn schema(introspection: bool, checks: Checks) -> WartaSchema {
    let builder = Schema::build(Query::default(), Mutation::default(), SubscriptionRoot)
        .with_sorted_fields()
        .with_sorted_enums()
        .limit_recursive_depth(32);
    let mut builder = match checks {
        Checks::All => builder.extension(error::ErrorMapper),
        // With the roots of a federation, which nobody can ask for, the library need not look through all types at each root whether
        // there are any.
        Checks::None => builder.validation_mode(ValidationMode::Fast).enable_federation(),
    };
    if !introspection {
        builder = builder.disable_introspection().disable_suggestions();
    }
    builder.finish()
}

/// The schema in its definition language, sorted.
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .include_specified_by()
        .prefer_single_line_descriptions()
        .use_space_ident()
        .indent_width(2);
    schema(true, Checks::All).sdl_with_options(options)
}
