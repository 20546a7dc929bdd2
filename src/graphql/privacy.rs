//! Personal data in the schema: the notice, and what a person may ask for.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use entity::privacy_notice as row;

use super::ContextExt;
use super::body::Body;
use super::connection::{Counted, connection, page};
use super::payload::{UserError, outcome, payload};
use super::scalar::DateTime;
use crate::domain::privacy::notice;
use crate::domain::privacy::request::{self, ErasureReport};

/// Shows a row.
#[derive(Clone)]
pub struct PrivacyNotice(row::Model);

impl From<row::Model> for PrivacyNotice {
    fn from(row: row::Model) -> Self {
        Self(row)
    }
}

impl PrivacyNotice {
    /// The one that holds now.
    pub async fn current(ctx: &Context<'_>) -> Result<Self> {
        Ok(Self(notice::current(ctx.domain()).await?.as_ref().clone()))
    }
}

/// What happens to the data of those who comment, in two languages.
#[Object]
impl PrivacyNotice {
    /// Its name, which consents refer to.
    async fn version(&self) -> &str {
        &self.0.version
    }

    /// Since when it holds; null for the one that comes with Warta.
    async fn published_at(&self) -> Option<DateTime> {
        Some(DateTime(self.0.created_at)).filter(|at| at.0 > 0)
    }

    /// In Indonesian.
    async fn indonesian(&self) -> Body {
        Body::new(&self.0.body_id)
    }

    /// In English.
    async fn english(&self) -> Body {
        Body::new(&self.0.body_en)
    }
}

connection! {
    /// A page of the versions of the privacy notice.
    PrivacyNoticeConnection,
    /// A row of the versions of the privacy notice.
    PrivacyNoticeEdge, PrivacyNotice
}

payload! {
    /// The outcome of writing a privacy notice.
    PrivacyNoticePayload,
    /// The notice that holds now; null when nothing changed.
    privacy_notice: PrivacyNotice
}

/// A new version of the privacy notice.
#[derive(InputObject)]
pub struct PrivacyNoticePublishInput {
    /// In Indonesian, in Markdown.
    pub indonesian: String,
    /// In English, in Markdown.
    pub english: String,
    /// The same key within a day leads to what the first request with it made, instead of making another: 8 to 100 visible
    /// ASCII characters of the client's choice, such as a UUID.
    pub idempotency_key: Option<String>,
}

/// Whose data.
#[derive(InputObject)]
pub struct PersonalDataInput {
    /// The e-mail address that they commented under.
    pub email: String,
}

/// A copy of what is kept of a person.
#[derive(SimpleObject)]
pub struct PersonalDataExportPayload {
    /// All of it as JSON, to hand to them; null when nothing was read.
    pub json: Option<String>,
    /// How many comments it holds.
    pub comments: Option<i64>,
    /// What has to be put right first; empty when all went well.
    pub user_errors: Vec<UserError>,
}

/// What was found and done when a person's data were erased.
#[derive(SimpleObject)]
pub struct PersonalDataErasure {
    /// Comments under the address.
    found: i64,
    /// Of these, comments that are gone.
    deleted: i64,
    /// Of these, comments that keep an empty place because others replied to them.
    emptied: i64,
    /// Whether somebody with this address works with Warta. An account is no comment, and stays.
    has_account: bool,
    /// Whether the blocklist holds the address, and goes on holding it.
    is_blocked: bool,
}

impl From<ErasureReport> for PersonalDataErasure {
    fn from(report: ErasureReport) -> Self {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let ErasureReport { found, deleted, emptied, has_account, is_blocked } = report;
        Self { found: count(found), deleted: count(deleted), emptied: count(emptied), has_account, is_blocked }
    }
}

payload! {
    /// The outcome of erasing a person's data.
    PersonalDataErasePayload,
    /// What was found and done; null when nothing was.
    report: PersonalDataErasure
}

/// Queries about personal data.
#[derive(Default)]
pub struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// The privacy notice: the one that holds, or an earlier version of it; null when there is no such version.
    async fn privacy_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An earlier version.")] version: Option<String>,
    ) -> Result<Option<PrivacyNotice>> {
        match version {
            Some(version) => Ok(notice::find(ctx.domain(), &version).await?.map(PrivacyNotice::from)),
            None => Ok(Some(PrivacyNotice::current(ctx).await?)),
        }
    }

    /// The versions of the privacy notice that were written here, newest first.
    async fn privacy_notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the start, 1 to 100; 20 by default.")] first: Option<i64>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the end, 1 to 100.")] last: Option<i64>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<PrivacyNoticeConnection> {
        let page = notice::list(ctx.domain(), &page(ctx, first, after, last, before)).await?;
        Ok(PrivacyNoticeConnection::new(page, Counted::PrivacyNotices))
    }
}

/// Changes about personal data; for admins.
#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Writes the privacy notice that holds from now on; for admins.
    async fn privacy_notice_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The notice.")] input: PrivacyNoticePublishInput,
    ) -> Result<PrivacyNoticePayload> {
        let actor = ctx.actor().with_key(input.idempotency_key);
        PrivacyNoticePayload::new(ctx, notice::publish(ctx.domain(), &actor, &input.indonesian, &input.english).await)
    }

    /// Reads all that is kept of a person, for them to have; for admins.
    async fn personal_data_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: PersonalDataInput,
    ) -> Result<PersonalDataExportPayload> {
        let (export, user_errors) = outcome(ctx, request::export(ctx.domain(), ctx.actor(), &input.email).await)?;
        let comments = export.as_ref().map(|export| export.comments.len() as i64);
        let json = export.map(|export| serde_json::to_string(&export)).transpose().map_err(crate::domain::Error::from)?;
        Ok(PersonalDataExportPayload { json, comments, user_errors })
    }

    /// Erases all comments of a person; for admins. It can't be undone.
    async fn personal_data_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: PersonalDataInput,
    ) -> Result<PersonalDataErasePayload> {
        PersonalDataErasePayload::new(ctx, request::erase(ctx.domain(), ctx.actor(), &input.email).await)
    }
}
