//! A survival model, fitted to a table.

use std::fmt::Write as _;
use std::sync::Arc;

use seedtest_formula::{Factor, Formula, ModelMatrix, Part};
use seedtest_ingest::{Table, TableColumn};
use seedtest_survival::quality::Quality;
use seedtest_survival::{FormulaData, Observer, refuse_overlaps};
use seedtest_wire::{PenaltyPathJson, ProportionalHazardsJson, ResidualsJson, SurvivalNoop};

use super::columns::{Roles, frame_of_columns, quoted, require_gaps};
use super::diagnostics::{proportional_hazards, residuals};
use super::kernels::{FittedModel, fit_model};
use super::offset::offset_warning;
use super::own_rows::{OwnRows, predict_nobody, predict_own};
use super::predict::{extrapolated, lacking, rows_predicted};
use super::present::Present;
use super::quality::quality;
use super::spec::{Reasons, Spec};
use super::stored::{ModelRows, RowPrediction, Stored, Strata};
use crate::digest::input_digest;
use crate::error::Error;
use crate::family::{Outcome, run_id_of};
use crate::predictors::{refuse_accidental_categories, text_among_numbers};
use crate::two_threads::on_two_threads;

/// Rows from which on a second thread helps to digest them.
const WORTH_A_THREAD: usize = 256;
/// Fewer rows are not fitted.
pub(super) const FEWEST_ROWS: usize = 10;

/// A fit, or why there is none.
pub(super) type FitOutcome = Outcome<Fitted, SurvivalNoop>;

/// A fit with the predictions that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Stored,
    /// Name of every predicted row.
    pub names: Vec<Arc<str>>,
    /// Their time without event so far.
    pub gaps: Vec<f64>,
    /// Values of the covariates of the predicted rows.
    pub(super) matrix: ModelMatrix,
    /// Their predictions.
    pub predictions: Vec<RowPrediction>,
    /// Quality on left-out students, where it is known.
    pub quality: Option<Quality>,
    pub(super) proportional_hazards: Option<ProportionalHazardsJson>,
    pub(super) penalty_path: Option<PenaltyPathJson>,
    pub(super) residuals: Option<ResidualsJson>,
    /// Which rows say what their risk is made of.
    pub(super) reasons: Reasons,
    /// Hexadecimal digest of rows and specification: equal inputs, equal digest.
    pub input_digest: String,
    /// What says which rows are of one cluster.
    pub(super) cluster: Option<String>,
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Fits a survival model to a table and predicts `newdata`, or the last row of every student where
/// there is none.
///
/// # Errors
/// For columns that are missing or cannot be what they are said to be, and those of the model.
pub fn fit(
    rows: &Table,
    newdata: Option<&Table>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    let (outcome, input_digest) = on_two_threads(
        rows.n_rows >= WORTH_A_THREAD,
        || fitted(rows, newdata, spec, observer),
        || input_digest(rows, newdata, spec),
    );
    Ok(match outcome? {
        Outcome::Fitted(mut fitted) => {
            fitted.input_digest = input_digest?;
            Outcome::Fitted(fitted)
        }
        too_little @ Outcome::TooLittle(_) => too_little,
    })
}

