//! Every student's probability of reaching a goal, exact given each draw.

use rayon::prelude::*;
use seedtest_numerics::vectorized;

use crate::draws::Draw;
use crate::goal::{Goal, GoalPrediction};
use crate::marginal::dot;
use crate::matrix::Sym2;
use crate::measured::Measured;
use crate::normal_table::{phi, table};
use crate::phi_sums::{LANES, moments_of_phi};
use crate::pooled::Pooled;
use crate::tail_quantile::{cut, tail};

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
            let line = |draw| Line::of(draw, gram, pooled.centre, goal.week);
            let lines = Lines::new(draws.iter().map(line), goal);
            students
                .par_chunks(CHUNK)
                .flat_map_iter(|students| {
                    let mut work = Work::new(draws.len());
                    let one = |&student: &u32| {
                        let u = pooled.students[student as usize].u;
                        (student, lines.predict(u, &mut work))
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
            Lines::new(draws.iter().map(line), goal).predict([0.0; 2], &mut Work::new(draws.len()))
        })
        .collect()
}

/// What the posterior says of a student nobody has seen.
pub(crate) fn predict_unseen(draws: &[Draw], goal: &Goal) -> GoalPrediction {
    let line = |draw| Line::of(draw, &Sym2::default(), 0.0, goal.week);
    Lines::new(draws.iter().map(line), goal).predict([0.0; 2], &mut Work::new(draws.len()))
}

/// A prediction from a normal score in every draw: mean and standard deviation by draw.
pub(crate) fn predict_normal(moments: &[[f64; 2]], goal: &Goal) -> GoalPrediction {
    let lines = moments.iter().map(|&[m, s]| Line { m, k: [0.0; 2], s });
    Lines::new(lines, goal).predict([0.0; 2], &mut Work::new(moments.len()))
}

/// Lines of many draws, a column each.
struct Lines {
    /// (m − target) / s
    level: Vec<f64>,
    /// k / s
    by: [Vec<f64>; 2],
    /// Mean of (m − target, k₀, k₁) over the draws.
    mean: [f64; 3],
    /// Their covariance over the draws.
    covariance: [[f64; 3]; 3],
    /// Mean of s².
    variance: f64,
    /// Standard deviations from the mean within which a tail of the interval lies.
    cut: f64,
    goal: Goal,
}

/// Buffers of one student.
struct Work {
    /// (μ_d − target) / s_d
    z: Vec<f64>,
    tail: Vec<f64>,
}

impl Work {
    fn new(draws: usize) -> Self {
        Self { z: vec![0.0; draws], tail: vec![0.0; draws] }
    }
}

impl Lines {
    fn new(lines: impl ExactSizeIterator<Item = Line>, goal: &Goal) -> Self {
        let count = lines.len();
        let column = || Vec::with_capacity(count);
        let mut all = Self {
            level: column(),
            by: [column(), column()],
            mean: [0.0; 3],
            covariance: [[0.0; 3]; 3],
            variance: 0.0,
            cut: cut(tail_of(goal)),
            goal: *goal,
        };
        let n = count as f64;
        let mut coefficients = Vec::with_capacity(count);
        for Line { m, k, s } in lines {
            // Measured from the target, so that squares do not cancel.
            let m = m - goal.target;
            all.level.push(m / s);
            all.by[0].push(k[0] / s);
            all.by[1].push(k[1] / s);
            all.variance += s * s / n;
            coefficients.push([m, k[0], k[1]]);
        }
        for x in &coefficients {
            for (mean, x) in all.mean.iter_mut().zip(x) {
                *mean += x / n;
            }
        }
        for x in &coefficients {
            let x = [0, 1, 2].map(|i| x[i] - all.mean[i]);
            for (row, xi) in all.covariance.iter_mut().zip(x) {
                for (entry, xj) in row.iter_mut().zip(x) {
                    *entry += xi * xj / n;
                }
            }
        }
        all
    }

    /// Mean of the score, measured from the target, and its variance over the draws.
    fn score(&self, u: [f64; 2]) -> [f64; 2] {
        let x = [1.0, u[0], u[1]];
        let mean = x.iter().zip(&self.mean).map(|(x, mean)| x * mean).sum();
        let row = |row: &[f64; 3]| row.iter().zip(x).map(|(c, x)| c * x).sum::<f64>();
        let variance = x.iter().zip(&self.covariance).map(|(x, of)| x * row(of)).sum::<f64>();
        [mean, variance.max(0.0)]
    }

    fn predict(&self, u: [f64; 2], work: &mut Work) -> GoalPrediction {
        vectorized(
            #[inline(always)]
            || self.predict_inline(u, work),
        )
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the vector instructions must reach the loops
    fn predict_inline(&self, u: [f64; 2], work: &mut Work) -> GoalPrediction {
        let Work { z, tail: space } = work;
        let Span { least, most, moments } = self.fill(u, z);
        let [p, spread] = moments_of_phi(z, least, most);
        let share = tail_of(&self.goal);
        let mut quantile = |sign| {
            let [first, second, share] = tail(z, sign, share, self.cut, moments, space);
            let table = table();
            let first = phi(table, first);
            first + share * (phi(table, second) - first)
        };
        let (lower, upper) = (quantile(1.0), quantile(-1.0));
        let [score, scatter] = self.score(u);
        GoalPrediction {
            probability: p.clamp(0.0, 1.0),
            uncertainty: spread.sqrt(),
            lower,
            upper,
            mean_score: score + self.goal.target,
            sd_score: (self.variance + scatter).sqrt(),
        }
    }

    /// z of every draw.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    fn fill(&self, u: [f64; 2], z: &mut [f64]) -> Span {
        for (((z, level), by0), by1) in
            z.iter_mut().zip(&self.level).zip(&self.by[0]).zip(&self.by[1])
        {
            *z = level + by0 * u[0] + by1 * u[1];
        }
        let origin = z.first().copied().unwrap_or(0.0);
        let (mut least, mut most) = ([origin; LANES], [origin; LANES]);
        let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let (chunks, rest) = z.as_chunks::<LANES>();
        for z in chunks {
            for lane in 0..LANES {
                least[lane] = if z[lane] < least[lane] { z[lane] } else { least[lane] };
                most[lane] = if z[lane] > most[lane] { z[lane] } else { most[lane] };
                sums[lane] += z[lane] - origin;
                squares[lane] += (z[lane] - origin) * (z[lane] - origin);
            }
        }
        for (lane, &z) in rest.iter().enumerate() {
            least[lane] = least[lane].min(z);
            most[lane] = most[lane].max(z);
            sums[lane] += z - origin;
            squares[lane] += (z - origin) * (z - origin);
        }
        let n = z.len() as f64;
        let mean = sums.iter().sum::<f64>() / n;
        let variance = (squares.iter().sum::<f64>() / n - mean * mean).max(0.0);
        Span {
            least: least.into_iter().fold(origin, f64::min),
            most: most.into_iter().fold(origin, f64::max),
            moments: [origin + mean, variance.sqrt()],
        }
    }
}

/// Mass of one tail outside the credible interval.
fn tail_of(goal: &Goal) -> f64 {
    (1.0 - goal.level) / 2.0
}

/// Where numbers lie.
struct Span {
    least: f64,
    most: f64,
    /// Mean and standard deviation.
    moments: [f64; 2],
}
