//! Warta: a headless CMS for Indonesian-language publishers.
pub mod clock;
pub mod text;
