//! `glmm-fit-progress`: the average slope over weeks, and that of every student.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_families::lmm::Linear;
use seedtest_families::mixed::{Kind as _, Spec};
use seedtest_kpi::{SlopeKpi, SlopeUnit, week_start};
use seedtest_store::{KpiPatch, ProgressFitRow, Store, Tx};
use seedtest_wire::MixedFitRequest;
use seedtest_wire::mixed_columns::{STUDENT, TOPIC, WEEK};
use serde_json::{Value, json};

use crate::calendar::day_at;
use crate::error::Error;
use crate::models::{Fitted, InProcess, Models, ProgressTask};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::Service;
use crate::scores::{ProgressRows, load_progress};

/// The model of progress.
const FORMULA: &str = "score ~ week + (week|student) + (1|topic)";
/// The same where there is one topic only.
const ONE_TOPIC: &str = "score ~ week + (week|student)";
/// Most weeks whose answers are looked at: a hundred years.
const MOST_WEEKS: u32 = 5_200;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "glmm-fit-progress",
    aliases: &["fit-growth-glmm"],
    summary: "Mixed model of weekly accuracy: the slope of all, and of every student",
    schedule: Some("20 3 * * 1"),
    settings: &[
        Setting::new(
            "lookback-weeks",
            Kind::Count,
            "Answers of this many weeks, the current one included",
        )
        .env(&["GLMM_LOOKBACK_WEEKS"])
        .or(Preset::Count(12)),
        Setting::new("formula", Kind::Text, "As in R's lme4, of score, week, student, topic and n")
            .env(&["GLMM_FORMULA"])
            .or(Preset::Text(FORMULA)),
        Setting::new(
            "family",
            Kind::Choice(&["gaussian", "binomial"]),
            "Shares of right answers weighted by their number, or numbers of right answers",
        )
        .env(&["GLMM_FAMILY"])
        .or(Preset::Text("gaussian")),
        Setting::new(
            "min-observations",
            Kind::Count,
            "Students with fewer rows (topics times weeks) are left out",
        )
        .env(&["GLMM_MIN_OBSERVATIONS"])
        .or(Preset::Count(1)),
        Setting::new(
            "update-kpi",
            Kind::Switch,
            "Write growth_slope into the newest KPI row of every student",
        )
        .env(&["GLMM_UPDATE_KPI"])
        .or(Preset::Switch(false)),
        Setting::new("base-url", Kind::Address, "Fit at this address instead of in this process")
            .env(&["R_GLMM_BASE_URL", "R_PLUMBER_BASE_URL"])
            .only_env()
            .accepting(Accepts::Web),
        Setting::new("timeout-secs", Kind::Count, "Seconds to wait for that service")
            .env(&["GLMM_TIMEOUT_SECS", "R_GLMM_TIMEOUT_SECS"])
            .only_env()
            .or(Preset::Count(300)),
        Setting::new("token", Kind::Secret, "Token for that service")
            .env(&["R_GLMM_INTERNAL_TOKEN", "R_PLUMBER_INTERNAL_TOKEN"])
            .only_env(),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "weekly_kpi"],
    writes: &["growth_glmm_meta", "weekly_kpi"],
    rounds: &[Round::Weekly.at(45)],
    check: |settings| ProgressSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(7 * ProgressSettings::read(settings)?.weeks))),
    looks: None,
};

/// What is fitted, and what is written.
struct ProgressSettings {
    weeks: u32,
    formula: String,
    family: &'static str,
    fewest: usize,
    update_kpi: bool,
    dry_run: bool,
}

impl ProgressSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        let weeks = settings.count("lookback-weeks")?;
        let weeks = u32::try_from(weeks).ok().filter(|n| (1..=MOST_WEEKS).contains(n));
        let expected = "a whole number of weeks from 1 to 5200";
        let weeks = weeks.ok_or_else(|| settings.refused("lookback-weeks", expected))?;
        let families = [("gaussian", "gaussian"), ("binomial", "binomial")];
        Ok(Self {
            weeks,
            formula: settings.text("formula").unwrap_or(FORMULA).to_owned(),
            family: settings.word("family", &families)?,
            fewest: settings.size("min-observations")?,
            update_kpi: settings.switch("update-kpi"),
            dry_run: settings.switch("dry-run"),
        })
    }

    /// The request for a fit of these rows, without them.
    fn request(&self, rows: &ProgressRows) -> MixedFitRequest {
        let is_default = self.formula == FORMULA && rows.topics == 1;
        let formula = if is_default { ONE_TOPIC } else { &self.formula };
        MixedFitRequest {
            formula: Some(formula.to_owned()),
            family: Some(self.family.to_owned()),
            weights: Some("n".to_owned()),
            by_level: Some(true),
            ..MixedFitRequest::default()
        }
    }
}

/// Rows and what to fit to them.
struct Task {
    rows: ProgressRows,
    request: MixedFitRequest,
    spec: Spec,
}

