//! Indonesian text: analysis for search, slugs, dates and Markdown. Pure functions that name nothing else of ours.

pub mod analyzer;
pub mod date;
pub mod diff;
pub mod disguise;
pub mod gambling;
pub mod glossary;
pub mod highlight;
pub mod markdown;
pub mod normalize;
pub mod plain;
pub mod query;
mod roots;
pub mod sketch;
pub mod slug;
mod stem;
mod stopword;
pub mod tokenize;

pub use stem::stem;

/// The entries of a data file: its lines without comments and blanks.
fn lines(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}
