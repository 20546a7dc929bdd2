//! Who is behind a connection that stays open. Credentials are looked at again whenever rights have changed, so that a revoked
//! one ends what it has opened.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::Response;
use tokio::sync::watch;

use super::actor::{self, Look};
use super::failure::internal;
use super::front::Origin;
use crate::auth::actor::Actor;
use crate::domain::error::Locale;
use crate::domain::{Domain, changes};
use crate::graphql::budget::Spender;
use crate::graphql::execute::{Caller, Transport};
use crate::graphql::measure::Refusal;

/// How often credentials are looked at again that nobody has revoked: they may have expired.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Follows what may end somebody's rights. To be begun before the first look at credentials, so that nothing is missed.
pub struct Watch(watch::Receiver<u64>);

impl Watch {
    /// Follows from now on.
    pub async fn begin(domain: &Domain) -> Result<Self, Response> {
        changes::follow_access(domain).await.map(Self).map_err(|error| internal(&error))
    }
}

/// Why credentials count no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// They have ended.
    Known,
    /// It can't be told now.
    Unknown,
}

impl Ended {
    /// What whoever wants to begin an operation is told.
    pub fn refusal(self) -> Refusal {
        match self {
            Self::Known => Refusal::new("UNAUTHENTICATED", "The session or the token has ended."),
            Self::Unknown => Refusal::new("INTERNAL", "Something went wrong on our side."),
        }
    }
}

/// Credentials, and whom they stood for when they were first seen.
#[derive(Clone)]
pub struct Access(Arc<Seen>);

struct Seen {
    domain: Domain,
    headers: HeaderMap,
    origin: Origin,
    actor: Actor,
    locale: Locale,
}

impl Access {
    /// Looks at credentials for the first time.
    pub async fn of(domain: &Domain, headers: HeaderMap, origin: Origin) -> Result<Self, Response> {
        let actor = actor::authenticate(domain, &headers, &origin, Look::Use).await?;
        let locale = actor::locale(&headers);
        Ok(Self(Arc::new(Seen { domain: domain.clone(), headers, origin, actor, locale })))
    }

    /// Under whose name places are held.
    pub fn holder(&self) -> Spender {
        Spender::of(&self.0.actor)
    }

    /// Who begins the first operation, having just been looked at.
    pub fn first(&self, transport: Transport) -> Caller {
        Caller { actor: self.0.actor.clone(), locale: self.0.locale, transport }
    }

    /// Who begins an operation now, if they still have the rights that they had.
    pub async fn caller(&self, transport: Transport) -> Result<Caller, Ended> {
        self.look(Look::Use).await.map(|actor| Caller { actor, locale: self.0.locale, transport })
    }

    async fn look(&self, look: Look) -> Result<Actor, Ended> {
        let Seen { domain, headers, origin, actor, .. } = &*self.0;
        match actor::authenticate(domain, headers, origin, look).await {
            Ok(now) if now.is_same(actor) => Ok(now),
            Err(failure) if failure.status().is_server_error() => Err(Ended::Unknown),
            _ => Err(Ended::Known),
        }
    }

    /// Ends when the rights end. Where nobody can tell, as while the database is down, they go on until somebody can.
    pub async fn ended(self, mut watch: Watch) {
        loop {
            // Either way it is time to look.
            let _ = tokio::time::timeout(LOOK_AGAIN, watch.0.changed()).await;
            if self.look(Look::Again).await == Err(Ended::Known) {
                return;
            }
        }
    }
}
