//! Every student's probability of reaching a goal, over the posterior of population and student.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, Stream, normal_quantile, vectorized};

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

/// Random numbers of the generator that effects are drawn with; chains have the small ones.
const STREAM: u64 = u64::MAX;

/// A standard normal number for every draw of the population: where in the posterior of a student,
/// given that draw, the student's line is taken. All equally likely parts of the normal distribution
/// occur once, in an order of their own, which leaves little of the Monte Carlo error.
pub(crate) struct DrawnEffects {
    /// By draw.
    of_draw: Vec<f64>,
    /// Draws from the smallest number to the largest.
    ascending: Vec<u32>,
}

impl DrawnEffects {
    pub(crate) fn new(seed: u64, draws: usize) -> Self {
        let mut ascending: Vec<u32> = (0..draws as u32).collect();
        Stream::new(seed, STREAM).shuffle(&mut ascending);
        let mut of_draw = vec![0.0; draws];
        for (part, &draw) in ascending.iter().enumerate() {
            of_draw[draw as usize] = normal_quantile((part as f64 + 0.5) / draws as f64);
        }
        Self { of_draw, ascending }
    }

    /// The numbers, by draw.
    pub(crate) fn of_draws(&self) -> &[f64] {
        &self.of_draw
    }
}

/// What is asked of the draws, and as long as when.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) effects: &'a DrawnEffects,
    pub(crate) goal: &'a Goal,
    pub(crate) stop: &'a Interrupt,
}

/// Given a draw, a student with cross products u has at the week of the goal a line that is normal
/// with mean m + k·u and standard deviation `spread`, and a score that scatters around it by σ.
#[derive(Debug, Clone, Copy)]
struct Line {
    m: f64,
    k: [f64; 2],
    spread: f64,
    sigma: f64,
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
        let (a, _) = draw.covariance().shrinkage(draw.covariance_det(), gram, unit);
        let k = a.times(z);
        let beta = [draw.intercept - centre, draw.week];
        Self {
            m: draw.intercept + draw.week * week - dot(k, gram.times(beta)),
            k,
            spread: (unit * a.form(z)).max(0.0).sqrt(),
            sigma: draw.sigma,
        }
    }
}

/// Predictions by student code. A student without rows has G = 0, which makes the line that of the
/// population.
///
/// # Errors
/// [`Interrupted`] once nobody waits.
pub(crate) fn predict(
    pooled: &Pooled,
    draws: &[Draw],
    asked: &Asked<'_>,
) -> Result<Vec<GoalPrediction>, Interrupted> {
    let Asked { effects, goal, stop } = *asked;
    let predicted: Vec<Vec<(u32, GoalPrediction)>> = pooled
        .students_by_pattern()
        .par_iter()
        .enumerate()
        .map(|(pattern, students)| {
            if stop.is_raised() {
                return Vec::new();
            }
            let gram = &pooled.patterns.gram[pattern];
            let line = |draw| Line::of(draw, gram, pooled.centre, goal.week);
            let lines = Lines::new(draws.iter().map(line), effects, goal);
            students
                .par_chunks(CHUNK)
                .flat_map_iter(|students| {
                    let mut work = Work::new(draws.len());
                    let one = |&student: &u32| {
                        let u = pooled.students[student as usize].u;
                        (student, lines.predict(u, &mut work))
                    };
                    let wanted = students.iter().take_while(|_| !stop.is_raised());
                    wanted.map(one).collect::<Vec<_>>()
                })
                .collect()
        })
        .collect();
    stop.check()?;
    let mut all = vec![None; pooled.students.len()];
    for (student, prediction) in predicted.into_iter().flatten() {
        all[student as usize] = Some(prediction);
    }
    Ok(all.into_iter().flatten().collect())
}

/// Predictions by student code where every row has its own standard error: the Gram matrices
/// depend on the draw.
///
/// # Errors
/// [`Interrupted`] once nobody waits.
pub(crate) fn predict_measured(
    measured: &Measured,
    draws: &[Draw],
    asked: &Asked<'_>,
) -> Result<Vec<GoalPrediction>, Interrupted> {
    let Asked { effects, goal, stop } = *asked;
    (0..measured.n_students())
        .into_par_iter()
        .map(|student| {
            stop.check()?;
            let line = |draw: &Draw| {
                let (gram, u) = measured.sums(student, draw.sigma * draw.sigma);
                let line = Line::with_variance(draw, &gram, measured.centre, goal.week, 1.0);
                Line { m: line.m + dot(line.k, u), k: [0.0; 2], ..line }
            };
            let lines = Lines::new(draws.iter().map(line), effects, goal);
            Ok(lines.predict([0.0; 2], &mut Work::new(draws.len())))
        })
        .collect()
}

