//! The comments on an article or event as a whole: whether there may be more, and how many of them are shown.

use entity::enums::{CommentStatus, Kind};
use entity::{comment, discussion};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Subject;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::clock::DAY_MS;
use crate::db::{Known, Read, Rows, Source, Transaction, Write, statement};
use crate::domain::article::Article;
use crate::domain::entry::{Entry, EnvelopeColumn};
use crate::domain::error::{Error, Result};
use crate::domain::event::Event;
use crate::domain::visibility::{public_values, select_among};
use crate::domain::{ById, Domain, ROW_LOCK, history, require};

/// Comments that are shown or hidden by one statement: few enough for the parameters that either database takes.
const AT_ONCE: usize = 500;

/// The discussions of articles and events by their ids; those that nobody has decided or written anything in are left out.
pub async fn by_ids(domain: &Domain, ids: &[Uuid]) -> Result<ById<discussion::Model>> {
    let rows = Rows::<discussion::Entity>::all().filter(discussion::Column::Id.is_in(ids.iter().copied())).rows(domain.db.read()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Has everybody who changes what is shown of a discussion wait for each other.
pub(super) async fn lock(txn: &Transaction, subject: Subject) -> Result<()> {
    let (kind, id) = subject;
    let of_kind = |wanted| (kind == wanted).then_some(id);
    let row = discussion::Model {
        id,
        article_id: of_kind(Kind::Article),
        event_id: of_kind(Kind::Event),
        is_open: None,
        threads: 0,
        comments: 0,
    };
    let known = OnConflict::column(discussion::Column::Id).do_nothing().to_owned();
    discussion::Entity::insert(row.into_active_model()).on_conflict(known).try_insert().write(txn).await?;
    discussion::Entity::find_by_id(id).lock(ROW_LOCK).row(txn).await?;
    Ok(())
}

/// Changes the counts of a discussion whose lock the caller holds.
pub(super) async fn add(txn: &Transaction, subject: Option<Subject>, threads: i64, comments: i64) -> Result<()> {
    let Some((_, id)) = subject else { return Ok(()) };
    discussion::Entity::update_many()
        .col_expr(discussion::Column::Threads, Expr::col(discussion::Column::Threads).add(threads))
        .col_expr(discussion::Column::Comments, Expr::col(discussion::Column::Comments).add(comments))
        .filter(discussion::Column::Id.eq(id))
        .write(txn)
        .await?;
    Ok(())
}

/// Shows or hides the approved comments below one, level by level, and returns how many.
pub(super) async fn show_below(txn: &Transaction, id: Uuid, shown: bool) -> Result<i64> {
    let mut parents = vec![id];
    let mut changed = 0;
    while !parents.is_empty() {
        let mut below: Vec<Uuid> = Vec::new();
        for parents in parents.chunks(AT_ONCE) {
            let children = Rows::<comment::Entity>::all()
                .column(comment::Column::Id)
                .filter(comment::Column::ParentId.is_in(parents.iter().copied()))
                .filter(comment::Column::Status.eq(CommentStatus::Approved))
                .filter(comment::Column::IsShown.eq(!shown));
            below.extend(children.tuples::<Uuid>(txn).await?);
        }
        for ids in below.chunks(AT_ONCE) {
            comment::Entity::update_many()
                .col_expr(comment::Column::IsShown, Expr::val(shown))
                .filter(comment::Column::Id.is_in(ids.iter().copied()))
                .write(txn)
                .await?;
        }
        changed += below.len() as i64;
        parents = below;
    }
    Ok(changed)
}

/// Whether the public may comment on something that was published at a moment, and about which somebody may have decided.
pub fn is_open(domain: &Domain, kind: Kind, published_at: Option<i64>, decided: Option<bool>) -> bool {
    if let Some(is_open) = decided {
        return is_open;
    }
    let settings = &domain.settings.comments;
    let is_open = if kind == Kind::Event { settings.on_events } else { settings.on_articles };
    let closes_at = published_at.map(|at| at + settings.close_after_days * DAY_MS);
    is_open && (settings.close_after_days == 0 || closes_at.is_none_or(|at| domain.clock.now() < at))
}

/// Whether the public may comment on an article or event; `None` when there is none that everybody may see.
pub(super) async fn takes_comments(db: &impl Source, domain: &Domain, (kind, id): Subject) -> Result<Option<bool>> {
    let found = match kind {
        Kind::Article => standing::<Article>(db, domain, &Actor::public(), id).await?,
        Kind::Event => standing::<Event>(db, domain, &Actor::public(), id).await?,
        _ => None,
    };
    Ok(found.map(|(published_at, decided)| is_open(domain, kind, published_at, decided)))
}

/// When an entry that `actor` may see was published, and what was decided about comments on it.
async fn standing<A: Entry>(db: &impl Source, domain: &Domain, actor: &Actor, id: Uuid) -> Result<Option<(Option<i64>, Option<bool>)>> {
    static OF_PUBLIC: [Known; 2] = [const { Known::new() }; 2];
    let query = || {
        let column = |column| Expr::col((A::Entity::default(), A::column(column)));
        let mut select = select_among::<A>(domain, actor, &[id])
            .expr(column(EnvelopeColumn::PublishedAt))
            .expr(Expr::col((discussion::Entity, discussion::Column::IsOpen)));
        let is_on_it = Expr::col((discussion::Entity, discussion::Column::Id)).eq(column(EnvelopeColumn::Id));
        QuerySelect::query(&mut select).left_join(discussion::Entity, is_on_it);
        select.into_query()
    };
    let known = &OF_PUBLIC[usize::from(A::KIND == Kind::Event)];
    let known = public_values(domain, actor).map(|values| (known, [id.into()].into_iter().chain(values)));
    Ok(db.rows(statement(db.backend(), known, query)).await?.pop())
}

/// Opens or closes the comments on an article or event, or with `None` leaves it to the settings again.
pub async fn decide(domain: &Domain, actor: &Actor, subject: Subject, is_open: Option<bool>) -> Result<()> {
    require(actor, Permission::ModerateComments)?;
    let found = match subject.0 {
        Kind::Article => standing::<Article>(domain.db.read(), domain, actor, subject.1).await?,
        Kind::Event => standing::<Event>(domain.db.read(), domain, actor, subject.1).await?,
        _ => None,
    };
    found.ok_or(Error::NotFound(subject.0))?;
    let txn = domain.begin().await?;
    lock(&txn, subject).await?;
    discussion::Entity::update_many()
        .col_expr(discussion::Column::IsOpen, Expr::val(is_open))
        .filter(discussion::Column::Id.eq(subject.1))
        .write(&txn)
        .await?;
    let verb = match is_open {
        Some(true) => "open_comments",
        Some(false) => "close_comments",
        None => "reset_comments",
    };
    history::audit(&txn, domain, actor, verb, subject.0, subject.1, "").await?;
    domain.commit(txn).await
}
