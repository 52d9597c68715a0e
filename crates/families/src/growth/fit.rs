//! The Bayesian growth model, fitted.

use chrono::NaiveDate;
use seedtest_formula::Formula;
use seedtest_growth::{
    Adaptation, Family, Fit, Goal, GoalPrediction, GrowthData, Observer, ScoreSummary, Status,
    Verdict,
};
use seedtest_ingest::Table;
use seedtest_numerics::Interrupt;
use seedtest_wire::GrowthNoop;
use serde::Serialize;

use super::aim::Aim;
use super::columns::{Columns, columns_of, meaning};
use super::quality::GrowthQuality;
use super::rows::{Reading, Rows, WeekZero, rows_of};
use super::saved::Saved;
use super::spec::Spec;
use crate::digest::result_digest;
use crate::error::Error;
use crate::family::{Outcome, run_id_of};

/// A fit, or why there is none.
pub(super) type FitOutcome = Outcome<Fitted, GrowthNoop>;

/// A fit with what it says of every student.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// What was asked for; its effects are those of the formula.
    pub spec: Spec,
    /// The columns of the formula.
    pub(super) columns: Columns,
    /// The sampled posterior.
    pub fit: Fit,
    /// The goal on the scales of scores and weeks.
    pub goal: Aim,
    /// Ids of the students.
    pub students: Vec<String>,
    /// What the fit says of each.
    pub predictions: Vec<GoalPrediction>,
    /// What it says of a student who was never seen.
    pub unseen: GoalPrediction,
    /// The day of week 0, where weeks are dates.
    pub(super) week_zero: Option<NaiveDate>,
    /// Rows left out because a value is missing.
    pub(super) dropped_rows: usize,
    /// Rows of `cbind(0, 0)`, left out.
    pub(super) without_answers: usize,
    /// Students without a complete row, and what their rows lack.
    pub(super) incomplete: Vec<(String, String)>,
    /// How well the model suits the data.
    pub(super) quality: GrowthQuality,
    /// Hexadecimal digest of rows and plan: equal inputs, equal digest.
    pub input_digest: String,
    /// The same of the rows alone.
    pub(super) rows_digest: String,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

/// Fits a table of any columns; the formula of the specification says which of them are used.
///
/// # Errors
/// For a formula, a column or a number the model cannot use, and [`Error::NoDraws`] when it was
/// stopped before there was anything to return.
pub fn fit(table: &Table, spec: &Spec, observer: &mut dyn Observer) -> Result<FitOutcome, Error> {
    if table.n_rows == 0 && table.columns.is_empty() {
        return Ok(Outcome::TooLittle(too_little("no rows".into(), 0, 0)));
    }
    let formula = Formula::parse(&spec.formula).map_err(seedtest_formula::Error::from)?;
    let (effects, columns) = meaning(&formula, &spec.formula)?;
    let mut spec = spec.clone();
    spec.model.effects = effects;
    let rows = rows_to_fit(table, &formula, &columns, &spec)?;
    fit_rows(&rows, spec, Begin::Fresh(None), observer)
}

/// Goes on with a saved fit of the same table: `spec` says for how many draws and what is asked of
/// them, everything else is that of the saved one.
///
/// # Errors
/// As [`fit`]; also when the rows are not those of the saved fit, or the chains have more
/// draws than are asked for.
pub fn resume(
    table: &Table,
    spec: &Spec,
    saved: &Saved,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    let formula = Formula::parse(&saved.spec.formula).map_err(seedtest_formula::Error::from)?;
    let mut model = saved.spec.model;
    model.sampling.draws = spec.model.sampling.draws;
    let spec = Spec { formula: saved.spec.formula.clone(), model, ..spec.clone() };
    let columns = columns_of(&spec.formula);
    let rows = rows_to_fit(table, &formula, &columns, &spec)?;
    fit_rows(&rows, spec, Begin::Saved(saved), observer)
}

fn rows_to_fit(
    table: &Table,
    formula: &Formula,
    columns: &Columns,
    spec: &Spec,
) -> Result<Rows, Error> {
    let (family, week_zero) = (spec.model.family, WeekZero::Earliest);
    let rows = rows_of(table, &Reading { formula, columns, family, week_zero })?;
    if spec.strict {
        rows.require_complete()?;
    }
    Ok(rows)
}

