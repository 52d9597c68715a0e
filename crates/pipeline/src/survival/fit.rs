use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use md5::{Digest, Md5};
use seedtest_formula::{Factor, Formula, ModelMatrix};
use seedtest_ingest::{Table, TableColumn};
use seedtest_survival::quality::{CrossValidation, Quality, cross_validate};
use seedtest_survival::{Data, FormulaData, Observer, aft, cox};
use seedtest_wire::{SurvivalFitRequest, SurvivalNoop};
use serde_json::{Map, Value};

use super::columns::{Roles, frame_of, gaps, quoted, row_names, text_at};
use super::family::Family;
use super::model::{Fitted, RowPrediction, Strata, SurvivalModel};
use super::predict::predict_table;
use crate::error::Error;

/// Fewer rows are not fitted.
const FEWEST_ROWS: usize = 10;
const FOLDS: usize = 5;

/// What to fit, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct SurvivalSpec {
    /// The family.
    pub family: Family,
    /// `Surv(time, event) ~ terms`; `None` = the columns say what they are.
    pub formula: Option<String>,
    /// The covariates where there is no formula; `None` = every numeric column without another
    /// meaning.
    pub covariates: Option<Vec<String>>,
    /// Column of the strata.
    pub strata: Option<String>,
    /// Column of the clusters; `None` = the student, where one has several rows.
    pub cluster: Option<String>,
    /// How tied events are treated (Cox).
    pub ties: cox::Ties,
    /// Ridge penalty (Cox).
    pub ridge: Option<f64>,
    /// Days of silence that are the event.
    pub event_threshold_days: f64,
    /// Time by which the risk is predicted.
    pub horizon_days: f64,
    /// Seed of the folds.
    pub seed: u64,
    /// Whether to measure the quality on left-out students.
    pub quality: bool,
    /// Identity of the fit; `None` = a digest of rows and specification.
    pub run_id: Option<String>,
}

impl Default for SurvivalSpec {
    fn default() -> Self {
        Self {
            family: Family::Cox,
            formula: None,
            covariates: None,
            strata: None,
            cluster: None,
            ties: cox::Ties::Efron,
            ridge: None,
            event_threshold_days: 14.0,
            horizon_days: 14.0,
            seed: 42,
            quality: true,
            run_id: None,
        }
    }
}

impl SurvivalSpec {
    /// The specification a request asks for.
    pub fn of(request: &SurvivalFitRequest) -> Result<Self, Error> {
        let positive = |name: &str, value: f64| {
            let expected = "a number above 0".to_string();
            let error = Error::BadSetting { name: name.into(), value: value.to_string(), expected };
            if value.is_finite() && value > 0.0 { Ok(value) } else { Err(error) }
        };
        let spec = Self {
            family: request.family_name().map_or(Ok(Family::Cox), Family::from_str)?,
            formula: request.formula.clone(),
            covariates: request.covariates.clone(),
            strata: request.strata.clone(),
            cluster: request.cluster.clone(),
            ties: request.ties_name().map_or(Ok(cox::Ties::Efron), ties_of)?,
            ridge: request.ridge(),
            event_threshold_days: positive("event_threshold_days", request.threshold_days())?,
            horizon_days: positive("horizon_days", request.horizon())?,
            seed: request.seed(),
            quality: request.quality.unwrap_or(true),
            run_id: None,
        };
        Ok(spec)
    }
}

/// The method for ties of this name.
///
/// # Errors
/// For any other name.
pub fn ties_of(name: &str) -> Result<cox::Ties, Error> {
    match name.to_ascii_lowercase().as_str() {
        "efron" => Ok(cox::Ties::Efron),
        "breslow" => Ok(cox::Ties::Breslow),
        "exact" => Ok(cox::Ties::Exact),
        _ => Err(Error::BadSetting {
            name: "ties".into(),
            value: name.into(),
            expected: "efron, breslow or exact".into(),
        }),
    }
}

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
    pub names: Vec<String>,
    /// Their time without event so far.
    pub gaps: Vec<f64>,
    /// Values of the covariates of the predicted rows.
    pub(super) matrix: ModelMatrix,
    /// Their predictions.
    pub predictions: Vec<RowPrediction>,
    /// Quality on left-out students, where it is known.
    pub quality: Option<Quality>,
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
    let rows = table_of(&request.rows)?;
    let newdata = request.newdata.as_deref().map(table_of).transpose()?;
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

