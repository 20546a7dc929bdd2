//! Sample content: a foundation's newsroom around one workshop. It is written through the same commands as everything
//! else, with the times of the stories and with ids that are the same everywhere, so that documentation can show them.
//!
//! The workshop, its regent and the three target areas are facts of a real page; every other person is invented.

use std::collections::HashMap;
use std::sync::Arc;

use entity::enums::{CommentStatus, Kind};
use uuid::Uuid;

use self::content::{CommentItem, Content};
use crate::auth::actor::Actor;
use crate::clock::{Clock, FixedClock};
use crate::domain::article::{Article, ArticlePatch};
use crate::domain::comment::moderate::{self, Decision};
use crate::domain::comment::queue::{self, QueueFilter};
use crate::domain::comment::submit::{Submission, submit};
use crate::domain::entry::{self, Entry};
use crate::domain::error::{Error, Result};
use crate::domain::event::{Event, EventPatch, Participant, Session};
use crate::domain::glossary::{self, GlossaryTermPatch};
use crate::domain::official::{Official, OfficialPatch, Term};
use crate::domain::organization::{self, OrganizationPatch};
use crate::domain::page::PageRequest;
use crate::domain::patch::Patch;
use crate::domain::program::{Program, ProgramPatch, Site};
use crate::domain::region::{self, RegionPatch};
use crate::domain::topic::{self, TopicPatch};
use crate::domain::{Domain, history};
use crate::text::slug::slugify;

mod content;

/// When the reference data was entered: 1 January 2010.
const BEGINNING_MS: i64 = 1_262_304_000_000;
/// How long after its subject the first comment comes, and each after the one before.
const BETWEEN_COMMENTS_MS: i64 = 5_400_000;

/// Most ids that writing one item takes.
const IDS_OF_AN_ITEM: u64 = 1_000;

/// What a load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub created: usize,
    /// What an earlier, interrupted load had created.
    pub present: usize,
}

/// Whether the sample content may be loaded: nobody but Warta itself has written to the database.
pub async fn may_load(domain: &Domain) -> Result<bool> {
    history::is_untouched(domain).await
}

/// Loads what is missing of the sample content (well under a second), and says how much that was.
pub async fn load(domain: &Domain) -> Result<Loaded> {
    let content = Content::read().map_err(Error::Internal)?;
    let is_begun = region::find_by_code(domain, "73").await?.is_some();
    // Ids that an interrupted load has given away must not come up again.
    let first_id = if is_begun { u64::try_from(domain.clock.now()).unwrap_or_default() * 1_000_000 } else { 0 };
    let clock = Arc::new(FixedClock::new(BEGINNING_MS));
    let domain = Domain { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..domain.clone() };
    let mut loader = Loader { domain, clock, system: Actor::system(), known: HashMap::new(), next_id: first_id, loaded: Loaded::default() };
    loader.references(&content).await?;
    loader.officials(&content).await?;
    loader.programs(&content).await?;
    loader.events(&content).await?;
    loader.articles(&content).await?;
    loader.comments(&content).await?;
    Ok(loader.loaded)
}

struct Loader {
    domain: Domain,
    clock: Arc<FixedClock>,
    system: Actor,
    /// Ids by kind and slug (regions: code; organizations, officials and so on: slug).
    known: HashMap<(Kind, String), Uuid>,
    next_id: u64,
    loaded: Loaded,
}

impl Loader {
    /// Gives the next item a range of ids of its own, so that its own id does not depend on how many rows others take.
    fn next_item(&mut self) {
        self.next_id += IDS_OF_AN_ITEM;
        self.clock.count_ids_from(self.next_id);
    }

    fn id(&self, kind: Kind, key: &str) -> Result<Uuid> {
        let id = self.known.get(&(kind, key.to_owned())).copied();
        id.ok_or_else(|| Error::Internal(anyhow::anyhow!("the sample content names a {} `{key}` that it lacks", kind.as_str())))
    }

    fn ids(&self, kind: Kind, keys: &[String]) -> Result<Vec<Uuid>> {
        keys.iter().map(|key| self.id(kind, key)).collect()
    }

    fn optional_id(&self, kind: Kind, key: Option<&String>) -> Result<Option<Uuid>> {
        key.map(|key| self.id(kind, key)).transpose()
    }

    fn learn(&mut self, kind: Kind, key: &str, id: Uuid, is_new: bool) {
        self.known.insert((kind, key.to_owned()), id);
        self.loaded.created += usize::from(is_new);
        self.loaded.present += usize::from(!is_new);
    }