/// Where the chains of a fit begin.
#[derive(Debug, Clone, Copy)]
pub enum Begin<'a> {
    /// At the mode, or where an earlier fit of other rows stood.
    Fresh(Option<&'a Adaptation>),
    /// Where those of a fit of the same rows stopped.
    Saved(&'a Saved),
}

impl Fitted {
    /// What the fit is worth, parameters by the names of the columns.
    pub(super) fn verdict(&self) -> Verdict {
        let mut verdict = self.fit.verdict.clone();
        if let Status::Unidentified { parameters } = &mut verdict.status {
            let all = &self.fit.parameters;
            for name in parameters {
                if let Some(p) = all.iter().find(|p| p.parameter.name() == *name) {
                    *name = self.columns.name_of(p.parameter);
                }
            }
        }
        verdict
    }

    /// Identity of a fit that nobody gave a name: equal rows and settings, equal name.
    pub fn default_run_id(&self) -> String {
        run_id_of("growth", &self.input_digest)
    }
}

fn sample(
    data: &GrowthData<'_>,
    spec: &Spec,
    begin: Begin<'_>,
    rows_digest: &str,
    observer: &mut dyn Observer,
) -> Result<Fit, seedtest_growth::Error> {
    match begin {
        Begin::Fresh(start) => seedtest_growth::fit(data, &spec.model, start, observer),
        Begin::Saved(saved) if saved.rows_digest != rows_digest => {
            Err(seedtest_growth::Error::OtherData)
        }
        Begin::Saved(saved) => {
            let draws = spec.model.sampling.draws;
            seedtest_growth::resume(data, &saved.checkpoint, draws, observer)
        }
    }
}

/// The fit with draws enough for its numbers to be used, as far as [`Spec::most_draws`] allows; the
/// specification says how many they are in the end. A fit of as many from the start is the same.
fn with_enough_draws(
    mut fit: Fit,
    data: &GrowthData<'_>,
    spec: &mut Spec,
    observer: &mut dyn Observer,
) -> Fit {
    while fit.lacks_draws() {
        let draws = spec.model.sampling.draws;
        let more = spec.most_draws.map_or(draws, |most| most.min(2 * draws));
        if more <= draws {
            break;
        }
        // Where there is no room for more, the verdict of those that there are says that they are few.
        let Ok(longer) = seedtest_growth::resume(data, &fit.checkpoint(), more, observer) else {
            break;
        };
        spec.model.sampling.draws = more;
        fit = longer;
    }
    fit
}

/// Fits rows that are in columns already.
///
/// # Errors
/// Those of [`fit`].
pub fn fit_rows(
    rows: &Rows,
    mut spec: Spec,
    begin: Begin<'_>,
    observer: &mut dyn Observer,
) -> Result<FitOutcome, Error> {
    let family = spec.model.family;
    let weights = rows.weights(family);
    let data = rows.data(family, weights.as_deref());
    let goal = Aim {
        target: spec.target.or_else(|| middle_of_scale(family, &rows.score)),
        week: data.last_week() + spec.horizon_weeks,
        level: spec.level,
    };
    goal.goal(MIDDLE_SHARE).check(family)?;
    let rows_digest = digest_of_rows(rows)?;
    let fit = match sample(&data, &spec, begin, &rows_digest, observer) {
        Ok(fit) => with_enough_draws(fit, &data, &mut spec, observer),
        Err(error) if error.is_noop() => {
            let (n, students) = (rows.score.len(), rows.students.len());
            return Ok(Outcome::TooLittle(too_little(error.to_string(), n, students)));
        }
        Err(error) => return Err(error.with_rows(&rows.table_rows).into()),
    };
    if fit.chains.iter().all(Vec::is_empty) {
        return Err(Error::NoDraws);
    }
    let asked = goal.goal(if family.has_sigma() { fit.scores.mean } else { MIDDLE_SHARE });
    let Predictions { students: predictions, unseen, hurried } =
        predictions(&fit, &asked, observer)?;
    let quality = GrowthQuality::of(&fit, &data, &observer.closing())?;
    let input_digest = digest(rows, &spec, begin)?;
    let columns = columns_of(&spec.formula);
    let mut warnings = spec.decided.clone();
    warnings.extend(hurried);
    warnings.extend(fit.warnings.iter().cloned());
    warnings.extend(rows.far_weeks());
    warnings.extend(quality.warnings(&fit, &columns));
    warnings.extend(rows.as_shares(family));
    warnings.extend(target_off_scale(&fit, &goal));
    warnings.extend(rows.left_out());
    warnings.extend(rows.unused(family));
    Ok(Outcome::Fitted(Box::new(Fitted {
        columns,
        week_zero: rows.week_zero,
        dropped_rows: rows.dropped,
        without_answers: rows.without_answers,
        incomplete: rows.incomplete.clone(),
        students: rows.students.clone(),
        fit,
        goal,
        predictions,
        unseen,
        quality,
        input_digest,
        rows_digest,
        warnings,
        spec,
    })))
}

/// Numbers of students times draws that predictions in a hurry may take; a fraction of a second.
const HURRIED: usize = 1_000_000;
/// Draws of a prediction in a hurry: at least, at most.
const HURRIED_DRAWS: (usize, usize) = (100, 4_000);

/// What the draws say of everybody.
struct Predictions {
    students: Vec<GoalPrediction>,
    unseen: GoalPrediction,
    /// That a part of the draws says it.
    hurried: Option<String>,
}

/// What the draws say of everybody; where it is time to sum up, a part of them.
fn predictions(fit: &Fit, asked: &Goal, observer: &dyn Observer) -> Result<Predictions, Error> {
    let from = |most_draws, stop: &Interrupt| {
        let students = fit.students_within(asked, most_draws, stop)?;
        let unseen = fit.unseen_within(asked, most_draws, stop)?;
        Ok::<_, seedtest_growth::Error>(Predictions { students, unseen, hurried: None })
    };
    match from(usize::MAX, &observer.closing()) {
        Err(seedtest_growth::Error::Interrupted(_)) => {}
        found => return Ok(found?),
    }
    let (least, most) = HURRIED_DRAWS;
    let draws = (HURRIED / fit.n_students.max(1)).clamp(least, most);
    let all = fit.diagnostics.draws;
    let hurried = (all > draws).then(|| {
        format!(
            "the time was up: what is said of the students rests on at most {draws} of {all} draws, evenly \
             spaced"
        )
    });
    Ok(Predictions { hurried, ..from(draws, &observer.interrupt())? })
}

/// A share that any family of shares may be asked for.
const MIDDLE_SHARE: f64 = 0.5;

/// The goal of the contract where a request has none: 0 on a scale whose middle that is, as θ and standard
/// scores have it. Points and shares have no such score, and nothing is said of reaching it.
fn middle_of_scale(family: Family, scores: &[f64]) -> Option<f64> {
    let is_around =
        scores.iter().any(|score| *score < 0.0) && scores.iter().any(|score| *score > 0.0);
    (family.has_sigma() && is_around).then_some(0.0)
}

/// A goal that no score of the rows is near.
fn target_off_scale(fit: &Fit, goal: &Aim) -> Option<String> {
    let target = goal.target?;
    let ScoreSummary { least, most, .. } = fit.scores;
    let is_off = fit.spec.family.has_sigma() && !fit.scores.holds(target, &[]);
    is_off.then(|| {
        format!(
            "the target {target} is not on the scale of the scores, which lie between {least} and {most}: P \
             says nothing (target_score, --target)"
        )
    })
}

fn too_little(reason: String, n_obs: usize, n_students: usize) -> GrowthNoop {
    GrowthNoop { status: "noop".into(), ok: true, reason, n_obs, n_students }
}

fn digest_of_rows(rows: &Rows) -> Result<String, Error> {
    let columns = (&rows.students, &rows.student, &rows.week, &rows.score);
    result_digest(&(columns, &rows.answers, &rows.se))
}

/// A specification as digests have always seen it.
#[derive(Serialize)]
struct Digested<'a> {
    #[serde(flatten)]
    spec: &'a Spec,
    run_id: Option<&'a str>,
}

/// Digest of everything the draws depend on. A fit that was resumed has the draws of one that never
/// stopped, and its digest.
fn digest(rows: &Rows, spec: &Spec, begin: Begin<'_>) -> Result<String, Error> {
    let spec = Digested { spec, run_id: None };
    let columns = (&rows.students, &rows.student, &rows.week, &rows.score);
    match begin {
        Begin::Fresh(Some(start)) => {
            result_digest(&(columns, &rows.answers, &rows.se, spec, start))
        }
        Begin::Fresh(None) | Begin::Saved(_) => {
            result_digest(&(columns, &rows.answers, &rows.se, spec))
        }
    }
}
