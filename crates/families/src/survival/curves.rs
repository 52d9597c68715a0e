//! Survival without covariates: Kaplan–Meier, Nelson–Aalen, log-rank, Aalen–Johansen.

use std::borrow::Cow;
use std::collections::BTreeMap;

use seedtest_formula::{Formula, Frame, Part};
use seedtest_ingest::{Table, TableColumn};
use seedtest_numerics::{DEFAULT_LEVEL, Observer};
use seedtest_survival::{
    Bounds, CumulativeIncidence, Data, Error as ModelError, FormulaData, aalen_johansen,
    kaplan_meier, kaplan_meier_robust, log_rank, restricted_mean_robust,
};
use seedtest_wire::{
    CauseJson, GroupCurveJson, GroupPointJson, LogRankJson, SurvivalCurvesRequest,
    SurvivalCurvesResponse,
};

use super::columns::{Roles, frame_of, text_at};
use super::cost::of_curves;
use super::fit::{numeric, warn_of_dropped};
use super::present::Present;
use crate::error::Error;
use crate::family::admit;
use crate::rows::table_of;

/// Name of the column of events that is made from the causes.
const ENDED: &str = ".ended";

/// What to estimate, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct CurvesSpec {
    /// `Surv(time, event) ~ group`; `None` = the columns say what they are.
    pub formula: Option<String>,
    /// Column of the groups.
    pub group: Option<String>,
    /// Column of competing ends.
    pub cause: Option<String>,
    /// Column of case weights.
    pub weights: Option<String>,
    /// End of the restricted mean.
    pub tau: Option<f64>,
    /// Level of the bounds.
    pub confidence: f64,
    /// How the bounds are made symmetric.
    pub bounds: Bounds,
}

impl Default for CurvesSpec {
    fn default() -> Self {
        Self {
            formula: None,
            group: None,
            cause: None,
            weights: None,
            tau: None,
            confidence: DEFAULT_LEVEL,
            bounds: Bounds::LogLog,
        }
    }
}

/// Estimates what a request asks for.
///
/// # Errors
/// Those of [`curves`], and for rows that cannot be read.
pub fn curves_of(
    request: &SurvivalCurvesRequest,
    observer: &mut dyn Observer,
) -> Result<SurvivalCurvesResponse, Error> {
    let spec = CurvesSpec {
        formula: request.formula.clone(),
        group: request.group.clone(),
        cause: request.cause.clone(),
        weights: request.weights.clone(),
        tau: request.tau,
        confidence: request.confidence.unwrap_or(DEFAULT_LEVEL),
        bounds: request.bounds.unwrap_or_default(),
    };
    curves(&table_of(request.rows.clone())?, &spec, observer)
}

/// Survival curves of a table, one for every group.
///
/// # Errors
/// For columns that are missing or cannot be what they are said to be, and those of the estimates.
pub fn curves(
    rows: &Table,
    spec: &CurvesSpec,
    observer: &mut dyn Observer,
) -> Result<SurvivalCurvesResponse, Error> {
    check(spec)?;
    let beside = [&spec.weights, &spec.group, &spec.cause].into_iter();
    let present = Present::of(rows, beside.filter_map(|name| name.as_deref()).collect());
    let (formula, frame) = formula_and_frame(&present.table, spec)?;
    let named = group_of(spec, &formula)?;
    let built = present.built(&formula, &frame)?;
    let mut warnings = Vec::new();
    warn_of_dropped(&built, &mut warnings);
    let observed = Observed::new(rows, spec, named.as_deref(), &built)?;
    admit(observer, || Ok(of_curves(rows.n_rows, observed.names.len())))?;
    let interrupt = observer.interrupt();
    let data = Data { weights: observed.weights.as_deref(), ..built.data() };
    data.validate().map_err(|error| error.in_table(&built.rows))?;
    if !data.weights_are_counts() {
        warnings.push(
            "weights are no counts of rows: bounds, errors and tests are robust ones".to_owned(),
        );
    }
    let part = |group| {
        interrupt.check()?;
        Ok(GroupRows::new(&data, &observed, group))
    };
    let parts = (0..observed.names.len()).map(part).collect::<Result<Vec<GroupRows>, Error>>()?;
    let shortest = parts.iter().map(GroupRows::last).fold(f64::INFINITY, f64::min);
    let tau = spec.tau.unwrap_or(shortest);
    let groups = parts.iter().zip(&observed.names);
    let groups = groups.map(|(part, name)| {
        interrupt.check()?;
        Ok(part.curve(name.clone(), tau, spec)?)
    });
    Ok(SurvivalCurvesResponse {
        status: "success".into(),
        ok: true,
        model: if observed.causes.is_some() { "aalen_johansen" } else { "kaplan_meier" }.into(),
        n_obs: data.n(),
        n_events: data.n_events(),
        dropped_rows: built.dropped.rows,
        confidence: spec.confidence,
        tau,
        groups: groups.collect::<Result<_, Error>>()?,
        log_rank: compared(&data, &observed, &mut warnings)?,
        warnings,
    })
}

