//! Warta: a headless CMS for Indonesian-language publishers.
//!
//! Data flows one way: `http → graphql → domain → entity, search`. `worker`, `sample` and `cli` are further doors into
//! `domain`, where every rule stands, and `app` puts the parts together. Nothing names anything above it;
//! `tests/tidy.rs` holds the house to that, and `docs/architecture.md` is its map.

pub mod akismet;
pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod eval;
pub mod graphql;
pub mod http;
pub mod mail;
pub mod sample;
pub mod search;
pub mod text;
pub mod worker;
