//! What the public writes: new comments, and for a while changes of one's own.

use entity::comment;
use entity::enums::{ActorKind, CommentStatus, JobKind, Kind};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::attempt::Attempt;
use super::spam::{Look, Signs};
use super::{Subject, attempt, digest, discussion, form, settle, spam};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::db::{Read, Source, Transaction, insert_row};
use crate::domain::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use crate::domain::user::is_email;
use crate::domain::validate::{Problems, trimmed};
use crate::domain::{Domain, history, idempotency, outbox, privacy, retrying};

/// Longest comment in characters.
const LONGEST_COMMENT: usize = 5_000;
/// Longest name of a commenter in characters.
pub(super) const LONGEST_NAME: usize = 100;
/// Longest web address in characters.
const LONGEST_WEBSITE: usize = 500;
/// How much is kept of what a program calls itself, in characters.
const LONGEST_AGENT: usize = 300;

/// What a reader submits. Status, times and where it comes from are the server's own.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// An article or an event.
    pub subject: Option<Subject>,
    pub parent: Option<Uuid>,
    pub author_name: String,
    pub author_email: String,
    pub author_website: Option<String>,
    pub body: String,
    /// Whether the reader agreed to the privacy notice.
    pub consent: bool,
    /// The version of the notice that they were shown, by default the newest.
    pub notice: Option<String>,
    /// The token of the form that they filled in.
    pub form: Option<String>,
    /// What stands in a field that people do not see.
    pub trap: Option<String>,
}

/// Takes a comment in. It waits for a moderator, stands with the spam, or is shown at once where the settings say so.
pub async fn submit(domain: &Domain, actor: &Actor, submission: Submission) -> Result<comment::Model> {
    if let Some(first) = idempotency::made(domain.db.read(), domain, actor, Kind::Comment).await? {
        let (email, body) = (submission.author_email.trim().to_lowercase(), submission.body.trim());
        return again(domain.db.read(), first, &email, body).await;
    }
    // All that needs no transaction, so that nobody waits for it who wants to write.
    let (mut draft, mut problems) = Draft::read(domain, actor, submission).await?;
    if !problems.is_empty() {
        draft.place(domain.db.read(), domain, &mut problems).await?;
        problems.into_result()?;
    }
    attempt::refuse_again(domain, draft.attempt.as_ref()).await?;
    let look = spam::look(domain, &mut draft.row, draft.signs).await?;
    retrying(|| store(domain, actor, draft.clone(), &look)).await
}

/// What was made under the same key before, if it was the same: many people may have one address, and a front end keys that are
/// not its own for each of them.
async fn again(db: &impl Source, first: Uuid, email: &str, body: &str) -> Result<comment::Model> {
    let row = comment::Entity::find_by_id(first).row(db).await?;
    let is_same = |row: &comment::Model| row.author_email == email && row.body == body;
    row.filter(is_same).ok_or_else(|| FieldError::new("idempotencyKey", Problem::Taken).into())
}

/// A submission as it was read, before it is known whether there is what it is about.
#[derive(Clone)]
struct Draft {
    row: comment::Model,
    signs: Signs,
    /// What is wrong with the form, if there is what it is for.
    form: Option<Problem>,
    attempt: Option<Attempt>,
    /// Whether it is by one of those who decide on comments, or Warta itself: they may write where and when others may not.
    is_trusted: bool,
}

impl Draft {
    /// Reads a submission, and finds what is wrong with it by itself.
    async fn read(domain: &Domain, actor: &Actor, submission: Submission) -> Result<(Self, Problems)> {
        let is_trusted = actor.may(Permission::ModerateComments);
        let email = submission.author_email.trim().to_lowercase();
        let mut problems = Problems::default();
        let text = Text::checked(&mut problems, &submission.author_name, submission.author_website, &submission.body);
        if email.is_empty() {
            problems.add("authorEmail", Problem::Required);
        } else if !is_email(&email) {
            problems.add("authorEmail", Problem::Malformed(Expected::Email));
        }
        let notice = privacy::notice::current(domain).await?.version.clone();
        if !submission.consent {
            problems.add("consent", Problem::NotAllowed(NotAllowed::ConsentMissing));
        }
        if submission.notice.is_some_and(|shown| shown != notice) {
            problems.add("privacyNotice", Problem::Malformed(Expected::NewestNotice));
        }
        let mut signs = Signs { is_trapped: submission.trap.is_some_and(|trap| !trap.trim().is_empty()), filled_in_ms: None };
        let mut form = None;
        match (&submission.form, submission.subject) {
            (Some(token), Some(subject)) => match form::age(domain, subject, token).await? {
                Some(age) => signs.filled_in_ms = Some(age),
                None => form = Some(Problem::Malformed(Expected::Form)),
            },
            (None, Some(_)) if domain.settings.comments.require_form && !is_trusted => form = Some(Problem::Required),
            _ => {}
        }
        let of_kind = |wanted| submission.subject.and_then(|(kind, id)| (kind == wanted).then_some(id));
        let origin = origin(domain, actor).await?;
        let attempt = Attempt::of(domain, actor, &email, origin.network_hash.clone()).await?;
        let (article_id, event_id) = (of_kind(Kind::Article), of_kind(Kind::Event));
        let blank = Blank { article_id, event_id, parent_id: submission.parent, depth: 0, notice };
        Ok((Self { row: blank.filled(domain, actor, text, email, origin), signs, form, attempt, is_trusted }, problems))
    }

