//! Which observations do not go with the rest.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Interrupt, quantile};

use crate::baseline::{Baseline, Model};
use crate::data::{Data, History};
use crate::error::Error;
use crate::fit::{Fit, fit_history};
use crate::smoothing::Innovation;
use crate::spec::Spec;
use crate::step::Grid;
use crate::student::{normal_equivalent, two_sided};
use crate::uncertainty::Uncertainty;

/// Observations below which nothing is called an anomaly.
pub const FEWEST_POINTS: usize = 8;

/// Which way an observation is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Above what was expected.
    Above,
    /// Below.
    Below,
}

impl Direction {
    fn of(residual: f64) -> Self {
        if residual < 0.0 { Self::Below } else { Self::Above }
    }
}

/// How far off an anomaly is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// At or above the threshold.
    Mild,
    /// As rare as 3.5 standard deviations of a normal variable: one in two thousand.
    Severe,
    /// As rare as 5.
    Extreme,
}

impl Severity {
    fn of(z: f64) -> Self {
        match z.abs() {
            size if size >= 5.0 => Self::Extreme,
            size if size >= 3.5 => Self::Severe,
            _ => Self::Mild,
        }
    }
}

/// What is thought of one observation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Seconds since 1970-01-01.
    pub time: i64,
    /// Observed.
    pub value: f64,
    /// What the other observations (those before it, for a model that steps ahead) say it would be.
    pub expected: f64,
    /// `value − expected`.
    pub residual: f64,
    /// Signed; the standard normal value as rare as the residual, so that a threshold means the same
    /// however short the series is. `None` where nothing precedes the observation.
    pub z: Option<f64>,
    /// Probability of a residual at least as large, either way, if the model holds.
    pub p_value: Option<f64>,
    /// Whether |z| reaches the threshold.
    pub is_anomaly: bool,
    /// Which way.
    pub direction: Direction,
    /// How far, for an anomaly.
    pub severity: Option<Severity>,
}

/// A residual as if the observation had not been seen, and its variance in units of the noise's.
#[derive(Debug, Clone, Copy)]
struct Deleted {
    residual: f64,
    variance: f64,
    /// What it adds to the sum of squares that the variance of the noise is estimated from.
    square: f64,
    /// Whether the observation took part in the fit.
    is_fitted: bool,
}

impl Deleted {
    fn standardized(self) -> f64 {
        self.residual / self.variance.sqrt()
    }
}

/// Judges a series by Prophet's model: each observation against the fit to the others.
///
/// Where some are anomalies the model is fitted again without them and everything judged by that, so
/// that one bad week neither hides another nor discredits its neighbours.
///
/// `fit` is of the rows but for those `left_out`.
pub(crate) fn by_prophet(
    history: &History,
    left_out: &[usize],
    fit: &Fit,
    threshold: f64,
    interrupt: &Interrupt,
) -> Result<Vec<Judgement>, Error> {
    let data = history.data();
    let judged = |fit: &Fit, left_out: &[usize]| -> Result<Vec<Judgement>, Error> {
        let rest = history.without(left_out);
        let fitted: Vec<usize> = (0..data.rows.n()).filter(|i| !left_out.contains(i)).collect();
        let (deleted, parameters) = deleted(fit, &rest.data(), &data, &fitted)?;
        let mut judged = judge(&data, &deleted, parameters, threshold);
        if fitted.len() < FEW_POINTS {
            confirm(&mut judged, (history, left_out), &fit.spec, threshold, interrupt);
        }
        Ok(judged)
    };
    let first = judged(fit, left_out)?;
    let is_suspect = |i: &usize| first[*i].is_anomaly || left_out.contains(i);
    let suspects: Vec<usize> = (0..first.len()).filter(is_suspect).collect();
    let kept = first.len() - suspects.len();
    if suspects.len() == left_out.len() || kept < FEWEST_POINTS {
        return Ok(first);
    }
    // A change point given at an end that is left out: the first fit still stands.
    let rest = history.without(&suspects);
    match fit_history(&rest.data(), &fit.spec, &mut interrupt.clone()) {
        Ok(refit) if !interrupt.is_raised() => judged(&refit, &suspects),
        _ => Ok(first),
    }
}

