//! From data and a specification to a Cox model.

use seedtest_numerics::{
    Derivatives, Ending, Interrupt, LogLikelihood, Newton, Observer, Optimum, Rescue, Verdict, exp,
    max_abs, normal_cdf, normal_quantile,
};

use super::baseline::{Baseline, baselines};
use super::concordance::of_positions;
use super::exact::Exact;
use super::likelihood::Likelihood;
use super::panel::Panel;
use super::partial::Partial;
use super::result::{Coefficient, Estimate, Fit, GlobalTests, NoEstimate};
use super::robust::squared_scores;
use super::score::Scores;
use super::screening::{degenerate_event, informative, separating, sizes, submatrix, varying};
use super::spec::Spec;
use super::sums::Sums;
use super::ties::Ties;
use crate::chi_square::ChiSquare;
use crate::clusters::{counted, summed};
use crate::data::Data;
use crate::error::Error;
use crate::risk_sets::RiskSets;
use crate::sandwich::sandwich;
use crate::standard::{Moments, Standard, moments};
use crate::warning::Warning;

/// Information that a coefficient keeps, as a share of that at zero, below which the likelihood is
/// taken to have no maximum in its direction.
const COLLAPSED: f64 = 1e-6;
/// Converged when the step left to do is shorter than this, in standard errors.
const SHORTEST_STEP: f64 = 1e-5;

/// Fits a proportional-hazards model (Cox 1972) by Newton's method.
///
/// Constant, uninformative and collinear covariates are left out with a warning before the fit.
/// Where the likelihood has no maximum, or the event is a function of time, a ridge penalty is
/// applied with a warning. The result is the same, byte for byte, on any number of threads. The
/// observer sees every iteration and can stop the fit, which then has a truncated verdict.
pub fn fit(data: &Data<'_>, spec: &Spec, observer: &mut dyn Observer) -> Result<Fit, Error> {
    spec.validate()?;
    let interrupt = observer.closing();
    let (mut prepared, panel) = prepare(data, spec, &interrupt)?;
    let degenerate = degenerate_event(data);
    let separated = separating(&panel, &prepared.sets);
    let mut warnings = std::mem::take(&mut prepared.warnings);
    let needs_rescue = degenerate.is_some() || !separated.is_empty();
    warnings.extend(degenerate);
    if !separated.is_empty() {
        warnings.push(prepared.separation(data, &separated));
    }
    let mut ridge = spec.ridge.unwrap_or(if needs_rescue { Spec::RESCUE_RIDGE } else { 0.0 });
    let mut likelihood = likelihood(spec.ties, &prepared.sets, &panel, &interrupt);
    let mut optimum = prepared.search(&mut likelihood, ridge, spec, observer);
    if ridge == 0.0 && spec.ridge.is_none() {
        let collapsed = collapsed(&prepared.at_zero, &optimum.at);
        if !collapsed.is_empty() {
            warnings.push(prepared.separation(data, &collapsed));
            ridge = Spec::RESCUE_RIDGE;
            optimum = prepared.search(&mut likelihood, ridge, spec, observer);
        }
    }
    if spec.ridge.is_none() && ridge > 0.0 {
        warnings.push(Warning::RidgeApplied { ridge });
    }
    let solution =
        Solution { data, spec, prepared: &prepared, optimum: &optimum, ridge, estimated: true };
    let sums = at_optimum(likelihood, &prepared.sets, &panel, &optimum.parameters);
    let after = solution.after(sums, panel);
    Ok(solution.fit(after, warnings))
}

/// The model with these coefficients, one for each covariate, instead of estimated ones: baseline,
/// concordance and log-likelihood belong to them. Standard errors are those of the information there;
/// for coefficients from a penalty path they say nothing, and there are no tests.
pub fn fit_at(data: &Data<'_>, spec: &Spec, coefficients: &[f64]) -> Result<Fit, Error> {
    spec.validate()?;
    let expected = data.covariates.len();
    if coefficients.len() != expected {
        return Err(Error::Values { found: coefficients.len(), expected });
    }
    let never = Interrupt::never();
    let (mut prepared, panel) = prepare(data, spec, &never)?;
    let mut warnings = std::mem::take(&mut prepared.warnings);
    warnings.extend(degenerate_event(data));
    let separated = separating(&panel, &prepared.sets);
    if !separated.is_empty() {
        warnings.push(prepared.separation(data, &separated));
    }
    let columns = &prepared.standard.columns;
    let beta: Vec<f64> = columns.iter().map(|c| coefficients[c.index] * c.sd).collect();
    let mut likelihood = likelihood(spec.ties, &prepared.sets, &panel, &never);
    let at = likelihood.derivatives(&beta).ok_or_else(|| {
        let value = coefficients.iter().fold(0.0f64, |m, b| m.max(b.abs()));
        Error::Spec { field: "coefficients", value, required: "of the size of a log hazard ratio" }
    })?;
    let optimum = Optimum { parameters: beta, at, iterations: 0, ending: Ending::Converged };
    let solution = Solution {
        data,
        spec,
        prepared: &prepared,
        optimum: &optimum,
        ridge: 0.0,
        estimated: false,
    };
    let sums = at_optimum(likelihood, &prepared.sets, &panel, &optimum.parameters);
    let after = solution.after(sums, panel);
    Ok(solution.fit(after, warnings))
}