/// What the posterior says of a student nobody has seen.
pub(crate) fn predict_unseen(
    draws: &[Draw],
    effects: &DrawnEffects,
    goal: &Goal,
) -> GoalPrediction {
    let line = |draw| Line::of(draw, &Sym2::default(), 0.0, goal.week);
    let lines = Lines::new(draws.iter().map(line), effects, goal);
    lines.predict([0.0; 2], &mut Work::new(draws.len()))
}

/// A normal line in every draw, and the scatter of a score around it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NormalLine {
    pub(crate) mean: f64,
    pub(crate) sd: f64,
    pub(crate) sigma: f64,
}

/// A prediction from a normal line in every draw.
pub(crate) fn predict_normal(
    lines: &[NormalLine],
    effects: &DrawnEffects,
    goal: &Goal,
) -> GoalPrediction {
    let line = |&NormalLine { mean, sd, sigma }: &NormalLine| Line {
        m: mean,
        k: [0.0; 2],
        spread: sd,
        sigma,
    };
    let all = Lines::new(lines.iter().map(line), effects, goal);
    all.predict([0.0; 2], &mut Work::new(lines.len()))
}

/// Lines of many draws, a column each.
struct Lines {
    /// (m + e · spread − target) / σ, with e the drawn effect
    level: Vec<f64>,
    /// k / σ
    by: [Vec<f64>; 2],
    /// Mean of (m − target, k₀, k₁) over the draws.
    mean: [f64; 3],
    /// Their covariance over the draws.
    covariance: [[f64; 3]; 3],
    /// Mean of spread² + σ².
    variance: f64,
    /// Standard deviations from the mean within which a tail of the interval lies.
    cut: f64,
    goal: Goal,
}

/// Buffers of one student.
struct Work {
    /// (μ_d − target) / σ_d
    z: Vec<f64>,
    tail: Vec<f64>,
}

impl Work {
    fn new(draws: usize) -> Self {
        Self { z: vec![0.0; draws], tail: vec![0.0; draws] }
    }
}

impl Lines {
    fn new(
        lines: impl ExactSizeIterator<Item = Line>,
        effects: &DrawnEffects,
        goal: &Goal,
    ) -> Self {
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
        let lines: Vec<Line> = lines.collect();
        // In the order of the effects neighbours lie close together.
        for &draw in &effects.ascending {
            let effect = effects.of_draw[draw as usize];
            let Line { m, k, spread, sigma } = lines[draw as usize];
            // Measured from the target, so that squares do not cancel.
            let m = m - goal.target;
            all.level.push((m + effect * spread) / sigma);
            all.by[0].push(k[0] / sigma);
            all.by[1].push(k[1] / sigma);
            all.variance += (spread * spread + sigma * sigma) / n;
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
        let moments = self.fill(u, z);
        let [p, spread] = moments_of_phi(z);
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

    /// z of every draw; their mean and standard deviation.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    fn fill(&self, u: [f64; 2], z: &mut [f64]) -> [f64; 2] {
        for (((z, level), by0), by1) in
            z.iter_mut().zip(&self.level).zip(&self.by[0]).zip(&self.by[1])
        {
            *z = level + by0 * u[0] + by1 * u[1];
        }
        let origin = z.first().copied().unwrap_or(0.0);
        let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
        let (chunks, rest) = z.as_chunks::<LANES>();
        for z in chunks {
            for lane in 0..LANES {
                sums[lane] += z[lane] - origin;
                squares[lane] += (z[lane] - origin) * (z[lane] - origin);
            }
        }
        for (lane, &z) in rest.iter().enumerate() {
            sums[lane] += z - origin;
            squares[lane] += (z - origin) * (z - origin);
        }
        let n = z.len() as f64;
        let mean = sums.iter().sum::<f64>() / n;
        let variance = (squares.iter().sum::<f64>() / n - mean * mean).max(0.0);
        [origin + mean, variance.sqrt()]
    }
}

/// Mass of one tail outside the credible interval.
fn tail_of(goal: &Goal) -> f64 {
    (1.0 - goal.level) / 2.0
}
