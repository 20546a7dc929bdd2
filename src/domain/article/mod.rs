//! Articles: what a revision holds, how it becomes a row, and lists of them.

use async_trait::async_trait;
use entity::enums::Kind;
use entity::{article, article_event, article_program, article_region, article_topic, event, ids, program, region, topic};
use sea_orm::QueryFilter;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, Envelope, EnvelopeColumn, Outline, entry_row, envelope_of};
use super::error::{Expected, Problem, Result};
use super::links::replace_links;
use super::patch::Patch;
use super::validate::{LONGEST_SUMMARY, Problems, items, trimmed, unique};
use crate::auth::role::Permission;
use crate::db::Transaction;

mod area;
pub mod list;
pub mod related;

/// The noun, as a type for the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Article;

/// Everything that a revision of an article holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub slug: String,
    pub kicker: Option<String>,
    pub title: String,
    pub summary: Option<String>,
    pub body: String,
    pub byline: Option<String>,
    pub language: String,
    pub topic_ids: Vec<Uuid>,
    pub program_ids: Vec<Uuid>,
    pub region_ids: Vec<Uuid>,
    pub event_ids: Vec<Uuid>,
}

/// A change to an article.
#[derive(Clone, Debug, Default)]
pub struct ArticlePatch {
    pub slug: Patch<String>,
    pub kicker: Patch<String>,
    pub title: Patch<String>,
    pub summary: Patch<String>,
    pub body: Patch<String>,
    pub byline: Patch<String>,
    pub language: Patch<String>,
    pub topic_ids: Patch<Vec<Uuid>>,
    pub program_ids: Patch<Vec<Uuid>>,
    pub region_ids: Patch<Vec<Uuid>>,
    pub event_ids: Patch<Vec<Uuid>>,
}

#[async_trait]
impl Entry for Article {
    const KIND: Kind = Kind::Article;
    const MANAGE: Permission = Permission::ManageEntries;
    const OWN_DRAFTS: bool = true;
    type Entity = article::Entity;
    type Row = article::Model;
    type Head = article::Head;
    type State = State;
    type Patch = ArticlePatch;

    envelope_of!(article);

    fn title(state: &State) -> &str {
        &state.title
    }

    fn apply(patch: ArticlePatch, state: &mut State) {
        patch.slug.apply_or_default(&mut state.slug);
        patch.kicker.apply(&mut state.kicker);
        patch.title.apply_or_default(&mut state.title);
        patch.summary.apply(&mut state.summary);
        patch.body.apply_or_default(&mut state.body);
        patch.byline.apply(&mut state.byline);
        patch.language.apply_or_default(&mut state.language);
        patch.topic_ids.apply_or_default(&mut state.topic_ids);
        patch.program_ids.apply_or_default(&mut state.program_ids);
        patch.region_ids.apply_or_default(&mut state.region_ids);
        patch.event_ids.apply_or_default(&mut state.event_ids);
        state.title = state.title.trim().to_owned();
        state.kicker = trimmed(state.kicker.take());
        state.summary = trimmed(state.summary.take());
        state.byline = trimmed(state.byline.take());
        if state.language.is_empty() {
            "id".clone_into(&mut state.language);
        }
        for ids in [&mut state.topic_ids, &mut state.program_ids, &mut state.region_ids, &mut state.event_ids] {
            *ids = unique(std::mem::take(ids));
        }
    }

    async fn check(txn: &Transaction, state: &State) -> Result<()> {
        let mut problems = Problems::default();
        problems.slug(&state.slug);
        problems.optional_line("kicker", state.kicker.as_deref());
        problems.line("title", &state.title);
        problems.length("summary", state.summary.as_deref(), LONGEST_SUMMARY);
        problems.markdown("body", &state.body);
        problems.optional_line("byline", state.byline.as_deref());
        if !is_language_tag(&state.language) {
            problems.add("language", Problem::Malformed(Expected::Language));
        }
        problems.count("topicIds", state.topic_ids.len());
        problems.count("programIds", state.program_ids.len());
        problems.count("regionIds", state.region_ids.len());
        problems.count("eventIds", state.event_ids.len());
        problems.references::<topic::Entity>(txn, items("topicIds", &state.topic_ids), topic::Column::Id).await?;
        problems.references::<program::Entity>(txn, items("programIds", &state.program_ids), program::Column::Id).await?;
        problems.references::<region::Entity>(txn, items("regionIds", &state.region_ids), region::Column::Id).await?;
        problems.references::<event::Entity>(txn, items("eventIds", &state.event_ids), event::Column::Id).await?;
        problems.into_result()
    }

    fn row(state: &State, envelope: &Envelope) -> article::Model {
        entry_row!(article, envelope, {
            slug: state.slug.clone(),
            kicker: state.kicker.clone(),
            title: state.title.clone(),
            summary: state.summary.clone(),
            body: state.body.clone(),
            byline: state.byline.clone(),
            language: state.language.clone(),
            topic_ids: ids::packed(&state.topic_ids),
            region_ids: ids::packed(&state.region_ids),
        })
    }

    async fn store_relations(txn: &Transaction, _domain: &Domain, state: &State, envelope: &Envelope) -> Result<()> {
        let (id, at) = (envelope.id, envelope.published_at);
        replace_links!(txn, article_topic, ArticleId article_id = id, topic_id = &state.topic_ids, published_at = at);
        replace_links!(txn, article_program, ArticleId article_id = id, program_id = &state.program_ids, published_at = at);
        replace_links!(txn, article_region, ArticleId article_id = id, region_id = &state.region_ids, published_at = at);
        replace_links!(txn, article_event, ArticleId article_id = id, event_id = &state.event_ids, published_at = at);
        area::replace(txn, id, state, at).await
    }
}

/// A tag of letters and digits in groups, such as `id` or `en-GB`.
fn is_language_tag(tag: &str) -> bool {
    tag.len() <= 16
        && tag.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        && tag.split('-').next().is_some_and(|part| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
}