/// What is known before the covariates are gathered for good.
pub(crate) struct Prepared {
    pub(crate) sets: RiskSets,
    /// Location and spread of every covariate.
    moments: Vec<Moments>,
    /// The covariates that take part.
    pub(crate) standard: Standard,
    /// Derivatives at zero.
    pub(crate) at_zero: Derivatives,
    /// Covariates left out.
    left_out: Vec<Warning>,
    pub(crate) warnings: Vec<Warning>,
}

impl Prepared {
    /// The maximum of the penalised likelihood, from zero.
    fn search(
        &self,
        likelihood: &mut Likelihood<'_, '_>,
        ridge: f64,
        spec: &Spec,
        observer: &mut dyn Observer,
    ) -> Optimum {
        let Spec { max_iter, .. } = *spec;
        let search =
            Newton { max_iter, shortest_step: SHORTEST_STEP, ridge, rescue: Rescue::Halve };
        let at_zero = self.at_zero.clone();
        search.maximize(vec![0.0; at_zero.gradient.len()], at_zero, likelihood, observer)
    }

    fn separation(&self, data: &Data<'_>, covariates: &[usize]) -> Warning {
        let name = |&j: &usize| data.covariates[self.standard.columns[j].index].name.to_owned();
        Warning::Separation { covariates: covariates.iter().map(name).collect() }
    }
}

/// Validates the data, builds the risk sets and chooses the covariates that take part.
pub(crate) fn prepare(
    data: &Data<'_>,
    spec: &Spec,
    interrupt: &Interrupt,
) -> Result<(Prepared, Panel), Error> {
    data.validate()?;
    if data.n_events() == 0 {
        return Err(Error::NoEvents { rows: data.n() });
    }
    if data.covariates.is_empty() {
        return Err(Error::NoCovariates);
    }
    if spec.ties == Ties::Exact && data.weights.is_some() {
        return Err(Error::Unsupported { what: "the exact likelihood", with: "case weights" });
    }
    let sets = RiskSets::new(data);
    let moments = moments(data);
    let (mut standard, mut warnings) = varying(data, &moments);
    let mut panel = Panel::new(data, &standard, &sets);
    let at_zero = zero_derivatives(data, spec.ties, &panel, &sets, interrupt)?;
    let (kept, silent) = informative(data, &standard, &at_zero, data.n_events());
    warnings.extend(silent.iter().cloned());
    if kept.is_empty() {
        let columns: Vec<&str> = data.covariates.iter().map(|c| c.name).collect();
        return Err(Error::NoUsableCovariate { columns: columns.join(", ") });
    }
    let at_zero = Derivatives {
        value: at_zero.value,
        gradient: kept.iter().map(|&j| at_zero.gradient[j]).collect(),
        information: submatrix(&at_zero.information, standard.columns.len(), &kept),
    };
    standard.columns = kept.iter().map(|&j| standard.columns[j].clone()).collect();
    warnings.extend(sizes(data, kept.len(), &sets));
    panel.keep(&kept);
    Ok((Prepared { sets, moments, standard, at_zero, left_out: silent, warnings }, panel))
}

fn zero_derivatives(
    data: &Data<'_>,
    ties: Ties,
    panel: &Panel,
    sets: &RiskSets,
    interrupt: &Interrupt,
) -> Result<Derivatives, Error> {
    let zero = likelihood(ties, sets, panel, interrupt).derivatives(&vec![0.0; panel.p]);
    interrupt.check()?;
    zero.ok_or_else(|| Error::of_offsets(data.offset, "a log hazard ratio"))
}

