//! Loaders: every field that leaves its row asks here, so that many parents cost as many statements as one.
//! One reader a request holds the actor, so that batching can't show what the actor may not see.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::Context;
use async_trait::async_trait;
use entity::enums::Kind;
use uuid::Uuid;

use super::ContextExt;
use super::batch::{self, Batched, Key, Loaded};
use crate::auth::actor::Actor;
use crate::domain::article::Article;
use crate::domain::entry::{Entry, by_ids, heads};
use crate::domain::event::Event;
use crate::domain::official::Official;
use crate::domain::page::{Page, PageRequest};
use crate::domain::program::Program;
use crate::domain::{ById, Domain, article, comment, glossary, links, organization, region, revision, topic, user};

/// The loader of a request.
pub type Loader = batch::Loader<Reader>;

/// Reads for one actor.
pub struct Reader {
    domain: Domain,
    actor: Actor,
}

/// Makes the loader of a request.
pub fn loader(domain: Domain, actor: Actor) -> Loader {
    let panics = Arc::clone(&domain.panics);
    Loader::new(Reader { domain, actor }, panics)
}

/// What some ids name, in their order; what the reader may not see is left out.
pub async fn in_order<K, M>(ctx: &Context<'_>, ids: &[Uuid], key: fn(Uuid) -> K) -> async_graphql::Result<Vec<M>>
where
    K: Copy + Key,
    Reader: Batched<K, Value = M>,
{
    let mut found = ctx.loader().load_many(ids.iter().copied().map(key)).await?;
    Ok(ids.iter().filter_map(|id| found.remove(&key(*id))).collect())
}

/// Ids of the keys of a batch.
macro_rules! batch {
    ($(#[$doc:meta])* $key:ident => $value:ty, |$reader:ident, $ids:ident| $load:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub Uuid);

        #[async_trait]
        impl Batched<$key> for Reader {
            type Value = $value;

            async fn fetch(&self, keys: &[$key]) -> Loaded<Vec<($key, $value)>> {
                let $ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
                let $reader = self;
                let found: ById<$value> = $load;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    };
}

/// A whole entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntryById<E>(pub Uuid, PhantomData<E>);

impl<E> EntryById<E> {
    /// The entry with this id.
    pub fn new(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

#[async_trait]
impl<E: Entry> Batched<EntryById<E>> for Reader {
    type Value = E::Row;

    async fn fetch(&self, keys: &[EntryById<E>]) -> Loaded<Vec<(EntryById<E>, E::Row)>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let rows = by_ids::<E>(&self.domain, &self.actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (EntryById::new(E::envelope(&row).id), row)).collect())
    }
}

/// The head of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeadById<E>(pub Uuid, PhantomData<E>);

impl<E> HeadById<E> {
    /// That of the entry with this id.
    pub fn new(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

#[async_trait]
impl<E: Entry> Batched<HeadById<E>> for Reader {
    type Value = E::Head;

    async fn fetch(&self, keys: &[HeadById<E>]) -> Loaded<Vec<(HeadById<E>, E::Head)>> {
        let ids: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let heads = heads::<E>(&self.domain, &self.actor, &ids).await?;
        Ok(heads.into_iter().map(|head| (HeadById::new(E::outline(&head).id), head)).collect())
    }
}

/// An article.
pub type ArticleById = HeadById<Article>;
/// An event.
pub type EventById = HeadById<Event>;
/// An official.
pub type OfficialById = HeadById<Official>;
/// A program.
pub type ProgramById = HeadById<Program>;

batch!(/// How many revisions an entry has.
    RevisionCount => i64, |reader, ids| revision::counts(&reader.domain, &reader.actor, &ids).await?);
batch!(/// A user.
    UserById => entity::user::Model, |reader, ids| user::by_ids(&reader.domain, &reader.actor, &ids).await?.into_iter().map(|row| (row.id, row)).collect());
batch!(/// An organization.
    OrganizationById => entity::organization::Model, |reader, ids| organization::by_ids(&reader.domain, &ids).await?);
batch!(/// A topic.
    TopicById => Arc<entity::topic::Model>, |reader, ids| topic::kept_by_ids(&reader.domain, ids).await?);
batch!(/// A region.
    RegionById => Arc<entity::region::Model>, |reader, ids| region::kept_by_ids(&reader.domain, ids).await?);
batch!(/// Programs of an article.
    ProgramsOfArticle => Vec<entity::program::Head>,
    |reader, ids| links::programs_of_articles(&reader.domain, &reader.actor, &ids).await?);
batch!(/// Events of an article.
    EventsOfArticle => Vec<entity::event::Head>, |reader, ids| links::events_of_articles(&reader.domain, &reader.actor, &ids).await?);
batch!(/// Articles about an event.
    ArticlesOfEvent => Vec<entity::article::Head>, |reader, ids| links::articles_of_events(&reader.domain, &reader.actor, &ids).await?);
batch!(/// Organizers of an event.
    OrganizersOfEvent => Vec<entity::organization::Model>, |reader, ids| links::organizers_of_events(&reader.domain, &ids).await?);
batch!(/// Sessions of an event.
    SessionsOfEvent => Vec<entity::event_session::Model>, |reader, ids| links::sessions_of_events(&reader.domain, &ids).await?);
batch!(/// Participants of an event.
    ParticipantsOfEvent => Vec<links::Person>, |reader, ids| links::people_of_events(&reader.domain, &reader.actor, &ids).await?);
/// Terms of officials, by official.
pub type TermsByOfficial = Arc<ById<Vec<entity::term::Model>>>;

batch!(/// Terms of the officials among the participants of an event, and of all others that are asked for at once.
TermsOfParticipants => TermsByOfficial, |reader, ids| {
    let terms = Arc::new(links::terms_of_participants(&reader.domain, &ids).await?);
    ids.into_iter().map(|id| (id, Arc::clone(&terms))).collect()
});
batch!(/// Sites of a program.
    SitesOfProgram => Vec<entity::program_site::Model>, |reader, ids| links::sites_of_programs(&reader.domain, &ids).await?);
batch!(/// Terms of an official.
    TermsOfOfficial => Vec<entity::term::Model>, |reader, ids| links::terms_of_officials(&reader.domain, &ids).await?);

/// A region by its official code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegionByCode(pub String);

#[async_trait]
impl Batched<RegionByCode> for Reader {
    type Value = entity::region::Model;

    async fn fetch(&self, keys: &[RegionByCode]) -> Loaded<Vec<(RegionByCode, Self::Value)>> {
        let codes: Vec<String> = keys.iter().map(|key| key.0.clone()).collect();
        let rows = region::by_codes(&self.domain, &codes).await?;
        Ok(rows.into_iter().map(|(code, row)| (RegionByCode(code), row)).collect())
    }
}

batch!(/// A comment.
    CommentById => entity::comment::Model, |reader, ids| comment::by_ids(&reader.domain, &reader.actor, &ids).await?);
batch!(/// A glossary term.
    GlossaryTermById => entity::glossary_term::Model, |reader, ids| glossary::by_ids(&reader.domain, &ids).await?);

batch!(/// The comments on an article or event as a whole; none when nobody has decided or written anything.
    DiscussionOf => entity::discussion::Model, |reader, ids| comment::discussion::by_ids(&reader.domain, &ids).await?);
batch!(/// How many replies to a comment are shown.
    ReplyCount => i64, |reader, ids| comment::reply_counts(&reader.domain, &ids).await?);
batch!(/// The earlier texts of a comment.
    EditsOfComment => Vec<entity::comment_edit::Model>, |reader, ids| comment::moderate::edits(&reader.domain, &reader.actor, &ids).await?);

/// A page of the threads of comments on an article or event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Threads {
    pub kind: Kind,
    pub id: Uuid,
    pub newest_first: bool,
    pub request: PageRequest,
}

#[async_trait]
impl Batched<Threads> for Reader {
    type Value = Page<comment::Head>;

    async fn fetch(&self, keys: &[Threads]) -> Loaded<Vec<(Threads, Self::Value)>> {
        let groups = grouped(keys, |key| ((key.kind, key.newest_first, key.request.clone()), key.id));
        let mut pages = Vec::with_capacity(keys.len());
        for ((kind, newest_first, request), ids) in groups {
            let found = comment::threads(&self.domain, kind, &ids, newest_first, &request).await?;
            pages.extend(found.into_iter().map(|(id, page)| (Threads { kind, id, newest_first, request: request.clone() }, page)));
        }
        Ok(pages)
    }
}

/// A page of the replies to a comment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replies {
    pub id: Uuid,
    pub request: PageRequest,
}

#[async_trait]
impl Batched<Replies> for Reader {
    type Value = Page<comment::Head>;

    async fn fetch(&self, keys: &[Replies]) -> Loaded<Vec<(Replies, Self::Value)>> {
        let mut pages = Vec::with_capacity(keys.len());
        for (request, ids) in grouped(keys, |key| (key.request.clone(), key.id)) {
            let found = comment::replies(&self.domain, &ids, &request).await?;
            pages.extend(found.into_iter().map(|(id, page)| (Replies { id, request: request.clone() }, page)));
        }
        Ok(pages)
    }
}

/// A page of the revisions of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Revisions {
    pub kind: Kind,
    pub id: Uuid,
    pub request: PageRequest,
}

#[async_trait]
impl Batched<Revisions> for Reader {
    type Value = Page<entity::revision::Model>;

    async fn fetch(&self, keys: &[Revisions]) -> Loaded<Vec<(Revisions, Self::Value)>> {
        let mut pages = Vec::with_capacity(keys.len());
        for ((kind, request), ids) in grouped(keys, |key| ((key.kind, key.request.clone()), key.id)) {
            let found = revision::list(&self.domain, &self.actor, kind, &ids, &request).await?;
            pages.extend(found.into_iter().map(|(id, page)| (Revisions { kind, id, request: request.clone() }, page)));
        }
        Ok(pages)
    }
}

/// Ids by what is asked of them.
fn grouped<K, G: Eq + std::hash::Hash>(keys: &[K], part: impl Fn(&K) -> (G, Uuid)) -> HashMap<G, Vec<Uuid>> {
    let mut groups: HashMap<G, Vec<Uuid>> = HashMap::new();
    for (group, id) in keys.iter().map(part) {
        groups.entry(group).or_default().push(id);
    }
    groups
}

/// The stored state of a revision: its entry and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateOfRevision(pub Uuid, pub i32);

#[async_trait]
impl Batched<StateOfRevision> for Reader {
    type Value = serde_json::Value;

    async fn fetch(&self, keys: &[StateOfRevision]) -> Loaded<Vec<(StateOfRevision, Self::Value)>> {
        let wanted: Vec<(Uuid, i32)> = keys.iter().map(|key| (key.0, key.1)).collect();
        let states = revision::states(&self.domain, &self.actor, &wanted).await?;
        Ok(states.into_iter().map(|((id, number), state)| (StateOfRevision(id, number), state)).collect())
    }
}

/// What became of the comments that came under an e-mail address or from a network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HistoryOf(pub comment::queue::Origin);

#[async_trait]
impl Batched<HistoryOf> for Reader {
    type Value = comment::queue::Tally;

    async fn fetch(&self, keys: &[HistoryOf]) -> Loaded<Vec<(HistoryOf, Self::Value)>> {
        let origins: Vec<_> = keys.iter().map(|key| key.0.clone()).collect();
        let found = comment::queue::histories(&self.domain, &self.actor, &origins).await?;
        Ok(found.into_iter().map(|(origin, tally)| (HistoryOf(origin), tally)).collect())
    }
}

/// Related articles: the article's id and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RelatedArticles(pub Uuid, pub usize);

#[async_trait]
impl Batched<RelatedArticles> for Reader {
    type Value = Vec<entity::article::Model>;

    async fn fetch(&self, keys: &[RelatedArticles]) -> Loaded<Vec<(RelatedArticles, Self::Value)>> {
        let mut related = Vec::with_capacity(keys.len());
        for (limit, ids) in grouped(keys, |key| (key.1, key.0)) {
            let found = article::related::related(&self.domain, &self.actor, &ids, limit).await?;
            related.extend(found.into_iter().map(|(id, rows)| (RelatedArticles(id, limit), rows)));
        }
        Ok(related)
    }
}
