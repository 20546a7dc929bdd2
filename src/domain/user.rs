//! Users.

use entity::enums::{Kind, Role, UserStatus};
use entity::user;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::error::{Expected, Problem, Result};
use super::validate::Problems;
use super::{Domain, history};
use crate::auth::actor::Actor;

/// Adds a user. Only the command line does, as [`Actor::system`].
pub async fn add(domain: &Domain, actor: &Actor, name: &str, email: &str, role: Role) -> Result<user::Model> {
    let (name, email) = (name.trim(), email.trim().to_lowercase());
    let mut problems = Problems::default();
    problems.line("name", name);
    if !is_email(&email) {
        problems.add("email", Problem::Malformed(Expected::Email));
    }
    problems.into_result()?;
    let txn = domain.begin().await?;
    let (id, now) = (domain.clock.new_id(), domain.clock.now());
    let row =
        user::Model { id, name: name.to_owned(), email: email.clone(), role, status: UserStatus::Active, created_at: now, updated_at: now };
    let active = user::ActiveModel {
        id: Set(id),
        name: Set(row.name.clone()),
        email: Set(email),
        role: Set(role),
        status: Set(UserStatus::Active),
        created_at: Set(now),
        updated_at: Set(now),
    };
    user::Entity::insert(active).exec_without_returning(&txn).await?;
    history::audit(&txn, domain, actor, "create", Kind::User, id, "").await?;
    domain.commit(txn).await?;
    Ok(row)
}

/// A user by e-mail.
pub async fn find_by_email(domain: &Domain, email: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Email.eq(email.trim().to_lowercase())).one(domain.db.read()).await?)
}

/// Whether `text` has the form of an e-mail address: one `@`, a dotted domain, no blanks, at most 254 characters (RFC 5321).
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && !local.contains('@')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
        && host.contains('.')
        && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_are_told_from_other_text() {
        assert!(is_email("siti.aminah@contoh.co.id"));
        for bad in ["", "a", "a@b", "a@b..id", "a b@c.id", "@c.id", "a@@c.id", "a@c.id\nBcc: x@y.id"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
