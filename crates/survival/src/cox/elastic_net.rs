//! Paths of penalised coefficients.

use rayon::prelude::*;
use seedtest_numerics::{
    Control, Derivatives, Interrupt, LogLikelihood, Observer, Progress, exp, ln, max_abs,
};
use serde::{Deserialize, Serialize};

use super::fit::{likelihood, prepare};
use super::likelihood::Likelihood;
use super::spec::Spec;
use super::ties::Ties;
use crate::data::Data;
use crate::error::Error;
use crate::folds::{folds, split};
use crate::warning::Warning;

const MOST_STEPS: u32 = 100;
const MOST_SWEEPS: u32 = 100_000;
/// Converged when no coefficient moves by more than this many standard deviations of its covariate.
const SMALLEST_MOVE: f64 = 1e-9;

/// What path to compute. The criterion is ℓ(β)/n − λ Σ [α |βⱼsⱼ| + ½ (1 − α) (βⱼsⱼ)²], with n the total
/// weight and sⱼ the standard deviation of covariate j (divisor n), as in glmnet (Simon, Friedman,
/// Hastie & Tibshirani 2011).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathSpec {
    /// Breslow or Efron.
    pub ties: Ties,
    /// 1 = lasso, 0 = ridge, between = elastic net.
    pub alpha: f64,
    /// Penalties, decreasing. `None` = `n_lambda` of them, evenly spaced on the log scale from the
    /// smallest for which all coefficients are zero (for α below 0.001 as if it were 0.001).
    pub lambda: Option<Vec<f64>>,
    /// Number of penalties, at least 1.
    pub n_lambda: usize,
    /// Smallest over largest penalty, between 0 and 1.
    pub lambda_ratio: f64,
    /// Folds of the cross-validation; `None` = no cross-validation. Rows of one cluster stay
    /// together.
    pub folds: Option<usize>,
    /// Seed of the division into folds.
    pub seed: u64,
}

impl Default for PathSpec {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            alpha: 1.0,
            lambda: None,
            n_lambda: 100,
            lambda_ratio: 1e-4,
            folds: Some(10),
            seed: 0,
        }
    }
}

/// Coefficients along a path of penalties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// Names of the covariates.
    pub names: Vec<String>,
    /// One entry for every penalty, the largest first.
    pub points: Vec<PathPoint>,
    /// Cross-validation; `None` when not asked for.
    pub cross_validation: Option<PathValidation>,
    /// What to know about the data.
    pub warnings: Vec<Warning>,
    /// Whether the observer stopped the path early; `points` are then those finished.
    pub truncated: bool,
}

/// Coefficients under one penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    /// The penalty.
    pub lambda: f64,
    /// Coefficients in the units of the covariates; 0 for covariates that are penalised away or
    /// carry no information of their own.
    pub coefficients: Vec<f64>,
    /// Log partial likelihood without the penalty.
    pub log_likelihood: f64,
    /// Whether the steps ended because nothing moved any more.
    pub converged: bool,
}

/// How well every penalty predicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathValidation {
    /// Partial-likelihood deviance per event left out (Verweij & van Houwelingen 1993), one per
    /// penalty.
    pub deviance: Vec<f64>,
    /// Its standard error over the folds.
    pub deviance_se: Vec<f64>,
    /// Index of the penalty with the smallest deviance.
    pub best: usize,
    /// Index of the largest penalty within one standard error of the best.
    pub one_se: usize,
}

impl PathSpec {
    fn validate(&self) -> Result<(), Error> {
        let check = |field, value: f64, valid: bool, required| {
            if valid { Ok(()) } else { Err(Error::Spec { field, value, required }) }
        };
        let share = (0.0..=1.0).contains(&self.alpha);
        check("alpha", self.alpha, share, "between 0 and 1")?;
        let ratio = self.lambda_ratio;
        check("lambda_ratio", ratio, ratio > 0.0 && ratio < 1.0, "between 0 and 1")?;
        check("n_lambda", self.n_lambda as f64, self.n_lambda > 0, "at least 1")?;
        if self.ties == Ties::Exact {
            return Err(Error::Unsupported { what: "a penalty path", with: "exact ties" });
        }
        for pair in self.lambda.iter().flat_map(|l| l.windows(2)) {
            check("lambda", pair[1], pair[1] < pair[0], "decreasing")?;
        }
        for &lambda in self.lambda.iter().flatten() {
            check("lambda", lambda, lambda.is_finite() && lambda >= 0.0, "at least 0")?;
        }
        Ok(())
    }
}

