//! A fitted generalised linear mixed model.

use seedtest_formula::Encoder;
use seedtest_numerics::{Status, Verdict, exp, ln, ln_1p};

use super::family::Family;
use super::problem::{Point, Problem};
use super::separation::{RunawayVariance, runaway, separated};
use super::spec::Spec;
use crate::data::{Data, Group};
use crate::estimable::Undetermined;
use crate::estimates::{FixedEffect, Metrics, RandomEffects, VarianceShares, variance};
use crate::found::Found;
use crate::identified::Unidentified;
use crate::lmm::{
    Effects, fixed_effects, fixed_part, mean_variance, random_effects_of, spectrum, status,
    vanishes,
};
use crate::newton::Minimum;
use crate::system::{conditional_covariances, small};
use crate::template::outer;

/// Eigenvalues of the scaled second derivatives below this are errors of their differences.
const FLAT: f64 = 1e-6;

/// A fitted generalised linear mixed model.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The formula as given.
    pub formula: String,
    /// Settings of the fit.
    pub spec: Spec,
    /// Fixed effects on the scale of the link.
    pub fixed: Vec<FixedEffect>,
    /// Covariance of the fixed effects that have estimates, row-major.
    pub covariance: Vec<f64>,
    /// Names of the covariance parameters.
    pub theta_names: Vec<String>,
    /// Covariance parameters θ: entries of the factor T of every grouping factor.
    pub theta: Vec<f64>,
    /// Size of a negative binomial, its variance being μ + μ²/size.
    pub size: Option<f64>,
    /// Random effects by grouping factor, in order of appearance.
    pub random: Vec<RandomEffects>,
    /// Figures of the fit.
    pub metrics: Metrics,
    /// Fitted means of the rows that took part.
    pub fitted: Vec<f64>,
    /// Linear predictor of fixed effects and offset.
    pub linear_fixed: Vec<f64>,
    /// Response minus fitted means.
    pub residuals: Vec<f64>,
    /// Row of the table of every row that took part.
    pub rows: Vec<u32>,
    /// Derivatives of the deviance along θ, the orthonormal fixed effects and ln size at the end.
    pub gradient: Vec<f64>,
    /// Eigenvalues of the second derivatives, scaled to a unit diagonal.
    pub spectrum: Vec<f64>,
    /// What the fit thinks of itself.
    pub verdict: Verdict,
    /// Parameters in whose direction the likelihood has no maximum; `None` where it has one in all.
    pub undetermined: Option<Undetermined>,
    /// Codes new data as the fitted ones.
    pub encoder: Encoder,
    pub(crate) problem: Problem,
    pub(crate) point: Point,
    /// (XᵀΣ⁻¹X)⁻¹ of the orthonormal columns, or that from the second derivatives.
    pub(crate) fixed_inverse: Vec<f64>,
}

impl Fit {
    pub(crate) fn new(
        data: &Data,
        spec: &Spec,
        problem: Problem,
        found: Found<Point>,
        hessian: &[f64],
        unidentified: &Unidentified,
    ) -> Self {
        let max_gradient = found.scaled_gradient();
        let Minimum { x, value, point, gradient, iterations, ending, .. } = found.minimum;
        let parts = problem.parts(&x);
        let theta = parts.theta.to_vec();
        let beta = problem.fixed.coefficients(parts.beta);
        let all = hessian.len().isqrt();
        let fixed_inverse = fixed_inverse(&problem, &point, hessian, !unidentified.is_empty());
        let covariance = problem.fixed.covariance(&fixed_inverse);
        let spectrum = spectrum(hessian, all);
        let random = random_effects(data, &problem, &point, &theta);
        let fixed = fixed_effects(data, &problem.fixed.kept, &beta, &covariance);
        let separated = separated(data, &problem, &point, &fixed, &random);
        let undetermined = separated.undetermined();
        let eta = problem.rows.unsorted(&point.eta);
        let fitted: Vec<f64> = eta.iter().map(|&e| spec.link().mean(e)).collect();
        let scales = problem.scales_by_group();
        let factors = problem.by_group(&theta);
        let vanishes = match (problem.inner.as_ref().map(|inner| &inner.problem), &found.inner) {
            (Some(Some(own)), Some(inner)) => {
                vanishes(&own.by_group(own.parts(&inner.x).theta), &own.scales_by_group())
            }
            _ => true,
        };
        let effects = Effects { factors: &factors, scales: &scales, unidentified, vanishes };
        let (mut outcome, mut next_action) = status(data, spec.max_iter, ending, &effects);
        if !separated.parameters.is_empty() {
            next_action = Some(separated.action);
            let others = unidentified.parameters.iter().cloned();
            let parameters = separated.parameters.into_iter().chain(others).collect();
            outcome = Status::Unidentified { parameters };
        }
        let condition = match (spectrum.first(), spectrum.last()) {
            (Some(&low), Some(&high)) if low > 0.0 => Some(high / low),
            _ => None,
        };
        let df = x.len();
        let n = data.n();
        Self {
            formula: data.encoder.formula().to_string(),
            spec: spec.clone(),
            fixed,
            covariance,
            theta_names: data.groups.iter().flat_map(Group::theta_names).collect(),
            theta,
            size: problem.has_size().then_some(point.response.size),
            random,
            metrics: Metrics {
                loglik: -0.5 * value,
                deviance: value,
                reml_criterion: None,
                aic: value + 2.0 * df as f64,
                bic: value + ln(n as f64) * df as f64,
                sigma: 1.0,
                df,
                n_obs: n,
            },
            residuals: data.response.iter().zip(&fitted).map(|(y, f)| y - f).collect(),
            fitted,
            linear_fixed: fixed_part(data, &problem.fixed.kept, &beta),
            rows: data.rows.clone(),
            verdict: Verdict {
                status: outcome,
                iterations,
                objective: value,
                max_gradient: Some(max_gradient),
                condition_number: condition,
                next_action,
            },
            undetermined,
            gradient,
            spectrum,
            encoder: data.encoder.clone(),
            problem,
            point,
            fixed_inverse,
        }
    }

