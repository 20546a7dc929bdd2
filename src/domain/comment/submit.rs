//! What the public writes: new comments, and for a while changes of one's own.

use entity::comment;
use entity::enums::{ActorKind, CommentStatus, JobKind, Kind};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::spam::Signs;
use super::{KEY, Subject, digest, discussion, erase, form, lock, moderate, receipt, settle, spam};
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::auth::signature;
use crate::db::{Db, Turn};
use crate::domain::error::{Error, Expected, FieldError, NotAllowed, Problem, Result};
use crate::domain::patch::Patch;
use crate::domain::user::is_email;
use crate::domain::validate::{Problems, trimmed};
use crate::domain::{Domain, history, idempotency, outbox, privacy, retrying, site_key, throttle};

/// Longest comment in characters.
const LONGEST_COMMENT: usize = 5_000;
/// Longest name of a commenter in characters.
const LONGEST_NAME: usize = 100;
/// Longest web address in characters.
const LONGEST_WEBSITE: usize = 500;
/// How much is kept of what a program calls itself, in characters.
const LONGEST_AGENT: usize = 300;
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

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

/// A change of one's own comment.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    pub author_name: Option<String>,
    pub author_website: Patch<String>,
    pub body: Option<String>,
}

/// Takes a comment in. It waits for a moderator, stands with the spam, or is shown at once where the settings say so.
pub async fn submit(domain: &Domain, actor: &Actor, submission: Submission) -> Result<comment::Model> {
    if let Some(first) = idempotency::made(domain, actor, Kind::Comment).await? {
        return comment::Entity::find_by_id(first).one(domain.db.read()).await?.ok_or(Error::NotFound(Kind::Comment));
    }
    let (mut row, signs) = checked(domain, actor, submission).await?;
    refuse_flood(domain, actor, domain.db.read(), &row).await?;
    spam::judge(domain, &mut row, signs).await?;
    retrying(|| store(domain, actor, row.clone())).await
}

/// The row of a submission that is in order, and what speaks for a machine having made it.
async fn checked(domain: &Domain, actor: &Actor, submission: Submission) -> Result<(comment::Model, Signs)> {
    // Those who decide on comments, and Warta itself, may write where and when others may not.
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
    let mut depth = 0;
    let subject = match submission.subject {
        Some(subject) => match discussion::published_at(domain, &Actor::public(), subject).await {
            Ok(at) => Some((subject, at)),
            Err(Error::NotFound(_)) => None,
            Err(error) => return Err(error),
        },
        None => None,
    };
    match subject {
        None => problems.add("subjectId", Problem::Malformed(Expected::ArticleOrEvent)),
        Some((subject, published_at)) => {
            let found = discussion::by_ids(domain, &[subject.1]).await?;
            if !is_trusted && !discussion::is_open(domain, subject.0, published_at, found.get(&subject.1)) {
                problems.add("subjectId", Problem::NotAllowed(NotAllowed::CommentsClosed));
            }
            match &submission.form {
                Some(token) => match form::age(domain, subject, token).await? {
                    Some(age) => signs.filled_in_ms = Some(age),
                    None => problems.add("form", Problem::Malformed(Expected::Form)),
                },
                None if domain.settings.comments.require_form && !is_trusted => problems.add("form", Problem::Required),
                None => {}
            }
            if let Some(parent) = submission.parent {
                match shown_parent(domain, subject, parent).await? {
                    None => problems.add("parentId", Problem::UnknownReference),
                    Some(parent) if parent.depth >= domain.settings.comments.depth => {
                        problems.add("parentId", Problem::NotAllowed(NotAllowed::TooDeep));
                    }
                    Some(parent) => depth = parent.depth + 1,
                }
            }
        }
    }
    problems.into_result()?;
    let of_kind = |wanted| subject.and_then(|((kind, id), _)| (kind == wanted).then_some(id));
    let origin = origin(domain, actor).await?;
    let row = Blank { article_id: of_kind(Kind::Article), event_id: of_kind(Kind::Event), parent_id: submission.parent, depth, notice };
    Ok((row.filled(domain, actor, text, email, origin), signs))
}