impl Task {
    /// `None` without rows.
    async fn prepare(
        store: &Store,
        own: &ProgressSettings,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Error> {
        let Some(rows) = load_progress(store, now, own.weeks, own.fewest).await? else {
            return Ok(None);
        };
        let request = own.request(&rows);
        let spec = Spec::of(&request, Linear::DEFAULTS)?;
        Ok(Some(Self { rows, request, spec }))
    }

    fn of_run<'a>(&'a self, run_id: &'a str) -> ProgressTask<'a> {
        let Self { rows, request, spec } = self;
        ProgressTask { table: &rows.table, request, spec, run_id }
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = ProgressSettings::read(settings)?;
    let service = Service::of(settings, "GLMM")?;
    let now = clock.now();
    let message = format!("Fitting GLMM growth model (lookback={} weeks)", own.weeks);
    log.info(&message);
    let Some(task) = Task::prepare(store, &own, now).await? else {
        log.warn("No data found for GLMM fitting");
        log.info("No weekly aggregates found; exiting.");
        return Ok(Outcome::noop());
    };
    announce(&task, log);
    if own.dry_run {
        log.dry_run(&format!(
            "Would fit GLMM with {} rows, lookback_weeks={}, formula='{}', family='{}'",
            task.rows.table.n_rows, own.weeks, task.spec.formula, own.family
        ));
        return Ok(Outcome { rows: 1, ..Outcome::default() });
    }
    let run_id = now.format("glmm-%Y%m%d-%H%M%S").to_string();
    let fitted = match service {
        Some(service) => service.fit_progress(task.of_run(&run_id), log).await?,
        None => InProcess.fit_progress(task.of_run(&run_id), log).await?,
    };
    let Fitted { response, record: fit } = match fitted {
        Ok(fitted) => fitted,
        Err(reason) => {
            log.warn(&format!("GLMM fit noop: {reason}"));
            return Ok(Outcome::noop());
        }
    };
    report(&response, log);
    let slopes = slopes(&response, own.family, now);
    let updates = may_update(&own, &response, &slopes, log);
    let mut tx = store.begin().await?;
    tx.write_progress_fit(&row(&response, &task, &own, &run_id, now)).await?;
    let updated = if updates {
        write_slopes(&mut tx, &slopes, day_at(store.time_zone(), now)).await?
    } else {
        0
    };
    tx.commit().await?;
    log.info(&format!("GLMM fit stored: run_id={run_id}; rows={}", task.rows.table.n_rows));
    if updates {
        log.info(&format!("Updated weekly_kpi.growth_slope for {updated} users"));
    }
    log.info(&format!("GLMM growth model fitting completed: run_id={run_id}"));
    let not_converged = response["fit_meta"]["converged"] != true;
    Ok(Outcome { rows: 1 + updated, not_converged, fit, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = ProgressSettings::read(settings)?;
    let Some(task) = Task::prepare(store, &own, clock.now()).await? else {
        return Ok(Err("its answers are gone".to_string()));
    };
    let fitted = match InProcess.fit_progress(task.of_run(""), log).await? {
        Ok(fitted) => fitted,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

fn announce(task: &Task, log: &mut JobLog<'_>) {
    let rows = &task.rows;
    log.info(&format!("Loaded {} weekly observations", rows.table.n_rows));
    log.info(&format!(
        "{} students, {} topics, week 0 is {}",
        rows.students, rows.topics, rows.first_week
    ));
    if rows.left_out > 0 {
        log.info(&format!("{} students have too few rows and are left out", rows.left_out));
    }
}

fn report(response: &Value, log: &mut JobLog<'_>) {
    let warnings = response["warnings"].as_array().into_iter().flatten();
    for warning in warnings.filter_map(Value::as_str) {
        log.warn(warning);
    }
    let effects = response["fixed_effects"].as_object().into_iter().flatten();
    let shown: Vec<String> = effects
        .map(|(name, value)| {
            let se = number(&response["fixed_effects_se"][name]);
            format!("{name}={} (se {se})", number(value))
        })
        .collect();
    log.info(&format!("Fixed effects: {}", shown.join(", ")));
}

fn number(value: &Value) -> String {
    value.as_f64().map_or_else(|| "unknown".to_owned(), |value| format!("{value:.6}"))
}

/// The value under one of these names.
fn named<'a>(object: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(name))
}

/// Slope of every student: that of all plus the student's own deviation, not the deviation alone.
fn slopes(response: &Value, family: &str, fitted_at: DateTime<Utc>) -> Vec<(String, SlopeKpi)> {
    let unit = if family == "binomial" { SlopeUnit::LogOdds } else { SlopeUnit::Accuracy };
    let weeks = |field: &str| named(named(&response[field], STUDENT)?, WEEK)?.as_object();
    let (together, errors) = (weeks("level_coefficients"), weeks("level_coefficients_se"));
    let fixed = named(&response["fixed_effects"], WEEK).and_then(Value::as_f64);
    let slope = |id: &String, deviation: &Value| match together {
        Some(together) => together.get(id)?.as_f64(),
        // A service that does not know how both vary together says them apart, without an error of the sum.
        None => Some(fixed? + deviation.as_f64()?),
    };
    let of_student = |(id, deviation): (&String, &Value)| {
        let se = errors.and_then(|errors| errors.get(id)?.as_f64());
        Some((id.clone(), SlopeKpi::new(slope(id, deviation)?, se, unit, fitted_at)))
    };
    weeks("random_effects").into_iter().flatten().filter_map(of_student).collect()
}

/// Whether slopes are written: those of a fit that did not converge do not take the place of others.
fn may_update(
    own: &ProgressSettings,
    response: &Value,
    slopes: &[(String, SlopeKpi)],
    log: &mut JobLog<'_>,
) -> bool {
    if !own.update_kpi {
        return false;
    }
    let reason = no_update(response, slopes);
    if let Some(reason) = &reason {
        log.warn(&format!("growth_slope stays as it was: {reason}"));
    }
    reason.is_none()
}

/// Why slopes are not written, if they are not.
fn no_update(response: &Value, slopes: &[(String, SlopeKpi)]) -> Option<String> {
    let meta = &response["fit_meta"];
    if meta["verdict"]["status"] == "unidentified" {
        let names = meta["verdict"]["parameters"].as_array().into_iter().flatten();
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        let action = meta["verdict"]["next_action"].as_str();
        let action = action.map_or_else(String::new, |action| format!(" ({action})"));
        return Some(format!("the data do not determine {}{action}", names.join(", ")));
    }
    if meta["converged"] != true {
        return Some("the fit did not converge".to_owned());
    }
    if !slopes.is_empty() {
        return None;
    }
    let effects = response["fixed_effects"].as_object();
    let week = effects.and_then(|effects| WEEK.iter().find_map(|name| effects.get(*name)));
    Some(if week.is_some_and(Value::is_null) {
        "the slope over weeks has no estimate: the rows do not tell the weeks from the other terms"
            .to_owned()
    } else {
        "the formula has no slope over weeks by student".to_owned()
    })
}

/// Writes slopes into the newest row of every student that has one.
async fn write_slopes(
    tx: &mut Tx,
    slopes: &[(String, SlopeKpi)],
    today: NaiveDate,
) -> Result<u64, Error> {
    tx.lock_weekly_kpi().await?;
    let newest: HashMap<String, _> =
        tx.newest_kpi_rows(week_start(today)).await?.into_iter().collect();
    let patch = |(user_id, slope): &(String, SlopeKpi)| {
        let week_start = *newest.get(user_id)?;
        Some(KpiPatch { user_id: user_id.clone(), week_start, patch: slope.patch() })
    };
    let patches: Vec<KpiPatch> = slopes.iter().filter_map(patch).collect();
    tx.merge_weekly_kpi(&patches).await?;
    Ok(patches.len() as u64)
}

/// Parts of an answer that are kept beside its figures.
const KEPT: [&str; 6] =
    ["fixed_effects_se", "variance_components", "r2_marginal", "r2_conditional", "icc", "warnings"];
/// Parts of what it says of itself.
const KEPT_OF_META: [&str; 3] = ["converged", "singular", "verdict"];

/// The row of the run: the union of what both names of the job stored.
fn row(
    response: &Value,
    task: &Task,
    own: &ProgressSettings,
    run_id: &str,
    now: DateTime<Utc>,
) -> ProgressFitRow {
    let (meta, rows) = (&response["fit_meta"], &task.rows);
    let figures = if response["metrics"].is_object() { "metrics" } else { "fit_metrics" };
    let mut metrics = response[figures].as_object().cloned().unwrap_or_default();
    let kept = KEPT.map(|key| (key, response)).into_iter();
    for (key, part) in kept.chain(KEPT_OF_META.map(|key| (key, meta))) {
        metrics.insert(key.to_owned(), part[key].clone());
    }
    let levels = |names: &[&str], effects: &[&str]| {
        let levels = named(&response["random_effects"], names).and_then(|of| named(of, effects));
        levels.and_then(Value::as_object).map_or(0, serde_json::Map::len)
    };
    ProgressFitRow {
        run_id: run_id.to_owned(),
        model_spec: json!({
            "formula": task.spec.formula,
            "family": own.family,
            "link": task.spec.model.link(),
            "weights": task.spec.weights,
            "lookback_weeks": own.weeks,
            "min_observations": own.fewest,
            "first_week": rows.first_week,
            "rows_count": rows.table.n_rows,
            "students": rows.students,
            "topics": rows.topics,
        }),
        metrics: Value::Object(metrics),
        formula: Some(task.spec.formula.clone()),
        fixed_effects: Some(response["fixed_effects"].clone()),
        random_effects_summary: Some(json!({
            "student_slopes": levels(STUDENT, WEEK),
            "student_intercepts": levels(STUDENT, &["(Intercept)"]),
            "topic_intercepts": levels(TOPIC, &["(Intercept)"]),
        })),
        fit_metrics: Some(response["fit_metrics"].clone()),
        fitted_at: now,
    }
}