    /// Coefficients of the columns that have estimates.
    pub fn coefficients(&self) -> Vec<f64> {
        self.fixed.iter().filter_map(|f| f.estimate.map(|e| e.coefficient)).collect()
    }

    /// Standard deviations of a binomial model so large that most levels must be right or wrong altogether. Laplace's
    /// approximation is poor there.
    pub fn runaway_variances(&self, data: &Data) -> Vec<RunawayVariance> {
        runaway(data, &self.problem, &self.random)
    }

    /// Pearson residuals: residuals over their standard deviation at the fitted mean.
    pub fn scaled_residuals(&self, data: &Data) -> Vec<f64> {
        let scaled = |i: usize| {
            let weight = data.weights.as_ref().map_or(1.0, |w| w[i]);
            let variance = self.spec.family.variance(self.fitted[i], self.size);
            // A mean of 0 or 1 that the response has, too: the limit of both going there.
            if self.residuals[i] == 0.0 {
                0.0
            } else {
                self.residuals[i] * (weight / variance).sqrt()
            }
        };
        (0..self.residuals.len()).map(scaled).collect()
    }

    /// Marginal and conditional R² and the intraclass correlations on the scale of the link. What rests on parameters
    /// without a finite estimate is not a number: R² where there is one, the correlations where it is a variance.
    pub fn variance_shares(&self, data: &Data) -> VarianceShares {
        let groups: Vec<(String, f64)> = data
            .groups
            .iter()
            .zip(&self.random)
            .map(|(group, random)| (group.name.clone(), mean_variance(group, &random.covariance)))
            .collect();
        let random: f64 = groups.iter().map(|(_, v)| v).sum();
        let residual = if self.spec.family == Family::Binomial {
            self.spec.link().latent_variance()
        } else {
            let n = self.linear_fixed.len() as f64;
            let means = self.linear_fixed.iter().map(|e| exp(e + 0.5 * random));
            let mean = means.sum::<f64>() / n;
            ln_1p(1.0 / mean + self.size.map_or(0.0, |size| 1.0 / size))
        };
        let offset = data.offset.clone().unwrap_or_else(|| vec![0.0; data.n()]);
        let fixed: Vec<f64> = self.linear_fixed.iter().zip(&offset).map(|(f, o)| f - o).collect();
        let mut shares = VarianceShares::new(variance(&fixed), &groups, residual);
        if let Some(of) = &self.undetermined {
            (shares.r2_marginal, shares.r2_conditional) = (f64::NAN, f64::NAN);
            if of.covariances.is_none() {
                shares.icc.iter_mut().for_each(|(_, share)| *share = f64::NAN);
            }
        }
        shares
    }
}

/// Covariance of the orthonormal fixed effects: the block of the inverse second derivatives, without the
/// directions of covariances that the data do not determine; where the derivatives are not positive definite
/// that of the working linear model.
fn fixed_inverse(problem: &Problem, point: &Point, hessian: &[f64], has_flat: bool) -> Vec<f64> {
    let (p, c) = (problem.rows.p, problem.rows.p + 1);
    let all = hessian.len().isqrt();
    let m = all - p - usize::from(problem.has_size());
    let half: Vec<f64> = hessian.iter().map(|h| 0.5 * h).collect();
    let inverse = if has_flat {
        Some(small::pseudo_inverse(&half, all, FLAT))
    } else {
        small::inverse(&half, all)
    };
    if let Some(inverse) = inverse {
        let entries = (0..p * p).map(|at| inverse[(m + at / p) * all + m + at % p]);
        return entries.collect();
    }
    let fixed = &point.factor.fixed;
    let information: Vec<f64> = (0..p * p).map(|at| fixed[at / p * c + at % p]).collect();
    small::inverse(&information, p).unwrap_or_else(|| vec![f64::NAN; p * p])
}

fn random_effects(
    data: &Data,
    problem: &Problem,
    point: &Point,
    theta: &[f64],
) -> Vec<RandomEffects> {
    let Some(score) = &point.score else { return Vec::new() };
    let rows = &problem.rows;
    let blocks = conditional_covariances(rows, &point.factor, &score.covariance);
    let conditional = problem.in_order(blocks.into_iter());
    let modes = rows.scaled(&point.factor.factors, &point.modes);
    let own = std::iter::once(modes.own.clone());
    let rest = rows
        .rest
        .iter()
        .map(|group| modes.rest[group.first..group.first + group.n_levels * group.k].to_vec());
    let modes = problem.in_order(own.chain(rest));
    let factors = problem.by_group(theta);
    data.groups
        .iter()
        .zip(factors)
        .zip(modes.into_iter().zip(conditional))
        .map(|((group, t), (modes, conditional))| {
            random_effects_of(group, outer(&t, group.n_effects()), modes, conditional)
        })
        .collect()
}