fn check(spec: &CurvesSpec) -> Result<(), Error> {
    if !(spec.confidence > 0.0 && spec.confidence < 1.0) {
        return Err(Error::option("confidence", &spec.confidence, "a number between 0 and 1"));
    }
    match spec.tau.filter(|tau| !(tau.is_finite() && *tau > 0.0)) {
        Some(tau) => Err(Error::option("tau", &tau, "a number above 0")),
        None => Ok(()),
    }
}

/// The formula, made from the names of the columns where none is given.
fn formula_and_frame(rows: &Table, spec: &CurvesSpec) -> Result<(Formula, Frame), Error> {
    let mut frame = frame_of(rows)?;
    let text = if let Some(text) = &spec.formula {
        text.clone()
    } else {
        let mut roles = Roles::of(rows);
        if let Some(cause) = &spec.cause {
            let ended = numeric(rows, cause)?.iter();
            let ended = ended.map(|&c| if c.is_nan() { c } else { f64::from(u8::from(c > 0.0)) });
            let column = seedtest_formula::Column::Numeric(ended.collect());
            frame.push(ENDED, column).map_err(ModelError::from)?;
            roles.event = Some(ENDED.to_owned());
        }
        format!("{} ~ 1", roles.response()?)
    };
    let formula = Formula::parse(&text).map_err(Error::Syntax)?;
    Ok((formula.with_columns(&free_of(rows, spec)).map_err(Error::Syntax)?, frame))
}

/// The columns a `.` stands for: those that have no other part in the curves.
fn free_of(rows: &Table, spec: &CurvesSpec) -> Vec<String> {
    let roles = Roles::of(rows);
    let named = [&spec.cause, &spec.weights, &roles.student, &roles.gap];
    let taken = |name: &str| named.iter().any(|column| column.as_deref() == Some(name));
    rows.columns.iter().map(|(name, _)| name.clone()).filter(|name| !taken(name)).collect()
}

/// The columns that the right side of a formula names as groups. An intercept has no meaning for curves:
/// with and without one they are the same.
///
/// # Errors
/// [`Error::NotCurves`] with the first term that curves do not have.
fn groups_of(formula: &Formula) -> Result<Vec<String>, Error> {
    let group = |part: Part| match part {
        Part::Column(name) => Ok(name),
        Part::Computed(term) => {
            Err(format!("{term} is computed: put it into a column, and name that one as the group"))
        }
        Part::TakenAway(term) => Err(format!("{term} is taken away: write the formula without it")),
        Part::Offset(term) => Err(format!("{term} shifts a model, and curves have none")),
        Part::Strata(term) => Err(format!(
            "{term}: curves and their log-rank test have no strata; name the column itself as the group, \
             or fit a Cox model with it"
        )),
        Part::Cluster(term) => Err(format!(
            "{term}: errors of curves take the rows as independent; fit a Cox model with it"
        )),
        Part::Random(group) => Err(format!("curves have no random effects of {group}")),
        Part::Dot => Err("no column is left for the `.`".to_owned()),
    };
    let found: Result<Vec<String>, String> = formula.parts().into_iter().map(group).collect();
    found.map_err(|what| Error::NotCurves { what })
}

/// The column of the groups: that of the option, of the formula, or none.
///
/// # Errors
/// For terms that curves do not have, and for more than one column.
fn group_of(spec: &CurvesSpec, formula: &Formula) -> Result<Option<String>, Error> {
    let mut columns = groups_of(formula)?;
    if let Some(group) = spec.group.as_ref().filter(|group| !columns.contains(group)) {
        columns.push(group.clone());
    }
    if columns.len() > 1 {
        return Err(Error::SeveralGroups { columns });
    }
    Ok(columns.pop())
}

/// What is known of the rows beside their times.
struct Observed {
    /// Names of the groups; a single `None` without groups.
    names: Vec<Option<String>>,
    /// Group of every row.
    group: Vec<u32>,
    causes: Option<Vec<u32>>,
    weights: Option<Vec<f64>>,
}

impl Observed {
    fn new(
        rows: &Table,
        spec: &CurvesSpec,
        named: Option<&str>,
        built: &FormulaData,
    ) -> Result<Self, Error> {
        let (names, group) = match named {
            None => (vec![None], vec![0; built.rows.len()]),
            Some(name) => grouped(rows, name, &built.rows)?,
        };
        let weights = match &spec.weights {
            None => None,
            Some(name) => Some(of_rows(numeric(rows, name)?, &built.rows)),
        };
        let causes = match &spec.cause {
            None => None,
            Some(name) => Some(causes(numeric(rows, name)?, name, &built.rows)?),
        };
        Ok(Self { names, group, causes, weights })
    }
}

