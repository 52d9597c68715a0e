//! How tied events share their risk set.

use seedtest_numerics::ln;
use serde::{Deserialize, Serialize};

/// How events at the same time share their risk set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// Average over the orders in which they may have happened (Efron 1977).
    #[default]
    Efron,
    /// Every event has the whole risk set (Breslow 1974).
    Breslow,
    /// The conditional likelihood of the events given their number, for times that are truly
    /// discrete (Cox 1972; Gail, Lubin & Rubinstein 1981). Costs grow with the size of the ties.
    Exact,
}

const LANES: usize = 8;

/// Sums over the d events of one risk set, with cₗ = c / (S₀ − fₗ D₀), fₗ = l/d for Efron and 0 for
/// Breslow, c the mean weight of the events, S₀ the risk of the set and D₀ that of its events.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct TieSums {
    /// Σ c ln(S₀ − fₗ D₀)
    pub(crate) log: f64,
    /// Σ cₗ, the increment of the cumulative hazard, and Σ fₗ cₗ.
    pub(crate) hazard: [f64; 2],
    /// Σ fₗᵐ cₗ / (S₀ − fₗ D₀) for m = 0, 1, 2.
    pub(crate) square: [f64; 3],
}

impl TieSums {
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn new(efron: bool, risk: f64, event_risk: f64, events: u32, weight: f64) -> Self {
        let d = f64::from(events);
        if !efron || events == 1 {
            let inverse = 1.0 / risk;
            let hazard = d * weight * inverse;
            let log = d * weight * ln(risk);
            return Self { log, hazard: [hazard, 0.0], square: [hazard * inverse, 0.0, 0.0] };
        }
        let step = 1.0 / d;
        if (events as usize) < LANES {
            return Self::few(risk, event_risk, events, step, weight);
        }
        let mut sums = [[0.0; LANES]; 6];
        let whole = events as usize / LANES;
        for block in 0..whole {
            for lane in 0..LANES {
                let share = (block * LANES + lane) as f64 * step;
                add(&mut sums, lane, share, risk - share * event_risk);
            }
        }
        for l in whole * LANES..events as usize {
            let share = l as f64 * step;
            add(&mut sums, l - whole * LANES, share, risk - share * event_risk);
        }
        Self::of(sums.map(|s| weight * s.iter().sum::<f64>()))
    }

    /// The same for fewer events than there are lanes, to the bit.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn few(risk: f64, event_risk: f64, events: u32, step: f64, weight: f64) -> Self {
        let mut sums = [[0.0]; 6];
        for l in 0..events {
            let share = f64::from(l) * step;
            add(&mut sums, 0, share, risk - share * event_risk);
        }
        Self::of(sums.map(|[sum]| weight * sum))
    }

    fn of(total: [f64; 6]) -> Self {
        Self { log: total[0], hazard: [total[1], total[2]], square: [total[3], total[4], total[5]] }
    }

    /// The quadratic form square₀ S Sᵀ − square₁ (S Dᵀ + D Sᵀ) + square₂ D Dᵀ as u uᵀ + v vᵀ with
    /// u = a S − b D and v = e D; gives (a, b, e).
    pub(crate) fn root(&self) -> (f64, f64, f64) {
        if self.square[0] == 0.0 {
            return (0.0, 0.0, 0.0);
        }
        let a = self.square[0].sqrt();
        let b = self.square[1] / a;
        (a, b, (self.square[2] - b * b).max(0.0).sqrt())
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn add<const N: usize>(sums: &mut [[f64; N]; 6], lane: usize, share: f64, left: f64) {
    let inverse = 1.0 / left;
    let square = inverse * inverse;
    sums[0][lane] += ln(left);
    sums[1][lane] += inverse;
    sums[2][lane] += share * inverse;
    sums[3][lane] += square;
    sums[4][lane] += share * square;
    sums[5][lane] += share * share * square;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sums as they are defined, one event after the other.
    fn one_by_one(risk: f64, event_risk: f64, events: u32) -> [f64; 6] {
        let mut sums = [0.0; 6];
        for l in 0..events {
            let share = f64::from(l) / f64::from(events);
            let left = risk - share * event_risk;
            let terms = [left.ln(), 1.0, share, 1.0 / left, share / left, share * share / left];
            let divisors = [1.0, left, left, left, left, left];
            for ((sum, term), divisor) in sums.iter_mut().zip(terms).zip(divisors) {
                *sum += term / divisor;
            }
        }
        sums
    }

    #[test]
    fn few_and_many_ties_are_summed_alike() {
        for events in [1, 2, 3, 7, 8, 9, 16, 21] {
            let found = TieSums::new(true, 40.0, 9.0, events, 1.0);
            let [log, rest @ ..] = one_by_one(40.0, 9.0, events);
            let [inverse, share, square @ ..] = rest;
            let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-14 * (1.0 + b), "{a} {b}");
            close(found.log, log);
            close(found.hazard[0], inverse);
            close(found.hazard[1], share);
            found.square.iter().zip(square).for_each(|(&a, b)| close(a, b));
        }
    }
}