/// Fits a path of penalties by proximal Newton steps with coordinate descent, and cross-validates it
/// by groups of rows (the clusters of the data, or single rows).
pub fn elastic_net(
    data: &Data<'_>,
    spec: &PathSpec,
    observer: &mut dyn Observer,
) -> Result<Path, Error> {
    spec.validate()?;
    let model = Spec { ties: spec.ties, ..Spec::default() };
    let interrupt = observer.closing();
    let (prepared, panel) = prepare(data, &model, &interrupt)?;
    let scale = Scale::new(data);
    let lambda = match &spec.lambda {
        Some(lambda) => lambda.clone(),
        None => scale.grid(&prepared.at_zero.gradient, spec),
    };
    let mut likelihood = likelihood(spec.ties, &prepared.sets, &panel, &interrupt);
    let alpha = spec.alpha;
    let mut walk =
        Walk { likelihood: &mut likelihood, scale: &scale, alpha, interrupt: &interrupt };
    let (points, mut truncated) = walk.run(&prepared.at_zero, &lambda, observer);
    let in_units = |end: &End, lambda: f64| {
        let mut coefficients = vec![0.0; data.covariates.len()];
        for (c, b) in prepared.standard.columns.iter().zip(&end.beta) {
            coefficients[c.index] = b / c.sd;
        }
        let End { log_likelihood, converged, .. } = *end;
        PathPoint { lambda, coefficients, log_likelihood, converged }
    };
    let points: Vec<PathPoint> =
        points.iter().zip(&lambda).map(|(point, &lambda)| in_units(point, lambda)).collect();
    let cross_validation = match spec.folds {
        Some(k) if !truncated => match cross_validate(data, spec, k, &points, &interrupt) {
            Err(Error::Interrupted(_)) => {
                truncated = true;
                None
            }
            validated => Some(validated?),
        },
        _ => None,
    };
    Ok(Path {
        names: data.covariates.iter().map(|c| c.name.to_owned()).collect(),
        points,
        cross_validation,
        warnings: prepared.warnings,
        truncated,
    })
}

/// From the standard deviations inside the fit (divisor n − 1) to those of the penalty.
struct Scale {
    /// Total weight.
    n: f64,
    /// Penalty sd over the fit's sd.
    ratio: f64,
}

impl Scale {
    fn new(data: &Data<'_>) -> Self {
        let rows = data.n() as f64;
        let n = data.weights.map_or(rows, |w| w.iter().sum());
        Self { n, ratio: ((rows - 1.0) / rows).sqrt() }
    }

    /// Penalties from the smallest that makes all coefficients zero downward.
    fn grid(&self, gradient: &[f64], spec: &PathSpec) -> Vec<f64> {
        let largest = max_abs(gradient) / (self.n * self.ratio * spec.alpha.max(1e-3));
        let step = ln(spec.lambda_ratio) / (spec.n_lambda.max(2) - 1) as f64;
        (0..spec.n_lambda).map(|i| largest * exp(step * i as f64)).collect()
    }
}

/// Where the steps for one penalty ended.
struct End {
    beta: Vec<f64>,
    log_likelihood: f64,
    converged: bool,
}

struct Walk<'s, 'p, 'b> {
    likelihood: &'b mut Likelihood<'s, 'p>,
    scale: &'b Scale,
    alpha: f64,
    interrupt: &'b Interrupt,
}

impl Walk<'_, '_, '_> {
    /// Coefficients and log-likelihood for every penalty, each started from the one before.
    fn run(
        &mut self,
        at_zero: &Derivatives,
        lambda: &[f64],
        observer: &mut dyn Observer,
    ) -> (Vec<End>, bool) {
        let mut beta = vec![0.0; at_zero.gradient.len()];
        let mut at = at_zero.clone();
        let mut points = Vec::with_capacity(lambda.len());
        for (i, &lambda) in lambda.iter().enumerate() {
            let converged = self.descend(&mut beta, &mut at, lambda);
            points.push(End { beta: beta.clone(), log_likelihood: at.value, converged });
            let progress = Progress {
                iteration: i as u64 + 1,
                max_iterations: points.capacity() as u64,
                objective: at.value,
                max_gradient: None,
            };
            if observer.progress(&progress) == Control::Stop {
                return (points, true);
            }
        }
        (points, false)
    }

    /// Proximal Newton steps with halving until nothing moves; whether that was reached.
    fn descend(&mut self, beta: &mut Vec<f64>, at: &mut Derivatives, lambda: f64) -> bool {
        let lasso = self.scale.n * self.scale.ratio * lambda * self.alpha;
        let squares = self.scale.ratio * self.scale.ratio;
        let ridge = self.scale.n * squares * lambda * (1.0 - self.alpha);
        let penalty =
            |beta: &[f64]| beta.iter().map(|b| lasso * b.abs() + 0.5 * ridge * b * b).sum::<f64>();
        for _ in 0..MOST_STEPS {
            if self.interrupt.is_raised() {
                return false;
            }
            let target = coordinate_descent(beta, at, lasso, ridge, self.interrupt);
            let step: Vec<f64> = target.iter().zip(beta.iter()).map(|(t, b)| t - b).collect();
            let before = at.value - penalty(beta);
            let mut share = 1.0;
            let accepted = loop {
                let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + share * s).collect();
                let found = self.likelihood.derivatives(&next);
                let slack = 1e-13 * before.abs();
                match found {
                    Some(d) if d.value - penalty(&next) >= before - slack => {
                        break Some((next, d));
                    }
                    _ if share < 1e-6 => break None,
                    _ => share *= 0.5,
                }
            };
            // Rounding hides the ascent that is left when the step is this small.
            let Some((next, derivatives)) = accepted else {
                return max_abs(&step) <= SMALLEST_MOVE.sqrt();
            };
            *beta = next;
            *at = derivatives;
            if max_abs(&step) * share <= SMALLEST_MOVE {
                return true;
            }
        }
        false
    }
}