pub(crate) fn likelihood<'s: 'p, 'p>(
    ties: Ties,
    sets: &'s RiskSets,
    panel: &'p Panel,
    interrupt: &Interrupt,
) -> Likelihood<'s, 'p> {
    match ties {
        Ties::Exact => Likelihood::Exact(Exact { sets, panel, interrupt: interrupt.clone() }),
        ties => Likelihood::Approximate(Box::new(Partial::new(sets, panel, ties == Ties::Efron))),
    }
}

/// Coefficients whose information has all but vanished on the way: the likelihood still rises where
/// they run to infinity.
fn collapsed(at_zero: &Derivatives, at: &Derivatives) -> Vec<usize> {
    let p = at.gradient.len();
    let own_information = |d: &Derivatives| {
        let inverse = d.factor(0.0).inverse();
        (0..p).map(|j| 1.0 / inverse[j * p + j]).collect::<Vec<f64>>()
    };
    let (before, after) = (own_information(at_zero), own_information(at));
    // A direction that the factor sets aside has a variance of zero there.
    let lost = |j: &usize| !after[*j].is_finite() || after[*j] < COLLAPSED * before[*j];
    (0..p).filter(lost).collect()
}

/// What is computed from the covariates after the optimum was found.
struct After {
    inverse: Vec<f64>,
    robust: Option<Vec<f64>>,
    baselines: Vec<Baseline>,
    condition_number: Option<f64>,
    /// Linear predictor of every position.
    eta: Vec<f64>,
}

struct Solution<'a> {
    data: &'a Data<'a>,
    spec: &'a Spec,
    prepared: &'a Prepared,
    optimum: &'a Optimum,
    ridge: f64,
    /// Whether the optimum is one, rather than a point that was given.
    estimated: bool,
}

