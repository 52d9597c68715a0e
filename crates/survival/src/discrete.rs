use std::ops::RangeInclusive;

use rayon::prelude::*;
use seedtest_numerics::{Observer, Verdict, exp, ln, log1pexp, logistic, normal_cdf};
use serde::{Deserialize, Serialize};

use crate::ascent::{Slope, maximize};
use crate::cox::{Moments, Warning, moments};
use crate::data::Data;
use crate::error::Error;

const ROWS_PER_TASK: usize = 1024;
const MOST_PERIODS: usize = 1000;
const MOST_ITERATIONS: u32 = 100;

/// How the probability of the event in a period depends on the covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Log odds: a model of its own for discrete time.
    #[default]
    Logit,
    /// ln(−ln(1 − p)): a proportional-hazards model seen in periods.
    Cloglog,
}

/// A discrete-time hazard model with a free level for every period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscreteFit {
    /// The link.
    pub link: Link,
    /// Level of every period, on the scale of the link at covariates zero.
    pub periods: Vec<PeriodLevel>,
    /// Coefficients of the covariates.
    pub coefficients: Vec<DiscreteCoefficient>,
    /// Covariance of the estimated levels and coefficients, row-major.
    pub covariance: Vec<f64>,
    /// Log-likelihood.
    pub log_likelihood: f64,
    /// Rows.
    pub n: usize,
    /// Rows times periods at risk.
    pub n_person_periods: u64,
    /// Rows that end with an event.
    pub n_events: usize,
    /// What to know about the data.
    pub warnings: Vec<Warning>,
    /// Whether the fit converged, and what to do if not.
    pub verdict: Verdict,
}

/// Level of a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodLevel {
    /// The period, from 1.
    pub period: u32,
    /// Events in the period.
    pub events: u64,
    /// Rows at risk in the period.
    pub at_risk: u64,
    /// The level; `None` in a period without events, whose hazard is estimated to be 0.
    pub level: Option<f64>,
    /// Standard error of the level.
    pub se: Option<f64>,
}

/// Coefficient of a covariate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscreteCoefficient {
    /// Name of the covariate.
    pub name: String,
    /// Change of the link for one unit; `None` when the covariate was left out.
    pub coefficient: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Coefficient over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value of z.
    pub p: Option<f64>,
}

/// Fits the probability of the event in every period, given none before, by maximum likelihood (Cox
/// 1972; Prentice & Gloeckler 1978; Singer & Willett 1993).
///
/// `stop` counts whole periods from 1: the row is at risk in the periods start + 1 to stop. Periods are
/// not written out as rows, so the cost grows with rows × periods but the memory does not. Strata,
/// offsets and clusters are not supported.
pub fn discrete_hazard(
    data: &Data<'_>,
    link: Link,
    observer: &mut dyn Observer,
) -> Result<DiscreteFit, Error> {
    let risk = AtRisk::new(data)?;
    let all = moments(data);
    let mut warnings = Vec::new();
    let mut columns = Vec::new();
    for (index, &Moments { mean, sd, constant }) in all.iter().enumerate() {
        let covariate = data.covariates[index].name.to_owned();
        if constant {
            warnings.push(Warning::Constant { covariate });
        } else {
            columns.push((index, mean, sd));
        }
    }
    let mut model = Model { data, link, risk, columns };
    model.leave_out_collinear(&mut warnings)?;
    let start = model.start();
    let summit =
        maximize(start, |x| model.slope(x, Information::Observed), MOST_ITERATIONS, observer);
    let summit = summit.ok_or(Error::NoEvents { rows: data.n() })?;
    // Standard errors from the expected information, as a generalised linear model has them.
    let at = model.slope(&summit.parameters, Information::Expected).unwrap_or(summit.at);
    Ok(model.result(&summit.parameters, &at, summit.verdict, warnings))
}

/// Minus the second derivative, or its expectation over the events (the same for the logit link).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Information {
    Observed,
    Expected,
}

/// Periods with their events and rows at risk.
struct AtRisk {
    events: Vec<u64>,
    exposed: Vec<u64>,
    /// Parameter of every period; `None` without events.
    parameter: Vec<Option<usize>>,
    n_levels: usize,
}

impl AtRisk {
    fn new(data: &Data<'_>) -> Result<Self, Error> {
        data.validate()?;
        if data.n_events() == 0 {
            return Err(Error::NoEvents { rows: data.n() });
        }
        let what = "a discrete-time hazard";
        for (with, present) in [
            ("strata", data.strata.is_some()),
            ("an offset", data.offset.is_some()),
            ("clusters", data.cluster.is_some()),
        ] {
            if present {
                return Err(Error::Unsupported { what, with });
            }
        }
        whole("stop", data.stop, 1.0)?;
        whole("start", data.start.unwrap_or(&[]), 0.0)?;
        let last = data.stop.iter().copied().fold(0.0, f64::max) as usize;
        let mut counts = Self {
            events: vec![0; last],
            exposed: vec![0; last],
            parameter: vec![None; last],
            n_levels: 0,
        };
        for row in 0..data.n() {
            let periods = periods(data, row);
            for period in periods.clone() {
                counts.exposed[period] += 1;
            }
            counts.events[*periods.end()] += u64::from(data.event[row]);
        }
        for (parameter, &events) in counts.parameter.iter_mut().zip(&counts.events) {
            if events > 0 {
                *parameter = Some(counts.n_levels);
                counts.n_levels += 1;
            }
        }
        Ok(counts)
    }
}

