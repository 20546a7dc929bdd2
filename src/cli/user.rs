//! `warta user`: who works with Warta.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use entity::enums::Role;

use super::{local_time, print};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::domain::account::{self, Link};
use crate::domain::page::PageRequest;
use crate::domain::second_factor;
use crate::domain::user::{self, UserFilter};

/// Flags of `warta user`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Add a user.
    Add {
        /// The full name.
        #[arg(long)]
        name: String,
        /// The e-mail address.
        #[arg(long)]
        email: String,
        /// admin, editor, author or moderator.
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// List all users by name.
    List,
    /// Make a link for a user who can't sign in any more, and take their second factor away.
    Reset {
        /// The e-mail address.
        #[arg(long)]
        email: String,
    },
}

/// Reads a role from the command line.
pub fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "give admin, editor, author or moderator".to_owned())
}

/// Runs the command.
pub async fn run(app: &App, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (domain, system) = (&app.domain, Actor::system());
    match arguments.action {
        Action::Add { name, email, role } => {
            let (row, link) = user::invite(domain, &system, &name, &email, role, false).await?;
            eprintln!("{} <{}> is now {}. {}", row.name, row.email, row.role.as_str(), hint(&link));
            Ok(print(&link.secret))
        }
        Action::List => {
            let mut lines = Vec::new();
            let mut request = PageRequest::first(100);
            loop {
                let page = user::list(domain, &system, &UserFilter::default(), &request).await?;
                request.after = page.rows.last().map(|(cursor, _)| cursor.encode());
                for (_, row) in page.rows {
                    let state = if row.password_hash.is_none() { "invited" } else { row.status.as_str() };
                    let factor = if row.totp_confirmed_at.is_some() { "  second factor" } else { "" };
                    lines.push(format!("{:<9}  {state:<9}  {} <{}>{factor}", row.role.as_str(), row.name, row.email));
                }
                if !page.has_next {
                    break;
                }
            }
            Ok(print(if lines.is_empty() { "no users".to_owned() } else { lines.join("\n") }.as_str()))
        }
        Action::Reset { email } => {
            let row = user::find_by_email(domain, &email).await?;
            let row = row.with_context(|| format!("--email: there is no user {email}; see `warta user list`"))?;
            if row.totp_confirmed_at.is_some() {
                second_factor::remove_of(domain, &system, row.id).await?;
            }
            let (row, link) = account::renew_link(domain, &system, row.id, false).await?;
            eprintln!("For {} <{}>. {}", row.name, row.email, hint(&link));
            Ok(print(&link.secret))
        }
    }
}

/// What to do with a link.
fn hint(link: &Link) -> String {
    format!("Set a password with the mutation passwordSet and this token, until {}:", local_time(link.expires_at))
}
