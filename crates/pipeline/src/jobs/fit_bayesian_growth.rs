use chrono::{DateTime, Duration, Utc};
use seedtest_families::FitRecord;
use seedtest_families::growth::{self, family_of};
use seedtest_growth::{Adaptation, Family, Spec};
use seedtest_store::{GrowthFitRow, Store};
use serde_json::{Value, json};

use crate::calendar::midnight;
use crate::error::Error;
use crate::goal_rows::{GoalRow, goal_rows, write_goals};
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::models::{GrowthTask, InProcess, Models};
use crate::registry::{JobEntry, Kind, Setting};
use crate::remote::{Service, growth_priors};
use crate::settings::Settings;
use crate::weekly_scores::{Scale, WeeklyScores, load};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "fit-bayesian-growth",
    aliases: &["brms-growth"],
    summary: "Growth of every student and the probability to reach the goal",
    schedule: Some("30 4 * * 1"),
    settings: &[
        Setting {
            key: "lookback-weeks",
            flag: true,
            env: &["BRMS_LOOKBACK_WEEKS", "LOOKBACK_WEEKS"],
            default: Some("8"),
            kind: Kind::Count,
            help: "Scores of this many weeks, the current one included",
        },
        Setting {
            key: "score-source",
            flag: true,
            env: &["BRMS_SCORE_SOURCE"],
            default: Some("accuracy"),
            kind: Kind::Choice(&["accuracy", "theta"]),
            help: "Share of right answers a week, or abilities",
        },
        Setting {
            key: "n-samples",
            flag: true,
            env: &["BRMS_N_SAMPLES", "BRMS_ITER"],
            default: Some("1000"),
            kind: Kind::Count,
            help: "Kept draws a chain",
        },
        Setting {
            key: "n-chains",
            flag: true,
            env: &["BRMS_N_CHAINS", "BRMS_CHAINS"],
            default: Some("2"),
            kind: Kind::Count,
            help: "Chains",
        },
        Setting {
            key: "n-warmup",
            flag: true,
            env: &["BRMS_N_WARMUP"],
            default: Some("1000"),
            kind: Kind::Count,
            help: "Warm-up draws a chain",
        },
        Setting {
            key: "family",
            flag: true,
            env: &["BRMS_FAMILY"],
            default: Some("gaussian"),
            kind: Kind::Choice(&["gaussian", "student", "binomial"]),
            help: "Distribution of the scores; student for outliers, binomial for right answers",
        },
        kpi_settings::TARGET,
        Setting {
            key: "target-scale",
            flag: true,
            env: &["METRICS_TARGET_SCALE"],
            default: Some("auto"),
            kind: Kind::Choice(&["theta", "score", "accuracy", "auto"]),
            help: "Scale of the goal; auto: a score when beyond ±6, else an ability",
        },
        Setting {
            key: "horizon-weeks",
            flag: true,
            env: &["BRMS_HORIZON_WEEKS"],
            default: Some("0"),
            kind: Kind::Number,
            help: "Weeks after the last observed one at which the goal counts",
        },
        Setting {
            key: "seed",
            flag: true,
            env: &["BRMS_SEED"],
            default: Some("42"),
            kind: Kind::Count,
            help: "Seed of the random numbers",
        },
        Setting {
            key: "warm-start",
            flag: true,
            env: &["BRMS_WARM_START"],
            default: Some("true"),
            kind: Kind::Switch,
            help: "Start the chains where the newest fit of an earlier day stood",
        },
        Setting {
            key: "update-kpi",
            flag: true,
            env: &["BRMS_UPDATE_KPI"],
            default: Some("true"),
            kind: Kind::Switch,
            help: "Write P and sigma into the newest KPI row of every student",
        },
        Setting {
            key: "force",
            flag: true,
            env: &[],
            default: Some("false"),
            kind: Kind::Switch,
            help: "Write P and sigma of a fit that did not converge, too",
        },
        Setting {
            key: "base-url",
            flag: false,
            env: &["R_BRMS_BASE_URL"],
            default: None,
            kind: Kind::Text,
            help: "Fit at this address instead of in this process",
        },
        Setting {
            key: "timeout-secs",
            flag: false,
            env: &["R_BRMS_TIMEOUT_SECS"],
            default: Some("600"),
            kind: Kind::Count,
            help: "Seconds to wait for that service",
        },
        Setting {
            key: "token",
            flag: false,
            env: &["R_BRMS_INTERNAL_TOKEN"],
            default: None,
            kind: Kind::Secret,
            help: "Token for that service",
        },
        kpi_settings::SCORE_SLOPE,
        kpi_settings::SCORE_INTERCEPT,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "mirt_ability",
        "student_topic_theta",
        "features_topic_daily",
        "weekly_kpi",
        "growth_brms_meta",
    ],
    writes: &["growth_brms_meta", "weekly_kpi"],
    job: Job::FitBayesianGrowth,
};

