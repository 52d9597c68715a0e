//! Harrell's concordance.

use serde::{Deserialize, Serialize};

use super::pairs::compare;
use crate::clusters::numbered;
use crate::data::Data;
use crate::error::Error;
use crate::radix::dense_ranks;
use crate::risk_sets::RiskSets;

/// Harrell's concordance: of all pairs in which it is known who had the event first, the share in
/// which the higher risk had it first, ties of the risk counting half (as `survival::concordance`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Concordance {
    /// Between 0 and 1; 0.5 for a risk without information.
    pub concordance: f64,
    /// Standard error by the infinitesimal jackknife, over clusters where there are several.
    pub se: f64,
    /// Weight of the pairs compared.
    pub pairs: f64,
}

/// Concordance of any risk (higher = sooner) with the times in `data`; `None` when no pair can be
/// compared. Time O(n log n).
pub fn concordance(data: &Data<'_>, risk: &[f64]) -> Result<Option<Concordance>, Error> {
    data.validate()?;
    if risk.len() != data.n() {
        let (found, expected) = (risk.len(), data.n());
        return Err(Error::Length { column: "risk".to_owned(), found, expected });
    }
    if let Some(row) = risk.iter().position(|r| !r.is_finite()) {
        return Err(Error::NotFinite { row, column: "risk".to_owned(), value: risk[row] });
    }
    let sets = RiskSets::new(data);
    let ordered: Vec<f64> = sets.order.iter().map(|&row| risk[row as usize]).collect();
    Ok(of_positions(data, &sets, &ordered))
}

/// Concordance of the risk at every position of the risk sets.
pub(crate) fn of_positions(data: &Data<'_>, sets: &RiskSets, risk: &[f64]) -> Option<Concordance> {
    let (ranks, n_ranks) = dense_ranks(risk);
    let weight = |position: usize| data.weight(sets.order[position] as usize);
    let weights = data.weights.map(|_| (0..risk.len()).map(weight).collect::<Vec<f64>>());
    let found = compare(sets, &ranks, n_ranks, weights.as_deref());
    let mut pairs = 0.0;
    let mut balance = 0.0;
    for set in 0..sets.n_sets() {
        // Every pair has one event; its survivors are the pairs in which it is the event. Counted
        // from both sides and halved, no side has to be told apart.
        for position in sets.rows(set) {
            pairs += 0.5 * weight(position) * found.comparable[position];
            balance += 0.5 * weight(position) * found.balance[position];
        }
    }
    if pairs <= 0.0 {
        return None;
    }
    let somer = balance / pairs;
    let influence = |position: usize| {
        let own = found.balance[position] - somer * found.comparable[position];
        weight(position) * own / pairs
    };
    // One cluster alone says nothing about the spread between clusters.
    let clusters = data.cluster.map(numbered).filter(|(_, n)| *n > 1);
    let squares: f64 = match clusters {
        None => (0..risk.len()).map(|i| influence(i) * influence(i)).sum(),
        Some((cluster, n_clusters)) => {
            let mut sums = vec![0.0; n_clusters];
            for (i, &row) in sets.order.iter().enumerate() {
                sums[cluster[row as usize] as usize] += influence(i);
            }
            sums.iter().map(|s| s * s).sum()
        }
    };
    Some(Concordance { concordance: 0.5 * (somer + 1.0), se: 0.5 * squares.sqrt(), pairs })
}
