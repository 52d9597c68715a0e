//! A fitted linear mixed model.

use seedtest_formula::Encoder;
use seedtest_numerics::{Loading, Status, Verdict, ln};

use super::problem::{Point, Problem};
use super::spec::Spec;
use crate::boundary::null_directions;
use crate::data::{Data, Group};
use crate::estimates::{Estimate, FixedEffect, Metrics, RandomEffects, VarianceShares, variance};
use crate::found::Found;
use crate::identified::Unidentified;
use crate::newton::{Ending, Minimum};
use crate::system::{conditional_covariances, small};
use crate::template::outer;

/// A fitted linear mixed model.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The formula as given.
    pub formula: String,
    /// Settings of the fit.
    pub spec: Spec,
    /// Fixed effects.
    pub fixed: Vec<FixedEffect>,
    /// Covariance of the fixed effects that have estimates, row-major.
    pub covariance: Vec<f64>,
    /// Names of the relative covariance parameters.
    pub theta_names: Vec<String>,
    /// Relative covariance parameters θ: entries of the factor T of every grouping factor.
    pub theta: Vec<f64>,
    /// Random effects by grouping factor, in order of appearance.
    pub random: Vec<RandomEffects>,
    /// Figures of the fit.
    pub metrics: Metrics,
    /// Fitted values of the rows that took part, random effects included.
    pub fitted: Vec<f64>,
    /// Fitted values of the fixed effects and offsets alone.
    pub fitted_fixed: Vec<f64>,
    /// Response minus fitted values.
    pub residuals: Vec<f64>,
    /// Row of the table of every row that took part.
    pub rows: Vec<u32>,
    /// Derivatives of the criterion along θ at the end.
    pub gradient: Vec<f64>,
    /// Eigenvalues of the criterion's second derivatives along θ, scaled to a unit diagonal.
    pub spectrum: Vec<f64>,
    /// What the fit thinks of itself.
    pub verdict: Verdict,
    /// Codes new data as the fitted ones.
    pub encoder: Encoder,
    pub(crate) problem: Problem,
    pub(crate) point: Point,
    /// θ of the effects searched for, where they are others than those of the data.
    pub(crate) searched: Option<Vec<f64>>,
}

impl Fit {
    pub(crate) fn new(
        data: &Data,
        spec: &Spec,
        problem: Problem,
        found: Found<Point>,
        unidentified: &Unidentified,
    ) -> Self {
        let max_gradient = found.scaled_gradient();
        let Found { minimum, inner } = found;
        let verdict = Verdict {
            max_gradient: Some(max_gradient),
            ..verdict(data, spec, &problem, &minimum, inner.as_ref(), unidentified)
        };
        let spectrum = spectrum(&minimum.hessian, minimum.hessian.len().isqrt());
        let Minimum { x: theta, value, point, gradient, .. } = minimum;
        let degrees = problem.degrees();
        let sigma2 = point.residual / degrees;
        let beta = coefficients(&problem, &point);
        let scaled: Vec<f64> = point.fixed_inverse.iter().map(|v| v * sigma2).collect();
        let covariance = problem.fixed.covariance(&scaled);
        let fixed = fixed_effects(data, &problem.fixed.kept, &beta, &covariance);
        let random = random_effects(data, &problem, &point, &theta, sigma2);
        let fitted_fixed = fixed_part(data, &problem.fixed.kept, &beta);
        let mut fitted = fitted_fixed.clone();
        for (group, random) in data.groups.iter().zip(&random) {
            add_random(group, &random.modes, &mut fitted);
        }
        let residuals = data.response.iter().zip(&fitted).map(|(y, f)| y - f).collect();
        Self {
            formula: data.encoder.formula().to_string(),
            spec: spec.clone(),
            metrics: metrics(&problem, &point, value, theta.len(), beta.len()),
            fixed,
            covariance,
            theta_names: data.groups.iter().flat_map(Group::theta_names).collect(),
            theta,
            random,
            fitted,
            fitted_fixed,
            residuals,
            rows: data.rows.clone(),
            gradient,
            spectrum,
            verdict,
            encoder: data.encoder.clone(),
            problem,
            point,
            searched: inner.map(|inner| inner.x),
        }
    }

    /// Residual standard deviation.
    pub fn sigma(&self) -> f64 {
        self.metrics.sigma
    }

