//! What editors taught the search: the glossary and the rules, kept in memory. A change made by this process works at once, one made
//! by another within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use entity::enums::SearchEffect;
use entity::search_rule;
use sea_orm::{EntityTrait, QueryOrder};

use super::rule::{MOST_PINS, key, target};
use crate::domain::error::Result;
use crate::domain::{Domain, glossary};
use crate::search::document::DocumentKey;
use crate::text::analyzer::Term;
use crate::text::glossary::Glossary;

/// How long it is believed.
const FRESH: Duration = Duration::from_secs(1);

/// The glossary and the rules.
#[derive(Debug, Default)]
pub struct Vocabulary {
    pub glossary: Glossary,
    /// By what queries are compared by, in the order of their positions.
    rules: HashMap<String, Vec<search_rule::Model>>,
}

impl Vocabulary {
    async fn load(domain: &Domain) -> Result<Self> {
        let domain = &domain.without_snapshot();
        let rows = search_rule::Entity::find()
            .order_by_asc(search_rule::Column::Position)
            .order_by_asc(search_rule::Column::Id)
            .all(domain.db.read())
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

/// The vocabulary as it was read last.
#[derive(Debug, Default)]
pub struct VocabularyCache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Counts the changes, so that what was read before one is not kept after it.
    changes: u64,
    read: Option<(Instant, Arc<Vocabulary>)>,
}

impl VocabularyCache {
    /// The vocabulary, read again when it is not fresh.
    pub async fn get(&self, domain: &Domain) -> Result<Arc<Vocabulary>> {
        let changes = {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, vocabulary)) = &kept.read
                && read_at.elapsed() < FRESH
            {
                return Ok(Arc::clone(vocabulary));
            }
            kept.changes
        };
        let vocabulary = Arc::new(Vocabulary::load(domain).await?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.changes == changes {
            kept.read = Some((Instant::now(), Arc::clone(&vocabulary)));
        }
        Ok(vocabulary)
    }

    /// Has it read again: something was changed.
    pub fn forget(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.changes += 1;
        kept.read = None;
    }
}