/// The same, with the digest of its input still to come.
fn fitted(
    rows: &Table,
    newdata: Option<&Table>,
    spec: &Spec,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    if rows.n_rows < FEWEST_ROWS {
        return Ok(too_little(too_few(rows.n_rows), rows.n_rows, events_of(rows, spec)));
    }
    let roles = Roles::of(rows);
    let mut warnings = Vec::new();
    let text = formula_text(rows, &roles, spec, &mut warnings)?;
    let typed = Formula::parse(&text).map_err(Error::Syntax)?;
    said_once(&typed, spec)?;
    let formula = without_dot(&typed, rows, &roles, spec)?;
    refuse_accidental_categories(rows, &formula, &[], |table, name| table.column(name))?;
    let beside = [spec.weights.as_deref(), spec.offset.as_deref()].into_iter().flatten().collect();
    let present = Present::of(rows, beside);
    let built = present.built(&formula, &frame_of_columns(&present.table, &formula.columns())?)?;
    warn_of_dropped(&built, &mut warnings);
    let weights = chosen_column(rows, spec.weights.as_deref(), &built)?;
    let offset = chosen_column(rows, spec.offset.as_deref(), &built)?;
    let mut data = built.data();
    data.weights = weights.as_deref();
    data.offset = data.offset.or(offset.as_deref());
    warnings.extend(offset_warning(&data, &formula, spec));
    let (n, n_events) = (data.n(), data.n_events());
    let limits = [(n < FEWEST_ROWS, too_few(n)), (n_events == 0, "no_events".to_string())];
    if let Some((_, reason)) = limits.into_iter().find(|(holds, _)| *holds) {
        return Ok(too_little(reason, n, Some(n_events)));
    }
    let in_table = |error: seedtest_survival::Error| Error::from(error.in_table(&built.rows));
    if let Some(id) = codes_of(rows, roles.student.as_deref(), &built)? {
        refuse_overlaps(&data, &id).map_err(in_table)?;
    }
    require_gaps(rows, &roles)?;
    let clusters = clusters(rows, &roles, spec, &built)?;
    let of_formula = formula.parts().into_iter().find_map(|part| match part {
        Part::Cluster(term) => Some(term),
        _ => None,
    });
    let cluster = of_formula.or_else(|| clusters.as_ref().map(|(name, _)| name.clone()));
    data.cluster = data.cluster.or(clusters.as_ref().map(|(_, codes)| &codes[..]));
    let FittedModel { fitted, elastic_net, path } =
        fit_model(&data, spec, observer, &mut warnings).map_err(in_table)?;
    // What is measured of a model has the time up to its summing up, not that of the answer.
    let interrupt = observer.closing();
    let quality = quality(&data, built.strata.as_ref(), spec, &interrupt, &mut warnings);
    let in_time =
        Spec { proportionality: spec.proportionality && !interrupt.is_raised(), ..spec.clone() };
    let proportional_hazards =
        proportional_hazards(&data, &built.terms(), &fitted, &in_time, &mut warnings);
    let residuals = residuals(&data, &fitted, spec, &built.rows).map_err(in_table)?;
    let model = Stored {
        run_id: String::new(),
        family: spec.family,
        event_threshold_days: spec.event_threshold_days,
        horizon_days: spec.horizon_days,
        formula: text,
        encoder: built.encoder.clone(),
        strata: strata(&built),
        offset: spec.offset.clone(),
        elastic_net,
        means: data.covariates.iter().map(|c| mean(c.values)).collect(),
        follow_up: data.stop.iter().copied().reduce(f64::max),
        fitted,
    };
    let beside = [spec.weights.as_deref(), spec.offset.as_deref()];
    let own = OwnRows { rows, roles: &roles, built: &built, beside };
    let predicted = match newdata {
        Some(table) => rows_predicted(&model, table, spec.horizon_days)?,
        None if spec.own_predictions => predict_own(&model, &own, data.offset)?,
        None => predict_nobody(&own),
    };
    warnings.extend(predicted.said);
    warnings.extend(lacking(&predicted.predictions));
    warnings.extend(extrapolated(&model, &predicted.predictions, &[]));
    Ok(Outcome::Fitted(Box::new(Fitted {
        reasons: spec.reasons,
        input_digest: String::new(),
        model,
        names: predicted.names,
        gaps: predicted.gaps,
        matrix: predicted.matrix,
        predictions: predicted.predictions,
        quality,
        proportional_hazards,
        penalty_path: path,
        residuals,
        cluster,
        dropped_rows: built.dropped.rows,
        warnings,
    })))
}

/// Events of rows that are too few to fit; `None` where they do not say what an event is, and 0 of no rows.
fn events_of(rows: &Table, spec: &Spec) -> Option<usize> {
    if rows.n_rows == 0 {
        return Some(0);
    }
    let counted = || {
        let text = match &spec.formula {
            Some(text) => text.clone(),
            None => format!("{} ~ 1", Roles::of(rows).response()?),
        };
        let response = Formula::parse(&text).map_err(Error::Syntax)?.response_alone();
        let frame = frame_of_columns(rows, &response.columns())?;
        Ok::<_, Error>(FormulaData::new(&response, &frame)?.data().n_events())
    };
    counted().ok()
}

fn too_few(n: usize) -> String {
    format!("Insufficient data: n = {n}, a fit needs {FEWEST_ROWS} rows")
}

fn too_little(reason: String, n_obs: usize, n_events: Option<usize>) -> FitOutcome {
    let status = "noop".to_string();
    Outcome::TooLittle(SurvivalNoop { status, ok: true, reason, n_obs, n_events })
}