/// Points below which an anomaly has to be one for a fit that has not seen it, too.
const FEW_POINTS: usize = 16;

/// Judges the anomalies of few points by fits to the others, where those think less of them: of few points each has a
/// say in which changes of the slope the curve has, and its deleted residual by the hat matrix knows nothing of that.
/// The largest comes first, and one that stands is left out for the next ones.
fn confirm(
    judged: &mut [Judgement],
    (history, left_out): (&History, &[usize]),
    spec: &Spec,
    threshold: f64,
    interrupt: &Interrupt,
) {
    let size = |row: &usize| judged[*row].z.map_or(0.0, f64::abs);
    let mut rows: Vec<usize> = (0..judged.len())
        .filter(|row| judged[*row].is_anomaly && !left_out.contains(row))
        .collect();
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut unseen = left_out.to_vec();
    for row in rows {
        unseen.push(row);
        let found = score_unseen(history, (&unseen, row), spec, interrupt);
        // A fit that was cut short says nothing.
        if interrupt.is_raised() {
            return;
        }
        // A change point given at the end that is left out: what was thought of it stands.
        if let Some(found) = found {
            judged[row] = judged[row].at_most(found, threshold);
        }
        let has_enough = judged.len() - unseen.len() >= FEWEST_POINTS;
        if !(judged[row].is_anomaly && has_enough) {
            unseen.pop();
        }
    }
}

/// The residual of a row from the fit to all but `unseen`, the normal value as rare, and its two-sided probability.
fn score_unseen(
    history: &History,
    (unseen, row): (&[usize], usize),
    spec: &Spec,
    interrupt: &Interrupt,
) -> Option<(f64, f64, f64)> {
    let rest = history.without(unseen);
    let fit = fit_history(&rest.data(), spec, &mut interrupt.clone()).ok()?;
    let known = Uncertainty::new(&fit, &rest.data()).ok()?;
    let problem = fit.layout.problem(&history.part(row, row + 1), spec).ok()?;
    let residual = *problem.residuals(&problem.curve(&fit.theta())).first()?;
    let (z, p_value) = known.score(&problem, residual)?;
    Some((residual * fit.layout.y_scale, z, p_value))
}

impl Judgement {
    /// The same, or what another fit found where that is less.
    fn at_most(self, (residual, z, p_value): (f64, f64, f64), threshold: f64) -> Self {
        if self.z.is_some_and(|known| known.abs() <= z.abs()) {
            return self;
        }
        let is_anomaly = z.abs() >= threshold;
        Self {
            expected: self.value - residual,
            residual,
            z: Some(z),
            p_value: Some(p_value),
            is_anomaly,
            direction: Direction::of(residual),
            severity: is_anomaly.then(|| Severity::of(z)),
            ..self
        }
    }
}

/// Rows that no model of the rest would have come near to, and that the next observation speaks against: extreme
/// by Prophet's model `fit` and by exponential smoothing, and gone by more than half at once. What stays is a
/// new level.
pub(crate) fn wild_points(
    history: &History,
    grid: &Grid,
    cycle: Option<usize>,
    fit: &Fit,
    interrupt: &Interrupt,
) -> Option<Vec<usize>> {
    /// As rare as this many standard deviations of a normal variable.
    const WILD: f64 = 5.0;
    let data = history.data();
    if data.rows.n() < FEWEST_POINTS {
        return None;
    }
    let of_prophet = by_prophet(history, &[], fit, WILD, interrupt).ok()?;
    if of_prophet.iter().all(|judgement| !judgement.is_anomaly) {
        return None;
    }
    let of = (Model::DampedTrend, cycle);
    let (_, of_smoothing) = by_baseline(&data, grid, of, WILD, interrupt)?;
    let is_gone = |row: usize, judged: &[Judgement]| {
        let Judgement { expected, residual, .. } = judged[row];
        data.y.get(row + 1).is_some_and(|next| (next - expected).abs() < 0.5 * residual.abs())
    };
    let is_wild = |row: &usize| {
        [&of_prophet, &of_smoothing]
            .into_iter()
            .all(|judged| judged[*row].is_anomaly && is_gone(*row, judged))
    };
    let wild: Vec<usize> = (0..data.rows.n()).filter(is_wild).collect();
    // Where that many are wild, wildness is what the series is like.
    (10 * wild.len() <= data.rows.n()).then_some(wild)
}

