//! `warta privacy`: what a person may ask for by their e-mail address.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;

use super::print;
use crate::app::App;
use crate::auth::actor::Actor;
use crate::domain::privacy::request;

/// Flags of `warta privacy`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print all that is kept of somebody who commented, as JSON, to hand to them.
    Export {
        /// The e-mail address that they commented under.
        email: String,
    },
    /// Erase all comments of somebody; those that others replied to keep an empty place. It can't be undone.
    Erase {
        /// The e-mail address that they commented under.
        email: String,
        /// Do it; without this it is only said what would be erased.
        #[arg(long)]
        yes: bool,
    },
}

/// Runs the command.
pub async fn run(app: &App, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (domain, system) = (&app.domain, Actor::system());
    match arguments.action {
        Action::Export { email } => {
            let export = request::export(domain, &system, &email).await?;
            eprintln!("{} comment(s) under {}{}", export.comments.len(), export.email, account(export.account.is_some()));
            Ok(print(&serde_json::to_string_pretty(&export)?))
        }
        Action::Erase { email, yes: false } => {
            let (found, has_account) = request::look(domain, &system, &email).await?;
            bail!("{found} comment(s) under {email} would be erased for good{}; add --yes to do so", account(has_account));
        }
        Action::Erase { email, yes: true } => {
            let report = request::erase(domain, &system, &email).await?;
            Ok(print(&format!(
                "{} comment(s) under {email}: {} deleted, {} emptied because others replied to them{}{}",
                report.found,
                report.deleted,
                report.emptied,
                account(report.has_account),
                if report.is_blocked { "; the blocklist goes on holding the address" } else { "" }
            )))
        }
    }
}

fn account(is_there: bool) -> &'static str {
    if is_there { "; somebody with this address also works here, and their account stays" } else { "" }
}