fn of_rows(values: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

/// Names of the groups in order, and the group of every row.
fn grouped(
    rows: &Table,
    name: &str,
    kept: &[u32],
) -> Result<(Vec<Option<String>>, Vec<u32>), Error> {
    let column = rows.column(name).ok_or_else(|| Error::UnknownColumn { name: name.to_owned() })?;
    let text = |&row: &u32| {
        let missing = || Error::NoGroup { row, column: name.to_owned() };
        text_at(column, row as usize).map(Cow::into_owned).ok_or_else(missing)
    };
    let texts = kept.iter().map(text).collect::<Result<Vec<String>, Error>>()?;
    let mut names = texts.clone();
    match column {
        TableColumn::Numeric(_) => {
            let number = |text: &String| text.parse().unwrap_or(f64::NAN);
            names.sort_by(|a, b| number(a).total_cmp(&number(b)));
        }
        TableColumn::Text { .. } => names.sort_unstable(),
    }
    names.dedup();
    let codes: BTreeMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let group = texts.iter().map(|text| codes[text.as_str()]).collect();
    Ok((names.into_iter().map(Some).collect(), group))
}

fn causes(values: &[f64], name: &str, rows: &[u32]) -> Result<Vec<u32>, Error> {
    let cause = |&row: &u32| {
        let value = values[row as usize];
        let valid = value.fract() == 0.0 && (0.0..=1000.0).contains(&value);
        let problem = || Error::BadCause { row, column: name.to_owned(), value };
        valid.then_some(value as u32).ok_or_else(problem)
    };
    rows.iter().map(cause).collect()
}

/// The rows of one group.
struct GroupRows {
    start: Option<Vec<f64>>,
    stop: Vec<f64>,
    event: Vec<u8>,
    weights: Option<Vec<f64>>,
    causes: Option<Vec<u32>>,
}

impl GroupRows {
    fn new(data: &Data<'_>, observed: &Observed, group: usize) -> Self {
        let rows: Vec<usize> =
            (0..data.n()).filter(|&row| observed.group[row] as usize == group).collect();
        let numbers = |column: &[f64]| rows.iter().map(|&row| column[row]).collect();
        Self {
            start: data.start.map(numbers),
            stop: numbers(data.stop),
            event: rows.iter().map(|&row| data.event[row]).collect(),
            weights: data.weights.map(numbers),
            causes: observed.causes.as_ref().map(|c| rows.iter().map(|&row| c[row]).collect()),
        }
    }

    fn last(&self) -> f64 {
        self.stop.iter().copied().fold(0.0, f64::max)
    }

    fn data(&self) -> Data<'_> {
        let plain = Data::new(&self.stop, &self.event, vec![]);
        Data { start: self.start.as_deref(), weights: self.weights.as_deref(), ..plain }
    }

    fn curve(
        &self,
        group: Option<String>,
        tau: f64,
        spec: &CurvesSpec,
    ) -> Result<GroupCurveJson, ModelError> {
        let data = self.data();
        let counts = data.weights_are_counts();
        let found = if counts { kaplan_meier(&data)? } else { kaplan_meier_robust(&data)? };
        let bounds = found.bounds(spec.confidence, spec.bounds);
        let hazard_bounds = found.hazard_bounds(spec.confidence);
        let (median_lower, median_upper) = found.quantile_bounds(0.5, spec.confidence, spec.bounds);
        let mean = if counts {
            found.restricted_mean(tau)
        } else {
            restricted_mean_robust(&data, &found, tau)
        };
        let point = |k: usize| GroupPointJson {
            t: found.time[k],
            n_risk: found.n_risk[k],
            n_event: found.n_event[k],
            n_censor: found.n_censor[k],
            survival: found.survival[k],
            lower: bounds[k].map(|b| b.0),
            upper: bounds[k].map(|b| b.1),
            hazard: found.hazard[k],
            hazard_lower: hazard_bounds[k].map(|b| b.0),
            hazard_upper: hazard_bounds[k].map(|b| b.1),
        };
        let incidence = match self.causes.as_deref().filter(|_| data.n_events() > 0) {
            None => Vec::new(),
            Some(causes) => by_cause(aalen_johansen(&data, causes)?),
        };
        Ok(GroupCurveJson {
            group,
            n: data.n(),
            n_events: data.n_events(),
            median: found.quantile(0.5),
            median_lower,
            median_upper,
            restricted_mean: mean.map(|m| m.0),
            restricted_mean_se: mean.map(|m| m.1),
            curve: (0..found.time.len()).map(point).collect(),
            incidence,
        })
    }
}

fn by_cause(found: CumulativeIncidence) -> Vec<CauseJson> {
    let columns = found.incidence.into_iter().zip(found.incidence_se);
    (1..)
        .zip(columns)
        .map(|(cause, (probability, se))| CauseJson { cause, probability, se })
        .collect()
}

/// Log-rank test of the groups; `None` where there is nothing to compare.
fn compared(
    data: &Data<'_>,
    observed: &Observed,
    warnings: &mut Vec<String>,
) -> Result<Option<LogRankJson>, Error> {
    if observed.names.len() < 2 {
        return Ok(None);
    }
    match log_rank(data, &observed.group) {
        Ok(found) => Ok(Some(found.into())),
        Err(error @ (ModelError::NoEvents { .. } | ModelError::Unsupported { .. })) => {
            warnings.push(format!("groups are not compared: {error}"));
            Ok(None)
        }
        Err(other) => Err(other.into()),
    }
}