    /// Looks where it is to stand, and adds what is wrong with that.
    async fn place(&mut self, db: &impl Source, domain: &Domain, problems: &mut Problems) -> Result<()> {
        let Some(subject) = super::subject(&self.row) else {
            problems.add("subjectId", Problem::Malformed(Expected::ArticleOrEvent));
            return Ok(());
        };
        match discussion::takes_comments(db, domain, subject).await? {
            None => {
                problems.add("subjectId", Problem::Malformed(Expected::ArticleOrEvent));
                return Ok(());
            }
            Some(is_open) if !is_open && !self.is_trusted => problems.add("subjectId", Problem::NotAllowed(NotAllowed::CommentsClosed)),
            Some(_) => {}
        }
        if let Some(problem) = self.form.take() {
            problems.add("form", problem);
        }
        let Some(parent) = self.row.parent_id else { return Ok(()) };
        match shown_parent(db, subject, parent).await? {
            None => problems.add("parentId", Problem::UnknownReference),
            Some(parent) if parent.depth >= domain.settings.comments.depth => {
                problems.add("parentId", Problem::NotAllowed(NotAllowed::TooDeep));
            }
            Some(parent) => self.row.depth = parent.depth + 1,
        }
        Ok(())
    }
}

/// The comment that a new one may reply to.
async fn shown_parent(db: &impl Source, subject: Subject, id: Uuid) -> Result<Option<comment::Model>> {
    let parent = comment::Entity::find_by_id(id).filter(comment::Column::IsShown.eq(true)).row(db).await?;
    Ok(parent.filter(|parent| super::subject(parent) == Some(subject)))
}

/// Where a new comment stands.
pub(super) struct Blank {
    pub article_id: Option<Uuid>,
    pub event_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub depth: i32,
    /// Version of the privacy notice that holds for it.
    pub notice: String,
}

impl Blank {
    pub(super) fn filled(self, domain: &Domain, actor: &Actor, text: Text, author_email: String, origin: Origin) -> comment::Model {
        let now = domain.clock.now();
        // A front end may have a token of its own, and its readers are not those who work here.
        let is_staff = actor.kind == ActorKind::User || actor.may(Permission::ModerateComments);
        comment::Model {
            id: domain.clock.new_id(),
            article_id: self.article_id,
            event_id: self.event_id,
            parent_id: self.parent_id,
            depth: self.depth,
            author_name: text.name,
            author_email,
            author_website: text.website,
            body: text.body,
            status: CommentStatus::Pending,
            is_shown: false,
            status_reason: None,
            spam_score: 0,
            spam_checks: "[]".to_owned(),
            sketch_a: None,
            sketch_b: None,
            sketch_c: None,
            consent_at: now,
            consent_notice: self.notice,
            address: origin.address,
            network_hash: origin.network_hash,
            user_agent: origin.user_agent,
            author_user_id: actor.id.filter(|_| is_staff),
            created_at: now,
            updated_at: now,
            edited_at: None,
            moderated_at: None,
            erased_at: None,
        }
    }
}

/// What is shown of a comment, in order.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub name: String,
    pub website: Option<String>,
    pub body: String,
}

impl Text {
    pub(super) fn checked(problems: &mut Problems, name: &str, website: Option<String>, body: &str) -> Self {
        let (name, body) = (name.trim(), body.trim());
        problems.line("authorName", name);
        problems.length("authorName", Some(name), LONGEST_NAME);
        let website = trimmed(website).map(|website| web_address(&website));
        if website == Some(None) {
            problems.add("authorWebsite", Problem::Malformed(Expected::WebAddress));
        }
        if body.is_empty() {
            problems.add("body", Problem::Required);
        }
        problems.length("body", Some(body), LONGEST_COMMENT);
        Self { name: name.to_owned(), website: website.flatten(), body: body.to_owned() }
    }

