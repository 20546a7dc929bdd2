//! Warta: a headless CMS for Indonesian-language publishers.

pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod graphql;
pub mod search;
pub mod text;
pub mod worker;