fn whole(field: &'static str, times: &[f64], least: f64) -> Result<(), Error> {
    let valid = |&t: &f64| t.fract() == 0.0 && t >= least && t <= MOST_PERIODS as f64;
    match times.iter().position(|t| !valid(t)) {
        None => Ok(()),
        Some(row) => Err(Error::Period { row, field, value: times[row] }),
    }
}

/// Periods of a row, from 0.
fn periods(data: &Data<'_>, row: usize) -> RangeInclusive<usize> {
    let first = data.start.map_or(0, |start| start[row] as usize);
    first..=data.stop[row] as usize - 1
}

struct Model<'a> {
    data: &'a Data<'a>,
    link: Link,
    risk: AtRisk,
    /// Index, mean and standard deviation of the covariates that take part.
    columns: Vec<(usize, f64, f64)>,
}

impl Model<'_> {
    /// Levels of the observed shares, coefficients zero.
    fn start(&self) -> Vec<f64> {
        let mut start = vec![0.0; self.risk.n_levels + self.columns.len()];
        let counts = self.risk.events.iter().zip(&self.risk.exposed);
        for (parameter, (&events, &at_risk)) in self.risk.parameter.iter().zip(counts) {
            if let Some(at) = parameter {
                let share = (events as f64 / at_risk as f64).min(0.999);
                start[*at] = match self.link {
                    Link::Logit => ln(share / (1.0 - share)),
                    Link::Cloglog => ln(-ln(1.0 - share)),
                };
            }
        }
        start
    }

    fn leave_out_collinear(&mut self, warnings: &mut Vec<Warning>) -> Result<(), Error> {
        let Some(at) = self.slope(&self.start(), Information::Observed) else {
            return Err(Error::NoEvents { rows: self.data.n() });
        };
        let levels = self.risk.n_levels;
        let dropped: Vec<usize> = at.factor().dropped().to_vec();
        for &d in dropped.iter().filter(|&&d| d >= levels) {
            let covariate = self.data.covariates[self.columns[d - levels].0].name.to_owned();
            warnings.push(Warning::NoInformation { covariate });
        }
        let mut at = levels;
        self.columns.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
        Ok(())
    }

    fn slope(&self, parameters: &[f64], kind: Information) -> Option<Slope> {
        let starts: Vec<usize> = (0..self.data.n()).step_by(ROWS_PER_TASK).collect();
        let parts: Vec<Slope> =
            starts.into_par_iter().map(|begin| self.part(parameters, begin, kind)).collect();
        let mut total = Slope::zero(parameters.len());
        for part in &parts {
            total.add(part);
        }
        total.log_likelihood.is_finite().then_some(total)
    }

    fn part(&self, parameters: &[f64], begin: usize, kind: Information) -> Slope {
        let (levels, coefficients) = parameters.split_at(self.risk.n_levels);
        let n_levels = levels.len();
        let q = parameters.len();
        let mut total = Slope::zero(q);
        let mut x = vec![0.0; self.columns.len()];
        for row in begin..(begin + ROWS_PER_TASK).min(self.data.n()) {
            for (x, &(index, mean, sd)) in x.iter_mut().zip(&self.columns) {
                *x = (self.data.covariates[index].values[row] - mean) / sd;
            }
            let own: f64 = x.iter().zip(coefficients).map(|(x, b)| x * b).sum();
            let (mut slope, mut curvature) = (0.0, 0.0);
            let periods = periods(self.data, row);
            let event_at = (self.data.event[row] == 1).then_some(*periods.end());
            let weight = self.data.weight(row);
            for period in periods {
                let Some(at) = self.risk.parameter[period] else { continue };
                let trial = self.link.trial(levels[at] + own, event_at == Some(period), kind);
                total.log_likelihood += weight * trial.0;
                total.gradient[at] += weight * trial.1;
                total.information[at * q + at] += weight * trial.2;
                slope += weight * trial.1;
                curvature += weight * trial.2;
                for (j, xj) in x.iter().enumerate() {
                    total.information[(n_levels + j) * q + at] += weight * trial.2 * xj;
                }
            }
            for (j, xj) in x.iter().enumerate() {
                total.gradient[n_levels + j] += slope * xj;
                let row = &mut total.information[(n_levels + j) * q + n_levels..];
                for (entry, xk) in row.iter_mut().zip(&x[..=j]) {
                    *entry += curvature * xj * xk;
                }
            }
        }
        total
    }

    fn result(
        &self,
        parameters: &[f64],
        at: &Slope,
        verdict: Verdict,
        warnings: Vec<Warning>,
    ) -> DiscreteFit {
        let q = parameters.len();
        let levels = self.risk.n_levels;
        let standardised = at.factor().inverse();
        // Levels at covariates zero instead of at their means.
        let mut map = vec![0.0; q * q];
        for (i, row) in map.chunks_exact_mut(q).enumerate() {
            row[i] = 1.0;
            for (j, &(_, mean, sd)) in self.columns.iter().enumerate() {
                if i < levels {
                    row[levels + j] = -mean / sd;
                } else if i == levels + j {
                    row[i] = 1.0 / sd;
                }
            }
        }
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let row = |i: usize| &map[i * q..(i + 1) * q];
        let estimate: Vec<f64> = (0..q).map(|i| product(row(i), parameters)).collect();
        let mut covariance = vec![0.0; q * q];
        for i in 0..q {
            let half: Vec<f64> =
                (0..q).map(|k| product(row(i), &standardised[k * q..(k + 1) * q])).collect();
            for j in 0..q {
                covariance[i * q + j] = product(row(j), &half);
            }
        }
        let se = |at: usize| covariance[at * q + at].sqrt();
        let period = |(k, parameter): (usize, &Option<usize>)| PeriodLevel {
            period: k as u32 + 1,
            events: self.risk.events[k],
            at_risk: self.risk.exposed[k],
            level: parameter.map(|at| estimate[at]),
            se: parameter.map(se),
        };
        let coefficient = |(index, c): (usize, &crate::data::Covariate<'_>)| {
            let at = self.columns.iter().position(|c| c.0 == index).map(|j| levels + j);
            let z = at.map(|at| estimate[at] / se(at));
            DiscreteCoefficient {
                name: c.name.to_owned(),
                coefficient: at.map(|at| estimate[at]),
                se: at.map(se),
                z,
                p: z.map(|z| 2.0 * normal_cdf(-z.abs())),
            }
        };
        DiscreteFit {
            link: self.link,
            periods: self.risk.parameter.iter().enumerate().map(period).collect(),
            coefficients: self.data.covariates.iter().enumerate().map(coefficient).collect(),
            log_likelihood: at.log_likelihood,
            n: self.data.n(),
            n_person_periods: self.risk.exposed.iter().sum(),
            n_events: self.data.n_events(),
            covariance,
            warnings,
            verdict,
        }
    }
}