    /// Residuals over their standard deviation.
    pub fn scaled_residuals(&self, data: &Data) -> Vec<f64> {
        let weight = |i: usize| data.weights.as_ref().map_or(1.0, |w| w[i]);
        let scaled = self.residuals.iter().enumerate();
        scaled.map(|(i, r)| r * weight(i).sqrt() / self.sigma()).collect()
    }

    /// Marginal and conditional R² and the intraclass correlations.
    pub fn variance_shares(&self, data: &Data) -> VarianceShares {
        let groups: Vec<(String, f64)> = data
            .groups
            .iter()
            .zip(&self.random)
            .map(|(group, random)| (group.name.clone(), mean_variance(group, &random.covariance)))
            .collect();
        let inverse_weight = match &data.weights {
            None => 1.0,
            Some(w) => w.iter().map(|w| 1.0 / w).sum::<f64>() / w.len() as f64,
        };
        let offset = data.offset.as_deref().unwrap_or(&[]);
        let fixed: Vec<f64> = if offset.is_empty() {
            self.fitted_fixed.clone()
        } else {
            self.fitted_fixed.iter().zip(offset).map(|(f, o)| f - o).collect()
        };
        let residual = self.sigma() * self.sigma() * inverse_weight;
        VarianceShares::new(variance(&fixed), &groups, residual)
    }
}

/// Mean over rows of zᵀGz.
pub(crate) fn mean_variance(group: &Group, covariance: &[f64]) -> f64 {
    let k = group.n_effects();
    let mut sum = 0.0;
    for z in group.values.chunks_exact(k) {
        for i in 0..k {
            for j in 0..k {
                sum += z[i] * covariance[i * k + j] * z[j];
            }
        }
    }
    sum / group.codes.len() as f64
}

/// Coefficients of the columns of X that are kept.
fn coefficients(problem: &Problem, point: &Point) -> Vec<f64> {
    let pairs = problem.least_squares.iter().zip(&point.beta);
    let rotated: Vec<f64> = pairs.map(|(a, b)| a + b).collect();
    problem.fixed.coefficients(&rotated)
}

pub(crate) fn fixed_effects(
    data: &Data,
    kept: &[usize],
    beta: &[f64],
    covariance: &[f64],
) -> Vec<FixedEffect> {
    let p = kept.len();
    let names = data.fixed.names.iter().enumerate();
    names
        .map(|(j, name)| {
            let at = kept.iter().position(|&column| column == j);
            let estimate = at.map(|at| Estimate::new(beta[at], covariance[at * p + at].sqrt()));
            FixedEffect { name: name.clone(), estimate }
        })
        .collect()
}

/// Xβ and offset.
pub(crate) fn fixed_part(data: &Data, kept: &[usize], beta: &[f64]) -> Vec<f64> {
    let mut out = data.offset.clone().unwrap_or_else(|| vec![0.0; data.n()]);
    for (&j, b) in kept.iter().zip(beta) {
        for (out, x) in out.iter_mut().zip(data.fixed.column(j)) {
            *out += b * x;
        }
    }
    out
}

/// Adds the random effects of a group to a linear predictor.
pub(crate) fn add_random(group: &Group, modes: &[f64], out: &mut [f64]) {
    let k = group.n_effects();
    for ((out, &code), z) in out.iter_mut().zip(&group.codes).zip(group.values.chunks_exact(k)) {
        let b = &modes[code as usize * k..][..k];
        *out += z.iter().zip(b).map(|(z, b)| z * b).sum::<f64>();
    }
}

fn random_effects(
    data: &Data,
    problem: &Problem,
    point: &Point,
    theta: &[f64],
    sigma2: f64,
) -> Vec<RandomEffects> {
    let Some(score) = &point.score else { return Vec::new() };
    let factors = problem.by_group(theta);
    let rows = &problem.rows;
    let mut conditional = conditional_covariances(rows, &point.factor, &score.covariance);
    let order = rows.group_order();
    let mut out: Vec<Option<RandomEffects>> = vec![None; data.groups.len()];
    for (at, &g) in order.iter().enumerate() {
        let group = &data.groups[g];
        let k = group.n_effects();
        let relative = outer(&factors[g], k);
        let r = match at.checked_sub(1) {
            None => score.own.as_slice(),
            Some(at) => {
                let rest = &rows.rest[at];
                &score.rest[rest.first..][..rest.n_levels * k]
            }
        };
        let mut modes = vec![0.0; r.len()];
        for (b, r) in modes.chunks_exact_mut(k).zip(r.chunks_exact(k)) {
            small::multiply(&relative, r, k, 1, b);
        }
        let mut variances = std::mem::take(&mut conditional[at]);
        for v in &mut variances {
            *v *= sigma2;
        }
        let covariance = relative.iter().map(|v| v * sigma2).collect();
        out[g] = Some(random_effects_of(group, covariance, modes, variances));
    }
    out.into_iter().flatten().collect()
}

