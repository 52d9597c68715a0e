//! From data and a specification to a model of accelerated failure times.

use seedtest_numerics::{Cholesky, Ending, Interrupt, Observer, Optimum, exp, normal_cdf};
use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::likelihood::Likelihood;
use super::result::{Fit, Parameter};
use crate::clusters::{counted, summed};
use crate::cox;
use crate::data::Data;
use crate::error::Error;
use crate::linear_map::LinearMap;
use crate::parametric_verdict::{search, verdict};
use crate::sandwich::sandwich;
use crate::separation::{collapsed, penalized, penalty};
use crate::standard::without_constant;
use crate::warning::Warning;

/// What to fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The distribution.
    pub distribution: Distribution,
    /// Most iterations, at least 1.
    pub max_iter: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self { distribution: Distribution::Weibull, max_iter: 100 }
    }
}

/// Fits ln T = xβ + σ W by maximum likelihood (Kalbfleisch & Prentice 2002, ch. 3), with an intercept.
///
/// Constant and collinear covariates are left out with a warning. Where the likelihood has no maximum, a
/// ridge penalty is applied with a warning. With clusters, or weights that are no counts of rows, the
/// covariance is the sandwich (White 1982). Start times and strata are not supported.
pub fn fit(data: &Data<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    validate(data, spec)?;
    let (standard, mut warnings) = without_constant(data);
    let all = Likelihood::new(data, spec.distribution, standard.columns, &observer.closing());
    let likelihood = without_collinear(all, &mut warnings)?;
    let (optimum, ridge) = climb(&likelihood, spec, &mut warnings, observer)?;
    let summed = summed(data);
    let squares = summed
        .as_ref()
        .map(|(of_row, n)| likelihood.squared_scores(&optimum.parameters, of_row, *n));
    let (estimates, model_covariance) = in_units(&likelihood, &optimum, None);
    let robust = squares.map(|squares| in_units(&likelihood, &optimum, Some(&squares)).1);
    let (covariance, model_covariance) = match robust {
        Some(robust) => (robust, Some(model_covariance)),
        None => (model_covariance, None),
    };
    let (n_clusters, few) = counted(data, likelihood.columns.len());
    warnings.extend(few);
    let q = estimates.len();
    let scale = if spec.distribution.has_scale() { exp(estimates[q - 1]) } else { 1.0 };
    let penalty = penalty(&optimum.parameters[likelihood.coefficients()], ridge);
    Ok(Fit {
        spec: spec.clone(),
        parameters: named(data, &likelihood, &estimates, &covariance),
        covariance,
        model_covariance,
        scale,
        log_likelihood: optimum.at.value + penalty,
        log_likelihood_null: without_covariates(data, spec, &observer.interrupt()),
        ridge,
        n: data.n(),
        n_events: data.n_events(),
        n_clusters,
        robust: summed.is_some(),
        warnings,
        verdict: verdict(&optimum),
    })
}

/// The maximum and the penalty it took. A covariate of which all events have one value and the
/// censored rows values on one side of it sends its coefficient to infinity; then all coefficients get
/// the penalty that Cox regression gives them.
fn climb(
    likelihood: &Likelihood<'_>,
    spec: &Spec,
    warnings: &mut Vec<Warning>,
    observer: &mut dyn Observer,
) -> Result<(Optimum, f64), Error> {
    let coefficients = likelihood.coefficients();
    let start = likelihood.start();
    let mut maximum = |ridge: f64| {
        let mut derivatives = |parameters: &[f64]| {
            let at = likelihood.derivatives(parameters)?;
            Some(penalized(at, coefficients.clone(), parameters, ridge))
        };
        let at_start = derivatives(&start).ok_or_else(|| likelihood.nothing())?;
        let search = search(spec.max_iter);
        let found = search.maximize(start.clone(), at_start.clone(), &mut derivatives, observer);
        Ok::<_, Error>((at_start, found))
    };
    let (at_start, plain) = maximum(0.0)?;
    let separating = collapsed(&at_start, &plain.at, coefficients.clone());
    if separating.is_empty() {
        return Ok((plain, 0.0));
    }
    let column = |at: usize| likelihood.columns[at - 1].index;
    let name = |at: usize| likelihood.data.covariates[column(at)].name.to_owned();
    let ridge = cox::Spec::RESCUE_RIDGE;
    warnings.push(Warning::Separation { covariates: separating.into_iter().map(name).collect() });
    warnings.push(Warning::RidgeApplied { ridge });
    Ok((maximum(ridge)?.1, ridge))
}