pub(super) fn formula_text(
    rows: &Table,
    roles: &Roles,
    spec: &Spec,
    warnings: &mut Vec<String>,
) -> Result<String, Error> {
    let mut text = if let Some(text) = &spec.formula {
        if spec.covariates.is_some() {
            warnings
                .push("covariates were not used: the formula says what the terms are".to_owned());
        }
        text.clone()
    } else {
        let (numeric, ignored) = roles.others(rows);
        let is_reserved = |name: &&str| {
            [&spec.strata, &spec.cluster, &spec.weights, &spec.offset]
                .iter()
                .any(|reserved| reserved.as_deref() == Some(*name))
        };
        let numeric: Vec<&str> = numeric.into_iter().filter(|n| !is_reserved(n)).collect();
        let chosen = spec.covariates.as_ref();
        if chosen.is_none() && ignored.iter().any(|name| !is_reserved(name)) {
            let list = ignored.join(", ");
            warnings.push(format!("columns of text were not used as covariates: {list}"));
        }
        let chosen = chosen.map(|list| list.iter().map(String::as_str).collect());
        roles.formula(&chosen.unwrap_or(numeric))?
    };
    if let Some(strata) = &spec.strata {
        // Writing to a string cannot fail.
        let _ = write!(text, " + strata({})", quoted(strata));
    }
    Ok(text)
}

/// Refuses an option beside a term of the formula that says the same otherwise: one of them would be left
/// out.
fn said_once(formula: &Formula, spec: &Spec) -> Result<(), Error> {
    let twice = |option: &'static str, named: &Option<String>, term: String| {
        let other = named.as_ref().filter(|name| term != format!("{option}({})", quoted(name)));
        other.map_or(Ok(()), |named| {
            Err(Error::SaidTwice { option, named: named.clone(), term: term.clone() })
        })
    };
    formula.parts().into_iter().try_for_each(|part| match part {
        Part::Offset(term) => twice("offset", &spec.offset, term),
        Part::Cluster(term) => twice("cluster", &spec.cluster, term),
        // Strata of an option are a term of the formula by now; the kernels do the other parts.
        Part::Strata(_)
        | Part::Column(_)
        | Part::Computed(_)
        | Part::TakenAway(_)
        | Part::Random(_)
        | Part::Dot => Ok(()),
    })
}

/// The formula with its dot, if it has one, as the sum of the columns that have no other part.
pub(super) fn without_dot(
    formula: &Formula,
    rows: &Table,
    roles: &Roles,
    spec: &Spec,
) -> Result<Formula, Error> {
    let named =
        [&spec.cluster, &spec.weights, &spec.offset, &roles.student, &roles.cluster, &roles.gap];
    let taken = |name: &str| named.iter().any(|column| column.as_deref() == Some(name));
    let names = rows.columns.iter().map(|(name, _)| name.clone());
    let free: Vec<String> = names.filter(|name| !taken(name)).collect();
    formula.with_columns(&free).map_err(Error::Syntax)
}

pub(super) fn warn_of_dropped(built: &FormulaData, warnings: &mut Vec<String>) {
    if built.dropped.rows > 0 {
        let columns: Vec<String> =
            built.dropped.by_column.iter().map(|(name, n)| format!("{name} ({n})")).collect();
        warnings.push(format!(
            "{} rows were left out because a value is missing: {}",
            built.dropped.rows,
            columns.join(", ")
        ));
    }
}

/// The column of this name, for the rows that take part.
fn chosen_column(
    rows: &Table,
    name: Option<&str>,
    built: &FormulaData,
) -> Result<Option<Vec<f64>>, Error> {
    let Some(name) = name else { return Ok(None) };
    let all = numeric(rows, name)?;
    let of_rows = built.rows.iter().map(|&row| all[row as usize]);
    Ok(Some(of_rows.collect()))
}

/// A numeric column.
pub(super) fn numeric<'a>(rows: &'a Table, name: &str) -> Result<&'a [f64], Error> {
    match rows.column(name) {
        Some(TableColumn::Numeric(values)) => Ok(values),
        Some(column) => Err(text_among_numbers(column, name)),
        None => Err(Error::UnknownColumn { name: name.to_owned() }),
    }
}

/// Column and clusters of the rows that take part, where any two rows share one. Rows whose cluster is not known
/// are of nobody else's.
fn clusters(
    rows: &Table,
    roles: &Roles,
    spec: &Spec,
    built: &FormulaData,
) -> Result<Option<(String, Vec<u32>)>, Error> {
    let named = spec.cluster.as_ref().or(roles.cluster.as_ref());
    let Some(name) = named.or(roles.student.as_ref()) else { return Ok(None) };
    let Some(mut of_rows) = codes_of(rows, Some(name), built)? else { return Ok(None) };
    apart_where_unknown(&mut of_rows, rows.column(name), built);
    let mut sorted = of_rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let is_shared = sorted.len() < of_rows.len() || named.is_some();
    Ok(is_shared.then(|| (name.clone(), of_rows)))
}

