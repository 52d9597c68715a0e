//! From data to a discrete-time hazard model.

use std::ops::Range;

use seedtest_numerics::{
    Budget, Cost, Derivatives, Interrupt, Observer, Optimum, Verdict, ln, normal_cdf,
};

use super::at_risk::AtRisk;
use super::link::{Information, Link};
use super::result::{DiscreteCoefficient, DiscreteFit, PeriodLevel};
use crate::clusters::{counted, summed};
use crate::cox;
use crate::data::{Covariate, Data};
use crate::error::Error;
use crate::linear_map::LinearMap;
use crate::parametric_verdict::{search, verdict};
use crate::sandwich::sandwich;
use crate::separation::{collapsed, penalized};
use crate::standard::{StandardColumn, without_constant};
use crate::tasks::map_tasks;
use crate::warning::Warning;

const ROWS_PER_TASK: usize = 1024;
const MOST_ITERATIONS: u32 = 100;
/// Size of an offset from which on probabilities may come out as 0 or 1 where the search begins.
const LARGE_OFFSET: f64 = 30.0;

/// Fits the probability of the event in every period, given none before, by maximum likelihood (Cox
/// 1972; Prentice & Gloeckler 1978; Singer & Willett 1993).
///
/// `stop` counts whole periods from 1: the row is at risk in the periods start + 1 to stop. Periods are
/// not written out as rows, so the cost grows with rows × periods but the memory does not. With clusters,
/// or weights that are no counts of rows, the covariance is the sandwich over them (Liang & Zeger 1986). Where the likelihood has no maximum in
/// a covariate, a ridge penalty is applied with a warning.
pub fn discrete_hazard(
    data: &Data<'_>,
    link: Link,
    observer: &mut dyn Observer,
) -> Result<DiscreteFit, Error> {
    let risk = AtRisk::new(data)?;
    let (standard, mut warnings) = without_constant(data);
    let interrupt = observer.closing();
    let mut model = Model { data, link, risk, columns: standard.columns, interrupt };
    model.admit(observer.budget())?;
    model.leave_out_collinear(&mut warnings)?;
    let log_likelihood_null = model.log_likelihood_null(observer)?;
    let (optimum, ridge) = model.climb(&mut warnings, observer)?;
    // What is left belongs to the summing up.
    model.interrupt = observer.interrupt();
    let verdict = verdict(&optimum);
    // Standard errors from the expected information, as a generalised linear model has them.
    let expected = model.derivatives(&optimum.parameters, Information::Expected);
    let expected = expected.ok_or_else(|| model.nothing())?;
    let log_likelihood = expected.value;
    let at = penalized(expected, model.coefficients(), &optimum.parameters, ridge);
    let summed = summed(data);
    let (n_clusters, few) = counted(data, model.columns.len());
    warnings.extend(few);
    let bread = at.factor(0.0).inverse();
    let covariance = match &summed {
        None => bread,
        Some((of_row, n)) => {
            let squares = model.squared_scores(&optimum.parameters, of_row, *n);
            sandwich(&bread, &squares, at.gradient.len())
        }
    };
    let found = Found {
        parameters: optimum.parameters,
        covariance,
        log_likelihood,
        log_likelihood_null,
        ridge,
        n_clusters,
        robust: summed.is_some(),
        verdict,
        warnings,
    };
    Ok(model.result(found))
}

/// Where the search ended, for standardised covariates.
struct Found {
    parameters: Vec<f64>,
    covariance: Vec<f64>,
    log_likelihood: f64,
    log_likelihood_null: f64,
    ridge: f64,
    n_clusters: Option<usize>,
    robust: bool,
    verdict: Verdict,
    warnings: Vec<Warning>,
}

struct Model<'a> {
    data: &'a Data<'a>,
    link: Link,
    risk: AtRisk,
    /// The covariates that take part.
    columns: Vec<StandardColumn>,
    /// Ends a point in the middle.
    interrupt: Interrupt,
}

