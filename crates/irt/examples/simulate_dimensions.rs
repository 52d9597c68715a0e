//! Coverage of 95 % intervals of calibrations of several dimensions by their loading pattern, bias of slopes, and how often
//! BIC takes the true number of dimensions: the tables of `docs/validation.md`. Run with
//! `cargo run --release -p seedtest-irt --example simulate_dimensions`.

#![allow(clippy::print_stdout)] // the tables are the point

use rayon::prelude::*;
use seedtest_irt::multidimensional::{Error, Fit, Loadings, Rotation, Spec, fit};
use seedtest_irt::{Responses, Silent};
use seedtest_numerics::{Stream, logistic};

const Z: f64 = 1.959_964;
const ITEMS_OF_DIMENSION: usize = 8;

/// This many sets with the argument `full`, else a part of them.
fn sets() -> u64 {
    if std::env::args().any(|argument| argument == "full") { 400 } else { 100 }
}

/// Answers of students whose abilities correlate by `correlation` to items of one dimension each.
struct Sample {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    /// Slope and intercept of every item.
    truth: Vec<(f64, f64)>,
    n_students: usize,
    dimensions: usize,
}

impl Sample {
    fn new(seed: u64, n_students: usize, dimensions: usize, correlation: f64) -> Self {
        let mut stream = Stream::new(0, dimensions as u64);
        let item = |_| (stream.uniform_in(0.8, 1.8), stream.normal());
        let truth: Vec<(f64, f64)> = (0..dimensions * ITEMS_OF_DIMENSION).map(item).collect();
        let mut sample =
            Self { student: vec![], item: vec![], correct: vec![], truth, n_students, dimensions };
        let mut stream = Stream::new(seed, 1);
        for student in 0..n_students {
            // What all dimensions have in common makes any two of them correlate alike.
            let common = correlation.sqrt() * stream.normal();
            let own = (1.0 - correlation).sqrt();
            let theta: Vec<f64> = (0..dimensions).map(|_| common + own * stream.normal()).collect();
            for (item, (a, d)) in sample.truth.iter().enumerate() {
                let logit = a * theta[item / ITEMS_OF_DIMENSION] + d;
                sample.student.push(student as u32);
                sample.item.push(item as u32);
                sample.correct.push(u8::from(stream.bernoulli(logistic(logit))));
            }
        }
        sample
    }

    fn fitted(&self, loadings: Loadings) -> Result<Fit, Error> {
        let responses = Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.n_students,
            n_items: self.truth.len(),
        };
        fit(&responses, &Spec::new(loadings), &mut Silent)
    }

    fn pattern(&self) -> Loadings {
        let own = |item: usize| (item as u32, vec![item / ITEMS_OF_DIMENSION]);
        let items = (0..self.truth.len()).map(own).collect();
        Loadings::Pattern { dimensions: self.dimensions, items, correlated: true }
    }
}

/// Numbers of one set: intervals that hold and all of them, of slopes, intercepts and correlations; sum of errors of slopes.
#[derive(Default)]
struct Counts {
    held: [u32; 3],
    all: [u32; 3],
    slope_errors: f64,
}

impl Counts {
    fn interval(&mut self, kind: usize, (estimate, truth): (f64, f64), se: f64) {
        self.held[kind] += u32::from((estimate - truth).abs() < Z * se);
        self.all[kind] += 1;
    }

    fn of(sample: &Sample, correlation: f64) -> Result<Self, Error> {
        let found = sample.fitted(sample.pattern())?;
        let mut counts = Self::default();
        for (at, (item, (a, d))) in found.items.iter().zip(&sample.truth).enumerate() {
            let Some(se) = &item.se else { continue };
            let own = at / ITEMS_OF_DIMENSION;
            counts.interval(0, (item.slopes[own], *a), se.slopes[own]);
            counts.interval(1, (item.intercept, *d), se.intercept);
            counts.slope_errors += item.slopes[own] - a;
        }
        let errors = found.correlation_errors.unwrap_or_default();
        for (i, row) in errors.iter().enumerate() {
            for (j, se) in row[..i].iter().enumerate() {
                counts.interval(2, (found.correlations[i][j], correlation), *se);
            }
        }
        Ok(counts)
    }

    fn add(mut self, other: &Self) -> Self {
        for kind in 0..3 {
            self.held[kind] += other.held[kind];
            self.all[kind] += other.all[kind];
        }
        self.slope_errors += other.slope_errors;
        self
    }
}

fn main() -> Result<(), Error> {
    let sets = sets();
    println!("## Several dimensions\n");
    println!("{sets} sets a row, {ITEMS_OF_DIMENSION} items a dimension.\n");
    println!("| dimensions | students | correlation | a | d | correlation held | bias of a |");
    println!("|---|---|---|---|---|---|---|");
    for (dimensions, students, correlation) in
        [(2, 500, 0.5), (2, 500, 0.8), (2, 2_000, 0.5), (3, 1_000, 0.5)]
    {
        let of_set = |set: u64| {
            Counts::of(&Sample::new(set, students, dimensions, correlation), correlation)
        };
        let counts: Vec<Counts> =
            (0..sets).into_par_iter().map(of_set).collect::<Result<_, _>>()?;
        let counts = counts.iter().fold(Counts::default(), Counts::add);
        let share =
            |kind: usize| 100.0 * f64::from(counts.held[kind]) / f64::from(counts.all[kind]);
        println!(
            "| {dimensions} | {students} | {correlation} | {:.1} % | {:.1} % | {:.1} % | {:+.3} |",
            share(0),
            share(1),
            share(2),
            counts.slope_errors / f64::from(counts.all[0])
        );
    }
    println!("\n| true dimensions | students | correlation | BIC takes two dimensions |");
    println!("|---|---|---|---|");
    for (dimensions, correlation) in [(1, 0.0), (2, 0.5), (2, 0.9)] {
        let two = |set: u64| -> Result<bool, Error> {
            let sample = Sample::new(set, 1_000, dimensions, correlation);
            let free = Loadings::Free { dimensions: 2, rotation: Rotation::Quartimin };
            let found = sample.fitted(free)?;
            Ok(found.one_dimension.is_some_and(|one| found.bic < one.bic))
        };
        let taken: Vec<bool> = (0..sets).into_par_iter().map(two).collect::<Result<_, _>>()?;
        let share = taken.iter().filter(|taken| **taken).count() as f64 / sets as f64;
        println!("| {dimensions} | 1000 | {correlation} | {:.0} % |", 100.0 * share);
    }
    Ok(())
}
