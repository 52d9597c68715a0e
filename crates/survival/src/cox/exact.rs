//! The exact partial likelihood of tied events.

use seedtest_numerics::{Derivatives, Interrupt, exp, ln};

use super::panel::Panel;
use crate::risk_sets::RiskSets;
use crate::tasks::map_tasks;

/// The conditional partial likelihood of tied events given their number.
///
/// Its denominator is the elementary symmetric polynomial e_d of the risks (Gail, Lubin & Rubinstein
/// 1981). Rows are added one at a time; each eₘ is carried as its logarithm with the mean and the
/// covariance of the covariate sum under the distribution it normalises. Every update is a convex
/// mixture, so nothing overflows and nothing cancels, whatever the size of the ties.
pub(crate) struct Exact<'a> {
    pub(crate) sets: &'a RiskSets,
    pub(crate) panel: &'a Panel,
    /// Ends a point in the middle.
    pub(crate) interrupt: Interrupt,
}

impl Exact<'_> {
    /// Value, gradient and information; `None` when a linear predictor is not finite, or when interrupted.
    pub(crate) fn derivatives(&self, beta: &[f64]) -> Option<Derivatives> {
        let strata = &self.sets.strata;
        let parts = map_tasks(strata, |sets| self.stratum(sets.clone(), beta));
        let parts: Vec<Derivatives> = parts.into_iter().collect::<Option<_>>()?;
        let total = parts.into_iter().reduce(|mut total, part| {
            total.add(&part);
            total
        })?;
        total.value.is_finite().then_some(total)
    }

    fn stratum(&self, sets: std::ops::Range<usize>, beta: &[f64]) -> Option<Derivatives> {
        let p = beta.len();
        let largest = sets.clone().map(|set| self.sets.n_events[set]).max().unwrap_or(0) as usize;
        let mut total = Derivatives::zero(p);
        let mut polynomials = Polynomials::new(largest, p);
        let begin = self.sets.first[sets.start] as usize;
        for set in sets {
            self.interrupt.check().ok()?;
            let d = self.sets.n_events[set] as usize;
            if let Some(exits) = &self.sets.exits {
                polynomials = Polynomials::new(d, p);
                let joined = begin..self.sets.rows(set).end;
                for i in joined.filter(|&i| exits.leaves[i] as usize > set) {
                    self.interrupt.check().ok()?;
                    polynomials.add(&self.row(i, beta));
                }
            } else {
                for i in self.sets.rows(set) {
                    self.interrupt.check().ok()?;
                    polynomials.add(&self.row(i, beta));
                }
            }
            total.value -= polynomials.log[d];
            add(&mut total.gradient, &polynomials.mean[d], -1.0);
            add(&mut total.information, &polynomials.covariance[d], 1.0);
            for i in self.sets.events(set) {
                let row = self.row(i, beta);
                total.value += row.eta;
                add(&mut total.gradient, &row.x, 1.0);
            }
        }
        Some(total)
    }

    fn row(&self, position: usize, beta: &[f64]) -> Row {
        let x: Vec<f64> = (0..beta.len()).map(|j| self.panel.column(j)[position]).collect();
        let offset = self.panel.offset.as_ref().map_or(0.0, |o| o[position]);
        let eta = offset + x.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
        Row { x, eta }
    }
}

struct Row {
    x: Vec<f64>,
    eta: f64,
}

/// ln eₘ for m = 0..=d, with mean and covariance of the sum of the covariates of m rows drawn with
/// probability in proportion to the product of their risks.
struct Polynomials {
    log: Vec<f64>,
    mean: Vec<Vec<f64>>,
    covariance: Vec<Vec<f64>>,
}

impl Polynomials {
    fn new(d: usize, p: usize) -> Self {
        let mut log = vec![f64::NEG_INFINITY; d + 1];
        log[0] = 0.0;
        Self { log, mean: vec![vec![0.0; p]; d + 1], covariance: vec![vec![0.0; p * p]; d + 1] }
    }

    /// eₘ ← eₘ + r eₘ₋₁, for m from high to low.
    fn add(&mut self, row: &Row) {
        for m in (1..self.log.len()).rev() {
            let with = self.log[m - 1] + row.eta;
            if with == f64::NEG_INFINITY {
                continue;
            }
            // Share of the draws that contain the row.
            let odds_against = exp(self.log[m] - with);
            let share = 1.0 / (1.0 + odds_against);
            let larger = self.log[m].max(with);
            self.log[m] = larger + ln(exp(self.log[m] - larger) + exp(with - larger));
            self.mix(m, &row.x, share);
        }
    }

    fn mix(&mut self, m: usize, x: &[f64], share: f64) {
        let p = x.len();
        let (below, from) = self.mean.split_at_mut(m);
        let (without, with) = (&mut from[0], &below[m - 1]);
        let change: Vec<f64> = (0..p).map(|j| with[j] + x[j] - without[j]).collect();
        add(without, &change, share);
        let (below, from) = self.covariance.split_at_mut(m);
        let (without, with) = (&mut from[0], &below[m - 1]);
        let spread = share * (1.0 - share);
        for j in 0..p {
            for k in 0..=j {
                let at = j * p + k;
                let mixed = without[at] + share * (with[at] - without[at]);
                without[at] = mixed + spread * change[j] * change[k];
            }
        }
    }
}

fn add(to: &mut [f64], from: &[f64], factor: f64) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += factor * f;
    }
}
