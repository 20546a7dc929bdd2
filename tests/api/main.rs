//! The one integration binary: every test drives a server of its own over HTTP, with a database of its own.
//! SQLite by default; PostgreSQL with `WARTA_TEST_DATABASE_URL`.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that meets what it does not expect has failed")]

mod support;

mod akismet;
mod article;
mod cache;
mod command_line;
mod comment;
mod comment_own;
mod crash;
mod database;
mod desk;
mod document_limits;
mod event;
mod events;
mod explorer;
mod fault;
mod hardening;
mod http;
mod idempotency;
mod library;
mod mail;
mod moderation;
mod newsroom;
mod node;
mod official;
mod paging;
mod people;
mod permission;
mod plans;
mod privacy;
mod query_count;
mod readme;
mod reference;
mod review;
mod revision;
mod schedule;
mod search;
mod search_contract;
mod search_rule;
mod sign_in;
mod skipped;
mod socket_protocol;
mod subscription;
mod worker;
mod written;
