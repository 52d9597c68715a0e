//! Every student's probability of reaching a goal, exact given each draw.

use rayon::prelude::*;

use crate::draws::Draw;
use crate::goal::{Goal, GoalPrediction};
use crate::marginal::dot;
use crate::matrix::Sym2;
use crate::measured::Measured;
use crate::normal_table::{phi, table};
use crate::pooled::Pooled;

/// Students of one task; a constant, so that nothing depends on the number of threads.
const CHUNK: usize = 64;

/// Given a draw, the score at the goal is normal with mean m + k·u and standard deviation s for a
/// student with cross products u.
#[derive(Debug, Clone, Copy)]
struct Line {
    m: f64,
    k: [f64; 2],
    s: f64,
}

impl Line {
    /// For the students of one Gram matrix: with A = (σ²Σ⁻¹ + G)⁻¹ the effects of a student have
    /// mean A(u − Gβ) and covariance σ²A.
    fn of(draw: &Draw, gram: &Sym2, centre: f64, week: f64) -> Self {
        Self::with_variance(draw, gram, centre, week, draw.sigma * draw.sigma)
    }

    /// As `of`, where `gram` already has the residual variances in it when `unit` is 1.
    fn with_variance(draw: &Draw, gram: &Sym2, centre: f64, week: f64, unit: f64) -> Self {
        let z = [1.0, week];
        let (a, _) = draw.covariance().shrinkage(gram, unit);
        let k = a.times(z);
        let beta = [draw.intercept - centre, draw.week];
        let variance = unit * a.form(z) + draw.sigma * draw.sigma;
        Self {
            m: draw.intercept + draw.week * week - dot(k, gram.times(beta)),
            k,
            s: variance.sqrt(),
        }
    }
}

/// Predictions by student code. A student without rows has G = 0, which makes the line that of the
/// population.
pub(crate) fn predict(pooled: &Pooled, draws: &[Draw], goal: &Goal) -> Vec<GoalPrediction> {
    let mut by_pattern: Vec<Vec<u32>> = vec![Vec::new(); pooled.n_patterns()];
    for (student, &pattern) in pooled.pattern_of.iter().enumerate() {
        by_pattern[pattern as usize].push(student as u32);
    }
    let predicted: Vec<Vec<(u32, GoalPrediction)>> = by_pattern
        .par_iter()
        .enumerate()
        .map(|(pattern, students)| {
            let gram = &pooled.patterns.gram[pattern];
            let lines = Lines::new(draws, |draw| Line::of(draw, gram, pooled.centre, goal.week));
            students
                .par_chunks(CHUNK)
                .flat_map_iter(|students| {
                    let mut work = Work::new(draws.len());
                    let one = |&student: &u32| {
                        let u = pooled.students[student as usize].u;
                        (student, lines.predict(u, goal, &mut work))
                    };
                    students.iter().map(one).collect::<Vec<_>>()
                })
                .collect()
        })
        .collect();
    let mut all = vec![None; pooled.students.len()];
    for (student, prediction) in predicted.into_iter().flatten() {
        all[student as usize] = Some(prediction);
    }
    all.into_iter().flatten().collect()
}

/// Predictions by student code where every row has its own standard error: the Gram matrices
/// depend on the draw.
pub(crate) fn predict_measured(
    measured: &Measured,
    draws: &[Draw],
    goal: &Goal,
) -> Vec<GoalPrediction> {
    (0..measured.n_students())
        .into_par_iter()
        .map(|student| {
            let line = |draw: &Draw| {
                let (gram, u) = measured.sums(student, draw.sigma * draw.sigma);
                let line = Line::with_variance(draw, &gram, measured.centre, goal.week, 1.0);
                Line { m: line.m + dot(line.k, u), k: [0.0; 2], s: line.s }
            };
            Lines::new(draws, line).predict([0.0; 2], goal, &mut Work::new(draws.len()))
        })
        .collect()
}

/// What the posterior says of a student nobody has seen.
pub(crate) fn predict_unseen(draws: &[Draw], goal: &Goal) -> GoalPrediction {
    let lines = Lines::new(draws, |draw| Line::of(draw, &Sym2::default(), 0.0, goal.week));
    lines.predict([0.0; 2], goal, &mut Work::new(draws.len()))
}

/// A prediction from a normal score in every draw: mean and standard deviation by draw.
pub(crate) fn predict_normal(moments: &[[f64; 2]], goal: &Goal) -> GoalPrediction {
    let lines = moments.iter().map(|&[m, s]| Line { m, k: [0.0; 2], s }).collect();
    Lines(lines).predict([0.0; 2], goal, &mut Work::new(moments.len()))
}

struct Lines(Vec<Line>);

/// Buffers of one student.
struct Work {
    /// (μ_d − target) / s_d
    z: Vec<f64>,
}

impl Work {
    fn new(draws: usize) -> Self {
        Self { z: vec![0.0; draws] }
    }
}

impl Lines {
    fn new(draws: &[Draw], line: impl Fn(&Draw) -> Line) -> Self {
        Self(draws.iter().map(line).collect())
    }

    fn predict(&self, u: [f64; 2], goal: &Goal, work: &mut Work) -> GoalPrediction {
        let table = table();
        let n = self.0.len() as f64;
        let (mut sum, mut squares) = (0.0, 0.0);
        let (mut mean, mut mean_squares, mut variance) = (0.0, 0.0, 0.0);
        for (line, z) in self.0.iter().zip(&mut work.z) {
            // Measured from the target, so that squares do not cancel.
            let score = line.m + dot(line.k, u) - goal.target;
            *z = score / line.s;
            let p = phi(table, *z);
            sum += p;
            squares += p * p;
            mean += score;
            mean_squares += score * score;
            variance += line.s * line.s;
        }
        let (p, score) = (sum / n, mean / n);
        let spread = |squares: f64, mean: f64| (squares / n - mean * mean).max(0.0);
        let tail = (1.0 - goal.level) / 2.0;
        let lower = quantile_of_phi(&mut work.z, tail);
        let upper = quantile_of_phi(&mut work.z, 1.0 - tail);
        GoalPrediction {
            probability: p.clamp(0.0, 1.0),
            uncertainty: spread(squares, p).sqrt(),
            lower,
            upper,
            mean_score: score + goal.target,
            sd_score: (variance / n + spread(mean_squares, score)).sqrt(),
        }
    }
}

/// The quantile of Φ(z), type 7 of Hyndman and Fan (1996): Φ keeps the order of the z.
fn quantile_of_phi(z: &mut [f64], p: f64) -> f64 {
    let position = p * (z.len() - 1) as f64;
    let below = position.floor() as usize;
    let share = position - below as f64;
    let (_, &mut low, rest) = z.select_nth_unstable_by(below, f64::total_cmp);
    let high = rest.iter().copied().fold(f64::INFINITY, f64::min);
    let table = table();
    let low = phi(table, low);
    if share == 0.0 || !high.is_finite() { low } else { low + share * (phi(table, high) - low) }
}
