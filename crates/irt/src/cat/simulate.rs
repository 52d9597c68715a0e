//! Adaptive tests of simulated students: bias, errors, exposure, length.

use rayon::prelude::*;
use seedtest_numerics::{Stream, square};
use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::error::CatError;
use super::next::{Answered, State, next};
use super::spec::Spec;
use super::stop::Stop;

/// Whom to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationSpec {
    /// Students.
    pub n: u32,
    /// Mean of their abilities.
    pub mean: f64,
    /// Standard deviation of their abilities; 0 = all are at the mean.
    pub sd: f64,
    /// Bounds of the groups by ability that are told apart, increasing.
    pub cuts: Vec<f64>,
    /// Seed.
    pub seed: u64,
}

impl Default for SimulationSpec {
    fn default() -> Self {
        let cuts = vec![-2.0, -1.0, 0.0, 1.0, 2.0];
        Self { n: 1_000, mean: 0.0, sd: 1.0, cuts, seed: 42 }
    }
}

/// One simulated test.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// True ability.
    pub theta: f64,
    /// Estimate at the end.
    pub estimate: f64,
    /// Its standard error, where there is one.
    pub se: Option<f64>,
    /// Items given.
    pub items: Vec<u32>,
    /// Items picked, those that exposure control set aside among them.
    pub picked: Vec<u32>,
    /// Why it ended.
    pub stop: Stop,
    /// Whether every content constraint held at the end.
    pub constraints_met: bool,
}

/// What tests of students of similar ability were like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lowest ability; `None` = no bound.
    pub from: Option<f64>,
    /// Highest ability; `None` = no bound.
    pub to: Option<f64>,
    /// Students.
    pub n: u32,
    /// Mean of estimate minus ability; `None` without students.
    pub bias: Option<f64>,
    /// Root mean square of estimate minus ability.
    pub rmse: Option<f64>,
    /// Mean standard error, of those who have one.
    pub mean_se: Option<f64>,
    /// Share of the students whose ability lies within 1.96 standard errors of the estimate, of those who have one.
    pub coverage: Option<f64>,
    /// Mean number of items.
    pub mean_length: Option<f64>,
}

/// What many simulated tests were like.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// Every test, in the order of the students.
    pub tests: Vec<Simulated>,
    /// Of all students.
    pub all: Bin,
    /// By true ability.
    pub bins: Vec<Bin>,
    /// Share of the tests that every item was given in.
    pub given: Vec<f64>,
    /// Share of the tests that every item was picked in, set aside or not.
    pub picked: Vec<f64>,
    /// Mean share of the items that two tests have in common (Barrada and others 2009).
    pub overlap: Option<f64>,
    /// Items of the longest test.
    pub longest: u32,
    /// Share of the tests in which every content constraint held.
    pub constraints_met: f64,
}

/// Simulates adaptive tests: abilities from N(mean, sd²), answers from the curves of the bank. The same seed gives the same
/// tests on any number of threads.
///
/// # Errors
/// For no students, a spread that is none, and what [`next()`] refuses.
pub fn simulate(bank: &Bank, spec: &Spec, of: &SimulationSpec) -> Result<Simulation, CatError> {
    let setting = |field, value, required| Err(CatError::Setting { field, value, required });
    if of.n == 0 {
        return setting("n", 0.0, "at least 1");
    }
    if !(of.sd >= 0.0 && of.sd.is_finite() && of.mean.is_finite()) {
        return setting("sd", of.sd, "at least 0, and the mean finite");
    }
    let test = |student: u32| {
        let mut stream = Stream::new(of.seed, u64::from(student));
        let theta = of.mean + of.sd * stream.normal();
        take(
            bank,
            &Spec { seed: of.seed, test: u64::from(student), ..spec.clone() },
            theta,
            &mut stream,
        )
    };
    let tests: Vec<Simulated> =
        (0..of.n).into_par_iter().map(test).collect::<Result<_, CatError>>()?;
    let n = f64::from(of.n);
    let share = |which: fn(&Simulated) -> &Vec<u32>| -> Vec<f64> {
        let mut counts = vec![0.0; bank.items().len()];
        tests.iter().flat_map(which).for_each(|item| counts[*item as usize] += 1.0);
        counts.iter().map(|count| count / n).collect()
    };
    let given = share(|test| &test.items);
    let all: Vec<&Simulated> = tests.iter().collect();
    Ok(Simulation {
        all: bin(None, None, &all),
        bins: bins(&of.cuts, &tests),
        picked: share(|test| &test.picked),
        overlap: overlap(&given, n, &tests),
        longest: tests.iter().map(|test| test.items.len() as u32).max().unwrap_or(0),
        constraints_met: tests.iter().filter(|test| test.constraints_met).count() as f64 / n,
        given,
        tests,
    })
}

