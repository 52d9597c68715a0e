//! A survival model, fitted to a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use hashbrown::HashMap;
use md5::{Digest, Md5};
use seedtest_digest::hex;
use seedtest_formula::{Factor, Formula, ModelMatrix};
use seedtest_ingest::{Table, TableColumn};
use seedtest_survival::quality::Quality;
use seedtest_survival::{FormulaData, Observer};
use seedtest_wire::{
    PenaltyPathJson, ProportionalHazardsJson, ResidualsJson, SurvivalFitRequest, SurvivalNoop,
};

use super::columns::{Roles, frame_of_columns, gaps, quoted, row_names, text_at};
use super::diagnostics::{proportional_hazards, residuals};
use super::model::{ModelRows, RowPrediction, Strata, SurvivalModel};
use super::models::{FittedModel, fit_model};
use super::predict::predict_table;
use super::quality::quality;
use super::spec::SurvivalSpec;
use crate::error::Error;
use crate::rows::table_of;

/// Fewer rows are not fitted.
const FEWEST_ROWS: usize = 10;

/// A fit, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum SurvivalAnswer {
    /// Fitted.
    Fitted(Box<SurvivalFitted>),
    /// Too little to fit.
    Noop(SurvivalNoop),
}

/// A fit with the predictions that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalFitted {
    /// The model.
    pub model: SurvivalModel,
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
    /// Rows left out because a value is missing.
    pub dropped_rows: usize,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Fits what a request asks for.
///
/// # Errors
/// Those of [`fit_survival`], and for rows or options that cannot be read.
pub fn fit_survival_request(
    request: &SurvivalFitRequest,
    run_id: Option<&str>,
    observer: &mut dyn Observer,
) -> Result<SurvivalAnswer, Error> {
    let spec = SurvivalSpec { run_id: run_id.map(str::to_owned), ..SurvivalSpec::of(request)? };
    let rows = table_of(request.rows.clone())?;
    let newdata = request.newdata.clone().map(table_of).transpose()?;
    let mut answer = fit_survival(&rows, newdata.as_ref(), &spec, observer)?;
    let wants_uuid = run_id.is_none() && request.run_id_format.as_deref() == Some("uuid");
    if let SurvivalAnswer::Fitted(fitted) = &mut answer
        && wants_uuid
    {
        let digest: [u8; 16] = Md5::digest(fitted.model.run_id.as_bytes()).into();
        fitted.model.run_id = uuid::Uuid::from_bytes(digest).to_string();
    }
    Ok(answer)
}

