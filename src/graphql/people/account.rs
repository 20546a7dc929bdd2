//! What people do with their own account: passwords and the second factor.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::user::{User, UserPayload};
use crate::domain::account as domain;
use crate::domain::second_factor;
use crate::graphql::ContextExt;
use crate::graphql::payload::{UserError, outcome};

/// A new password, by a one-time link.
#[derive(InputObject)]
pub struct PasswordSetInput {
    /// The token of the link.
    pub token: String,
    /// The new password, at most 256 characters. How easily it is guessed is what counts.
    pub password: String,
}

/// A new password, by the old one.
#[derive(InputObject)]
pub struct PasswordChangeInput {
    /// The password until now.
    pub current_password: String,
    /// The new password, at most 256 characters. How easily it is guessed is what counts.
    pub new_password: String,
}

/// Whose password is lost.
#[derive(InputObject)]
pub struct PasswordRequestResetInput {
    /// The e-mail address that they sign in with.
    pub email: String,
}

/// Whether a link was asked for.
#[derive(SimpleObject)]
pub struct PasswordRequestResetPayload {
    /// True also when there is no such account, which is not told.
    is_requested: bool,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Who sets their second factor up.
#[derive(InputObject)]
pub struct SecondFactorBeginInput {
    /// Their password.
    pub password: String,
}

/// A second factor that is being set up.
#[derive(SimpleObject)]
pub struct SecondFactorBeginPayload {
    /// The shared secret, to be typed into an authenticator; shown this once.
    secret: Option<String>,
    /// The same as an `otpauth:` address, to be shown as a QR code.
    address: Option<String>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// A first code of the second factor.
#[derive(InputObject)]
pub struct SecondFactorConfirmInput {
    /// The code that the authenticator shows.
    pub code: String,
}

/// The second factor is on.
#[derive(SimpleObject)]
pub struct SecondFactorConfirmPayload {
    /// Codes that stand in for the second factor, each once; shown this once.
    recovery_codes: Vec<String>,
    /// What has to be put right first; empty when all went well.
    user_errors: Vec<UserError>,
}

/// Who takes their second factor away.
#[derive(InputObject)]
pub struct SecondFactorRemoveInput {
    /// Their password.
    pub password: String,
}

/// What people do with their own account.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Sets a password by a one-time link of an invitation or a reset. All sessions of the user end.
    async fn password_set(&self, ctx: &Context<'_>, #[graphql(desc = "The password.")] input: PasswordSetInput) -> Result<UserPayload> {
        UserPayload::new(ctx, domain::set_password(ctx.domain(), ctx.actor(), &input.token, input.password).await)
    }

    /// Changes the reader's own password. Their other sessions end.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The passwords.")] input: PasswordChangeInput,
    ) -> Result<UserPayload> {
        let changed = domain::change_password(ctx.domain(), ctx.actor(), input.current_password, input.new_password);
        UserPayload::new(ctx, changed.await)
    }

    /// Has a link for a new password sent by mail, if there is such an account.
    async fn password_request_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: PasswordRequestResetInput,
    ) -> Result<PasswordRequestResetPayload> {
        let (requested, user_errors) = outcome(ctx, domain::request_reset(ctx.domain(), ctx.actor(), &input.email).await)?;
        Ok(PasswordRequestResetPayload { is_requested: requested.is_some(), user_errors })
    }

    /// Begins to set up the reader's second factor; `secondFactorConfirm` ends it.
    async fn second_factor_begin(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] input: SecondFactorBeginInput,
    ) -> Result<SecondFactorBeginPayload> {
        let (setup, user_errors) = outcome(ctx, second_factor::begin(ctx.domain(), ctx.actor(), input.password).await)?;
        let (secret, address) = setup.map(|setup| (setup.secret, setup.address)).unzip();
        Ok(SecondFactorBeginPayload { secret, address, user_errors })
    }

    /// Switches the second factor on with a first code. The reader's other sessions end.
    async fn second_factor_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: SecondFactorConfirmInput,
    ) -> Result<SecondFactorConfirmPayload> {
        let (codes, user_errors) = outcome(ctx, second_factor::confirm(ctx.domain(), ctx.actor(), &input.code).await)?;
        Ok(SecondFactorConfirmPayload { recovery_codes: codes.unwrap_or_default(), user_errors })
    }

    /// Takes the reader's own second factor away.
    async fn second_factor_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] input: SecondFactorRemoveInput,
    ) -> Result<UserPayload> {
        UserPayload::new(ctx, second_factor::remove(ctx.domain(), ctx.actor(), input.password).await.map(User::from))
    }
}
