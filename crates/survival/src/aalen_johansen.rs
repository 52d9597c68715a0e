//! Cumulative incidence under competing ends.

use serde::{Deserialize, Serialize};

use crate::data::Data;
use crate::error::Error;
use crate::radix::{number_key, sorted_order};

/// Probability of every way in which observations can end, over time, when the ends compete (Aalen &
/// Johansen 1978): a student who finishes can no longer leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CumulativeIncidence {
    /// Distinct end times, increasing.
    pub time: Vec<f64>,
    /// Weight at risk just before every time.
    pub n_risk: Vec<f64>,
    /// Probability of no end yet, at every time.
    pub event_free: Vec<f64>,
    /// Probability that the observation has ended by every cause, at every time: one column for each
    /// cause 1, 2, …
    pub incidence: Vec<Vec<f64>>,
    /// Standard error of `event_free`.
    pub event_free_se: Vec<f64>,
    /// Standard errors of `incidence`.
    pub incidence_se: Vec<Vec<f64>>,
}

/// Aalen–Johansen estimate with Greenwood-type standard errors. `cause` is 0 for a censored row and
/// 1, 2, … for the cause of its end; the events of `data` are not read. Covariates, strata, offsets and
/// clusters are ignored; weights count as frequencies.
pub fn aalen_johansen(data: &Data<'_>, cause: &[u32]) -> Result<CumulativeIncidence, Error> {
    data.validate()?;
    if cause.len() != data.n() {
        let (found, expected) = (cause.len(), data.n());
        return Err(Error::Length { column: "cause".to_owned(), found, expected });
    }
    let causes = cause.iter().copied().max().unwrap_or(0) as usize;
    if causes == 0 {
        return Err(Error::NoEvents { rows: data.n() });
    }
    if causes > data.n() {
        let required = "numbered from 1 without gaps";
        return Err(Error::Spec { field: "cause", value: causes as f64, required });
    }
    let counted = Counted::new(data, cause, causes);
    let mut states = States::new(causes);
    let empty = || Vec::with_capacity(counted.time.len());
    let mut result = CumulativeIncidence {
        event_free: empty(),
        event_free_se: empty(),
        incidence: vec![empty(); causes],
        incidence_se: vec![empty(); causes],
        time: Vec::new(),
        n_risk: Vec::new(),
    };
    for (k, &at_risk) in counted.n_risk.iter().enumerate() {
        let ended: Vec<f64> = counted.ended.iter().map(|column| column[k]).collect();
        states.step(at_risk, &ended);
        result.event_free.push(states.probability[0]);
        result.event_free_se.push(states.se(0));
        for c in 0..causes {
            result.incidence[c].push(states.probability[c + 1]);
            result.incidence_se[c].push(states.se(c + 1));
        }
    }
    result.time = counted.time;
    result.n_risk = counted.n_risk;
    Ok(result)
}

/// Weights at risk and ended by every cause at every distinct end time.
struct Counted {
    time: Vec<f64>,
    n_risk: Vec<f64>,
    ended: Vec<Vec<f64>>,
}

impl Counted {
    fn new(data: &Data<'_>, cause: &[u32], causes: usize) -> Self {
        let keys: Vec<u64> = data.stop.iter().map(|&t| number_key(t)).collect();
        let order = sorted_order(&keys);
        let mut counted = Self { time: vec![], n_risk: vec![], ended: vec![vec![]; causes] };
        for &row in &order {
            let row = row as usize;
            if counted.time.last() != Some(&data.stop[row]) {
                counted.time.push(data.stop[row]);
                counted.n_risk.push(0.0);
                counted.ended.iter_mut().for_each(|column| column.push(0.0));
            }
            let last = counted.time.len() - 1;
            counted.n_risk[last] += data.weight(row);
            if let Some(c) = (cause[row] as usize).checked_sub(1) {
                counted.ended[c][last] += data.weight(row);
            }
        }
        for k in (1..counted.time.len()).rev() {
            counted.n_risk[k - 1] += counted.n_risk[k];
        }
        for (row, &start) in data.start.unwrap_or(&[]).iter().enumerate() {
            // Not at risk at the times up to its start.
            let late = counted.time.partition_point(|t| *t <= start);
            counted.n_risk[..late].iter_mut().for_each(|n| *n -= data.weight(row));
        }
        counted
    }
}

/// Probabilities of the states with their covariance; state 0 is the one all start in.
struct States {
    probability: Vec<f64>,
    /// Row-major.
    covariance: Vec<f64>,
}

impl States {
    fn new(causes: usize) -> Self {
        let n = causes + 1;
        let mut probability = vec![0.0; n];
        probability[0] = 1.0;
        Self { probability, covariance: vec![0.0; n * n] }
    }

    fn se(&self, state: usize) -> f64 {
        let n = self.probability.len();
        self.covariance[state * n + state].max(0.0).sqrt()
    }

    /// Moves what ends at one time; the shares that end are multinomial given the rows at risk.
    fn step(&mut self, at_risk: f64, ended: &[f64]) {
        let total: f64 = ended.iter().sum();
        if total == 0.0 {
            return;
        }
        let n = self.probability.len();
        let shares: Vec<f64> = ended.iter().map(|e| e / at_risk).collect();
        let stay = if total >= at_risk { 0.0 } else { 1.0 - total / at_risk };
        // How the share of state 0 flows: to itself and to the causes.
        let flow: Vec<f64> = std::iter::once(stay).chain(shares).collect();
        let from = self.probability[0];
        let old = self.covariance.clone();
        let kept = |i: usize| if i == 0 { 0.0 } else { 1.0 };
        for i in 0..n {
            for j in 0..n {
                // Row i of the transition: what stays in i plus what comes from state 0.
                let carried = kept(i) * kept(j) * old[i * n + j]
                    + kept(i) * flow[j] * old[i * n]
                    + flow[i] * kept(j) * old[j]
                    + flow[i] * flow[j] * old[0];
                let own = if i == j { flow[i] } else { 0.0 };
                let fresh = from * from * (own - flow[i] * flow[j]) / at_risk;
                self.covariance[i * n + j] = carried + fresh;
            }
        }
        for (i, f) in flow.iter().enumerate() {
            let stays = if i == 0 { 0.0 } else { self.probability[i] };
            self.probability[i] = stays + f * from;
        }
    }
}
