//! Tests of equal hazards in several groups.

use seedtest_numerics::Cholesky;
use serde::{Deserialize, Serialize};

use crate::chi_square::ChiSquare;
use crate::clusters::numbered;
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
    /// Whether the variance is that of weights that are no counts.
    #[serde(default)]
    pub robust: bool,
}

/// Log-rank test (Mantel 1966; Peto & Peto 1972), stratified by the strata of the data. Start times
/// are respected; covariates and offsets are ignored.
///
/// Weights that are whole numbers count rows. With others (inverse probabilities, say) the variance is
/// the robust one of the score of a Cox regression on the groups with Breslow's ties (Lin & Wei 1989),
/// over the clusters of the data or over rows where there are none.
pub fn log_rank(data: &Data<'_>, group: &[u32]) -> Result<LogRank, Error> {
    data.validate()?;
    if group.len() != data.n() {
        let (found, expected) = (group.len(), data.n());
        return Err(Error::Length { column: "group".to_owned(), found, expected });
    }
    if data.n_events() == 0 {
        return Err(Error::NoEvents { rows: data.n() });
    }
    let mut groups = group.to_vec();
    groups.sort_unstable();
    groups.dedup();
    let number = |row: u32| groups.partition_point(|&g| g < group[row as usize]);
    let group: Vec<usize> = (0..data.n() as u32).map(number).collect();
    let sums = counted(data, &group, groups.len());
    let robust = !data.weights_are_counts();
    let variance =
        if robust { robust_variance(data, &group, groups.len()) } else { sums.variance.clone() };
    let test = sums.test(variance);
    Ok(LogRank { groups, observed: sums.observed, expected: sums.expected, test, robust })
}

/// Observed and expected events of every group, with the hypergeometric variance of counts.
fn counted(data: &Data<'_>, group: &[usize], n_groups: usize) -> Sums {
    let sets = RiskSets::new(data);
    let mut sums = Sums::new(n_groups);
    for stratum in &sets.strata {
        let mut at_risk = vec![0.0; n_groups];
        for set in stratum.clone() {
            for position in sets.rows(set) {
                let row = sets.order[position] as usize;
                at_risk[group[row]] += data.weight(row);
            }
            for &position in sets.leaving(set) {
                let row = sets.order[position as usize] as usize;
                at_risk[group[row]] -= data.weight(row);
            }
            let of_row = |position| {
                let row = sets.order[position] as usize;
                (group[row], data.weight(row))
            };
            sums.add(&at_risk, sets.events(set).map(of_row));
        }
    }
    sums
}

/// Σ over clusters of the squared sums of the weighted score residuals at equal hazards, row-major.
fn robust_variance(data: &Data<'_>, group: &[usize], n_groups: usize) -> Vec<f64> {
    let (cluster, n) = match data.cluster {
        Some(cluster) => numbered(cluster),
        None => ((0..data.n() as u32).collect(), data.n()),
    };
    let mut scores = vec![0.0; n * n_groups];
    let mut strata = data.strata.map_or(vec![0], <[u32]>::to_vec);
    strata.sort_unstable();
    strata.dedup();
    for stratum in strata {
        let inside = |row: usize| data.strata.is_none_or(|of_row| of_row[row] == stratum);
        let rows: Vec<usize> = (0..data.n()).filter(|&row| inside(row)).collect();
        let hazards = Hazards::new(data, group, n_groups, &rows);
        for &row in &rows {
            let score = &mut scores[cluster[row] as usize * n_groups..][..n_groups];
            hazards.add_score(data, row, group[row], score);
        }
    }
    let mut variance = vec![0.0; n_groups * n_groups];
    for score in scores.chunks_exact(n_groups) {
        for (g, a) in score.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            for (entry, b) in variance[g * n_groups..][..n_groups].iter_mut().zip(score) {
                *entry += a * b;
            }
        }
    }
    variance
}