    async fn references(&mut self, content: &Content) -> Result<()> {
        for item in &content.regions {
            self.next_item();
            let (id, is_new) = match region::find_by_code(&self.domain, &item.code).await? {
                Some(row) => (row.id, false),
                None => {
                    let patch = RegionPatch {
                        slug: Patch::Set(item.slug.clone()),
                        code: Patch::Set(item.code.clone()),
                        level: Some(item.level),
                        name: Patch::Set(item.name.clone()),
                    };
                    (region::create(&self.domain, &self.system, patch).await?.id, true)
                }
            };
            self.learn(Kind::Region, &item.code, id, is_new);
        }
        for item in &content.topics {
            self.next_item();
            let (id, is_new) = match topic::find_by_slug(&self.domain, &item.slug).await? {
                Some(row) => (row.id, false),
                None => {
                    let patch = TopicPatch {
                        slug: Patch::Set(item.slug.clone()),
                        name: Patch::Set(item.name.clone()),
                        description: Patch::Set(item.description.clone()),
                        parent_id: patch(self.optional_id(Kind::Topic, item.parent.as_ref())?),
                    };
                    (topic::create(&self.domain, &self.system, patch).await?.id, true)
                }
            };
            self.learn(Kind::Topic, &item.slug, id, is_new);
        }
        for item in &content.organizations {
            self.next_item();
            let (id, is_new) = match organization::find_by_slug(&self.domain, &item.slug).await? {
                Some(row) => (row.id, false),
                None => {
                    let patch = OrganizationPatch {
                        slug: Patch::Set(item.slug.clone()),
                        name: Patch::Set(item.name.clone()),
                        abbreviation: patch(item.abbreviation.clone()),
                        kind: Some(item.kind),
                        description: Patch::Set(item.description.clone()),
                        parent_id: patch(self.optional_id(Kind::Organization, item.parent.as_ref())?),
                        region_id: patch(self.optional_id(Kind::Region, item.region.as_ref())?),
                    };
                    (organization::create(&self.domain, &self.system, patch).await?.id, true)
                }
            };
            self.learn(Kind::Organization, &item.slug, id, is_new);
        }
        for item in &content.glossary {
            self.next_item();
            let (id, is_new) = match glossary::find_by_term(&self.domain, &item.term).await? {
                Some(row) => (row.id, false),
                None => {
                    let patch = GlossaryTermPatch {
                        term: Patch::Set(item.term.clone()),
                        expansion: Patch::Set(item.expansion.clone()),
                        note: Patch::Keep,
                    };
                    (glossary::create(&self.domain, &self.system, patch).await?.id, true)
                }
            };
            self.learn(Kind::GlossaryTerm, &item.term, id, is_new);
        }
        Ok(())
    }

    /// Creates an entry and publishes it at `published`; what is there already is left as it is.
    async fn entry<A: Entry>(&mut self, slug: &str, published: i64, is_draft: bool, patch: A::Patch) -> Result<()> {
        self.next_item();
        self.clock.set(published);
        let found = entry::find_by_slug::<A, A::Row>(&self.domain, &self.system, slug).await?;
        let is_new = found.is_none();
        let row = match found {
            Some(row) => row,
            None => entry::save::create::<A>(&self.domain, &self.system, patch, None).await?,
        };
        let envelope = A::envelope(&row);
        if !is_draft && envelope.published_at.is_none() {
            entry::publish::publish::<A>(&self.domain, &self.system, envelope.id, None).await?;
        }
        self.learn(A::KIND, slug, envelope.id, is_new);
        Ok(())
    }

    async fn officials(&mut self, content: &Content) -> Result<()> {
        for item in &content.officials {
            let terms = item.terms.iter().map(|term| {
                Ok(Term {
                    office: term.office.clone(),
                    organization_id: self.optional_id(Kind::Organization, term.organization.as_ref())?,
                    region_id: self.optional_id(Kind::Region, term.region.as_ref())?,
                    from_on: term.from,
                    until_on: term.until,
                    acting: term.acting,
                })
            });
            let change = OfficialPatch {
                slug: Patch::Set(item.slug.clone()),
                name: Patch::Set(item.name.clone()),
                honorific_before: patch(item.before.clone()),
                honorific_after: patch(item.after.clone()),
                biography: Patch::Set(item.biography.clone()),
                terms: Patch::Set(terms.collect::<Result<_>>()?),
            };
            self.entry::<Official>(&item.slug, BEGINNING_MS, false, change).await?;
        }
        Ok(())
    }

    async fn programs(&mut self, content: &Content) -> Result<()> {
        for item in &content.programs {
            let sites = item
                .sites
                .iter()
                .map(|site| Ok(Site { region_id: self.id(Kind::Region, &site.region)?, sector: site.sector.clone(), status: site.status }));
            let change = ProgramPatch {
                slug: Patch::Set(item.slug.clone()),
                name: Patch::Set(item.name.clone()),
                summary: Patch::Set(item.summary.clone()),
                description: Patch::Set(item.description.clone()),
                starts_on: patch(item.starts),
                ends_on: patch(item.ends),
                stage: Some(item.stage),
                organization_id: Patch::Set(self.id(Kind::Organization, &item.organization)?),
                sites: Patch::Set(sites.collect::<Result<_>>()?),
            };
            self.entry::<Program>(&item.slug, item.published, false, change).await?;
        }
        Ok(())
    }

