//! Programs: what a revision holds, how it becomes a row, and lists of them.

use async_trait::async_trait;
use entity::enums::Kind;
use entity::enums::{ProgramStage, SiteStatus};
use entity::{article_program, event, organization, program, program_site, region};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, Envelope, EnvelopeColumn, Outline, entry_row, envelope_of};
use super::error::{Expected, Problem, Result};
use super::patch::Patch;
use super::validate::{LONGEST_SUMMARY, Problems, item, trimmed};
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Transaction, Write, insert_rows};

pub mod list;

/// The noun, as a type for the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Program;

/// Everything that a revision of a program holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub slug: String,
    pub name: String,
    pub summary: Option<String>,
    pub description: String,
    pub starts_on: Option<Date>,
    pub ends_on: Option<Date>,
    pub stage: ProgramStage,
    pub organization_id: Option<Uuid>,
    pub sites: Vec<Site>,
}

/// Where a program works, and in which sector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    pub region_id: Uuid,
    pub sector: String,
    pub status: SiteStatus,
}

impl Default for State {
    fn default() -> Self {
        Self {
            slug: String::new(),
            name: String::new(),
            summary: None,
            description: String::new(),
            starts_on: None,
            ends_on: None,
            stage: ProgramStage::Preparation,
            organization_id: None,
            sites: Vec::new(),
        }
    }
}

impl State {
    /// The sites as rows of `program`, whose own ids are still to be given.
    pub fn site_rows(&self, program: Uuid) -> Vec<program_site::Model> {
        let row = |(site, position): (&Site, i32)| program_site::Model {
            id: Uuid::nil(),
            program_id: program,
            position,
            region_id: site.region_id,
            sector: site.sector.clone(),
            status: site.status,
        };
        self.sites.iter().zip(0..).map(row).collect()
    }
}

/// A change to a program.
#[derive(Clone, Debug, Default)]
pub struct ProgramPatch {
    pub slug: Patch<String>,
    pub name: Patch<String>,
    pub summary: Patch<String>,
    pub description: Patch<String>,
    pub starts_on: Patch<Date>,
    pub ends_on: Patch<Date>,
    pub stage: Option<ProgramStage>,
    pub organization_id: Patch<Uuid>,
    pub sites: Patch<Vec<Site>>,
}

#[async_trait]
impl Entry for Program {
    const KIND: Kind = Kind::Program;
    const MANAGE: Permission = Permission::ManageReferences;
    const OWN_DRAFTS: bool = false;
    type Entity = program::Entity;
    type Row = program::Model;
    type Head = program::Head;
    type State = State;
    type Patch = ProgramPatch;

    envelope_of!(program);

    fn title(state: &State) -> &str {
        &state.name
    }

    fn apply(patch: ProgramPatch, state: &mut State) {
        patch.slug.apply_or_default(&mut state.slug);
        patch.name.apply_or_default(&mut state.name);
        patch.summary.apply(&mut state.summary);
        patch.description.apply_or_default(&mut state.description);
        patch.starts_on.apply(&mut state.starts_on);
        patch.ends_on.apply(&mut state.ends_on);
        state.stage = patch.stage.unwrap_or(state.stage);
        patch.organization_id.apply(&mut state.organization_id);
        patch.sites.apply_or_default(&mut state.sites);
        state.name = state.name.trim().to_owned();
        state.summary = trimmed(state.summary.take());
    }

    async fn check(txn: &Transaction, state: &State) -> Result<()> {
        let mut problems = Problems::default();
        problems.slug(&state.slug);
        problems.line("name", &state.name);
        problems.length("summary", state.summary.as_deref(), LONGEST_SUMMARY);
        problems.markdown("description", &state.description);
        if state.starts_on.zip(state.ends_on).is_some_and(|(start, end)| end < start) {
            problems.add("endsOn", Problem::Malformed(Expected::EndAfterStart));
        }
        problems.references::<organization::Entity>(txn, item("organizationId", state.organization_id), organization::Column::Id).await?;
        problems.count("sites", state.sites.len());
        for (site, at) in state.sites.iter().zip(0..) {
            problems.line(&format!("sites.{at}.sector"), &site.sector);
        }
        let regions = state.sites.iter().enumerate().map(|(at, site)| (format!("sites.{at}.regionId"), site.region_id));
        problems.references::<region::Entity>(txn, regions, region::Column::Id).await?;
        problems.into_result()
    }

    fn row(state: &State, envelope: &Envelope) -> program::Model {
        entry_row!(program, envelope, {
            slug: state.slug.clone(),
            name: state.name.clone(),
            summary: state.summary.clone(),
            description: state.description.clone(),
            starts_on: state.starts_on,
            ends_on: state.ends_on,
            stage: state.stage,
            organization_id: state.organization_id,
        })
    }

    async fn store_relations(txn: &Transaction, domain: &Domain, state: &State, envelope: &Envelope) -> Result<()> {
        let id = envelope.id;
        program_site::Entity::delete_many().filter(program_site::Column::ProgramId.eq(id)).write(txn).await?;
        let sites = state.site_rows(id).into_iter().map(|row| program_site::Model { id: domain.clock.new_id(), ..row });
        Ok(insert_rows(sites, txn).await?)
    }

    /// The search documents of articles and events name the programs that the public may see.
    async fn dependents(txn: &Transaction, id: Uuid) -> Result<Vec<(Kind, Uuid)>> {
        let articles: Vec<Uuid> = Rows::<article_program::Entity>::all()
            .column(article_program::Column::ArticleId)
            .filter(article_program::Column::ProgramId.eq(id))
            .tuples(txn)
            .await?;
        let events: Vec<Uuid> =
            Rows::<event::Entity>::all().column(event::Column::Id).filter(event::Column::ProgramId.eq(id)).tuples(txn).await?;
        let articles = articles.into_iter().map(|article| (Kind::Article, article));
        Ok(articles.chain(events.into_iter().map(|event| (Kind::Event, event))).collect())
    }
}