/// Event times of a stratum with the shares of the groups at risk and the hazard summed up to them.
struct Hazards {
    time: Vec<f64>,
    /// Share of every group at risk, one time after the other.
    share: Vec<f64>,
    /// Σ d/n up to and at every time.
    total: Vec<f64>,
    /// Σ share · d/n up to and at every time, one time after the other.
    of_group: Vec<f64>,
    n_groups: usize,
}

impl Hazards {
    fn new(data: &Data<'_>, group: &[usize], n_groups: usize, rows: &[usize]) -> Self {
        let with_event = rows.iter().filter(|&&row| data.event[row] == 1);
        let mut time: Vec<f64> = with_event.map(|&row| data.stop[row]).collect();
        time.sort_by(f64::total_cmp);
        time.dedup();
        let mut events = vec![0.0; time.len()];
        // Weights that come and go at every time, added up to those at risk.
        let mut at_risk = vec![0.0; (time.len() + 1) * n_groups];
        for &row in rows {
            let weight = data.weight(row);
            if data.event[row] == 1 {
                events[time.partition_point(|t| *t < data.stop[row])] += weight;
            }
            let from = data.start.map_or(0, |start| time.partition_point(|t| *t <= start[row]));
            let until = time.partition_point(|t| *t <= data.stop[row]);
            at_risk[from * n_groups + group[row]] += weight;
            at_risk[until * n_groups + group[row]] -= weight;
        }
        for at in n_groups..at_risk.len() {
            at_risk[at] += at_risk[at - n_groups];
        }
        at_risk.truncate(time.len() * n_groups);
        let mut hazards = Self { time, share: at_risk, total: vec![], of_group: vec![], n_groups };
        let mut total = 0.0;
        let mut of_group = vec![0.0; n_groups];
        for (share, events) in hazards.share.chunks_exact_mut(n_groups).zip(events) {
            let all: f64 = share.iter().sum();
            total += events / all;
            for (sum, share) in of_group.iter_mut().zip(share) {
                *share /= all;
                *sum += *share * events / all;
            }
            hazards.total.push(total);
            hazards.of_group.extend_from_slice(&of_group);
        }
        hazards
    }

    /// Adds w (event − expected) of a row for every group.
    fn add_score(&self, data: &Data<'_>, row: usize, own: usize, score: &mut [f64]) {
        let n = self.n_groups;
        let weight = data.weight(row);
        let from = data.start.map_or(0, |start| self.time.partition_point(|t| *t <= start[row]));
        let until = self.time.partition_point(|t| *t <= data.stop[row]);
        let up_to = |sums: &[f64], at: usize, width: usize, g: usize| {
            if at == 0 { 0.0 } else { sums[(at - 1) * width + g] }
        };
        let hazard = up_to(&self.total, until, 1, 0) - up_to(&self.total, from, 1, 0);
        for (g, score) in score.iter_mut().enumerate() {
            let in_group = if g == own { 1.0 } else { 0.0 };
            let shared = up_to(&self.of_group, until, n, g) - up_to(&self.of_group, from, n, g);
            let mut residual = shared - in_group * hazard;
            if data.event[row] == 1 {
                residual += in_group - self.share[(until - 1) * n + g];
            }
            *score += weight * residual;
        }
    }
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
    fn add(&mut self, at_risk: &[f64], events: impl Iterator<Item = (usize, f64)>) {
        let k = at_risk.len();
        let mut d = 0.0;
        for (group, weight) in events {
            self.observed[group] += weight;
            d += weight;
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

    fn test(&self, variance: Vec<f64>) -> Option<ChiSquare> {
        let k = self.observed.len();
        let factor = Cholesky::new(variance, k);
        let df = k - factor.dropped().len();
        let mut solved: Vec<f64> =
            self.observed.iter().zip(&self.expected).map(|(o, e)| o - e).collect();
        let difference = solved.clone();
        factor.solve(&mut solved);
        let statistic = solved.iter().zip(&difference).map(|(s, d)| s * d).sum();
        (df > 0).then(|| ChiSquare::new(statistic, df))
    }
}
