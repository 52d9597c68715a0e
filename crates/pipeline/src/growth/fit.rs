use md5::{Digest, Md5};
use seedtest_formula::Formula;
use seedtest_growth::{Fit, Goal, GoalPrediction, Observer, predict_unseen};
use seedtest_ingest::Table;
use seedtest_wire::{GrowthFitRequest, GrowthNoop};

use super::columns::{GrowthRows, effects_of, rows_of};
use super::deadline::Deadline;
use super::plan::GrowthPlan;
use super::quality::GrowthQuality;
use crate::error::Error;
use crate::ledger::result_digest;

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
    /// How well the model suits the data.
    pub(super) quality: GrowthQuality,
    /// Hexadecimal digest of rows and plan: equal inputs, equal digest.
    pub input_digest: String,
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
    let table =
        Table::from_objects(&request.rows).map_err(|error| Error::BadRow(error.to_string()))?;
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
    fit_growth_rows(&rows_of(table, &formula)?, plan, observer)
}

/// Fits rows that are in columns already.
pub(crate) fn fit_growth_rows(
    rows: &GrowthRows,
    plan: GrowthPlan,
    observer: &mut dyn Observer,
) -> Result<GrowthAnswer, Error> {
    let family = plan.spec.family;
    let weights = rows.weights(family);
    let data = rows.data(family, weights.as_deref());
    let mut observer = Deadline::new(observer, plan.max_seconds);
    let fit = match seedtest_growth::fit(&data, &plan.spec, None, &mut observer) {
        Ok(fit) => fit,
        Err(error) if error.is_noop() => {
            let (n, students) = (rows.score.len(), rows.students.len());
            return Ok(GrowthAnswer::Noop(noop(error.to_string(), n, students)));
        }
        Err(error) => return Err(error.into()),
    };
    let draws = fit.draws();
    if draws.is_empty() {
        return Err(Error::NoDraws);
    }
    let week = fit.last_week + plan.horizon_weeks;
    let goal = Goal { target: plan.target, week, level: plan.level };
    let predictions = fit.students(&goal)?;
    let unseen = predict_unseen(&draws, &goal)?;
    let quality = GrowthQuality::of(&fit, &data)?;
    let input_digest = digest(rows, &plan)?;
    let name = || format!("growth-{}", &input_digest[..NAME_LENGTH]);
    let mut warnings = fit.warnings.clone();
    if rows.dropped > 0 {
        warnings.push(format!("{} rows with a missing value were left out", rows.dropped));
    }
    Ok(GrowthAnswer::Fitted(Box::new(GrowthFitted {
        run_id: plan.run_id.clone().unwrap_or_else(name),
        students: rows.students.clone(),
        fit,
        goal,
        predictions,
        unseen,
        quality,
        input_digest,
        warnings,
        plan,
    })))
}

fn noop(reason: String, n_obs: usize, n_students: usize) -> GrowthNoop {
    GrowthNoop { status: "noop".into(), ok: true, reason, n_obs, n_students }
}

fn digest(rows: &GrowthRows, plan: &GrowthPlan) -> Result<String, Error> {
    let plan = GrowthPlan { run_id: None, ..plan.clone() };
    let columns = (&rows.students, &rows.student, &rows.week, &rows.score);
    result_digest(&(columns, &rows.answers, &rows.se, plan))
}