/// Fits a survival model to a table and predicts `newdata`, or the last row of every student where
/// there is none.
///
/// # Errors
/// For columns that are missing or cannot be what they are said to be, and those of the model.
pub fn fit_survival(
    rows: &Table,
    newdata: Option<&Table>,
    spec: &SurvivalSpec,
    observer: &mut dyn Observer,
) -> Result<SurvivalAnswer, Error> {
    if rows.n_rows < FEWEST_ROWS {
        let reason = format!("Insufficient data: n = {}", rows.n_rows);
        return Ok(noop(reason, rows.n_rows, 0));
    }
    let roles = Roles::of(rows);
    let mut warnings = Vec::new();
    let text = formula_text(rows, &roles, spec, &mut warnings)?;
    let formula = Formula::parse(&text).map_err(Error::Syntax)?;
    let built = FormulaData::new(&formula, &frame_of_columns(rows, &formula.columns())?)?;
    warn_of_dropped(&built, &mut warnings);
    let weights = chosen_column(rows, spec.weights.as_deref(), &built)?;
    let offset = chosen_column(rows, spec.offset.as_deref(), &built)?;
    let mut data = built.data();
    data.weights = weights.as_deref();
    data.offset = data.offset.or(offset.as_deref());
    let (n, n_events) = (data.n(), data.n_events());
    let too_little = [
        (n < FEWEST_ROWS, format!("Insufficient data: n = {n}")),
        (n_events == 0, "no_events".to_string()),
        (n_events == n, "all_events".to_string()),
    ];
    if let Some((_, reason)) = too_little.into_iter().find(|(holds, _)| *holds) {
        return Ok(noop(reason, n, n_events));
    }
    let clusters = clusters(rows, &roles, spec, &built)?;
    data.cluster = data.cluster.or(clusters.as_deref());
    let in_table = |error: seedtest_survival::Error| Error::from(error.in_table(&built.rows));
    let FittedModel { fitted, elastic_net, path } =
        fit_model(&data, spec, observer, &mut warnings).map_err(in_table)?;
    let quality = quality(&data, spec, &mut warnings);
    let proportional_hazards = proportional_hazards(&data, &fitted, spec, &mut warnings);
    let residuals = residuals(&data, &fitted, spec, &built.rows).map_err(in_table)?;
    let model = SurvivalModel {
        run_id: spec.run_id.clone().unwrap_or_else(|| run_id(&text, rows)),
        family: spec.family,
        event_threshold_days: spec.event_threshold_days,
        horizon_days: spec.horizon_days,
        formula: text,
        encoder: built.encoder.clone(),
        strata: strata(rows, spec, &built),
        offset: spec.offset.clone(),
        elastic_net,
        means: data.covariates.iter().map(|c| mean(c.values)).collect(),
        fitted,
    };
    let predicted = match newdata {
        Some(table) => predict_table(&model, table, spec.horizon_days)?,
        None => predict_own(&model, rows, &roles, &built, data.offset)?,
    };
    let unknown = predicted.predictions.iter().filter(|p| p.risk.is_none()).count();
    if unknown > 0 {
        let horizon = spec.horizon_days;
        warnings.push(format!(
            "no risk for {unknown} rows: nobody was observed {horizon} days beyond their gap"
        ));
    }
    Ok(SurvivalAnswer::Fitted(Box::new(SurvivalFitted {
        model,
        names: predicted.names,
        gaps: predicted.gaps,
        matrix: predicted.matrix,
        predictions: predicted.predictions,
        quality,
        proportional_hazards,
        penalty_path: path,
        residuals,
        dropped_rows: built.dropped.rows,
        warnings,
    })))
}

fn noop(reason: String, n_obs: usize, n_events: usize) -> SurvivalAnswer {
    let status = "noop".to_string();
    SurvivalAnswer::Noop(SurvivalNoop { status, ok: true, reason, n_obs, n_events })
}

fn formula_text(
    rows: &Table,
    roles: &Roles,
    spec: &SurvivalSpec,
    warnings: &mut Vec<String>,
) -> Result<String, Error> {
    let mut text = if let Some(text) = &spec.formula {
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
        Some(TableColumn::Text { .. }) => Err(Error::TextColumn { name: name.to_owned() }),
        None => Err(Error::UnknownColumn { name: name.to_owned() }),
    }
}

/// Clusters of the rows that take part, where any two rows share one.
fn clusters(
    rows: &Table,
    roles: &Roles,
    spec: &SurvivalSpec,
    built: &FormulaData,
) -> Result<Option<Vec<u32>>, Error> {
    let named = spec.cluster.as_ref().or(roles.cluster.as_ref());
    let Some(name) = named.or(roles.student.as_ref()) else { return Ok(None) };
    let codes = match rows.column(name) {
        Some(TableColumn::Text { codes, .. }) => codes.clone(),
        Some(TableColumn::Numeric(values)) => Factor::from_numbers(values).codes().to_vec(),
        None => return Err(Error::UnknownColumn { name: name.clone() }),
    };
    let of_rows: Vec<u32> = built.rows.iter().map(|&row| codes[row as usize]).collect();
    let mut sorted = of_rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    Ok((sorted.len() < of_rows.len() || named.is_some()).then_some(of_rows))
}

