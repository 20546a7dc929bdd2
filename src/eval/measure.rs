//! The measures of a ranking (Järvelin and Kekäläinen, 2002, for nDCG), with relevance that is given or not.

use std::collections::HashSet;

/// How well documents were ranked for a query, or for many on the average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    pub ndcg_10: f64,
    pub mrr_10: f64,
    pub recall_10: f64,
    pub recall_100: f64,
}

/// Measures one ranking, best first. Without anything relevant all are 0.
pub fn measure(ranked: &[String], relevant: &HashSet<String>) -> Measures {
    if relevant.is_empty() {
        return Measures::default();
    }
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let found = |depth: usize| ranked.iter().take(depth).enumerate().filter(|(_, id)| relevant.contains(*id)).map(|(rank, _)| rank);
    let ideal: f64 = (0..relevant.len().min(10)).map(gain).sum();
    let recall = |depth| found(depth).count() as f64 / relevant.len() as f64;
    Measures {
        ndcg_10: found(10).map(gain).sum::<f64>() / ideal,
        mrr_10: found(10).next().map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0)),
        recall_10: recall(10),
        recall_100: recall(100),
    }
}

/// The average over several; of none all are 0.
pub fn mean(all: &[Measures]) -> Measures {
    let count = all.len().max(1) as f64;
    let average = |of: fn(&Measures) -> f64| all.iter().map(of).sum::<f64>() / count;
    Measures {
        ndcg_10: average(|it| it.ndcg_10),
        mrr_10: average(|it| it.mrr_10),
        recall_10: average(|it| it.recall_10),
        recall_100: average(|it| it.recall_100),
    }
}

/// The value below which a share of all values lies, by nearest rank; 0 of none.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Measures, mean, measure, percentile};
    use std::collections::HashSet;

    fn ids(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn rankings_are_measured_as_defined() {
        let relevant: HashSet<String> = ids("b d").into_iter().collect();
        let measures = measure(&ids("a b c d"), &relevant);
        let expected = (1.0 / 3f64.log2() + 1.0 / 5f64.log2()) / (1.0 + 1.0 / 3f64.log2());
        assert!((measures.ndcg_10 - expected).abs() < 1e-12);
        assert_eq!((measures.mrr_10, measures.recall_10), (0.5, 1.0));
        assert_eq!(measure(&ids("a b"), &HashSet::new()), Measures::default());
        let late: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let measures = measure(&late, &HashSet::from(["15".to_owned()]));
        assert_eq!((measures.ndcg_10, measures.recall_10, measures.recall_100), (0.0, 0.0, 1.0));
        assert_eq!(measure(&ids("b d"), &relevant).ndcg_10, 1.0);
    }

    #[test]
    fn averages_and_percentiles() {
        let one = Measures { ndcg_10: 1.0, ..Measures::default() };
        assert_eq!(mean(&[one, Measures::default()]).ndcg_10, 0.5);
        assert_eq!(mean(&[]), Measures::default());
        assert_eq!((percentile(&[1.0, 2.0, 3.0, 4.0], 0.5), percentile(&[1.0, 2.0], 0.95), percentile(&[], 0.5)), (2.0, 2.0, 0.0));
    }
}
