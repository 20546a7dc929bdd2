//! Officials: what a revision holds, how it becomes a row, and lists of them.

use async_trait::async_trait;
use entity::enums::Kind;
use entity::{event, official, organization, participant, region, revision, term};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::Domain;
use super::entry::{Entry, Envelope, EnvelopeColumn, Outline, entry_row, envelope_of};
use super::error::{Expected, Problem, Result};
use super::patch::Patch;
use super::validate::{Problems, item, trimmed, unique};
use crate::auth::role::Permission;
use crate::db::{Read, Rows, Transaction, Write, insert_rows};

pub mod list;

/// The noun, as a type for the workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Official;

/// Everything that a revision of an official holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    pub slug: String,
    pub name: String,
    pub honorific_before: Option<String>,
    pub honorific_after: Option<String>,
    pub biography: String,
    pub terms: Vec<Term>,
}

/// Which office, from when until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    pub office: String,
    pub organization_id: Option<Uuid>,
    pub region_id: Option<Uuid>,
    pub from_on: Date,
    pub until_on: Option<Date>,
    pub acting: bool,
}

impl State {
    /// The terms as rows of `official`, whose own ids are still to be given.
    pub fn term_rows(&self, official: Uuid) -> Vec<term::Model> {
        let row = |(term, position): (&Term, i32)| term::Model {
            id: Uuid::nil(),
            official_id: official,
            position,
            office: term.office.trim().to_owned(),
            organization_id: term.organization_id,
            region_id: term.region_id,
            from_on: term.from_on,
            until_on: term.until_on,
            acting: term.acting,
        };
        self.terms.iter().zip(0..).map(row).collect()
    }
}

/// A change to an official.
#[derive(Clone, Debug, Default)]
pub struct OfficialPatch {
    pub slug: Patch<String>,
    pub name: Patch<String>,
    pub honorific_before: Patch<String>,
    pub honorific_after: Patch<String>,
    pub biography: Patch<String>,
    pub terms: Patch<Vec<Term>>,
}

#[async_trait]
impl Entry for Official {
    const KIND: Kind = Kind::Official;
    const MANAGE: Permission = Permission::ManageReferences;
    const OWN_DRAFTS: bool = false;
    type Entity = official::Entity;
    type Row = official::Model;
    type Head = official::Head;
    type State = State;
    type Patch = OfficialPatch;

    envelope_of!(official);

    fn title(state: &State) -> &str {
        &state.name
    }

    fn apply(patch: OfficialPatch, state: &mut State) {
        patch.slug.apply_or_default(&mut state.slug);
        patch.name.apply_or_default(&mut state.name);
        patch.honorific_before.apply(&mut state.honorific_before);
        patch.honorific_after.apply(&mut state.honorific_after);
        patch.biography.apply_or_default(&mut state.biography);
        patch.terms.apply_or_default(&mut state.terms);
        state.name = state.name.trim().to_owned();
        state.honorific_before = trimmed(state.honorific_before.take());
        state.honorific_after = trimmed(state.honorific_after.take());
    }

    async fn check(txn: &Transaction, state: &State) -> Result<()> {
        let mut problems = Problems::default();
        problems.slug(&state.slug);
        problems.line("name", &state.name);
        problems.optional_line("honorificBefore", state.honorific_before.as_deref());
        problems.optional_line("honorificAfter", state.honorific_after.as_deref());
        problems.markdown("biography", &state.biography);
        problems.count("terms", state.terms.len());
        for (term, at) in state.terms.iter().zip(0..) {
            problems.line(&format!("terms.{at}.office"), &term.office);
            if term.until_on.is_some_and(|until| until < term.from_on) {
                problems.add(format!("terms.{at}.until"), Problem::Malformed(Expected::EndAfterStart));
            }
        }
        let terms = || state.terms.iter().enumerate();
        let organizations = terms().filter_map(|(at, term)| item(format!("terms.{at}.organizationId"), term.organization_id));
        problems.references::<organization::Entity>(txn, organizations, organization::Column::Id).await?;
        let regions = terms().filter_map(|(at, term)| item(format!("terms.{at}.regionId"), term.region_id));
        problems.references::<region::Entity>(txn, regions, region::Column::Id).await?;
        problems.into_result()
    }

    fn row(state: &State, envelope: &Envelope) -> official::Model {
        entry_row!(official, envelope, {
            slug: state.slug.clone(),
            name: state.name.clone(),
            honorific_before: state.honorific_before.clone(),
            honorific_after: state.honorific_after.clone(),
            biography: state.biography.clone(),
        })
    }

    async fn store_relations(txn: &Transaction, domain: &Domain, state: &State, envelope: &Envelope) -> Result<()> {
        let id = envelope.id;
        term::Entity::delete_many().filter(term::Column::OfficialId.eq(id)).write(txn).await?;
        let terms = state.term_rows(id).into_iter().map(|row| term::Model { id: domain.clock.new_id(), ..row });
        Ok(insert_rows(terms, txn).await?)
    }

    /// The search documents of events hold the names of those who took part, those of drafts of what their newest revision says.
    async fn dependents(txn: &Transaction, id: Uuid) -> Result<Vec<(Kind, Uuid)>> {
        let events: Vec<Uuid> = Rows::<participant::Entity>::all()
            .column(participant::Column::EventId)
            .distinct()
            .filter(participant::Column::OfficialId.eq(id))
            .tuples(txn)
            .await?;
        let named = Rows::<revision::Entity>::all()
            .column(revision::Column::Id)
            .filter(Expr::col((revision::Entity, revision::Column::EntryId)).equals((event::Entity, event::Column::Id)))
            .filter(Expr::col((revision::Entity, revision::Column::Number)).equals((event::Entity, event::Column::Revision)))
            .filter(Expr::col((revision::Entity, revision::Column::State)).cast_as("text").like(format!("%{id}%")));
        let drafts: Vec<Uuid> = Rows::<event::Entity>::all()
            .column(event::Column::Id)
            .filter(Expr::col((event::Entity, event::Column::LiveRevision)).not_equals((event::Entity, event::Column::Revision)))
            .filter(Expr::exists(named.into_query()))
            .tuples(txn)
            .await?;
        Ok(unique(events.into_iter().chain(drafts).collect()).into_iter().map(|event| (Kind::Event, event)).collect())
    }
}

/// The name as it is written in full: "Prof. Dr. Ir. H. Nama, M.Agr."
pub fn full_name(row: &official::Head) -> String {
    let before = row.honorific_before.as_deref().map_or_else(String::new, |before| format!("{before} "));
    let after = row.honorific_after.as_deref().map_or_else(String::new, |after| format!(", {after}"));
    format!("{before}{}{after}", row.name)
}

/// The term that was held on `day`: a full holder before an acting one, the latest begun of several.
pub fn term_on(terms: &[term::Model], day: Date) -> Option<&term::Model> {
    terms
        .iter()
        .filter(|term| term.from_on <= day && term.until_on.is_none_or(|until| day <= until))
        .max_by_key(|term| (!term.acting, term.from_on))
}