fn strata(rows: &Table, spec: &SurvivalSpec, built: &FormulaData) -> Option<Strata> {
    let factor = built.strata.as_ref()?;
    let column = spec.strata.as_ref().and_then(|name| rows.column(name));
    let mut codes = BTreeMap::new();
    if let Some(column) = column {
        for (&row, &code) in built.rows.iter().zip(factor.codes()) {
            if let Some(text) = text_at(column, row as usize) {
                codes.insert(text.into_owned(), code);
            }
        }
    }
    Some(Strata { column: spec.strata.clone(), codes })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn run_id(formula: &str, rows: &Table) -> String {
    let digest = Md5::digest(format!("{formula}\n{}", table_digest(&[rows])).as_bytes());
    format!("fit-{}", &hex(&digest)[..16])
}

/// Digest of the names and values of tables.
pub fn table_digest(tables: &[&Table]) -> String {
    let mut hash = Md5::new();
    for (name, column) in tables.iter().flat_map(|table| &table.columns) {
        hash.update(name.as_bytes());
        match column {
            TableColumn::Numeric(values) => {
                for value in values {
                    hash.update(value.to_le_bytes());
                }
            }
            TableColumn::Text { levels, codes } => {
                for level in levels {
                    hash.update(level.as_bytes());
                }
                for code in codes {
                    hash.update(code.to_le_bytes());
                }
            }
        }
    }
    hex(&hash.finalize())
}

/// Rows that were predicted.
pub(super) struct Predicted {
    pub(super) names: Vec<Arc<str>>,
    pub(super) gaps: Vec<f64>,
    pub(super) matrix: ModelMatrix,
    pub(super) strata: Option<Vec<u32>>,
    pub(super) offset: Option<Vec<f64>>,
    pub(super) predictions: Vec<RowPrediction>,
}

impl Predicted {
    /// The rows as the model takes them.
    pub(super) fn rows(&self) -> ModelRows<'_> {
        ModelRows {
            matrix: &self.matrix,
            strata: self.strata.as_deref(),
            offset: self.offset.as_deref(),
            gaps: &self.gaps,
        }
    }
}

/// Predicts the last row of every student of the fit.
fn predict_own(
    model: &SurvivalModel,
    rows: &Table,
    roles: &Roles,
    built: &FormulaData,
    offset: Option<&[f64]>,
) -> Result<Predicted, Error> {
    let names = row_names(rows, roles, built.rows.iter().map(|&row| row as usize));
    let gap = gaps(rows, roles);
    let last: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (&**name, at)).collect();
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    let matrix = selected(&built.covariates, &kept);
    let of_table = |at: &usize| built.rows[*at] as usize;
    let gaps: Vec<f64> = kept.iter().map(|at| gap[of_table(at)]).collect();
    let strata: Option<Vec<u32>> =
        built.strata.as_ref().map(|s| kept.iter().map(|&at| s.codes()[at]).collect());
    let offset: Option<Vec<f64>> = offset.map(|o| kept.iter().map(|&at| o[at]).collect());
    let chosen = ModelRows {
        matrix: &matrix,
        strata: strata.as_deref(),
        offset: offset.as_deref(),
        gaps: &gaps,
    };
    let predictions = model.predict_all(&chosen, model.horizon_days)?;
    let names = kept.iter().map(|&at| names[at].clone()).collect();
    Ok(Predicted { names, gaps, matrix, strata, offset, predictions })
}

fn selected(matrix: &ModelMatrix, rows: &[usize]) -> ModelMatrix {
    let column = |j: usize| rows.iter().map(move |&row| matrix.column(j)[row]);
    ModelMatrix {
        names: matrix.names.clone(),
        assign: matrix.assign.clone(),
        terms: matrix.terms.clone(),
        n_rows: rows.len(),
        values: (0..matrix.n_columns()).flat_map(column).collect(),
    }
}
