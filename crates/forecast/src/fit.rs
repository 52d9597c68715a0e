//! Fitting Prophet's model.

use serde::{Deserialize, Serialize};

use seedtest_numerics::{Loading, Observer, Status, Verdict, ln};

use crate::data::{Data, History};
use crate::error::Error;
use crate::layout::Layout;
use crate::optimum::{Ending, LEAST_VARIANCE, Optimum, optimum};
use crate::problem::{FIRST_CHANGE, Problem};
use crate::spec::{Growth, Spec};

/// Points a line with noise around it takes.
const FEWEST: usize = 3;

/// A fitted model. Slope, offset and effects are on the scaled series: time 0..1 over the history,
/// values divided by `layout.y_scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was fitted.
    pub spec: Spec,
    /// Scales, change points and components.
    pub layout: Layout,
    /// Observed rows.
    pub n_obs: usize,
    /// Slope before the first change.
    pub k: f64,
    /// Offset.
    pub m: f64,
    /// Change of the slope at each change point; many are exactly 0.
    pub delta: Vec<f64>,
    /// Effects of the features, in the order seasonalities, holidays, regressors.
    pub beta: Vec<f64>,
    /// Standard deviation of the noise.
    pub sigma_obs: f64,
    /// −ln of the posterior density at the mode but for a constant: what Stan's optimiser minimises.
    pub objective: f64,
    /// Root mean squared error within the sample, in the unit of the series.
    pub rmse: f64,
    /// Mean absolute error within the sample.
    pub mae: f64,
    /// Whether the numbers can be used.
    pub verdict: Verdict,
}

/// Fits Prophet's model: the mode of its posterior, as its Python package does, but exactly.
///
/// Changes of the slope that the data do not ask for come out as exactly 0. The result depends on the
/// rows only, not on their order. The observer sees every step and can stop the fit, which then has a
/// truncated verdict.
pub fn fit(data: &Data<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    let history = History::new(data)?;
    fit_history(&history.data(), spec, observer)
}

/// The same for rows already checked and in the order of time.
pub(crate) fn fit_history(
    data: &Data<'_>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fit, Error> {
    let n = data.rows.n();
    if n < FEWEST {
        return Err(Error::TooFew { points: n, required: FEWEST });
    }
    let layout = Layout::new(data, spec)?;
    let problem = layout.problem(data, spec)?;
    let start = start(&problem);
    let is_constant = problem.y.iter().all(|y| *y == problem.y[0]);
    let optimum = if is_constant && spec.growth != Growth::Logistic {
        constant(&problem)
    } else {
        optimum(&problem, start, spec.max_iter, observer)
    };
    Ok(result(spec, layout, &problem, &optimum))
}

/// Prophet's start: a line through the first and the last point.
fn start(problem: &Problem) -> Vec<f64> {
    let mut theta = vec![0.0; problem.p()];
    let last = problem.n() - 1;
    let (first, end) = (problem.y[0], problem.y[last]);
    let (k, m) = match problem.growth {
        Growth::Flat => (0.0, problem.y.iter().sum::<f64>() / problem.n() as f64),
        Growth::Linear => (end - first, first),
        Growth::Logistic => {
            let odds = |y: f64, cap: f64| {
                let share = (y / cap).clamp(0.01, 0.99);
                ln(share) - ln(1.0 - share)
            };
            let (z0, z1) = (odds(first, problem.cap[0]), odds(end, problem.cap[last]));
            // Offset and slope of a flat curve would be 0/0: take it a little off.
            let k = if (z1 - z0).abs() < 0.05 { 0.05 } else { z1 - z0 };
            (k, -z0 / k)
        }
    };
    theta[..FIRST_CHANGE].copy_from_slice(&[k, m]);
    theta
}

/// A series of one value: nothing to optimise, no noise to estimate.
fn constant(problem: &Problem) -> Optimum {
    let mut theta = vec![0.0; problem.p()];
    theta[1] = problem.y[0];
    let objective = problem.objective(&theta, LEAST_VARIANCE);
    // Nothing is wrong with it: there is no noise to be found.
    let ending = Ending::Converged;
    let variance = LEAST_VARIANCE;
    Optimum { theta, variance, objective, max_gradient: 0.0, iterations: 0, ending }
}

fn result(spec: &Spec, layout: Layout, problem: &Problem, optimum: &Optimum) -> Fit {
    let theta = &optimum.theta;
    let residuals = problem.residuals(&problem.curve(theta));
    let n = problem.n() as f64;
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    let sizes: f64 = residuals.iter().map(|r| r.abs()).sum();
    Fit {
        spec: spec.clone(),
        n_obs: problem.n(),
        k: theta[0],
        m: theta[1],
        delta: theta[FIRST_CHANGE..problem.first_effect()].to_vec(),
        beta: theta[problem.first_effect()..].to_vec(),
        sigma_obs: optimum.variance.sqrt(),
        objective: optimum.objective,
        rmse: (squares / n).sqrt() * layout.y_scale,
        mae: sizes / n * layout.y_scale,
        verdict: verdict(optimum),
        layout,
    }
}

fn verdict(optimum: &Optimum) -> Verdict {
    let truncated = |reason: &str| Status::Truncated { reason: reason.to_string() };
    let (status, next) = match optimum.ending {
        Ending::Converged => (Status::Converged, None),
        Ending::NoNoise => {
            let sigma = Loading { parameter: "sigma_obs".to_string(), weight: 1.0 };
            let next = "the curve runs through every point: use fewer change points and seasonalities, or a constant";
            (Status::Singular { direction: vec![sigma] }, Some(next))
        }
        Ending::Iterations => (truncated("iterations"), Some("raise `max_iter`")),
        Ending::Stopped => (truncated("stopped"), Some("raise `max_seconds`")),
    };
    Verdict {
        status,
        iterations: u64::from(optimum.iterations),
        objective: -optimum.objective,
        max_gradient: Some(optimum.max_gradient),
        condition_number: None,
        next_action: next.map(str::to_string),
    }
}

impl Fit {
    /// All coefficients in one: slope, offset, changes, effects.
    pub(crate) fn theta(&self) -> Vec<f64> {
        let mut theta = vec![self.k, self.m];
        theta.extend(&self.delta);
        theta.extend(&self.beta);
        theta
    }
}