/// Judges a series by one-step-ahead errors, with the model they are from: it does not follow an
/// observation whose successors speak against it, so that the return after a bad week is not called
/// one, too. `None` where the series is too short for the model.
pub(crate) fn by_baseline(
    data: &Data<'_>,
    grid: &Grid,
    (model, cycle): (Model, Option<usize>),
    threshold: f64,
    interrupt: &Interrupt,
) -> Option<(Baseline, Vec<Judgement>)> {
    /// Observations tried at most: each is a fit.
    const MOST_TRIED: usize = 20;
    let judged = |grid: &Grid| {
        let baseline = Baseline::new(model, grid, cycle)?;
        let judgements = by_errors(data, grid, &baseline, threshold);
        Some((baseline, judgements))
    };
    let mut grid = grid.clone();
    let mut best = judged(&grid)?;
    let suspects: Vec<usize> = (0..best.1.len()).filter(|&i| best.1[i].is_anomaly).collect();
    for row in suspects.into_iter().take(MOST_TRIED) {
        let others = |found: &[Judgement]| {
            found.iter().enumerate().filter(|(i, j)| *i != row && j.is_anomaly).count()
        };
        if interrupt.is_raised() {
            break;
        }
        if !best.1[row].is_anomaly || others(&best.1) == 0 {
            continue;
        }
        let without = grid.masking(row);
        // A change of level, by contrast, is confirmed by what follows: it stays.
        if let Some(candidate) = judged(&without).filter(|c| others(&c.1) < others(&best.1)) {
            (grid, best) = (without, candidate);
        }
    }
    Some(best)
}

fn by_errors(data: &Data<'_>, grid: &Grid, baseline: &Baseline, threshold: f64) -> Vec<Judgement> {
    // What is left of an error to compare, once the observation has had its say in the fit.
    const LEAST_LEFT: f64 = 0.05;
    let (leverages, parameters) = baseline.leverages(grid);
    let left = |row: usize| (1.0 - leverages[row]).max(1e-6);
    let of_error = |(row, error): (usize, &Option<Innovation>)| match *error {
        Some(e) => {
            let size = e.standardized();
            let (residual, variance) = (e.error, e.variance * left(row));
            Deleted { residual, variance, square: size * size, is_fitted: grid.is_followed(row) }
        }
        None => Deleted { residual: 0.0, variance: 1.0, square: 0.0, is_fitted: false },
    };
    let deleted: Vec<Deleted> = baseline.errors.iter().enumerate().map(of_error).collect();
    let mut judged = judge(data, &deleted, parameters, threshold);
    for (row, (judgement, error)) in judged.iter_mut().zip(&baseline.errors).enumerate() {
        if error.is_none() || left(row) < LEAST_LEFT {
            judgement.z = None;
            judgement.p_value = None;
            judgement.is_anomaly = false;
            judgement.severity = None;
        }
    }
    judged
}

/// Residuals of `data` from a fit to its rows `fitted`, each as if its own row had not been fitted, with
/// the number of parameters the fit used up: hat matrix A(AᵀA + σ²D)⁻¹Aᵀ over the coefficients that
/// are not at a kink.
fn deleted(
    fit: &Fit,
    fitted_data: &Data<'_>,
    data: &Data<'_>,
    fitted: &[usize],
) -> Result<(Vec<Deleted>, f64), Error> {
    let known = Uncertainty::new(fit, fitted_data)?;
    let all = fit.layout.problem(data, &fit.spec)?;
    let theta = fit.theta();
    let residuals = all.residuals(&all.curve(&theta));
    let scale = fit.layout.y_scale;
    let rows = known.of(&all).into_iter().zip(residuals).enumerate();
    let deleted = rows.map(|(row, (leverage, ordinary))| {
        let is_fitted = fitted.contains(&row);
        let (residual, variance) = if is_fitted {
            // A row that determines its own fit says nothing.
            let left = (1.0 - leverage).max(1e-6);
            (ordinary / left, 1.0 / left)
        } else {
            (ordinary, 1.0 + leverage)
        };
        // The ordinary residual of a fitted row: its deleted one is longer by 1/(1 − h).
        let square = (ordinary * scale) * (ordinary * scale);
        Deleted { residual: residual * scale, variance, square, is_fitted }
    });
    Ok((deleted.collect(), known.parameters))
}

