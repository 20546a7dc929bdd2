//! Indonesian text: analysis for search, slugs, dates and Markdown. Pure functions that name nothing else of ours.

pub mod analyzer;
pub mod date;
pub mod diff;
pub mod glossary;
pub mod highlight;
pub mod markdown;
pub mod normalize;
pub mod slug;
mod stem;
mod stopword;
pub mod tokenize;
