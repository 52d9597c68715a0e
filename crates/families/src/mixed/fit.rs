//! A mixed model, fitted to a table.

use seedtest_fault::FaultKind;
use seedtest_formula::Formula;
use seedtest_ingest::Table;
use seedtest_mixed::glmm::{Family, RunawayVariance};
use seedtest_mixed::{
    Data, Error as ModelError, FixedEffect, LevelCoefficients, LikelihoodRatio, Metrics, Observer,
    RandomEffects, Undetermined, VarianceShares, compare, glmm, lmm,
};
use seedtest_numerics::{Loading, Status, Verdict, ln};
use seedtest_wire::Noop;

use super::intervals::{IntervalsOf, intervals};
use super::model::Model;
use super::new_rows::{NewRow, Predictor, warnings as warnings_of_new_rows};
use super::rows::{Rows, rows_of};
use super::spec::{Intervals, ModelSpec, Spec};
use super::stored::Stored;
use crate::digest::input_digest;
use crate::error::Error;
use crate::family::{Outcome, run_id_of};
use crate::two_threads::on_two_threads;

/// Rows from which on a second thread helps to digest them.
const WORTH_A_THREAD: usize = 256;

/// A fit with everything that was asked for besides.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// What was asked for.
    pub spec: Spec,
    /// Hexadecimal digest of rows and specification: equal inputs, equal digest.
    pub input_digest: String,
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// Rows of `cbind(0, 0)`, left out.
    pub rows_without_trials: usize,
    /// Missing values by column.
    pub missing: Vec<(String, usize)>,
    /// What a reader should know; that the fit did not converge comes first.
    pub warnings: Vec<String>,
    pub(super) weights: Option<String>,
    pub(super) intervals: IntervalsOf,
    pub(super) shares: VarianceShares,
    pub(super) scaled_residuals: Vec<f64>,
    pub(super) by_level: Option<Vec<LevelCoefficients>>,
    pub(super) comparison: Option<Comparison>,
    pub(super) predictions: Option<Vec<NewRow>>,
}

/// The test of the fit against another formula.
#[derive(Debug, Clone)]
pub(super) struct Comparison {
    pub(super) formula: String,
    pub(super) metrics: Metrics,
    /// The test, or why there is none.
    pub(super) test: Result<LikelihoodRatio, &'static str>,
    /// What is wrong with the other fit.
    doubt: Option<String>,
}

