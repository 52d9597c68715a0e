//! The Bayesian growth model, fitted.

use chrono::NaiveDate;
use md5::{Digest, Md5};
use seedtest_formula::Formula;
use seedtest_growth::{Adaptation, Fit, Goal, GoalPrediction, GrowthData, Observer};
use seedtest_ingest::Table;
use seedtest_wire::{GrowthFitRequest, GrowthNoop};

use super::columns::{GrowthRows, WeekZero, effects_of, rows_of};
use super::draws_file::SavedGrowth;
use super::plan::GrowthPlan;
use super::quality::GrowthQuality;
use crate::digest::result_digest;
use crate::error::Error;
use crate::rows::table_of;

/// Characters of the digest that name a fit.
const NAME_LENGTH: usize = 16;

/// A fit, or why there is none.
#[derive(Debug, Clone)]
pub enum GrowthAnswer {
    /// Fitted.
    Fitted(Box<GrowthFitted>),
    /// Too little to fit.
    Noop(GrowthNoop),
}

/// A fit with what it says of every student.
#[derive(Debug, Clone)]
pub struct GrowthFitted {
    /// What was asked for; its effects are those of the formula.
    pub plan: GrowthPlan,
    /// The sampled posterior.
    pub fit: Fit,
    /// The goal on the scales of scores and weeks.
    pub goal: Goal,
    /// Ids of the students.
    pub students: Vec<String>,
    /// What the fit says of each.
    pub predictions: Vec<GoalPrediction>,
    /// What it says of a student who was never seen.
    pub unseen: GoalPrediction,
    /// The day of week 0, where weeks are dates.
    pub(super) week_zero: Option<NaiveDate>,
    /// How well the model suits the data.
    pub(super) quality: GrowthQuality,
    /// Hexadecimal digest of rows and plan: equal inputs, equal digest.
    pub input_digest: String,
    /// The same of the rows alone.
    pub(super) rows_digest: String,
    /// Identity of the fit.
    pub run_id: String,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Fits what a request asks for.
///
/// # Errors
/// Those of [`fit_growth_table`], and for rows or options that cannot be read.
pub fn fit_growth(
    request: &GrowthFitRequest,
    run_id: Option<&str>,
    observer: &mut dyn Observer,
) -> Result<GrowthAnswer, Error> {
    let plan = GrowthPlan { run_id: run_id.map(str::to_owned), ..GrowthPlan::of(request)? };
    if request.rows.is_empty() {
        return Ok(GrowthAnswer::Noop(noop("no rows".into(), 0, 0)));
    }
    let table = table_of(request.rows.clone())?;
    let mut answer = fit_growth_table(&table, &plan, observer)?;
    if let GrowthAnswer::Fitted(fitted) = &mut answer
        && run_id.is_none()
        && request.run_id_format.as_deref() == Some("uuid")
    {
        let digest: [u8; 16] = Md5::digest(fitted.run_id.as_bytes()).into();
        fitted.run_id = uuid::Uuid::from_bytes(digest).to_string();
    }
    Ok(answer)
}

/// Fits a table of any columns; the formula of the plan says which of them are used.
///
/// # Errors
/// For a formula, a column or a number the model cannot use, and [`Error::NoDraws`] when it was
/// stopped before there was anything to return.
pub fn fit_growth_table(
    table: &Table,
    plan: &GrowthPlan,
    observer: &mut dyn Observer,
) -> Result<GrowthAnswer, Error> {
    let formula = Formula::parse(&plan.formula).map_err(seedtest_formula::Error::from)?;
    let effects = effects_of(&formula, &plan.formula)?;
    let mut plan = plan.clone();
    plan.spec.effects = effects;
    let rows = rows_of(table, &formula, WeekZero::Earliest)?;
    fit_growth_rows(&rows, plan, Begin::Fresh(None), observer)
}

/// Goes on with a saved fit of the same table: `plan` says for how many draws and what is asked of
/// them, everything else is that of the saved one.
///
/// # Errors
/// As [`fit_growth_table`]; also when the rows are not those of the saved fit, or the chains have more
/// draws than are asked for.
pub fn resume_growth_table(
    table: &Table,
    plan: &GrowthPlan,
    saved: &SavedGrowth,
    observer: &mut dyn Observer,
) -> Result<GrowthAnswer, Error> {
    let formula = Formula::parse(&saved.plan.formula).map_err(seedtest_formula::Error::from)?;
    let mut spec = saved.plan.spec;
    spec.sampling.draws = plan.spec.sampling.draws;
    let plan = GrowthPlan { formula: saved.plan.formula.clone(), spec, ..plan.clone() };
    let rows = rows_of(table, &formula, WeekZero::Earliest)?;
    fit_growth_rows(&rows, plan, Begin::Saved(saved), observer)
}

/// Where the chains of a fit begin.
#[derive(Debug, Clone, Copy)]
pub enum Begin<'a> {
    /// At the mode, or where an earlier fit of other rows stood.
    Fresh(Option<&'a Adaptation>),
    /// Where those of a fit of the same rows stopped.
    Saved(&'a SavedGrowth),
}

fn sample(
    data: &GrowthData<'_>,
    plan: &GrowthPlan,
    begin: Begin<'_>,
    rows_digest: &str,
    observer: &mut dyn Observer,
) -> Result<Fit, seedtest_growth::Error> {
    match begin {
        Begin::Fresh(start) => seedtest_growth::fit(data, &plan.spec, start, observer),
        Begin::Saved(saved) if saved.rows_digest != rows_digest => {
            Err(seedtest_growth::Error::OtherData)
        }
        Begin::Saved(saved) => {
            let draws = plan.spec.sampling.draws;
            seedtest_growth::resume(data, &saved.checkpoint, draws, observer)
        }
    }
}

/// Fits rows that are in columns already.
///
/// # Errors
/// Those of [`fit_growth_table`].
pub fn fit_growth_rows(
    rows: &GrowthRows,
    plan: GrowthPlan,
    begin: Begin<'_>,
    observer: &mut dyn Observer,
) -> Result<GrowthAnswer, Error> {
    let family = plan.spec.family;
    let weights = rows.weights(family);
    let data = rows.data(family, weights.as_deref());
    let week = data.last_week() + plan.horizon_weeks;
    let goal = Goal { target: plan.target, week, level: plan.level };
    goal.check(family)?;
    let rows_digest = digest_of_rows(rows)?;
    let fit = match sample(&data, &plan, begin, &rows_digest, observer) {
        Ok(fit) => fit,
        Err(error) if error.is_noop() => {
            let (n, students) = (rows.score.len(), rows.students.len());
            return Ok(GrowthAnswer::Noop(noop(error.to_string(), n, students)));
        }
        Err(error) => return Err(error.into()),
    };
    if fit.chains.iter().all(Vec::is_empty) {
        return Err(Error::NoDraws);
    }
    let predictions = fit.students(&goal)?;
    let unseen = fit.unseen(&goal)?;
    let quality = GrowthQuality::of(&fit, &data)?;
    let input_digest = digest(rows, &plan, begin)?;
    let name = || format!("growth-{}", &input_digest[..NAME_LENGTH]);
    let mut warnings = fit.warnings.clone();
    if rows.dropped > 0 {
        warnings.push(format!("{} rows with a missing value were left out", rows.dropped));
    }
    warnings.extend(rows.unused(family));
    Ok(GrowthAnswer::Fitted(Box::new(GrowthFitted {
        week_zero: rows.week_zero,
        run_id: plan.run_id.clone().unwrap_or_else(name),
        students: rows.students.clone(),
        fit,
        goal,
        predictions,
        unseen,
        quality,
        input_digest,
        rows_digest,
        warnings,
        plan,
    })))
}

fn noop(reason: String, n_obs: usize, n_students: usize) -> GrowthNoop {
    GrowthNoop { status: "noop".into(), ok: true, reason, n_obs, n_students }
}

fn digest_of_rows(rows: &GrowthRows) -> Result<String, Error> {
    let columns = (&rows.students, &rows.student, &rows.week, &rows.score);
    result_digest(&(columns, &rows.answers, &rows.se))
}

/// Digest of everything the draws depend on. A fit that was resumed has the draws of one that never
/// stopped, and its digest.
fn digest(rows: &GrowthRows, plan: &GrowthPlan, begin: Begin<'_>) -> Result<String, Error> {
    let plan = GrowthPlan { run_id: None, ..plan.clone() };
    let columns = (&rows.students, &rows.student, &rows.week, &rows.score);
    match begin {
        Begin::Fresh(Some(start)) => {
            result_digest(&(columns, &rows.answers, &rows.se, plan, start))
        }
        Begin::Fresh(None) | Begin::Saved(_) => {
            result_digest(&(columns, &rows.answers, &rows.se, plan))
        }
    }
}