/// One test of a student of this ability.
fn take(bank: &Bank, spec: &Spec, theta: f64, stream: &mut Stream) -> Result<Simulated, CatError> {
    let mut state = State::default();
    let mut picked = Vec::new();
    loop {
        let step = next(bank, &state, spec)?;
        let Some(pick) = step.pick else {
            return Ok(Simulated {
                theta,
                estimate: step.estimate.theta,
                se: step.estimate.se,
                items: state.history.iter().map(|of| of.item).collect(),
                picked,
                stop: step.stop.unwrap_or(Stop::NoItemLeft),
                constraints_met: step.areas.iter().all(|area| area.met),
            });
        };
        picked.extend(&pick.set_aside);
        picked.push(pick.item);
        state.set_aside.extend(&pick.set_aside);
        let mut left = stream.uniform();
        let p = bank.at(pick.item, theta);
        let category = p.iter().position(|(p, _)| {
            left -= p;
            left < 0.0
        });
        let category = Some(category.unwrap_or(p.len() - 1));
        state.history.push(Answered { item: pick.item, category });
    }
}

fn bins(cuts: &[f64], tests: &[Simulated]) -> Vec<Bin> {
    let bounds = std::iter::once(None).chain(cuts.iter().copied().map(Some));
    let ends = cuts.iter().copied().map(Some).chain(std::iter::once(None));
    bounds
        .zip(ends)
        .map(|(from, to)| {
            let inside = |test: &&Simulated| {
                from.is_none_or(|from| test.theta >= from) && to.is_none_or(|to| test.theta < to)
            };
            bin(from, to, &tests.iter().filter(inside).collect::<Vec<_>>())
        })
        .collect()
}

fn bin(from: Option<f64>, to: Option<f64>, tests: &[&Simulated]) -> Bin {
    let mean = |values: Vec<f64>| {
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let of = |value: fn(&Simulated) -> f64| mean(tests.iter().map(|test| value(test)).collect());
    let with_se = |value: fn(f64, f64) -> f64| {
        let known = tests.iter().filter_map(|t| Some(value(t.estimate - t.theta, t.se?)));
        mean(known.collect())
    };
    Bin {
        from,
        to,
        n: tests.len() as u32,
        bias: of(|test| test.estimate - test.theta),
        rmse: of(|test| square(test.estimate - test.theta)).map(f64::sqrt),
        mean_se: with_se(|_, se| se),
        coverage: with_se(|error, se| f64::from(u8::from(error.abs() <= 1.96 * se))),
        mean_length: of(|test| test.items.len() as f64),
    }
}

/// (n·Σr² / Σr − 1)/(n − 1) for exposure rates r.
fn overlap(given: &[f64], n: f64, tests: &[Simulated]) -> Option<f64> {
    let total: f64 = given.iter().sum();
    if tests.len() < 2 || total <= 0.0 {
        return None;
    }
    let squares: f64 = given.iter().map(|r| r * r).sum();
    Some(((n * squares / total - 1.0) / (n - 1.0)).clamp(0.0, 1.0))
}
