//! Changing events.

use super::Event;
use super::input::{EventCreateInput, EventUpdateInput};
use crate::domain::event as domain;
use crate::graphql::entry::mutation::entry_mutations;
use crate::graphql::entry::prelude::*;

entry_mutations! {
    EventMutation, domain::Event, Event, event: Event, EventPayload, (EventCreateInput, EventUpdateInput),
    create: event_create,
    update: event_update,
    revert: event_revert,
    submit: event_submit,
    approve: event_approve,
    send_back: event_return,
    publish: event_publish,
    schedule: event_schedule,
    unschedule: event_unschedule,
    unpublish: event_unpublish,
    archive: event_archive,
    trash: event_trash,
    restore: event_restore,
    purge: event_purge,
}
