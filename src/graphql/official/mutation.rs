//! Changing officials.

use super::Official;
use super::input::{OfficialCreateInput, OfficialUpdateInput};
use crate::domain::official as domain;
use crate::graphql::entry::mutation::entry_mutations;
use crate::graphql::entry::prelude::*;

entry_mutations! {
    OfficialMutation, domain::Official, Official, official: Official, OfficialPayload, (OfficialCreateInput, OfficialUpdateInput),
    create: official_create,
    update: official_update,
    revert: official_revert,
    submit: official_submit,
    approve: official_approve,
    send_back: official_return,
    publish: official_publish,
    schedule: official_schedule,
    unschedule: official_unschedule,
    unpublish: official_unpublish,
    archive: official_archive,
    trash: official_trash,
    restore: official_restore,
    purge: official_purge,
}