pub(super) fn table_of(rows: &[Map<String, Value>]) -> Result<Table, Error> {
    Table::from_objects(rows).map_err(|error| Error::BadRow(error.to_string()))
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
    let formula = Formula::parse(&text).map_err(|e| Error::Usage(e.to_string()))?;
    let built = FormulaData::new(&formula, &frame_of(rows)?)?;
    warn_of_dropped(&built, &mut warnings);
    let mut data = built.data();
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
    let fitted = fit_family(&data, spec, observer, &mut warnings)?;
    let quality = quality(&data, spec, &mut warnings);
    let model = SurvivalModel {
        run_id: spec.run_id.clone().unwrap_or_else(|| run_id(&text, rows)),
        family: spec.family,
        event_threshold_days: spec.event_threshold_days,
        horizon_days: spec.horizon_days,
        formula: text,
        encoder: built.encoder.clone(),
        strata: strata(rows, spec, &built),
        means: data.covariates.iter().map(|c| mean(c.values)).collect(),
        fitted,
    };
    let predicted = match newdata {
        Some(table) => predict_table(&model, table, spec.horizon_days)?,
        None => predict_own(&model, rows, &roles, &built)?,
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
            [&spec.strata, &spec.cluster].iter().any(|reserved| reserved.as_deref() == Some(*name))
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

fn warn_of_dropped(built: &FormulaData, warnings: &mut Vec<String>) {
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
        None => return Err(Error::Usage(format!("no column is called {name}"))),
    };
    let of_rows: Vec<u32> = built.rows.iter().map(|&row| codes[row as usize]).collect();
    let mut sorted = of_rows.clone();
    sorted.sort_unstable();
    sorted.dedup();
    Ok((sorted.len() < of_rows.len() || named.is_some()).then_some(of_rows))
}

fn fit_family(
    data: &Data<'_>,
    spec: &SurvivalSpec,
    observer: &mut dyn Observer,
    warnings: &mut Vec<String>,
) -> Result<Fitted, Error> {
    let (fitted, of_model) = if let Some(distribution) = spec.family.distribution() {
        let plain = Data { cluster: None, ..data.clone() };
        let aft_spec = aft::Spec { distribution, ..aft::Spec::default() };
        let fit = aft::fit(&plain, &aft_spec, observer)?;
        let of_model = fit.warnings.clone();
        (Fitted::Parametric(Box::new(fit)), of_model)
    } else {
        let cox_spec = cox::Spec { ties: spec.ties, ridge: spec.ridge, ..cox::Spec::default() };
        let fit = cox::fit(data, &cox_spec, observer)?;
        let of_model = fit.warnings.clone();
        (Fitted::Cox(Box::new(fit)), of_model)
    };
    warnings.extend(of_model.iter().map(warning_text));
    Ok(fitted)
}

fn warning_text(warning: &cox::Warning) -> String {
    let text = format!("{warning}; {}", warning.hint());
    match warning {
        cox::Warning::DegenerateEventDefinition { .. } | cox::Warning::Separation { .. } => {
            format!("degenerate_event_definition: {text}")
        }
        _ => text,
    }
}

fn quality(data: &Data<'_>, spec: &SurvivalSpec, warnings: &mut Vec<String>) -> Option<Quality> {
    if !spec.quality {
        return None;
    }
    if spec.family != Family::Cox {
        warnings.push("quality is measured for cox only".into());
        return None;
    }
    let cox_spec = cox::Spec { ties: spec.ties, ridge: spec.ridge, ..cox::Spec::default() };
    let method = CrossValidation { horizon: spec.horizon_days, folds: FOLDS, seed: spec.seed };
    match cross_validate(data, &cox_spec, &method) {
        Ok(quality) => Some(quality),
        Err(error) => {
            warnings.push(format!("quality is not known: {error}"));
            None
        }
    }
}

fn strata(rows: &Table, spec: &SurvivalSpec, built: &FormulaData) -> Option<Strata> {
    let factor = built.strata.as_ref()?;
    let column = spec.strata.as_ref().and_then(|name| rows.column(name));
    let mut codes = BTreeMap::new();
    if let Some(column) = column {
        for (&row, &code) in built.rows.iter().zip(factor.codes()) {
            if let Some(text) = text_at(column, row as usize) {
                codes.insert(text, code);
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
pub(crate) fn table_digest(tables: &[&Table]) -> String {
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

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Rows that were predicted.
pub(super) struct Predicted {
    pub(super) names: Vec<String>,
    pub(super) gaps: Vec<f64>,
    pub(super) matrix: ModelMatrix,
    pub(super) strata: Option<Vec<u32>>,
    pub(super) predictions: Vec<RowPrediction>,
}

/// Predicts the last row of every student of the fit.
fn predict_own(
    model: &SurvivalModel,
    rows: &Table,
    roles: &Roles,
    built: &FormulaData,
) -> Result<Predicted, Error> {
    let names = row_names(rows, roles);
    let gap = gaps(rows, roles);
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, &row) in built.rows.iter().enumerate() {
        last.insert(&names[row as usize], at);
    }
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    let matrix = selected(&built.covariates, &kept);
    let of_table = |at: &usize| built.rows[*at] as usize;
    let gaps: Vec<f64> = kept.iter().map(|at| gap[of_table(at)]).collect();
    let strata: Option<Vec<u32>> =
        built.strata.as_ref().map(|s| kept.iter().map(|&at| s.codes()[at]).collect());
    let predictions = model.predict_all(&matrix, strata.as_deref(), &gaps, model.horizon_days)?;
    let names = kept.iter().map(|at| names[of_table(at)].clone()).collect();
    Ok(Predicted { names, gaps, matrix, strata, predictions })
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
