//! Uno's concordance.

use super::censoring::{Censoring, check};
use crate::data::Data;
use crate::error::Error;
use crate::radix::{dense_ranks, number_key, sorted_order};

/// Uno's concordance (Uno et al. 2011): like Harrell's, but the pairs are weighted so that the result
/// does not depend on who was censored when. Only events before `tau` count. Between 0 and 1.
pub fn uno_concordance(data: &Data<'_>, risk: &[f64], tau: f64) -> Result<f64, Error> {
    check(data, risk, "risk")?;
    let censoring = Censoring::new(data);
    let (ranks, n_ranks) = dense_ranks(risk);
    let keys: Vec<u64> = data.stop.iter().map(|&t| number_key(t)).collect();
    let order = sorted_order(&keys);
    let mut later = Tree::new(n_ranks as usize);
    let (mut won, mut pairs) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]).rev() {
        let rows = || tied.iter().map(|&row| row as usize);
        let (events, censored): (Vec<usize>, Vec<usize>) =
            rows().partition(|&row| data.event[row] == 1);
        // A row censored at the time of an event outlives it.
        for row in censored {
            later.add(ranks[row] as usize, data.weight(row));
        }
        for &row in events.iter().filter(|&&row| data.stop[row] < tau) {
            let uncensored = censoring.before(data.stop[row]);
            let weight = data.weight(row) / (uncensored * uncensored);
            let rank = ranks[row] as usize;
            let (lower, up_to) = (later.below(rank), later.below(rank + 1));
            won += weight * 0.5 * (lower + up_to);
            pairs += weight * later.total;
        }
        for row in events {
            later.add(ranks[row] as usize, data.weight(row));
        }
    }
    if pairs == 0.0 {
        let reason = "no row outlives an event before that time";
        return Err(Error::NotEstimable { what: "the concordance", at: tau, reason });
    }
    Ok(won / pairs)
}

/// Sums over ranks that can be read while they grow (Fenwick 1994).
struct Tree {
    sums: Vec<f64>,
    total: f64,
}

impl Tree {
    fn new(n: usize) -> Self {
        Self { sums: vec![0.0; n + 1], total: 0.0 }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        self.total += weight;
        let mut at = rank + 1;
        while at < self.sums.len() {
            self.sums[at] += weight;
            at += at & at.wrapping_neg();
        }
    }

    /// Weight of the ranks below one.
    fn below(&self, rank: usize) -> f64 {
        let mut at = rank;
        let mut sum = 0.0;
        while at > 0 {
            sum += self.sums[at];
            at &= at - 1;
        }
        sum
    }
}