/// Minimises the quadratic model of the penalised likelihood, one coefficient at a time.
/// An interrupt ends it where it is.
fn coordinate_descent(
    from: &[f64],
    at: &Derivatives,
    lasso: f64,
    ridge: f64,
    interrupt: &Interrupt,
) -> Vec<f64> {
    let p = from.len();
    let information = |j: usize, k: usize| at.information[j.max(k) * p + j.min(k)];
    let mut beta = from.to_vec();
    for _ in 0..MOST_SWEEPS {
        let mut largest: f64 = 0.0;
        for j in 0..p {
            let bent: f64 = (0..p).map(|k| information(j, k) * (from[k] - beta[k])).sum();
            let pull = at.gradient[j] + bent + information(j, j) * beta[j];
            let shrunk = (pull.abs() - lasso).max(0.0).copysign(pull);
            let denominator = information(j, j) + ridge;
            let next = if denominator > 0.0 { shrunk / denominator } else { 0.0 };
            largest = largest.max((next - beta[j]).abs());
            beta[j] = next;
        }
        if largest <= 0.1 * SMALLEST_MOVE || interrupt.is_raised() {
            break;
        }
    }
    beta
}

/// Deviance of the rows left out: that of all rows minus that of the rows fitted.
fn cross_validate(
    data: &Data<'_>,
    spec: &PathSpec,
    k: usize,
    points: &[PathPoint],
    interrupt: &Interrupt,
) -> Result<PathValidation, Error> {
    let own: Vec<u32> = (0..data.n() as u32).collect();
    let fold_of = folds(data.cluster.unwrap_or(&own), k, spec.seed)?;
    let lambda: Vec<f64> = points.iter().map(|p| p.lambda).collect();
    let results: Vec<Result<(f64, Vec<f64>), Error>> = (0..k as u32)
        .into_par_iter()
        .map(|fold| fold_deviance(data, spec, &lambda, &fold_of, fold, interrupt))
        .collect();
    let folds = results.into_iter().collect::<Result<Vec<(f64, Vec<f64>)>, Error>>()?;
    let total: f64 = folds.iter().map(|(events, _)| events).sum();
    let mean = |i: usize| folds.iter().map(|(e, d)| e * d[i]).sum::<f64>() / total;
    let deviance: Vec<f64> = (0..lambda.len()).map(mean).collect();
    let spread = |i: usize| {
        let square = |(e, d): &(f64, Vec<f64>)| e * (d[i] - deviance[i]) * (d[i] - deviance[i]);
        (folds.iter().map(square).sum::<f64>() / total / (k as f64 - 1.0)).sqrt()
    };
    let deviance_se: Vec<f64> = (0..lambda.len()).map(spread).collect();
    let smaller = |a: &usize, b: &usize| deviance[*a].total_cmp(&deviance[*b]);
    let best = (0..lambda.len()).min_by(smaller).unwrap_or(0);
    let within = |i: &usize| deviance[*i] <= deviance[best] + deviance_se[best];
    let one_se = (0..lambda.len()).find(within).unwrap_or(best);
    Ok(PathValidation { deviance, deviance_se, best, one_se })
}

/// Events in a fold and the deviance per event for every penalty.
fn fold_deviance(
    data: &Data<'_>,
    spec: &PathSpec,
    lambda: &[f64],
    fold_of: &[u32],
    fold: u32,
    interrupt: &Interrupt,
) -> Result<(f64, Vec<f64>), Error> {
    let (inside, outside) = split(fold_of, fold);
    let weight_of_events = |rows: &[u32]| {
        let events = rows.iter().filter(|&&row| data.event[row as usize] == 1);
        events.map(|&row| data.weight(row as usize)).sum::<f64>()
    };
    let events = weight_of_events(&inside);
    if events == 0.0 || weight_of_events(&outside) == 0.0 {
        let reason = format!("fold {fold} or its complement has no events");
        return Err(Error::Folds { folds: spec.folds.unwrap_or(0), reason });
    }
    let training = data.subset(&outside);
    let path = PathSpec { lambda: Some(lambda.to_vec()), folds: None, ..spec.clone() };
    let fitted = elastic_net(&training.data(), &path, &mut interrupt.clone())?;
    interrupt.check()?;
    let model = Spec { ties: spec.ties, ..Spec::default() };
    let (prepared, panel) = prepare(data, &model, interrupt)?;
    let mut all = likelihood(spec.ties, &prepared.sets, &panel, interrupt);
    let mut deviances = Vec::with_capacity(lambda.len());
    for point in &fitted.points {
        interrupt.check()?;
        let columns = &prepared.standard.columns;
        let beta: Vec<f64> = columns.iter().map(|c| point.coefficients[c.index] * c.sd).collect();
        let value = all.value(&beta).unwrap_or(f64::NEG_INFINITY);
        deviances.push(-2.0 * (value - point.log_likelihood) / events);
    }
    Ok((events, deviances))
}
