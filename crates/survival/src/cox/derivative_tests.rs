//! Gradients and informations against finite differences, and counted pairs against all pairs.

use proptest::prelude::*;
use seedtest_numerics::{Interrupt, LogLikelihood, Stream};

use super::fit::likelihood;
use super::pairs::compare;
use super::panel::Panel;
use super::ties::Ties;
use crate::data::{Covariate, Data};
use crate::radix::dense_ranks;
use crate::risk_sets::RiskSets;
use crate::standard::{Standard, StandardColumn};

struct Simulated {
    start: Vec<f64>,
    stop: Vec<f64>,
    event: Vec<u8>,
    x: Vec<Vec<f64>>,
    weights: Vec<f64>,
    offset: Vec<f64>,
    strata: Vec<u32>,
}

/// Tied times, two strata, delayed entry, weights and offsets.
fn simulated(seed: u64, n: usize, p: usize) -> Simulated {
    let mut stream = Stream::new(seed, 0);
    let start: Vec<f64> = (0..n).map(|_| stream.below(6) as f64).collect();
    Simulated {
        stop: start.iter().map(|s| s + 1.0 + stream.below(8) as f64).collect(),
        event: (0..n).map(|_| u8::from(stream.bernoulli(0.6))).collect(),
        x: (0..p).map(|_| (0..n).map(|_| stream.normal()).collect()).collect(),
        weights: (0..n).map(|_| stream.uniform_in(0.5, 3.0)).collect(),
        offset: (0..n).map(|_| 0.3 * stream.normal()).collect(),
        strata: (0..n).map(|_| stream.below(2) as u32).collect(),
        start,
    }
}

impl Simulated {
    fn data(&self) -> Data<'_> {
        let covariate = |values| Covariate { name: "x", values };
        Data::new(&self.stop, &self.event, self.x.iter().map(|x| covariate(&x[..])).collect())
    }
}

fn check_derivatives(data: &Data<'_>, ties: Ties) {
    let p = data.covariates.len();
    let columns = (0..p).map(|index| StandardColumn { index, mean: 0.1, sd: 1.3 }).collect();
    let sets = RiskSets::new(data);
    let panel = Panel::new(data, &Standard { columns }, &sets);
    let mut likelihood = likelihood(ties, &sets, &panel, &Interrupt::never());
    let beta: Vec<f64> = (0..p).map(|j| 0.4 - 0.3 * j as f64).collect();
    let at = likelihood.derivatives(&beta).unwrap();
    // Central differences: error of the order of step², rounding of the order of 1e-16/step.
    let step = 1e-5;
    for j in 0..p {
        let mut moved = |by: f64| {
            let mut beta = beta.clone();
            beta[j] += by;
            likelihood.derivatives(&beta).unwrap()
        };
        let (up, down) = (moved(step), moved(-step));
        let slope = (up.value - down.value) / (2.0 * step);
        let scale = at.information[j * p + j];
        assert!((slope - at.gradient[j]).abs() < 1e-7 * scale, "{ties:?} gradient {j}");
        for k in 0..p {
            let curvature = (up.gradient[k] - down.gradient[k]) / (2.0 * step);
            let entry = at.information[j.max(k) * p + j.min(k)];
            assert!((curvature + entry).abs() < 1e-7 * scale, "{ties:?} information {j} {k}");
        }
    }
}

#[test]
fn derivatives_are_those_of_the_likelihood() {
    for seed in 0..5 {
        let s = simulated(seed, 60, 3);
        let plain = s.data();
        let delayed = Data { start: Some(&s.start), strata: Some(&s.strata), ..s.data() };
        for ties in [Ties::Efron, Ties::Breslow] {
            check_derivatives(&plain, ties);
            let full =
                Data { weights: Some(&s.weights), offset: Some(&s.offset), ..delayed.clone() };
            check_derivatives(&full, ties);
        }
        check_derivatives(&plain, Ties::Exact);
        check_derivatives(&Data { offset: Some(&s.offset), ..delayed }, Ties::Exact);
    }
}

#[test]
fn many_chunks_give_the_sums_of_one() {
    // More rows than a chunk holds, in strata that do not end at its bounds.
    let s = simulated(9, 20_000, 2);
    let data = Data { start: Some(&s.start), strata: Some(&s.strata), ..s.data() };
    check_derivatives(&data, Ties::Efron);
}

/// Balance and number of comparable partners of every row by comparing all pairs.
fn all_pairs(data: &Data<'_>, risk: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = data.n();
    let (mut balance, mut comparable) = (vec![0.0; n], vec![0.0; n]);
    for i in (0..n).filter(|&i| data.event[i] == 1) {
        for j in (0..n).filter(|&j| j != i) {
            let (t, u) = (data.stop[i], data.stop[j]);
            let outlives = u > t || (u == t && data.event[j] == 0);
            let started = data.start.is_none_or(|start| start[j] < t);
            let together = data.strata.is_none_or(|s| s[i] == s[j]);
            if !(outlives && started && together) {
                continue;
            }
            let sign =
                f64::from(u8::from(risk[i] > risk[j])) - f64::from(u8::from(risk[i] < risk[j]));
            for (own, other) in [(i, j), (j, i)] {
                balance[own] += sign * data.weight(other);
                comparable[own] += data.weight(other);
            }
        }
    }
    (balance, comparable)
}

proptest! {
    #[test]
    fn counted_pairs_are_all_pairs(seed in any::<u64>(), delayed: bool, weighted: bool) {
        let s = simulated(seed, 40, 1);
        let data = Data {
            start: delayed.then_some(&s.start[..]),
            strata: delayed.then_some(&s.strata[..]),
            weights: weighted.then_some(&s.weights[..]),
            ..s.data()
        };
        let risk: Vec<f64> = s.x[0].iter().map(|x| (x * 3.0).round()).collect();
        let sets = RiskSets::new(&data);
        let of_rows = |values: &[f64]| -> Vec<f64> {
            sets.order.iter().map(|&row| values[row as usize]).collect()
        };
        let (ranks, n_ranks) = dense_ranks(&of_rows(&risk));
        let weights = data.weights.map(of_rows);
        let found = compare(&sets, &ranks, n_ranks, weights.as_deref());
        let (balance, comparable) = all_pairs(&data, &risk);
        for (position, &row) in sets.order.iter().enumerate() {
            prop_assert!((found.balance[position] - balance[row as usize]).abs() < 1e-9);
            prop_assert!((found.comparable[position] - comparable[row as usize]).abs() < 1e-9);
        }
    }
}