/// Fits a mixed model to a table, and predicts `newdata` where there is one.
///
/// # Errors
/// For columns that are missing or cannot be what they are said to be, rows that the model cannot have and
/// settings that do not go together; every error names row, column or setting.
pub fn fit(
    rows: &Table,
    newdata: Option<&Table>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Outcome<Fitted, Noop>, Error> {
    if rows.n_rows == 0 {
        return Ok(Outcome::TooLittle(Noop::new("Insufficient data: n = 0")));
    }
    let (fitted, digest) = on_two_threads(
        rows.n_rows >= WORTH_A_THREAD,
        || fitted(rows, newdata, spec, observer),
        || input_digest(rows, newdata, spec),
    );
    let mut fitted = fitted?;
    fitted.input_digest = digest?;
    Ok(Outcome::Fitted(Box::new(fitted)))
}

/// The same, with the digest of its input still to come.
fn fitted(
    table: &Table,
    newdata: Option<&Table>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Fitted, Error> {
    let formula = spec.parsed()?;
    let rows = rows_of(table, &formula, spec)?;
    let Rows { data, weights } = &rows;
    let model = Model::fit(data, &spec.model, observer)?;
    let mut warnings: Vec<String> = doubt(model.verdict()).into_iter().collect();
    let is_named = matches!(model.verdict().status, Status::Unidentified { .. });
    warnings.extend(model.undetermined().map(without_shares));
    if let Model::Generalised(fit) = &model
        && !is_named
    {
        warnings.extend(fit.runaway_variances(data).iter().map(runaway));
    }
    warn_of_columns(&formula, model.fixed(), &mut warnings);
    warn_of_rows(data, weights.as_deref(), &mut warnings);
    warnings.extend(counted_twice(data, &formula, weights.as_deref()));
    warnings.extend(offset_warning(data, &spec.model));
    let mut intervals = intervals(&model, data, spec, &mut warnings)?;
    let searched = matches!(spec.intervals, Intervals::Profile | Intervals::Bootstrap);
    if searched && observer.closing().is_raised() {
        intervals.cut_short(&mut warnings);
    }
    let comparison = match comparison(table, &rows, &model, spec, observer) {
        Err(error) if error.kind() == FaultKind::Deadline => {
            warnings.push(
                "there was no time for the other formula: allow more with max_seconds".into(),
            );
            None
        }
        comparison => comparison?,
    };
    if let Some(doubt) = comparison.as_ref().and_then(|found| found.doubt.as_ref()) {
        warnings.push(format!("the other formula: {doubt}"));
    }
    let predictions = newdata.map(|table| model.predict(table, spec)).transpose()?;
    warnings.extend(predictions.iter().flat_map(|rows| warnings_of_new_rows(rows)));
    Ok(Fitted {
        spec: spec.clone(),
        input_digest: String::new(),
        dropped_rows: data.dropped.rows,
        rows_without_trials: data.without_trials,
        missing: data.dropped.by_column.clone(),
        shares: model.variance_shares(data),
        scaled_residuals: model.scaled_residuals(data),
        by_level: spec.by_level.then(|| model.by_level()),
        model,
        warnings,
        weights: rows.weights,
        intervals,
        comparison,
        predictions,
    })
}

/// What is wrong with a fit, in words.
fn doubt(verdict: &Verdict) -> Option<String> {
    let action =
        verdict.next_action.as_ref().map_or_else(String::new, |action| format!(": {action}"));
    match &verdict.status {
        Status::Converged => None,
        Status::Singular { direction } => {
            let has_part = |l: &&Loading| l.weight.abs() >= 5e-4;
            let parts = direction.iter().filter(has_part);
            let parts: Vec<String> =
                parts.map(|l| format!("{:.3} {}", l.weight, l.parameter)).collect();
            let units = if direction.len() > 1 {
                " (predictors centred at their means, in units of their standard deviations)"
            } else {
                ""
            };
            Some(format!(
                "singular fit: no variance in the direction {}{units}{action}",
                parts.join(" + ").replace("+ -", "- ")
            ))
        }
        Status::Unidentified { parameters } => {
            Some(format!("the data do not determine {}{action}", parameters.join(", ")))
        }
        Status::Truncated { reason } => Some(format!("NOT converged: {reason}{action}")),
        Status::Failed { reason } => Some(format!("failed: {reason}{action}")),
    }
}

/// What is not known where coefficients or variances run away.
fn without_shares(of: &Undetermined) -> String {
    let icc = if of.covariances.is_none() { " and no intraclass correlation" } else { "" };
    format!("no R2{icc}: it would rest on {}", of.parameters.join(", "))
}

/// What is said of a variance that runs away.
fn runaway(found: &RunawayVariance) -> String {
    let RunawayVariance { group, effect, sd, of_one_kind, examples, levels } = found;
    let examples = match examples.as_slice() {
        [] => String::new(),
        some => format!(", such as {}", some.join(", ")),
    };
    format!(
        "the standard deviation {sd:.1} of {group}.{effect} on the scale of the link is that of levels which are \
         right or wrong altogether ({of_one_kind} of {levels} have only successes or only failures{examples}): \
         Laplace's approximation is poor there; use quadrature (--agq 25, \"quadrature\": 25) where it is the only \
         random effect, or join levels"
    )
}

/// Says which terms have no estimate, and what the formula says that is no term.
fn warn_of_columns(formula: &Formula, fixed: &[FixedEffect], warnings: &mut Vec<String>) {
    let left_out: Vec<&str> =
        fixed.iter().filter(|f| f.estimate.is_none()).map(|f| f.name.as_str()).collect();
    if !left_out.is_empty() {
        warnings.push(format!(
            "no estimate of {}: a constant, or a combination of the columns before",
            left_out.join(", ")
        ));
    }
    let response = formula.response_column();
    if let Some(response) = response.filter(|_| formula.repeats_response()) {
        warnings.push(format!(
            "the response {response} is among its own predictors and left out there"
        ));
    }
    let predictors = formula.predictor_columns();
    for name in formula.response_columns().iter().filter(|name| predictors.contains(name)) {
        let what = match response {
            Some(_) => format!("the response {name}"),
            None => format!("{name} of the response"),
        };
        warnings.push(format!("{what} is part of a predictor: it explains itself"));
    }
}

fn warn_of_rows(data: &Data, weights: Option<&str>, warnings: &mut Vec<String>) {
    if data.dropped.rows > 0 {
        let columns: Vec<String> =
            data.dropped.by_column.iter().map(|(name, n)| format!("{name} ({n})")).collect();
        let rows = match data.dropped.rows {
            1 => "1 row was".to_owned(),
            n => format!("{n} rows were"),
        };
        warnings
            .push(format!("{rows} left out because a value is missing: {}", columns.join(", ")));
    }
    if data.without_trials > 0 {
        warnings.push(format!(
            "{} rows without a single trial, cbind(0, 0), were left out: they say nothing",
            data.without_trials
        ));
    }
    if let Some(weights) = weights {
        warnings.push(format!("column {weights} weights the rows"));
    }
}

/// What is said of weights that the trials of `cbind()` have in them already.
fn counted_twice(data: &Data, formula: &Formula, weights: Option<&str>) -> Option<String> {
    let name = weights.filter(|_| data.counts)?;
    let is_counted = formula.response_columns().iter().any(|column| column == name);
    is_counted.then(|| {
        format!(
            "the weights {name} are among the counts of the response, which weight the rows by themselves: every \
             trial counts {name} times; leave the weights out unless that is meant"
        )
    })
}

/// Range of an offset on the scale of the link beyond that of the responses from which on one doubts that it is on
/// that scale: a factor of e⁷, a thousand.
const DOUBTFUL_OFFSET: f64 = 7.0;

/// What is said of an offset that explains more than there is.
fn offset_warning(data: &Data, model: &ModelSpec) -> Option<String> {
    let ModelSpec::Generalised(spec) = model else { return None };
    let offset = data.offset.as_deref()?;
    let [low, high] = range(offset.iter().copied());
    let is_count = spec.family != Family::Binomial;
    let of_response = if is_count {
        let [least, most] = range(data.response.iter().map(|y| ln(y + 0.5)));
        most - least
    } else {
        2.0 * DOUBTFUL_OFFSET
    };
    let advice = if is_count && low >= 0.0 {
        "; an exposure goes in as its logarithm, offset(log(exposure))"
    } else {
        ""
    };
    (high - low > of_response + DOUBTFUL_OFFSET).then(|| {
        format!(
            "the offset runs from {low} to {high} on the scale of the {} link, far more than the responses do: it \
             decides alone{advice}",
            spec.link().name()
        )
    })
}

fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
}

/// Fits the other formula to the same rows and compares.
fn comparison(
    table: &Table,
    rows: &Rows,
    model: &Model,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<Option<Comparison>, Error> {
    let Some(against) = &spec.against else { return Ok(None) };
    let weights = rows.weights.clone();
    let other = Spec { formula: against.clone(), weights, ..spec.clone() };
    let other = rows_of(table, &other.parsed()?, &other)?;
    let (data, other) = (&rows.data, other.data);
    let refused = |reason| Err(ModelError::Comparison { reason }.into());
    if other.rows != data.rows {
        return refused("they are of different rows, since a column of one of them misses values");
    }
    if other.response != data.response {
        return refused("they are of different responses");
    }
    if other.weights != data.weights {
        return refused("they weight the rows differently");
    }
    let fit = Model::fit(&other, &spec.model, observer)?;
    let metrics = *fit.metrics();
    let test = compare((data, model.metrics()), (&other, &metrics))?;
    let doubt = doubt(fit.verdict());
    Ok(Some(Comparison { formula: against.clone(), metrics, test, doubt }))
}

impl Model {
    fn fit(data: &Data, spec: &ModelSpec, observer: &mut dyn Observer) -> Result<Self, Error> {
        Ok(match spec {
            ModelSpec::Linear(spec) => Self::Linear(Box::new(lmm::fit(data, spec, observer)?)),
            ModelSpec::Generalised(spec) => {
                Self::Generalised(Box::new(glmm::fit(data, spec, observer)?))
            }
        })
    }

    /// Fixed effects.
    pub fn fixed(&self) -> &[FixedEffect] {
        match self {
            Self::Linear(fit) => &fit.fixed,
            Self::Generalised(fit) => &fit.fixed,
        }
    }

    /// Random effects by grouping factor.
    pub fn random(&self) -> &[RandomEffects] {
        match self {
            Self::Linear(fit) => &fit.random,
            Self::Generalised(fit) => &fit.random,
        }
    }

    /// Figures of the fit.
    pub fn metrics(&self) -> &Metrics {
        match self {
            Self::Linear(fit) => &fit.metrics,
            Self::Generalised(fit) => &fit.metrics,
        }
    }

    /// How the fit ended.
    pub fn verdict(&self) -> &Verdict {
        match self {
            Self::Linear(fit) => &fit.verdict,
            Self::Generalised(fit) => &fit.verdict,
        }
    }

    /// Parameters in whose direction the likelihood has no maximum.
    pub(super) fn undetermined(&self) -> Option<&Undetermined> {
        match self {
            Self::Linear(_) => None,
            Self::Generalised(fit) => fit.undetermined.as_ref(),
        }
    }

    /// Covariance parameters by name.
    pub(super) fn theta(&self) -> impl Iterator<Item = (&String, &f64)> {
        let (names, values) = match self {
            Self::Linear(fit) => (&fit.theta_names, &fit.theta),
            Self::Generalised(fit) => (&fit.theta_names, &fit.theta),
        };
        names.iter().zip(values)
    }

    /// Eigenvalues of the scaled second derivatives.
    pub(super) fn spectrum(&self) -> &[f64] {
        match self {
            Self::Linear(fit) => &fit.spectrum,
            Self::Generalised(fit) => &fit.spectrum,
        }
    }

    /// Fitted values, residuals, and the row of each.
    pub(super) fn by_row(&self) -> (&[f64], &[f64], &[u32]) {
        match self {
            Self::Linear(fit) => (&fit.fitted, &fit.residuals, &fit.rows),
            Self::Generalised(fit) => (&fit.fitted, &fit.residuals, &fit.rows),
        }
    }

    /// Covariance of the fixed effects that have estimates, row-major.
    pub fn covariance(&self) -> &[f64] {
        match self {
            Self::Linear(fit) => &fit.covariance,
            Self::Generalised(fit) => &fit.covariance,
        }
    }

    fn variance_shares(&self, data: &Data) -> VarianceShares {
        match self {
            Self::Linear(fit) => fit.variance_shares(data),
            Self::Generalised(fit) => fit.variance_shares(data),
        }
    }

    fn by_level(&self) -> Vec<LevelCoefficients> {
        match self {
            Self::Linear(fit) => fit.by_level(),
            Self::Generalised(fit) => fit.by_level(),
        }
    }

    fn scaled_residuals(&self, data: &Data) -> Vec<f64> {
        match self {
            Self::Linear(fit) => fit.scaled_residuals(data),
            Self::Generalised(fit) => fit.scaled_residuals(data),
        }
    }

    fn predict(&self, table: &Table, spec: &Spec) -> Result<Vec<NewRow>, Error> {
        let encoder = match self {
            Self::Linear(fit) => &fit.encoder,
            Self::Generalised(fit) => &fit.encoder,
        };
        let with_random = spec.with_random;
        let predictor = Predictor {
            encoder,
            fixed: self.fixed(),
            undetermined: self.undetermined(),
            random: self.random(),
            with_random,
        };
        predictor.rows(table, |frame| match self {
            Self::Linear(fit) => fit.predict(frame, with_random),
            Self::Generalised(fit) => fit.predict(frame, with_random, spec.scale.into()),
        })
    }

    /// The model as the kernel stores it.
    pub(super) fn stored(&self) -> seedtest_mixed::Stored {
        match self {
            Self::Linear(fit) => seedtest_mixed::Stored::from(&**fit),
            Self::Generalised(fit) => seedtest_mixed::Stored::from(&**fit),
        }
    }
}

impl Fitted {
    /// Identity of a fit that nobody gave a name: equal rows and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of(self.spec.prefix(), &self.input_digest)
    }

    /// What predicts from the fit later, under the name of its run.
    pub fn stored(&self, run_id: &str) -> Stored {
        Stored::of(&self.model, &self.spec, run_id)
    }
}

impl Spec {
    fn prefix(&self) -> &'static str {
        match self.model {
            ModelSpec::Linear(_) => "lmm",
            ModelSpec::Generalised(_) => "glmm",
        }
    }
}