pub(crate) fn random_effects_of(
    group: &Group,
    covariance: Vec<f64>,
    modes: Vec<f64>,
    conditional: Vec<f64>,
) -> RandomEffects {
    let k = group.n_effects();
    let mut correlated = vec![false; k * k];
    for (a, b) in group.template().free {
        correlated[a * k + b] = true;
        correlated[b * k + a] = true;
    }
    RandomEffects {
        group: group.name.clone(),
        levels: group.levels.clone(),
        effects: group.effects.clone(),
        covariance,
        correlated,
        modes,
        conditional,
    }
}

fn metrics(problem: &Problem, point: &Point, value: f64, m: usize, p: usize) -> Metrics {
    let n = problem.rows.n as f64;
    let degrees = problem.degrees();
    let df = m + p + 1;
    let deviance = if problem.reml {
        point.factor.log_determinant
            + problem.constant_for(false)
            + n * (1.0 + ln(std::f64::consts::TAU * point.residual / n))
    } else {
        value
    };
    Metrics {
        loglik: -0.5 * value,
        deviance,
        reml_criterion: problem.reml.then_some(value),
        aic: value + 2.0 * df as f64,
        bic: value + ln(n) * df as f64,
        sigma: (point.residual / degrees).sqrt(),
        df,
        n_obs: problem.rows.n,
    }
}

/// Eigenvalues of a matrix scaled to a unit diagonal, increasing.
pub(crate) fn spectrum(hessian: &[f64], m: usize) -> Vec<f64> {
    let root = |i: usize| hessian[i * m + i].abs().max(f64::MIN_POSITIVE).sqrt();
    let scaled: Vec<f64> =
        (0..m * m).map(|at| hessian[at] / (root(at / m) * root(at % m))).collect();
    small::eigen(&scaled, m).0
}

fn verdict(
    data: &Data,
    spec: &Spec,
    problem: &Problem,
    minimum: &Minimum<Point>,
    inner: Option<&Minimum<Point>>,
    unidentified: &Unidentified,
) -> Verdict {
    let factors = problem.by_group(&minimum.x);
    let scales = problem.scales_by_group();
    let values = spectrum(&minimum.hessian, minimum.hessian.len().isqrt());
    let condition = match (values.first(), values.last()) {
        (Some(&low), Some(&high)) if low > 0.0 => Some(high / low),
        _ => None,
    };
    let vanishes = match (problem.inner.as_ref().map(|inner| &inner.problem), inner) {
        (Some(Some(own)), Some(inner)) => vanishes(&own.by_group(&inner.x), &own.scales_by_group()),
        _ => true,
    };
    let effects = Effects { factors: &factors, scales: &scales, unidentified, vanishes };
    let (status, next_action) = status(data, spec.max_iter, minimum.ending, &effects);
    Verdict {
        status,
        iterations: minimum.iterations,
        objective: minimum.value,
        max_gradient: None,
        condition_number: condition,
        next_action,
    }
}

/// Relative covariance factors where a search ended, with the scales of the effects, by group.
pub(crate) struct Effects<'a> {
    pub(crate) factors: &'a [Vec<f64>],
    pub(crate) scales: &'a [&'a [f64]],
    pub(crate) unidentified: &'a Unidentified,
    /// Whether a direction of the effects searched for has no variance: far from zero, as for years, rounding
    /// hides from those of the data whether it has.
    pub(crate) vanishes: bool,
}

/// Whether any direction of the effects has no variance.
pub(crate) fn vanishes(factors: &[Vec<f64>], scales: &[&[f64]]) -> bool {
    let none =
        |(t, scales): (&Vec<f64>, &&[f64])| !null_directions(t, scales, scales.len()).is_empty();
    factors.iter().zip(scales).any(none)
}

