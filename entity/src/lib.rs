//! The tables: columns and database enums, one table a file, and no logic.

pub mod api_token;
pub mod article;
pub mod article_event;
pub mod article_program;
pub mod article_region;
pub mod article_topic;
pub mod audit_entry;
pub mod comment;
pub mod enums;
pub mod event;
pub mod event_organizer;
pub mod event_session;
pub mod glossary_term;
pub mod official;
pub mod organization;
pub mod outbox_job;
pub mod participant;
pub mod program;
pub mod program_site;
pub mod redirect;
pub mod region;
pub mod revision;
pub mod search_index;
pub mod term;
pub mod topic;
pub mod user;