    async fn events(&mut self, content: &Content) -> Result<()> {
        for item in &content.events {
            let participants = item.participants.iter().map(|participant| {
                Ok(Participant {
                    role: participant.role,
                    official_id: self.optional_id(Kind::Official, participant.official.as_ref())?,
                    guest_name: participant.guest.clone(),
                    guest_office: participant.office.clone(),
                    session: participant.session,
                })
            });
            let sessions = item.sessions.iter().map(|session| Session {
                title: session.title.clone(),
                summary: session.summary.clone(),
                starts_at: session.starts,
                ends_at: session.ends,
            });
            let change = EventPatch {
                slug: Patch::Set(item.slug.clone()),
                title: Patch::Set(item.title.clone()),
                summary: patch(item.summary.clone()),
                body: Patch::Set(item.body.clone()),
                kind: Some(item.kind),
                starts_at: Patch::Set(item.starts),
                ends_at: patch(item.ends),
                time_zone: Patch::Set(item.zone.clone()),
                all_day: Some(item.all_day),
                venue: patch(item.venue.clone()),
                region_id: Patch::Set(self.id(Kind::Region, &item.region)?),
                program_id: patch(self.optional_id(Kind::Program, item.program.as_ref())?),
                organizer_ids: Patch::Set(self.ids(Kind::Organization, &item.organizers)?),
                outcome: Some(item.outcome),
                audience: patch(item.audience.clone()),
                sessions: Patch::Set(sessions.collect()),
                participants: Patch::Set(participants.collect::<Result<_>>()?),
            };
            self.entry::<Event>(&item.slug, item.published, false, change).await?;
        }
        Ok(())
    }

    async fn articles(&mut self, content: &Content) -> Result<()> {
        for item in &content.articles {
            let change = ArticlePatch {
                slug: Patch::Set(item.slug.clone()),
                kicker: patch(item.kicker.clone()),
                title: Patch::Set(item.title.clone()),
                summary: Patch::Set(item.summary.clone()),
                body: Patch::Set(item.body.clone()),
                byline: patch(item.byline.clone()),
                language: Patch::Keep,
                topic_ids: Patch::Set(self.ids(Kind::Topic, &item.topics)?),
                program_ids: Patch::Set(self.ids(Kind::Program, &item.programs)?),
                region_ids: Patch::Set(self.ids(Kind::Region, &item.regions)?),
                event_ids: Patch::Set(self.ids(Kind::Event, &item.events)?),
            };
            self.entry::<Article>(&item.slug, item.published, item.draft, change).await?;
        }
        Ok(())
    }

    /// Comments have no slug to be known by, but each has a moment of its own.
    async fn comments(&mut self, content: &Content) -> Result<()> {
        let present = self.present_comments().await?;
        let articles = content.articles.iter().map(|item| (Kind::Article, &item.slug, item.published, &item.comments));
        let events = content.events.iter().map(|item| (Kind::Event, &item.slug, item.published, &item.comments));
        for (kind, slug, published, comments) in articles.chain(events) {
            let subject = (kind, self.id(kind, slug)?);
            let mut at = published;
            for thread in comments {
                at += BETWEEN_COMMENTS_MS;
                let parent = self.comment(subject, None, thread, at, &present).await?;
                for reply in &thread.replies {
                    at += BETWEEN_COMMENTS_MS;
                    self.comment(subject, Some(parent), reply, at, &present).await?;
                }
            }
        }
        Ok(())
    }

    async fn present_comments(&self) -> Result<HashMap<(String, i64), (Uuid, CommentStatus)>> {
        let mut present = HashMap::new();
        let mut request = PageRequest::first(100);
        loop {
            let page = queue::list(&self.domain, &self.system, &QueueFilter::default(), true, &request).await?;
            request.after = page.rows.last().map(|(cursor, _)| cursor.encode());
            present.extend(page.rows.into_iter().map(|(_, row)| ((row.author_name, row.created_at), (row.id, row.status))));
            if !page.has_next {
                return Ok(present);
            }
        }
    }

    async fn comment(
        &mut self,
        subject: (Kind, Uuid),
        parent: Option<Uuid>,
        item: &CommentItem,
        at: i64,
        present: &HashMap<(String, i64), (Uuid, CommentStatus)>,
    ) -> Result<Uuid> {
        self.next_item();
        self.clock.set(at);
        let (id, status) = match present.get(&(item.name.clone(), at)) {
            Some(found) => *found,
            None => {
                let submission = Submission {
                    subject: Some(subject),
                    parent,
                    author_name: item.name.clone(),
                    author_email: format!("{}@contoh.example", slugify(&item.name)),
                    author_website: None,
                    body: item.body.clone(),
                    consent: true,
                    ..Submission::default()
                };
                let row = submit(&self.domain, &self.system, submission).await?;
                self.loaded.created += 1;
                (row.id, row.status)
            }
        };
        if status != item.status {
            let decision = match item.status {
                CommentStatus::Approved => Decision::Approve,
                CommentStatus::Spam => Decision::Spam,
                CommentStatus::Trash => Decision::Trash,
                CommentStatus::Pending => Decision::Restore,
            };
            moderate::decide(&self.domain, &self.system, &[id], decision, None).await?;
        }
        Ok(id)
    }
}

fn patch<T>(value: Option<T>) -> Patch<T> {
    value.map_or(Patch::Keep, Patch::Set)
}