/// The direction in which the effects of a group vary least, of unit length: effects of predictors in units of
/// their standard deviation over the rows, and an intercept where the predictors of its term have their means. That
/// of calendar years at year 0 would say nothing.
fn flattest(group: &Group, t: &[f64]) -> Vec<f64> {
    let k = group.n_effects();
    let mut standard = vec![0.0; k * k];
    for term in group.term_ranges() {
        let constant = term.clone().find(|&a| column_moments(group, a).1 == 0.0);
        for a in term {
            let (mean, sd, size) = column_moments(group, a);
            let unit = match constant {
                Some(c) if c == a => mean,
                Some(c) => {
                    standard[c * k + a] = mean;
                    sd
                }
                None => size,
            };
            standard[a * k + a] = unit;
        }
    }
    let mut factor = vec![0.0; k * k];
    small::multiply(&standard, t, k, k, &mut factor);
    let (_, vectors) = small::eigen(&outer(&factor, k), k);
    let Some(direction) = vectors.into_iter().next() else { return vec![0.0; k] };
    let largest =
        direction.iter().fold(0.0_f64, |most, x| if x.abs() > most.abs() { *x } else { most });
    direction.into_iter().map(|x| x.copysign(x * largest)).collect()
}

/// Mean, standard deviation and root mean square of an effect's column.
fn column_moments(group: &Group, effect: usize) -> (f64, f64, f64) {
    let column = || group.values.iter().skip(effect).step_by(group.n_effects());
    let n = group.codes.len() as f64;
    let mean = column().sum::<f64>() / n;
    let spread = column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let square = column().map(|x| x * x).sum::<f64>() / n;
    (mean, spread.sqrt(), square.sqrt())
}

/// Outcome of a search that ended so.
pub(crate) fn status(
    data: &Data,
    max_iter: u32,
    ending: Ending,
    effects: &Effects<'_>,
) -> (Status, Option<String>) {
    let truncated =
        |reason: String, action: &str| (Status::Truncated { reason }, Some(action.to_owned()));
    match ending {
        Ending::Stopped => {
            return truncated("stopped by the caller".to_owned(), "raise `max_seconds`");
        }
        Ending::Iterations => {
            let reason = format!("no minimum within {max_iter} iterations");
            return truncated(reason, "raise max_iter (--max-iter), or leave random effects out");
        }
        Ending::Stuck => {
            let reason = "no step lowers the criterion".to_owned();
            return truncated(reason, "rescale predictors that are very large or very small");
        }
        Ending::Converged => {}
    }
    let Effects { factors, scales, unidentified, vanishes } = effects;
    if !unidentified.is_empty() {
        let parameters = unidentified.parameters.clone();
        return (Status::Unidentified { parameters }, Some(unidentified.action.clone()));
    }
    if !vanishes {
        return (Status::Converged, None);
    }
    let groups = data.groups.iter().zip(*factors).zip(*scales);
    let without: Vec<(&Group, &Vec<f64>)> = groups
        .filter(|((group, t), scales)| !null_directions(t, scales, group.n_effects()).is_empty())
        .map(|(found, _)| found)
        .collect();
    let Some(((group, t), others)) = without.split_first() else {
        return (Status::Converged, None);
    };
    let loadings = group.effects.iter().zip(flattest(group, t));
    let named = |(effect, weight): (&String, f64)| Loading {
        parameter: format!("{}.{effect}", group.name),
        weight,
    };
    let direction = loadings.map(named).collect();
    (Status::Singular { direction }, Some(advice(group, others)))
}

/// What to do about a group with a direction without variance, and about the others that have one.
fn advice(group: &Group, others: &[(&Group, &Vec<f64>)]) -> String {
    let name = quoted(&group.name);
    let mut advice = if group.n_effects() == 1 {
        format!("{name} explains nothing beyond the other terms; leave it out")
    } else if group.separable {
        format!("use fewer effects of {name}, or write || for uncorrelated ones")
    } else {
        format!(
            "use fewer effects of {name}: join levels of the factor, or write (1 | {})",
            group.name
        )
    };
    if !others.is_empty() {
        let names: Vec<String> = others.iter().map(|(group, _)| quoted(&group.name)).collect();
        advice.push_str("; the same of ");
        advice.push_str(&names.join(", "));
    }
    advice
}

/// A name between backticks, which some have already.
fn quoted(name: &str) -> String {
    if name.starts_with('`') { name.to_owned() } else { format!("`{name}`") }
}
