//! What editors taught the search: the glossary and the rules.

use std::collections::HashMap;

use entity::enums::SearchEffect;
use entity::search_rule;
use sea_orm::QueryOrder;

use super::rule::{MOST_PINS, key, target};
use crate::db::{Read, Rows};
use crate::domain::error::Result;
use crate::domain::{Domain, glossary};
use crate::search::document::DocumentKey;
use crate::text::analyzer::Term;
use crate::text::glossary::Glossary;

/// The glossary and the rules.
#[derive(Debug, Default)]
pub struct Vocabulary {
    pub glossary: Glossary,
    /// By what queries are compared by, in the order of their positions.
    rules: HashMap<String, Vec<search_rule::Model>>,
}

impl Vocabulary {
    /// Reads it from the database.
    pub async fn load(domain: &Domain) -> Result<Self> {
        let domain = &domain.without_snapshot();
        let rows = Rows::<search_rule::Entity>::all()
            .order_by_asc(search_rule::Column::Position)
            .order_by_asc(search_rule::Column::Id)
            .rows(domain.db.read())
            .await?;
        let mut rules: HashMap<String, Vec<search_rule::Model>> = HashMap::new();
        for row in rows {
            rules.entry(row.query_key.clone()).or_default().push(row);
        }
        Ok(Self { glossary: glossary::load(domain).await?, rules })
    }

    /// What is pinned to a query, from the top, and what is hidden from its answer.
    pub fn ruled(&self, terms: &[Term]) -> (Vec<DocumentKey>, Vec<DocumentKey>) {
        let rules = || self.rules.get(&key(terms)).into_iter().flatten();
        let of = |effect| rules().filter(move |rule| rule.effect == effect).map(target);
        (of(SearchEffect::Pin).take(MOST_PINS).collect(), of(SearchEffect::Hide).collect())
    }
}