/// What is stored of a fit, wherever it was made.
struct Answer {
    formula: String,
    posterior_summary: Value,
    diagnostics: Value,
    stored_model: Value,
    predictions: Value,
    goals: Vec<GoalRow>,
    reliable: bool,
    warnings: Vec<String>,
    record: Option<FitRecord>,
}

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let now = clock.now();
    let run_id = now.format("brms-%Y%m%d-%H%M%S").to_string();
    announce(settings, log).map_err(Error::log)?;
    let noop = Outcome { noop: true, ..Outcome::default() };
    let Some(task) = Task::prepare(store, settings, now, &run_id, log).await? else {
        log.warn("No data found for Bayesian fitting").map_err(Error::log)?;
        return Ok(noop);
    };
    let answer = match task.answer(settings, log).await? {
        Ok(answer) => answer,
        Err(reason) => {
            log.warn(&format!("Bayesian fit noop: {reason}")).map_err(Error::log)?;
            return Ok(noop);
        }
    };
    report(&answer, log).map_err(Error::log)?;
    if settings.switch("dry-run") {
        log.dry_run("Nothing was written").map_err(Error::log)?;
        return Ok(Outcome { rows: 1 + answer.goals.len() as u64, ..Outcome::default() });
    }
    let updates = may_update(&answer, settings, log).map_err(Error::log)?;
    let mut tx = store.begin().await?;
    tx.write_growth_fit(&task.row(&answer, run_id.clone(), now)?).await?;
    let updated = if updates { write_goals(&mut tx, &answer.goals, now).await? } else { 0 };
    tx.commit().await?;
    if updates {
        let message = format!("Updated weekly_kpi.P/sigma for {updated} users");
        log.info(&message).map_err(Error::log)?;
    }
    let message = format!("Bayesian growth model fitting completed: run_id={run_id}");
    log.info(&message).map_err(Error::log)?;
    Ok(Outcome { rows: 1 + updated, fit: answer.record, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
pub(super) async fn refit(context: Context<'_, '_>) -> Result<Result<FitRecord, String>, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let Some(task) = Task::prepare(store, settings, clock.now(), "", log).await? else {
        return Ok(Err("its scores are gone".to_string()));
    };
    let fitted = match InProcess.fit_growth(task.growth(), log).await? {
        Ok(fitted) => fitted,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

fn announce(settings: &Settings, log: &mut JobLog<'_>) -> std::io::Result<()> {
    let text = |key: &str| settings.text(key).unwrap_or_default().to_owned();
    log.info(&format!(
        "Fitting Bayesian growth model (lookback={} weeks, n_samples={}, n_chains={})",
        text("lookback-weeks"),
        text("n-samples"),
        text("n-chains")
    ))
}

/// Scores on the scale of the model, and what to fit to them.
struct Task {
    scores: WeeklyScores,
    scale: Scale,
    plan: growth::Spec,
    run_id: String,
    start: Option<Adaptation>,
}

impl Task {
    /// `None` without scores.
    async fn prepare(
        store: &Store,
        settings: &Settings,
        now: DateTime<Utc>,
        run_id: &str,
        log: &mut JobLog<'_>,
    ) -> Result<Option<Self>, Error> {
        let weeks = settings.count("lookback-weeks").unwrap_or(8).clamp(1, 5_200) as u32;
        let wants_theta =
            settings.text("score-source").is_some_and(|s| s.eq_ignore_ascii_case("theta"));
        let Some(mut scores) = load(store, now, weeks, wants_theta, log).await? else {
            return Ok(None);
        };
        let stored = stored_scale(store, scores.source, now).await?;
        let scale = Scale::of(&scores, stored, run_id);
        let plan = plan(settings, &scale)?;
        if plan.model.family != Family::Binomial {
            for score in &mut scores.rows.score {
                *score = scale.apply(*score);
            }
        } else if scores.rows.answers.is_none() {
            let message = "--family binomial: abilities are no shares of right answers";
            return Err(Error::Usage(message.into()));
        }
        let start = warm_start(store, settings, &scale, plan.model.family, now).await?;
        let rows = &scores.rows;
        let message = format!(
            "Loaded {} weekly scores of {} students from {} (scale: mean {:.4}, sd {:.4})",
            rows.score.len(),
            rows.students.len(),
            scores.source,
            scale.mean,
            scale.sd
        );
        log.info(&message).map_err(Error::log)?;
        Ok(Some(Self { scores, scale, plan, run_id: run_id.to_owned(), start }))
    }

    fn rows(&self) -> &growth::Rows {
        &self.scores.rows
    }

    fn growth(&self) -> GrowthTask<'_> {
        GrowthTask {
            rows: self.rows(),
            spec: &self.plan,
            run_id: &self.run_id,
            start: self.start.as_ref(),
        }
    }

    /// The fit, here or at another address; `Err` in the result says why there is none.
    async fn answer(
        &self,
        settings: &Settings,
        log: &mut JobLog<'_>,
    ) -> Result<Result<Answer, String>, Error> {
        let fitted = match Service::of(settings, "BRMS") {
            Some(service) => service.fit_growth(self.growth(), log).await?,
            None => InProcess.fit_growth(self.growth(), log).await?,
        };
        Ok(fitted.map(|fitted| answer_of(fitted.response, &self.plan, fitted.record)))
    }

    /// The row of the run.
    fn row(
        &self,
        answer: &Answer,
        run_id: String,
        now: DateTime<Utc>,
    ) -> Result<GrowthFitRow, Error> {
        let sampling = self.plan.model.sampling;
        Ok(GrowthFitRow {
            run_id,
            formula: answer.formula.clone(),
            priors: serde_json::to_value(growth_priors(&self.plan)?)?,
            posterior_summary: answer.posterior_summary.clone(),
            diagnostics: answer.diagnostics.clone(),
            settings: json!({
                "family": self.plan.model.family.name(),
                "n_samples": sampling.draws,
                "n_chains": sampling.chains,
                "n_warmup": sampling.warmup,
                "seed": sampling.seed,
                "target": self.plan.target,
                "horizon_weeks": self.plan.horizon_weeks,
                "warm_start": self.start.is_some(),
                "scale": self.scale,
                "first_week": self.scores.first_week,
                "mean_answers": self.rows().mean_answers(),
                "n_obs": self.rows().score.len(),
                "n_students": self.rows().students.len(),
                "warnings": answer.warnings,
                "model": answer.stored_model,
            }),
            predictions: Some(answer.predictions.clone()),
            fitted_at: now,
        })
    }
}

fn plan(settings: &Settings, scale: &Scale) -> Result<growth::Spec, Error> {
    let count = |key: &str, default: u64| settings.count(key).unwrap_or(default) as usize;
    let base = growth::Spec::default();
    let mut model =
        Spec { family: family_of(settings.text("family").unwrap_or("gaussian"))?, ..base.model };
    model.sampling.draws = count("n-samples", 1_000);
    model.sampling.chains = count("n-chains", 2);
    model.sampling.warmup = count("n-warmup", 1_000);
    model.sampling.seed = settings.count("seed").unwrap_or(42);
    let target = scale.target(settings);
    // The binomial family sees the shares themselves.
    let target = if model.family == Family::Binomial { scale.raw(target) } else { target };
    let horizon_weeks = settings.number("horizon-weeks").unwrap_or(0.0);
    if horizon_weeks < 0.0 {
        return Err(Error::Usage("--horizon-weeks: no week before the last observed one".into()));
    }
    Ok(growth::Spec { model, target, horizon_weeks, ..base })
}

/// Where the newest converged fit of an earlier day stood, if it was one of the same scores: a run
/// that is repeated on its day starts as it did before.
async fn warm_start(
    store: &Store,
    settings: &Settings,
    scale: &Scale,
    family: Family,
    now: DateTime<Utc>,
) -> Result<Option<Adaptation>, Error> {
    if !settings.switch("warm-start") {
        return Ok(None);
    }
    let before = midnight(now.date_naive()) - Duration::microseconds(1);
    let Some(newest) = store.converged_growth_fits(before, before).await?.pop() else {
        return Ok(None);
    };
    let mut stored = newest.settings;
    let is_same =
        serde_json::from_value(stored["scale"].take()).is_ok_and(|of: Scale| of == *scale);
    let model: Option<growth::Stored> = serde_json::from_value(stored["model"].take()).ok();
    let model = model.filter(|model| is_same && model.spec.family == family);
    Ok(model.and_then(|model| model.adaptation))
}

/// The scale of the newest run up to now whose scores came from the same source.
async fn stored_scale(
    store: &Store,
    source: &str,
    now: DateTime<Utc>,
) -> Result<Option<Scale>, Error> {
    let settings = store.latest_growth_settings(source, now).await?;
    let scale =
        settings.and_then(|settings| serde_json::from_value(settings["scale"].clone()).ok());
    Ok(scale)
}

fn answer_of(mut found: Value, plan: &growth::Spec, record: Option<FitRecord>) -> Answer {
    let mut diagnostics = found["diagnostics"].take();
    let reliable = is_reliable(&found, &diagnostics);
    if let Some(map) = diagnostics.as_object_mut() {
        map.insert("verdict".into(), json!(if reliable { "converged" } else { "unreliable" }));
        map.insert("details".into(), found["verdict"].take());
    }
    let warnings = found["warnings"].as_array().into_iter().flatten();
    let warnings = warnings.filter_map(Value::as_str).map(str::to_owned).collect();
    Answer {
        formula: found["formula"].as_str().unwrap_or(&plan.formula).to_owned(),
        posterior_summary: found["posterior_summary"].take(),
        diagnostics,
        stored_model: found["stored_model"].take(),
        goals: goal_rows(&found["predictions"]),
        predictions: found["predictions"].take(),
        reliable,
        warnings,
        record,
    }
}

/// Largest R̂ ≤ 1.05 and no divergence, whichever of both the service reports.
fn is_reliable(found: &Value, diagnostics: &Value) -> bool {
    let rhat = diagnostics["rhat"]["max"].as_f64();
    let divergences = diagnostics["divergences"].as_u64().unwrap_or(0);
    let agreed = match rhat {
        Some(rhat) => rhat <= 1.05,
        None => found["converged"].as_bool().unwrap_or(false),
    };
    agreed && divergences == 0
}

fn report(answer: &Answer, log: &mut JobLog<'_>) -> std::io::Result<()> {
    let mut short = answer.diagnostics.clone();
    if let Some(map) = short.as_object_mut() {
        map.retain(|key, _| {
            ["rhat", "ess_bulk", "ess_tail", "divergences", "verdict"].contains(&key.as_str())
        });
    }
    log.info(&format!("Posterior summary: {}", answer.posterior_summary))?;
    log.info(&format!("Diagnostics: {short}"))?;
    for warning in &answer.warnings {
        log.warn(warning)?;
    }
    log.info(&format!("Predictions computed for {} students", answer.goals.len()))
}

/// Whether P and sigma are written: a fit that did not converge does not take the place of one that
/// did, unless it is told to.
fn may_update(answer: &Answer, settings: &Settings, log: &mut JobLog<'_>) -> std::io::Result<bool> {
    if !settings.switch("update-kpi") {
        return Ok(false);
    }
    if !answer.reliable && !settings.switch("force") {
        log.warn("P and sigma stay as they were: the fit did not converge (--force writes them)")?;
        return Ok(false);
    }
    Ok(true)
}