    /// What a comment says.
    pub(super) fn of(row: &comment::Model) -> Self {
        Self { name: row.author_name.clone(), website: row.author_website.clone(), body: row.body.clone() }
    }

    /// Whether a comment says just this.
    pub(super) fn is_of(&self, row: &comment::Model) -> bool {
        (&self.name, &self.website, &self.body) == (&row.author_name, &row.author_website, &row.body)
    }

    pub(super) fn put_into(self, row: &mut comment::Model, now: i64) {
        (row.author_name, row.author_website, row.body) = (self.name, self.website, self.body);
        (row.edited_at, row.updated_at) = (Some(now), now);
    }
}

/// Where a comment comes from.
#[derive(Default)]
pub(super) struct Origin {
    address: Option<String>,
    network_hash: Option<String>,
    user_agent: Option<String>,
}

/// What is kept of where an actor writes from.
async fn origin(domain: &Domain, actor: &Actor) -> Result<Origin> {
    let network_hash = attempt::network_of(domain, actor).await?;
    let user_agent = actor.user_agent.as_ref().map(|agent| agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect());
    Ok(Origin { address: actor.address.clone(), network_hash, user_agent })
}

/// Writes a submission. All that it may be refused for comes before anything is written, as it joins others.
async fn store(domain: &Domain, actor: &Actor, mut draft: Draft, look: &Look) -> Result<comment::Model> {
    let txn = domain.db.begin_joining().await?;
    attempt::take_turn(&txn, draft.attempt.as_ref()).await?;
    if let Some(first) = idempotency::made(&txn, domain, actor, Kind::Comment).await? {
        let found = again(&txn, first, &draft.row.author_email, &draft.row.body).await;
        // Nothing is written, but what is found may be made last only now.
        txn.commit().await?;
        return found;
    }
    let mut problems = Problems::default();
    draft.place(&txn, domain, &mut problems).await?;
    problems.into_result()?;
    attempt::refuse(&txn, domain, draft.attempt.as_ref()).await?;
    let mut row = draft.row;
    look.judge(&txn, domain, &mut row).await?;
    if idempotency::claim(&txn, domain, actor, Kind::Comment, row.id).await?.is_some() {
        // Somebody took the key just now (PostgreSQL): the next try finds what they made.
        return Err(Error::Contended);
    }
    insert(&txn, domain, actor, &mut row, "submit").await?;
    if row.is_shown {
        domain.commit(txn).await?
    } else {
        domain.commit_unseen(txn).await?
    }
    Ok(row)
}

/// Writes a new comment that has its status, with all that follows from it.
pub(super) async fn insert(txn: &Transaction, domain: &Domain, actor: &Actor, row: &mut comment::Model, verb: &str) -> Result<()> {
    let status = row.status;
    if status == CommentStatus::Approved
        && let Some(subject) = super::subject(row)
    {
        discussion::lock(txn, subject).await?;
        settle(txn, row, status).await?;
    }
    if let Some(parent) = row.parent_id {
        // Held against those who would erase it because nobody has replied.
        let parent = comment::Entity::find_by_id(parent).filter(comment::Column::IsShown.eq(true));
        if parent.lock(LockType::KeyShare).row(txn).await?.is_none() {
            return Err(FieldError::new("parentId", Problem::UnknownReference).into());
        }
    }
    insert_row(row.clone(), txn).await?;
    history::audit(txn, domain, &unlocated(actor), verb, Kind::Comment, row.id, "").await?;
    outbox::enqueue_index(txn, domain, vec![(Kind::Comment, row.id)]).await?;
    if domain.akismet.is_some() && row.author_user_id.is_none() && status != CommentStatus::Approved && actor.kind != ActorKind::System {
        outbox::enqueue_comment(txn, domain, JobKind::CommentCheck, row.id).await?;
    }
    if status == CommentStatus::Pending && actor.kind != ActorKind::System {
        digest::schedule(txn, domain).await?;
    }
    Ok(())
}

/// An actor as the audit log names them. Where a reader writes from stands in the comment alone, so that it can be forgotten.
pub(super) fn unlocated(actor: &Actor) -> Actor {
    let address = actor.address.clone().filter(|_| actor.kind != ActorKind::Public);
    Actor { address, ..actor.clone() }
}

/// The normal form of an absolute http or https address of at most 500 characters.
fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some(String::from(url)).filter(|address| address.len() <= LONGEST_WEBSITE)
}
