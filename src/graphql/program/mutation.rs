//! Changing programs.

use super::Program;
use super::input::{ProgramCreateInput, ProgramUpdateInput};
use crate::domain::program as domain;
use crate::graphql::entry::mutation::entry_mutations;
use crate::graphql::entry::prelude::*;

entry_mutations! {
    ProgramMutation, domain::Program, Program, program: Program, ProgramPayload, (ProgramCreateInput, ProgramUpdateInput),
    create: program_create,
    update: program_update,
    revert: program_revert,
    submit: program_submit,
    approve: program_approve,
    send_back: program_return,
    publish: program_publish,
    schedule: program_schedule,
    unschedule: program_unschedule,
    unpublish: program_unpublish,
    archive: program_archive,
    trash: program_trash,
    restore: program_restore,
    purge: program_purge,
}