impl Model<'_> {
    /// Lets the search begin where there is room for its derivatives.
    fn admit(&self, budget: Budget) -> Result<(), Error> {
        let tasks = self.data.n().div_ceil(ROWS_PER_TASK) as f64;
        let parameters = (self.risk.n_levels + self.columns.len()) as f64;
        let product =
            [("parts", tasks), ("parameters", parameters), ("parameters again", parameters)];
        let cost = Cost::new().and("second derivatives", &product, size_of::<f64>() as f64);
        Ok(budget.admit(&cost)?)
    }

    /// Why there are no derivatives.
    fn nothing(&self) -> Error {
        if let Err(interrupted) = self.interrupt.check() {
            return interrupted.into();
        }
        let is_large = |offset: &[f64]| offset.iter().any(|o| o.abs() > LARGE_OFFSET);
        match self.data.offset.filter(|offset| is_large(offset)) {
            Some(offset) => Error::of_offsets(Some(offset), "a change of the link"),
            None => Error::NoEvents { rows: self.data.n() },
        }
    }

    /// Positions of the coefficients of covariates.
    fn coefficients(&self) -> Range<usize> {
        self.risk.n_levels..self.risk.n_levels + self.columns.len()
    }

    /// The maximum where nothing but the levels of the periods varies.
    fn log_likelihood_null(&mut self, observer: &mut dyn Observer) -> Result<f64, Error> {
        let columns = std::mem::take(&mut self.columns);
        let levels_alone = self.climb(&mut Vec::new(), observer);
        self.columns = columns;
        Ok(levels_alone?.0.at.value)
    }

    /// The maximum and the penalty it took. A covariate that in every period is never smaller where the
    /// event happens than where it does not sends its coefficient to infinity; then all coefficients get
    /// the penalty that Cox regression gives them.
    fn climb(
        &self,
        warnings: &mut Vec<Warning>,
        observer: &mut dyn Observer,
    ) -> Result<(Optimum, f64), Error> {
        let start = self.start();
        let mut maximum = |ridge: f64| {
            let mut observed = |parameters: &[f64]| {
                let at = self.derivatives(parameters, Information::Observed)?;
                Some(penalized(at, self.coefficients(), parameters, ridge))
            };
            let at_start = observed(&start).ok_or_else(|| self.nothing())?;
            let search = search(MOST_ITERATIONS);
            let found = search.maximize(start.clone(), at_start.clone(), &mut observed, observer);
            Ok::<_, Error>((at_start, found))
        };
        let (at_start, plain) = maximum(0.0)?;
        let separating = collapsed(&at_start, &plain.at, self.coefficients());
        if separating.is_empty() {
            return Ok((plain, 0.0));
        }
        let column = |at: usize| self.columns[at - self.risk.n_levels].index;
        let name = |at: usize| self.data.covariates[column(at)].name.to_owned();
        let ridge = cox::Spec::RESCUE_RIDGE;
        let covariates = separating.into_iter().map(name).collect();
        warnings.push(Warning::Separation { covariates });
        warnings.push(Warning::RidgeApplied { ridge });
        Ok((maximum(ridge)?.1, ridge))
    }

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
        let Some(at) = self.derivatives(&self.start(), Information::Observed) else {
            return Err(self.nothing());
        };
        let levels = self.risk.n_levels;
        let dropped: Vec<usize> = at.factor(0.0).dropped().to_vec();
        for &d in dropped.iter().filter(|&&d| d >= levels) {
            let covariate = self.data.covariates[self.columns[d - levels].index].name.to_owned();
            warnings.push(Warning::NoInformation { covariate });
        }
        let mut at = levels;
        self.columns.retain(|_| {
            at += 1;
            !dropped.contains(&(at - 1))
        });
        Ok(())
    }

    fn derivatives(&self, parameters: &[f64], kind: Information) -> Option<Derivatives> {
        let starts = (0..self.data.n()).step_by(ROWS_PER_TASK);
        let parts = map_tasks(starts, |begin| {
            self.interrupt.check().ok()?;
            Some(self.part(parameters, begin, kind))
        });
        let mut total = Derivatives::zero(parameters.len());
        for part in parts {
            total.add(&part?);
        }
        total.value.is_finite().then_some(total)
    }

    fn offset(&self, row: usize) -> f64 {
        self.data.offset.map_or(0.0, |offset| offset[row])
    }

    /// Σ over clusters of the squared sum of their scores, lower triangle.
    fn squared_scores(&self, parameters: &[f64], cluster: &[u32], n_clusters: usize) -> Vec<f64> {
        let (levels, coefficients) = parameters.split_at(self.risk.n_levels);
        let q = parameters.len();
        let mut scores = vec![0.0; q * n_clusters];
        let mut x = vec![0.0; self.columns.len()];
        for (row, &of_row) in cluster.iter().enumerate() {
            for (x, column) in x.iter_mut().zip(&self.columns) {
                *x = column.value(self.data, row);
            }
            let own =
                self.offset(row) + x.iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>();
            let score = &mut scores[of_row as usize * q..][..q];
            let periods = self.risk.periods(self.data, row);
            let event_at = (self.data.event[row] == 1).then_some(*periods.end());
            let mut slope = 0.0;
            for period in periods {
                let Some(at) = self.risk.parameter[period] else { continue };
                let event = event_at == Some(period);
                let trial = self.link.trial(levels[at] + own, event, Information::Expected);
                let own = self.data.weight(row) * trial.1;
                score[at] += own;
                slope += own;
            }
            for (s, x) in score[levels.len()..].iter_mut().zip(&x) {
                *s += slope * x;
            }
        }
        let mut squares = vec![0.0; q * q];
        for score in scores.chunks_exact(q) {
            for (j, a) in score.iter().enumerate().filter(|(_, a)| **a != 0.0) {
                for (entry, b) in squares[j * q..].iter_mut().zip(&score[..=j]) {
                    *entry += a * b;
                }
            }
        }
        squares
    }

    fn part(&self, parameters: &[f64], begin: usize, kind: Information) -> Derivatives {
        let (levels, coefficients) = parameters.split_at(self.risk.n_levels);
        let n_levels = levels.len();
        let q = parameters.len();
        let mut total = Derivatives::zero(q);
        let mut x = vec![0.0; self.columns.len()];
        for row in begin..(begin + ROWS_PER_TASK).min(self.data.n()) {
            for (x, column) in x.iter_mut().zip(&self.columns) {
                *x = column.value(self.data, row);
            }
            let own =
                self.offset(row) + x.iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>();
            let (mut slope, mut curvature) = (0.0, 0.0);
            let periods = self.risk.periods(self.data, row);
            let event_at = (self.data.event[row] == 1).then_some(*periods.end());
            let weight = self.data.weight(row);
            for period in periods {
                let Some(at) = self.risk.parameter[period] else { continue };
                let trial = self.link.trial(levels[at] + own, event_at == Some(period), kind);
                total.value += weight * trial.0;
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

    fn result(&self, found: Found) -> DiscreteFit {
        let Found { parameters, covariance: standardised, .. } = found;
        let q = parameters.len();
        let levels = self.risk.n_levels;
        // Levels at covariates zero instead of at their means.
        let mut map = LinearMap::identity(q);
        for (at, column) in (levels..).zip(&self.columns) {
            map.set(at, at, 1.0 / column.sd);
            for level in 0..levels {
                map.set(level, at, -column.mean / column.sd);
            }
        }
        let estimate = map.apply(&parameters);
        let covariance = map.covariance(&standardised);
        let se = |at: usize| covariance[at * q + at].sqrt();
        let period = |(k, parameter): (usize, &Option<usize>)| PeriodLevel {
            stratum: self.risk.strata[k / self.risk.n_periods],
            period: (k % self.risk.n_periods) as u32 + 1,
            events: self.risk.events[k],
            at_risk: self.risk.exposed[k],
            level: parameter.map(|at| estimate[at]),
            se: parameter.map(se),
        };
        let coefficient = |(index, c): (usize, &Covariate<'_>)| {
            let at = self.columns.iter().position(|c| c.index == index).map(|j| levels + j);
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
            log_likelihood: found.log_likelihood,
            log_likelihood_null: Some(found.log_likelihood_null),
            ridge: found.ridge,
            n: self.data.n(),
            n_person_periods: self.risk.exposed.iter().sum(),
            n_events: self.data.n_events(),
            covariance,
            n_clusters: found.n_clusters,
            robust: found.robust,
            warnings: found.warnings,
            verdict: found.verdict,
        }
    }
}