/// Gives every row without a value a number of its own, behind those of the others.
fn apart_where_unknown(codes: &mut [u32], column: Option<&TableColumn>, built: &FormulaData) {
    let is_unknown = |row: usize| match column {
        Some(TableColumn::Text { levels, codes }) => {
            levels.get(codes[row] as usize).is_none_or(|level| level.trim().is_empty())
        }
        Some(TableColumn::Numeric(values)) => values[row].is_nan(),
        None => false,
    };
    let rows = || built.rows.iter().map(|&row| row as usize);
    let known = codes.iter().zip(rows()).filter(|&(_, row)| !is_unknown(row));
    let mut next = known.map(|(&code, _)| code + 1).max().unwrap_or(0);
    for (code, row) in codes.iter_mut().zip(rows()) {
        if is_unknown(row) {
            *code = next;
            next += 1;
        }
    }
}

/// Numbers for the values of a column, for the rows that take part.
fn codes_of(
    rows: &Table,
    name: Option<&str>,
    built: &FormulaData,
) -> Result<Option<Vec<u32>>, Error> {
    let Some(name) = name else { return Ok(None) };
    let codes = match rows.column(name) {
        Some(TableColumn::Text { codes, .. }) => codes.clone(),
        Some(TableColumn::Numeric(values)) => Factor::from_numbers(values).codes().to_vec(),
        None => return Err(Error::UnknownColumn { name: name.to_owned() }),
    };
    Ok(Some(built.rows.iter().map(|&row| codes[row as usize]).collect()))
}

fn strata(built: &FormulaData) -> Option<Strata> {
    let levels = built.strata.as_ref()?.levels();
    let codes = levels.iter().cloned().zip(0..).collect();
    Some(Strata { column: None, codes })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

impl Fitted {
    /// Identity of a fit that nobody gave a name: equal rows and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("fit", &self.input_digest)
    }

    /// What predicts from the fit later, under the name of its run.
    pub fn stored(&self, run_id: &str) -> Stored {
        self.model.named(run_id)
    }
}

/// Rows that were predicted; those that lack something have zeros in the matrix.
pub(super) struct Predicted {
    pub(super) names: Vec<Arc<str>>,
    pub(super) gaps: Vec<f64>,
    /// Rows of the table; of a row that lacks something the lack knows it.
    pub(super) table_rows: Vec<usize>,
    pub(super) matrix: ModelMatrix,
    pub(super) strata: Option<Vec<u32>>,
    pub(super) offset: Option<Vec<f64>>,
    pub(super) predictions: Vec<RowPrediction>,
    /// What was taken for granted of some rows.
    pub(super) said: Option<String>,
}

impl Predicted {
    /// The rows as the model takes them.
    pub(super) fn rows(&self) -> ModelRows<'_> {
        ModelRows {
            matrix: &self.matrix,
            strata: self.strata.as_deref(),
            offset: self.offset.as_deref(),
            gaps: &self.gaps,
            table_rows: &self.table_rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_other_texts_or_bounds_have_other_digests() {
        let texts = |levels: [&str; 2]| {
            let levels = levels.map(Arc::from).to_vec();
            let column = TableColumn::Text { levels, codes: vec![0, 1] };
            Table { columns: vec![("name".into(), column)], n_rows: 2 }
        };
        let numbers = |values: Vec<f64>| {
            let n_rows = values.len();
            Table { columns: vec![("name".into(), TableColumn::Numeric(values))], n_rows }
        };
        let of = |rows: &Table, newdata: Option<&Table>| {
            input_digest(rows, newdata, &Spec::default()).unwrap()
        };
        assert_ne!(of(&texts(["a", "bc"]), None), of(&texts(["ab", "c"]), None));
        let (one, two) = (numbers(vec![1.0]), numbers(vec![2.0, 3.0]));
        let (longer, shorter) = (numbers(vec![1.0, 2.0]), numbers(vec![3.0]));
        assert_ne!(of(&one, Some(&two)), of(&longer, Some(&shorter)));
        let other = Spec { horizon_days: 7.0, ..Spec::default() };
        assert_ne!(of(&one, None), input_digest(&one, None, &other).unwrap());
    }
}
