//! Secrets of the site, made once by whichever process needs one first, and kept in the database for all of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entity::site_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::Domain;
use super::error::{Error, Result};
use crate::db::{Read, Rows, Write};

/// Signs preview tokens.
pub const PREVIEW: &str = "preview";

/// The secrets that were read; they never change.
#[derive(Debug, Default)]
pub struct SiteKeys(Mutex<HashMap<&'static str, Vec<u8>>>);

/// The secret of this name.
pub async fn get(domain: &Domain, name: &'static str) -> Result<Vec<u8>> {
    let known = || domain.site_keys.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(secret) = known().get(name) {
        return Ok(secret.clone());
    }
    let secret = find_or_make(domain, name).await?;
    known().insert(name, secret.clone());
    Ok(secret)
}

async fn find_or_make(domain: &Domain, name: &str) -> Result<Vec<u8>> {
    let wanted = || Rows::<site_key::Entity>::all().filter(site_key::Column::Name.eq(name));
    if let Some(row) = wanted().row(domain.without_snapshot().db.read()).await? {
        return Ok(row.secret);
    }
    let mut secret = vec![0; 32];
    getrandom::fill(&mut secret).map_err(no_randomness)?;
    let row = site_key::ActiveModel {
        id: Set(domain.clock.new_id()),
        name: Set(name.to_owned()),
        secret: Set(secret),
        created_at: Set(domain.clock.now()),
    };
    let made = OnConflict::column(site_key::Column::Name).do_nothing().to_owned();
    site_key::Entity::insert(row).on_conflict(made).try_insert().write(domain.db.write()).await?;
    let row = wanted().row(domain.db.write()).await?;
    row.map(|row| row.secret).ok_or_else(|| Error::Internal(anyhow::anyhow!("the key {name} is gone")))
}

/// The error of a system that has no randomness to give.
pub fn no_randomness(error: getrandom::Error) -> Error {
    Error::Internal(anyhow::anyhow!("no randomness: {error}"))
}
