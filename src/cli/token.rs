//! `warta token`: API tokens.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use entity::api_token;
use entity::enums::Role;
use uuid::Uuid;

use super::user::role;
use super::{local_time, print};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::role::Permission;
use crate::domain::page::PageRequest;
use crate::domain::token::{self, NewToken};
use crate::domain::{Domain, user};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Flags of `warta token`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make a token; its secret is shown this once.
    Create {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// admin, editor, author or moderator.
        #[arg(long, value_parser = role)]
        role: Role,
        /// E-mail address of the user it acts for.
        #[arg(long)]
        user: Option<String>,
        /// Narrows it to a permission such as READ_UNPUBLISHED; may be given several times.
        #[arg(long = "scope", value_name = "PERMISSION", value_parser = scope)]
        scopes: Vec<Permission>,
        /// Days until it ends; without it, it does not.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=36_500))]
        expires_days: Option<i64>,
    },
    /// List all tokens, newest first.
    List,
    /// End a token at once.
    Revoke {
        /// The token's id, from the list.
        id: Uuid,
    },
}

fn scope(text: &str) -> Result<Permission, String> {
    let known = || Permission::ALL.iter().map(|permission| permission.name()).collect::<Vec<_>>().join(", ");
    Permission::from_name(text).ok_or_else(|| format!("give one of {}", known()))
}

/// Every token, newest first.
async fn all(domain: &Domain, system: &Actor) -> anyhow::Result<Vec<api_token::Model>> {
    let mut rows = Vec::new();
    let mut request = PageRequest::first(100);
    loop {
        let page = token::list(domain, system, &request).await?;
        request.after = page.rows.last().map(|(cursor, _)| cursor.encode());
        rows.extend(page.rows.into_iter().map(|(_, row)| row));
        if !page.has_next {
            return Ok(rows);
        }
    }
}

/// Runs the command.
pub async fn run(app: &App, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (domain, system) = (&app.domain, Actor::system());
    match arguments.action {
        Action::Create { name, role, user, scopes, expires_days } => {
            let user_id = match &user {
                Some(email) => {
                    let row = user::find_by_email(domain, email).await?;
                    Some(row.with_context(|| format!("--user: there is no user {email}; add one with `warta user add`"))?.id)
                }
                None => None,
            };
            let expires_at = expires_days.map(|days| domain.clock.now() + days * DAY_MS);
            let new = NewToken { name, role, scopes: (!scopes.is_empty()).then_some(scopes), user_id, expires_at };
            let (row, secret) = token::create(domain, &system, new).await?;
            eprintln!("{} ({}), id {}; this is the only time the secret is shown:", row.name, role.as_str(), row.id);
            Ok(print(&secret))
        }
        Action::List => {
            let now = domain.clock.now();
            let lines: Vec<String> = all(domain, &system)
                .await?
                .iter()
                .map(|row| {
                    let state = match (row.revoked_at, row.expires_at) {
                        (Some(at), _) => format!("revoked {}", local_time(at)),
                        (None, Some(end)) if end <= now => format!("expired {}", local_time(end)),
                        (None, Some(end)) => format!("until {}", local_time(end)),
                        (None, None) => "no end".to_owned(),
                    };
                    let used = row.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", local_time(at)));
                    let scopes = row.scopes.as_ref().map(|scopes| format!("  only {scopes}")).unwrap_or_default();
                    format!("{}  {:<9}  {state}  {used}  {}{scopes}", row.id, row.role.as_str(), row.name)
                })
                .collect();
            Ok(print(if lines.is_empty() { "no tokens".to_owned() } else { lines.join("\n") }.as_str()))
        }
        Action::Revoke { id } => {
            token::revoke(domain, &system, id).await.with_context(|| format!("there is no live token {id}; see `warta token list`"))?;
            Ok(print("revoked"))
        }
    }
}