impl Solution<'_> {
    /// What needs the covariates once more. The copy of them is the largest piece of memory, so it is
    /// not kept longer than needed.
    fn after(&self, sums: Sums<'_>, panel: Panel) -> After {
        let (data, spec, sets) = (self.data, self.spec, &self.prepared.sets);
        let p = self.optimum.parameters.len();
        let factor = self.optimum.at.factor(self.ridge);
        let inverse = factor.inverse();
        let scores = Scores::new(&sums);
        let each_row = || ((0..data.n() as u32).collect(), data.n());
        let wanted = spec.robust && data.cluster.is_none();
        let robust = summed(data).or_else(|| wanted.then(each_row)).map(|(of_row, n)| {
            let codes: Vec<u32> = sets.order.iter().map(|&row| of_row[row as usize]).collect();
            sandwich(&inverse, &squared_scores(&scores, &panel, &codes, n), p)
        });
        let baselines = baselines(data, &sums, &scores, panel);
        drop(scores);
        After {
            condition_number: factor.condition_number(),
            inverse,
            robust,
            baselines,
            eta: sums.eta,
        }
    }

    fn fit(&self, after: After, mut warnings: Vec<Warning>) -> Fit {
        let (data, spec) = (self.data, self.spec);
        let After { condition_number, inverse, robust, baselines, eta } = after;
        let (n_clusters, few) = counted(data, self.optimum.parameters.len());
        warnings.extend(few);
        let concordance =
            if spec.concordance { of_positions(data, &self.prepared.sets, &eta) } else { None };
        let model_covariance = self.in_units(&inverse);
        let covariance = robust.as_ref().map(|v| self.in_units(v));
        let wald_covariance = robust.unwrap_or(inverse);
        let tests = (self.estimated && self.ridge == 0.0).then(|| self.tests(&wald_covariance));
        Fit {
            spec: spec.clone(),
            coefficients: self.coefficients(&model_covariance, covariance.as_deref()),
            covariance: covariance.unwrap_or_else(|| model_covariance.clone()),
            model_covariance,
            log_likelihood: self.optimum.at.value,
            log_likelihood_null: self.prepared.at_zero.value,
            tests,
            concordance,
            baselines,
            n: data.n(),
            n_events: data.n_events(),
            n_clusters,
            ridge: self.ridge,
            verdict: self.verdict(condition_number, &warnings),
            warnings,
        }
    }

    /// A covariance of standardised coefficients in the units of the covariates.
    fn in_units(&self, standardised: &[f64]) -> Vec<f64> {
        let columns = &self.prepared.standard.columns;
        let p = columns.len();
        let entry = |at: usize| standardised[at] / (columns[at / p].sd * columns[at % p].sd);
        (0..p * p).map(entry).collect()
    }

    fn tests(&self, covariance: &[f64]) -> GlobalTests {
        let (optimum, at_zero) = (self.optimum, &self.prepared.at_zero);
        let p = optimum.parameters.len();
        let wald = seedtest_numerics::Cholesky::new(covariance.to_vec(), p);
        let quadratic = |factor: &seedtest_numerics::Cholesky, x: &[f64]| {
            let mut solved = x.to_vec();
            factor.solve(&mut solved);
            solved.iter().zip(x).map(|(s, x)| s * x).sum::<f64>()
        };
        let gain = 2.0 * (optimum.at.value - at_zero.value);
        let score = quadratic(&at_zero.factor(0.0), &at_zero.gradient);
        GlobalTests {
            likelihood_ratio: ChiSquare::new(gain, p),
            wald: ChiSquare::new(quadratic(&wald, &optimum.parameters), p),
            score: ChiSquare::new(score, p),
        }
    }

    fn coefficients(&self, model: &[f64], robust: Option<&[f64]>) -> Vec<Coefficient> {
        let standard = &self.prepared.standard;
        let p = standard.columns.len();
        let quantile = normal_quantile(0.5 + 0.5 * self.spec.confidence);
        let entry = |(index, moments): (usize, &Moments)| {
            let at = standard.columns.iter().position(|c| c.index == index);
            let estimate = at.map(|j| {
                let coefficient = self.optimum.parameters[j] / standard.columns[j].sd;
                let se = model[j * p + j].sqrt();
                let robust_se = robust.map(|v| v[j * p + j].sqrt());
                estimate(coefficient, se, robust_se, quantile)
            });
            let reason = if at.is_some() { None } else { Some(self.reason(index, moments)) };
            let name = self.data.covariates[index].name.to_owned();
            Coefficient { name, mean: moments.mean, sd: moments.sd, estimate, reason }
        };
        self.prepared.moments.iter().enumerate().map(entry).collect()
    }

    fn reason(&self, index: usize, moments: &Moments) -> NoEstimate {
        let name = self.data.covariates[index].name;
        let silent =
            |w: &Warning| matches!(w, Warning::NoInformation { covariate } if covariate == name);
        if moments.constant {
            NoEstimate::Constant
        } else if self.prepared.left_out.iter().any(silent) {
            NoEstimate::NoInformation
        } else {
            NoEstimate::Collinear
        }
    }

    fn verdict(&self, condition_number: Option<f64>, warnings: &[Warning]) -> Verdict {
        let optimum = self.optimum;
        let left_out = warnings.iter().find(|w| matches!(w, Warning::Collinear { .. }));
        let next_action = match optimum.ending {
            Ending::Converged => left_out.map(Warning::hint),
            Ending::Iterations => Some("set a ridge penalty, or leave covariates out"),
            Ending::Stopped => Some("raise `max_seconds`"),
            Ending::NoAscent => Some("look for outliers in the covariates, or set a ridge penalty"),
        };
        let gradient = || optimum.at.penalized_gradient(&optimum.parameters, self.ridge);
        Verdict {
            status: optimum.ending.status(),
            iterations: u64::from(optimum.iterations),
            objective: optimum.at.value,
            max_gradient: self.estimated.then(|| max_abs(&gradient())),
            condition_number,
            next_action: next_action.map(str::to_owned),
        }
    }
}

fn estimate(coefficient: f64, se: f64, robust_se: Option<f64>, quantile: f64) -> Estimate {
    let used = robust_se.unwrap_or(se);
    let z = coefficient / used;
    let (lower, upper) = (coefficient - quantile * used, coefficient + quantile * used);
    Estimate {
        coefficient,
        se,
        robust_se,
        z,
        p: 2.0 * normal_cdf(-z.abs()),
        lower,
        upper,
        hazard_ratio: exp(coefficient),
        hazard_ratio_lower: exp(lower),
        hazard_ratio_upper: exp(upper),
    }
}

/// The sums over risk sets at the optimum. The exact method uses Breslow's here, as R does.
fn at_optimum<'s>(
    likelihood: Likelihood<'s, '_>,
    sets: &'s RiskSets,
    panel: &Panel,
    beta: &[f64],
) -> Sums<'s> {
    let mut partial = match likelihood {
        Likelihood::Approximate(partial) => partial,
        Likelihood::Exact(_) => Box::new(Partial::new(sets, panel, false)),
    };
    partial.stand_at(beta);
    partial.sums
}
