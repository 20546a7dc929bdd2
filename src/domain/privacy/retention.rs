//! Personal data are kept no longer than the settings say.

use entity::comment;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::clock::DAY_MS;
use crate::db::{Read, Rows, Write};
use crate::domain::Domain;
use crate::domain::comment::attempt;
use crate::domain::error::Result;

/// Comments changed by one statement, so that nobody waits long for it.
const AT_ONCE: u64 = 500;
/// Most such statements at a time: the old comments of a site that has just moved here are forgotten bit by bit, while the worker gets
/// on with what else there is to do.
const MOST_STATEMENTS: usize = 20;

/// Forgets where comments came from, and after a longer while who wrote them.
pub async fn run(domain: &Domain) -> Result<()> {
    attempt::tidy(domain).await?;
    let settings = &domain.settings.comments;
    let before = |days: i64| domain.clock.now() - days * DAY_MS;
    let addresses = forget(domain, false, before(settings.address_days)).await?;
    let writers = if settings.erase_days == 0 { 0 } else { forget(domain, true, before(settings.erase_days)).await? };
    if addresses + writers > 0 {
        tracing::info!(addresses, writers, "personal data of old comments were erased");
    }
    Ok(())
}

/// Erases the addresses of comments from before a moment: those of origin alone, or those of their writers, too.
async fn forget(domain: &Domain, with_writers: bool, before: i64) -> Result<u64> {
    let mut forgotten = 0;
    for _ in 0..MOST_STATEMENTS {
        // As the partial indexes have it, so that they are used.
        let kept = Expr::cust(if with_writers { "author_email <> ''" } else { "address IS NOT NULL" });
        let ids: Vec<Uuid> = Rows::<comment::Entity>::all()
            .column(comment::Column::Id)
            .filter(kept)
            .filter(comment::Column::CreatedAt.lt(before))
            .order_by_asc(comment::Column::CreatedAt)
            .limit(AT_ONCE)
            .tuples(domain.db.read())
            .await?;
        if ids.is_empty() {
            break;
        }
        forgotten += ids.len() as u64;
        let mut update = comment::Entity::update_many()
            .col_expr(comment::Column::Address, Expr::val(None::<String>))
            .col_expr(comment::Column::UserAgent, Expr::val(None::<String>))
            .filter(comment::Column::Id.is_in(ids));
        if with_writers {
            update = update
                .col_expr(comment::Column::AuthorEmail, Expr::val(""))
                .col_expr(comment::Column::NetworkHash, Expr::val(None::<String>));
        }
        update.write(domain.db.write()).await?;
    }
    Ok(forgotten)
}
