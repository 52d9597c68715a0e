//! The log-rank test.

use seedtest_numerics::Cholesky;
use serde::{Deserialize, Serialize};

use crate::chi_square::ChiSquare;
use crate::data::Data;
use crate::error::Error;
use crate::risk_sets::RiskSets;

/// Test of equal hazards in several groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// Codes of the groups, increasing.
    pub groups: Vec<u32>,
    /// Events in every group.
    pub observed: Vec<f64>,
    /// Events expected in every group if the hazards were equal.
    pub expected: Vec<f64>,
    /// The test; `None` when fewer than two groups were at risk together.
    pub test: Option<ChiSquare>,
}

/// Log-rank test (Mantel 1966; Peto & Peto 1972), stratified by the strata of the data. Start times
/// are respected; covariates, offsets and clusters are ignored.
pub fn log_rank(data: &Data<'_>, group: &[u32]) -> Result<LogRank, Error> {
    data.validate()?;
    if group.len() != data.n() {
        let (found, expected) = (group.len(), data.n());
        return Err(Error::Length { column: "group".to_owned(), found, expected });
    }
    if data.weights.is_some() {
        return Err(Error::Unsupported { what: "the log-rank test", with: "case weights" });
    }
    if data.n_events() == 0 {
        return Err(Error::NoEvents { rows: data.n() });
    }
    let mut groups = group.to_vec();
    groups.sort_unstable();
    groups.dedup();
    let number = |row: u32| groups.partition_point(|&g| g < group[row as usize]);
    let sets = RiskSets::new(data);
    let mut sums = Sums::new(groups.len());
    for stratum in &sets.strata {
        let mut at_risk = vec![0.0; groups.len()];
        for set in stratum.clone() {
            for position in sets.rows(set) {
                at_risk[number(sets.order[position])] += 1.0;
            }
            for &position in sets.leaving(set) {
                at_risk[number(sets.order[position as usize])] -= 1.0;
            }
            let events = sets.events(set).map(|position| number(sets.order[position]));
            sums.add(&at_risk, events);
        }
    }
    let test = sums.test();
    Ok(LogRank { groups, observed: sums.observed, expected: sums.expected, test })
}

struct Sums {
    observed: Vec<f64>,
    expected: Vec<f64>,
    /// Row-major.
    variance: Vec<f64>,
}

impl Sums {
    fn new(k: usize) -> Self {
        Self { observed: vec![0.0; k], expected: vec![0.0; k], variance: vec![0.0; k * k] }
    }

    /// Adds one time: the hypergeometric mean and variance of the events in every group.
    fn add(&mut self, at_risk: &[f64], events: impl Iterator<Item = usize>) {
        let k = at_risk.len();
        let mut d = 0.0;
        for group in events {
            self.observed[group] += 1.0;
            d += 1.0;
        }
        let total: f64 = at_risk.iter().sum();
        // The last row at risk has its event for certain.
        let spread = if total > 1.0 { d * (total - d) / (total - 1.0) } else { 0.0 };
        for g in 0..k {
            let share = at_risk[g] / total;
            self.expected[g] += d * share;
            let row = self.variance[g * k..(g + 1) * k].iter_mut();
            for (h, (entry, other)) in row.zip(at_risk).enumerate() {
                let own = if g == h { share } else { 0.0 };
                *entry += spread * (own - share * other / total);
            }
        }
    }

    fn test(&self) -> Option<ChiSquare> {
        let k = self.observed.len();
        let factor = Cholesky::new(self.variance.clone(), k);
        let df = k - factor.dropped().len();
        let mut solved: Vec<f64> =
            self.observed.iter().zip(&self.expected).map(|(o, e)| o - e).collect();
        let difference = solved.clone();
        factor.solve(&mut solved);
        let statistic = solved.iter().zip(&difference).map(|(s, d)| s * d).sum();
        (df > 0).then(|| ChiSquare::new(statistic, df))
    }
}