/// Scales the residuals by the spread of the others and compares them with Student's t.
///
/// The spread is that of the residuals within reach of their median absolute value: a single large one,
/// or several, do not widen it. Its own observation is left out of it, as in externally studentised
/// residuals, which have a t distribution exactly.
fn judge(data: &Data<'_>, deleted: &[Deleted], parameters: f64, threshold: f64) -> Vec<Judgement> {
    let spread = Spread::new(deleted, parameters, rounding(data.y));
    let rows = data.rows.time.iter().zip(data.y).zip(deleted);
    rows.map(|((&time, &value), d)| {
        let scored = spread.as_ref().and_then(|s| s.score(d));
        let z = scored.map(|s| s.0);
        let is_anomaly = z.is_some_and(|z| z.abs() >= threshold);
        let severity = z.filter(|_| is_anomaly).map(Severity::of);
        Judgement {
            time,
            value,
            expected: value - d.residual,
            residual: d.residual,
            z,
            p_value: scored.map(|s| s.1),
            is_anomaly,
            direction: Direction::of(d.residual),
            severity,
        }
    })
    .collect()
}

/// Size of a residual that may be nothing but the rounding of the values' own sums and means.
fn rounding(y: &[f64]) -> f64 {
    const SHARE: f64 = 1e-13;
    SHARE * y.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()))
}

/// Spread of the noise without its extremes.
struct Spread {
    reach: f64,
    /// Residuals up to this size are 0.
    rounding: f64,
    /// Sum of squares over the kept rows.
    squares: f64,
    kept: f64,
    parameters: f64,
}

/// Residuals past this many robust standard deviations do not count for the spread: one in 370 of normal
/// ones at three.
const REACH: f64 = 3.0;

impl Spread {
    fn new(deleted: &[Deleted], parameters: f64, rounding: f64) -> Option<Self> {
        const MAD_OF_NORMAL: f64 = 0.674_489_750_196_081_7;
        let fitted = || deleted.iter().filter(|d| d.is_fitted);
        let n = fitted().count();
        if n < FEWEST_POINTS {
            return None;
        }
        let mut sizes: Vec<f64> = fitted().map(|d| d.standardized().abs()).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let median = quantile(&sizes, 0.5)?;
        // A median of few residuals is uncertain, and of many parameters too small.
        let left = (n as f64 - parameters).max(1.0);
        let reach = ((REACH + 12.0 / left) * median / MAD_OF_NORMAL).max(rounding);
        let inside = || fitted().filter(|d| d.standardized().abs() <= reach);
        let squares = inside().map(|d| d.square).sum();
        let kept = inside().count() as f64;
        Some(Self { reach, rounding, squares, kept, parameters })
    }

    /// Normal equivalent and two-sided probability. Where the others do not vary at all, any residual is
    /// as rare as can be said.
    fn score(&self, d: &Deleted) -> Option<(f64, f64)> {
        let size = d.standardized();
        let is_kept = d.is_fitted && size.abs() <= self.reach;
        let own = if is_kept { size * size } else { 0.0 };
        let df = self.kept - self.parameters - f64::from(u8::from(is_kept));
        if df < 1.0 {
            return None;
        }
        if d.residual.abs() <= self.rounding {
            return Some((0.0, 1.0));
        }
        let variance = (self.squares - own).max(0.0) / df;
        let t = if variance > 0.0 { size / variance.sqrt() } else { f64::INFINITY.copysign(size) };
        Some((normal_equivalent(t, df), two_sided(t, df)))
    }
}