/// Log-likelihood of the fit that knows no covariate; `None` where it was not found in time.
fn without_covariates(data: &Data<'_>, spec: &Spec, interrupt: &Interrupt) -> Option<f64> {
    let likelihood = Likelihood::new(data, spec.distribution, Vec::new(), interrupt);
    let mut derivatives = |parameters: &[f64]| likelihood.derivatives(parameters);
    let start = likelihood.start();
    let at_start = derivatives(&start)?;
    let found =
        search(spec.max_iter).maximize(start, at_start, &mut derivatives, &mut interrupt.clone());
    (found.ending == Ending::Converged).then_some(found.at.value)
}

fn validate(data: &Data<'_>, spec: &Spec) -> Result<(), Error> {
    data.validate()?;
    if data.n_events() == 0 {
        return Err(Error::NoEvents { rows: data.n() });
    }
    let what = "a model of accelerated failure times";
    for (with, present) in
        [("start times", data.start.is_some()), ("strata", data.strata.is_some())]
    {
        if present {
            return Err(Error::Unsupported { what, with });
        }
    }
    if let Some(row) = data.stop.iter().position(|&t| t <= 0.0) {
        return Err(Error::Time { row, field: "stop", value: data.stop[row] });
    }
    if spec.max_iter == 0 {
        return Err(Error::Spec { field: "max_iter", value: 0.0, required: "at least 1" });
    }
    Ok(())
}

/// Leaves out covariates that are linear combinations of those before them.
fn without_collinear<'a>(
    mut likelihood: Likelihood<'a>,
    warnings: &mut Vec<Warning>,
) -> Result<Likelihood<'a>, Error> {
    let at_start =
        likelihood.derivatives(&likelihood.start()).ok_or_else(|| likelihood.nothing())?;
    // The corner of the information that belongs to intercept and covariates.
    let (q, p) = (at_start.gradient.len(), likelihood.columns.len() + 1);
    let corner: Vec<f64> = (0..p * p).map(|at| at_start.information[at / p * q + at % p]).collect();
    let factor = Cholesky::new(corner.clone(), p);
    let dropped = factor.dropped().to_vec();
    if dropped.is_empty() {
        return Ok(likelihood);
    }
    for &d in &dropped {
        let mut combination: Vec<f64> = (0..p).map(|k| corner[d.max(k) * p + d.min(k)]).collect();
        factor.solve(&mut combination);
        let name =
            |j: usize| likelihood.data.covariates[likelihood.columns[j - 1].index].name.to_owned();
        let sd = |j: usize| likelihood.columns[j - 1].sd;
        let visible = (1..p).filter(|&k| combination[k].abs() > 1e-6);
        let combination = visible.map(|k| (name(k), combination[k] * sd(d) / sd(k))).collect();
        warnings.push(Warning::Collinear { covariate: name(d), combination });
    }
    let mut at = 0;
    likelihood.columns.retain(|_| {
        at += 1;
        !dropped.contains(&at)
    });
    Ok(likelihood)
}

/// Estimates and covariance in the units of the covariates; that of the sandwich where there are squared
/// scores.
fn in_units(
    likelihood: &Likelihood<'_>,
    optimum: &Optimum,
    squares: Option<&[f64]>,
) -> (Vec<f64>, Vec<f64>) {
    let mut map = LinearMap::identity(optimum.parameters.len());
    for (at, column) in (1..).zip(&likelihood.columns) {
        map.set(at, at, 1.0 / column.sd);
        map.set(0, at, -column.mean / column.sd);
    }
    let inverse = optimum.at.factor(0.0).inverse();
    let q = optimum.parameters.len();
    let inverse = squares.map_or(inverse.clone(), |squares| sandwich(&inverse, squares, q));
    (map.apply(&optimum.parameters), map.covariance(&inverse))
}

fn named(
    data: &Data<'_>,
    likelihood: &Likelihood<'_>,
    estimates: &[f64],
    covariance: &[f64],
) -> Vec<Parameter> {
    let q = estimates.len();
    let parameter = |name: &str, at: Option<usize>| {
        let estimate = at.map(|at| estimates[at]);
        let se = at.map(|at| covariance[at * q + at].sqrt());
        let z = estimate.zip(se).map(|(e, s)| e / s);
        let p = z.map(|z| 2.0 * normal_cdf(-z.abs()));
        Parameter { name: name.to_owned(), estimate, se, z, p }
    };
    let position = |index: usize| likelihood.columns.iter().position(|c| c.index == index);
    let covariates = data.covariates.iter().enumerate();
    let covariates =
        covariates.map(|(index, c)| parameter(c.name, position(index).map(|at| at + 1)));
    let scale = likelihood.distribution.has_scale().then(|| parameter("Log(scale)", Some(q - 1)));
    std::iter::once(parameter("(Intercept)", Some(0))).chain(covariates).chain(scale).collect()
}