/// The comment that a new one may reply to.
pub(super) async fn shown_parent(domain: &Domain, subject: Subject, id: Uuid) -> Result<Option<comment::Model>> {
    let parent = comment::Entity::find_by_id(id).filter(comment::Column::IsShown.eq(true)).one(domain.db.read()).await?;
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
        let is_known = matches!(actor.kind, ActorKind::User | ActorKind::ApiToken);
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
            author_user_id: actor.id.filter(|_| is_known),
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

    /// That of a comment with a change applied.
    pub(super) fn changed(problems: &mut Problems, row: &comment::Model, edit: Edit) -> Self {
        let mut website = row.author_website.clone();
        edit.author_website.apply(&mut website);
        Self::checked(problems, edit.author_name.as_ref().unwrap_or(&row.author_name), website, edit.body.as_ref().unwrap_or(&row.body))
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
    let network_hash = match &actor.address {
        Some(address) => Some(network_hash(domain, address).await?),
        None => None,
    };
    let user_agent = actor.user_agent.as_ref().map(|agent| agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect());
    Ok(Origin { address: actor.address.clone(), network_hash, user_agent })
}

/// By which comments from one network are found once their addresses are forgotten: a key of the site keeps others from trying all
/// addresses.
pub(super) async fn network_hash(domain: &Domain, address: &str) -> Result<String> {
    let key = site_key::get(domain, KEY).await?;
    let signature = signature::sign(&key, format!("network {}", throttle::network(address)).as_bytes());
    Ok(signature.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

async fn store(domain: &Domain, actor: &Actor, mut row: comment::Model) -> Result<comment::Model> {
    let txn = domain.begin().await?;
    if let Some(first) = idempotency::claim(&txn, domain, actor, Kind::Comment, row.id).await? {
        return comment::Entity::find_by_id(first).one(&txn).await?.ok_or(Error::NotFound(Kind::Comment));
    }
    if let Some(network) = &row.network_hash {
        // Many at once from one network are counted one after another.
        Db::take_turns_for(&txn, Turn::Comment, network).await?;
    }
    refuse_flood(domain, actor, &txn, &row).await?;
    insert(&txn, domain, actor, &mut row, "submit").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// Writes a new comment that has its status, with all that follows from it.
pub(super) async fn insert(txn: &DatabaseTransaction, domain: &Domain, actor: &Actor, row: &mut comment::Model, verb: &str) -> Result<()> {
    let status = row.status;
    if status == CommentStatus::Approved
        && let Some(subject) = super::subject(row)
    {
        discussion::lock(txn, subject).await?;
        settle(txn, row, status).await?;
    }
    comment::Entity::insert(row.clone().into_active_model().reset_all()).exec_without_returning(txn).await?;
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

/// Fails when a network or an e-mail address has submitted too much within the last hour.
async fn refuse_flood(domain: &Domain, actor: &Actor, db: &impl sea_orm::ConnectionTrait, row: &comment::Model) -> Result<()> {
    if actor.may(Permission::ModerateComments) {
        return Ok(());
    }
    let settings = &domain.settings.comments;
    let limits = [
        (row.network_hash.as_ref().map(|hash| comment::Column::NetworkHash.eq(hash)), settings.per_address),
        (Some(comment::Column::AuthorEmail.eq(&row.author_email)), settings.per_email),
    ];
    for (whose, most) in limits {
        let Some(whose) = whose else { continue };
        let since = comment::Column::CreatedAt.gt(row.created_at - HOUR_MS);
        let submitted = comment::Entity::find().filter(Condition::all().add(whose).add(since));
        if submitted.count(db).await? >= most {
            return Err(Error::Throttled { retry_after_seconds: 600 });
        }
    }
    Ok(())
}

/// Changes one's own comment for a while after it was submitted. It is checked as a new one is.
pub async fn edit(domain: &Domain, actor: &Actor, receipt: &str, edit: Edit) -> Result<comment::Model> {
    let id = receipt::read(domain, receipt, "receipt").await?;
    let found = comment::Entity::find_by_id(id).one(domain.db.read()).await?.ok_or_else(gone)?;
    let mut problems = Problems::default();
    let text = Text::changed(&mut problems, &found, edit);
    problems.into_result()?;
    let mut judged = found;
    text.clone().put_into(&mut judged, domain.clock.now());
    spam::judge(domain, &mut judged, Signs::default()).await?;
    retrying(|| store_edit(domain, actor, id, text.clone(), judged.clone())).await
}

async fn store_edit(domain: &Domain, actor: &Actor, id: Uuid, text: Text, judged: comment::Model) -> Result<comment::Model> {
    let txn = domain.begin().await?;
    let mut row = own(&txn, domain, id).await?;
    moderate::keep_earlier_text(&txn, domain, actor, &row).await?;
    text.put_into(&mut row, domain.clock.now());
    (row.spam_score, row.spam_checks) = (judged.spam_score, judged.spam_checks);
    (row.sketch_a, row.sketch_b, row.sketch_c) = (judged.sketch_a, judged.sketch_b, judged.sketch_c);
    // What a moderator refused stays refused, whatever it says now; what one approved said something else.
    let is_refused = row.moderated_at.is_some() && row.status != CommentStatus::Approved;
    let status = if is_refused { row.status } else { judged.status };
    settle(&txn, &mut row, status).await?;
    row.clone().into_active_model().reset_all().update(&txn).await?;
    history::audit(&txn, domain, &unlocated(actor), "edit", Kind::Comment, id, "body").await?;
    outbox::enqueue_index(&txn, domain, vec![(Kind::Comment, id)]).await?;
    if domain.akismet.is_some() && status == CommentStatus::Pending {
        outbox::enqueue_comment(&txn, domain, JobKind::CommentCheck, id).await?;
    }
    domain.commit(txn).await?;
    Ok(row)
}

/// Takes one's own comment back for a while after it was submitted: all of it is erased.
pub async fn withdraw(domain: &Domain, actor: &Actor, receipt: &str) -> Result<Uuid> {
    let id = receipt::read(domain, receipt, "receipt").await?;
    retrying(|| async {
        let txn = domain.begin().await?;
        let row = own(&txn, domain, id).await?;
        erase::erase(&txn, domain, vec![row]).await?;
        history::audit(&txn, domain, &unlocated(actor), "withdraw", Kind::Comment, id, "").await?;
        domain.commit(txn).await?;
        Ok(id)
    })
    .await
}

/// A comment that its writer may still change, locked.
async fn own(txn: &DatabaseTransaction, domain: &Domain, id: Uuid) -> Result<comment::Model> {
    let row = match lock(txn, id).await {
        Ok(row) if row.erased_at.is_none() => row,
        Ok(_) | Err(Error::NotFound(_)) => return Err(gone()),
        Err(error) => return Err(error),
    };
    if domain.clock.now() >= receipt::editable_until(domain, &row) {
        return Err(FieldError::new("receipt", Problem::NotAllowed(NotAllowed::EditEnded)).into());
    }
    Ok(row)
}

fn gone() -> Error {
    FieldError::new("receipt", Problem::UnknownReference).into()
}

/// The normal form of an absolute http or https address of at most 500 characters.
fn web_address(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    Some(String::from(url)).filter(|address| address.len() <= LONGEST_WEBSITE)
}
