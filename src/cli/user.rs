//! `warta user`: who works with Warta.

use std::process::ExitCode;

use clap::Subcommand;
use entity::enums::Role;

use super::print;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::domain::user;

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
}

/// Reads a role from the command line.
pub fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| "give admin, editor, author or moderator".to_owned())
}

/// Runs the command.
pub async fn run(app: &App, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Action::Add { name, email, role } = arguments.action;
    let row = user::add(&app.domain, &Actor::system(), &name, &email, role).await?;
    Ok(print(&format!("{} <{}> is now {}", row.name, row.email, row.role.as_str())))
}