impl Link {
    /// Log-likelihood of one period with its slope and information in the linear predictor.
    fn trial(self, eta: f64, event: bool, kind: Information) -> (f64, f64, f64) {
        match self {
            Self::Logit => {
                let p = logistic(eta);
                let value = if event { -log1pexp(-eta) } else { -log1pexp(eta) };
                (value, f64::from(u8::from(event)) - p, p * (1.0 - p))
            }
            Self::Cloglog => {
                let h = exp(eta);
                let p = probability_of(h);
                // d/dη ln(1 − e^−h) = h e^−h / (1 − e^−h)
                let ratio = h * exp(-h) / p;
                let (value, slope, curvature) =
                    if event { (ln(p), ratio, ratio * (ratio + h - 1.0)) } else { (-h, -h, h) };
                let expected = kind == Information::Expected;
                (value, slope, if expected { h * ratio } else { curvature })
            }
        }
    }

    /// Probability of the event at a linear predictor.
    pub fn probability(self, eta: f64) -> f64 {
        match self {
            Self::Logit => logistic(eta),
            Self::Cloglog => probability_of(exp(eta)),
        }
    }
}

/// 1 − e^−h without losing the digits of a small h.
fn probability_of(h: f64) -> f64 {
    if h < 1e-5 { h * (1.0 - 0.5 * h + h * h / 6.0) } else { 1.0 - exp(-h) }
}

impl DiscreteFit {
    /// Probability of no event in the periods after `from` up to `to`, given none up to `from`;
    /// [`Error::NotEstimable`] after the last period in which a row was at risk.
    pub fn survival(&self, x: &[f64], from: u32, to: u32) -> Result<f64, Error> {
        let expected = self.coefficients.len();
        if x.len() != expected {
            return Err(Error::Values { found: x.len(), expected });
        }
        if to as usize > self.periods.len() {
            let reason = "no row was at risk so late";
            return Err(Error::NotEstimable { what: "survival", at: f64::from(to), reason });
        }
        let own: f64 =
            self.coefficients.iter().zip(x).map(|(c, x)| c.coefficient.unwrap_or(0.0) * x).sum();
        let within = self.periods.iter().filter(|p| p.period > from && p.period <= to);
        let stays =
            |p: &PeriodLevel| p.level.map_or(1.0, |level| 1.0 - self.link.probability(level + own));
        Ok(within.map(stays).product())
    }

    /// Probability of the event in the next `horizon` periods after `elapsed` without it, between 0 and
    /// 1.
    pub fn risk(&self, x: &[f64], horizon: u32, elapsed: u32) -> Result<f64, Error> {
        Ok(1.0 - self.survival(x, elapsed, elapsed.saturating_add(horizon))?)
    }
}
