//! `fit-bayesian-growth`: growth of every student, and P.

use chrono::{DateTime, Duration, Utc};
use seedtest_families::FitRecord;
use seedtest_families::growth;
use seedtest_growth::{Adaptation, Family, Priors, Sampling, Spec};
use seedtest_kpi::Missing;
use seedtest_numerics::DEFAULT_SEED;
use seedtest_store::{GrowthFitRow, Store};
use serde_json::{Value, json};

use crate::calendar::{day_at, midnight};
use crate::error::Error;
use crate::kpis::{GoalRow, goal_rows, write_goals};
use crate::models::{GrowthTask, InProcess, Models};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::{Service, growth_priors};
use crate::scores::{Scale, Targets, WeeklyScores, load, targets};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "fit-bayesian-growth",
    aliases: &["brms-growth"],
    summary: "Growth of every student and the probability to reach the goal",
    schedule: Some("30 4 * * 1"),
    settings: &[
        Setting::new(
            "lookback-weeks",
            Kind::Count,
            "Scores of this many weeks, the current one included",
        )
        .env(&["BRMS_LOOKBACK_WEEKS", "LOOKBACK_WEEKS"])
        .or(Preset::Count(8)),
        Setting::new(
            "score-source",
            Kind::Choice(&["accuracy", "theta"]),
            "Share of right answers a week, or abilities",
        )
        .env(&["BRMS_SCORE_SOURCE"])
        .or(Preset::Text("accuracy")),
        Setting::new("n-samples", Kind::Count, "Kept draws a chain")
            .env(&["BRMS_N_SAMPLES", "BRMS_ITER"])
            .or(Preset::Count(1000)),
        Setting::new("n-chains", Kind::Count, "Chains")
            .env(&["BRMS_N_CHAINS", "BRMS_CHAINS"])
            .or(Preset::Count(2)),
        Setting::new("n-warmup", Kind::Count, "Warm-up draws a chain")
            .env(&["BRMS_N_WARMUP"])
            .or(Preset::Count(growth::WARMUP as u32)),
        Setting::new(
            "family",
            Kind::Choice(&["gaussian", "student", "binomial"]),
            "Distribution of the scores; student for outliers, binomial for right answers",
        )
        .env(&["BRMS_FAMILY"])
        .or(Preset::Text(growth::FAMILY.name())),
        targets::TARGET,
        targets::TARGET_SCALE,
        Setting::new(
            "horizon-weeks",
            Kind::Number,
            "Weeks after the last observed one at which the goal counts",
        )
        .env(&["BRMS_HORIZON_WEEKS"])
        .accepting(Accepts::AtLeast(0.0))
        .or(Preset::Count(0)),
        Setting::new(
            "target-accept",
            Kind::Number,
            "Mean acceptance the sampler's step size aims at, 0.5 to below 1; higher is slower and \
             diverges less",
        )
        .env(&["BRMS_TARGET_ACCEPT", "BRMS_ADAPT_DELTA"])
        .accepting(Accepts::Within(0.5, 0.9999))
        .or(Preset::Number(growth::TARGET_ACCEPT)),
        Setting::new("seed", Kind::Count, "Seed of the random numbers")
            .env(&["BRMS_SEED"])
            .or(Preset::Count(DEFAULT_SEED as u32)),
        Setting::new(
            "warm-start",
            Kind::Switch,
            "Start the chains where the newest fit of an earlier day stood",
        )
        .env(&["BRMS_WARM_START"])
        .or(Preset::Switch(true)),
        Setting::new(
            "update-kpi",
            Kind::Switch,
            "Write P and sigma into the newest KPI row of every student",
        )
        .env(&["BRMS_UPDATE_KPI"])
        .or(Preset::Switch(true)),
        Setting::new(
            "force",
            Kind::Switch,
            "Write P and sigma of a fit that did not converge, too",
        )
        .or(Preset::Switch(false)),
        Setting::new("base-url", Kind::Address, "Fit at this address instead of in this process")
            .env(&["R_BRMS_BASE_URL"])
            .only_env()
            .accepting(Accepts::Web),
        Setting::new("timeout-secs", Kind::Count, "Seconds to wait for that service")
            .env(&["R_BRMS_TIMEOUT_SECS"])
            .only_env()
            .or(Preset::Count(600)),
        Setting::new("token", Kind::Secret, "Token for that service")
            .env(&["R_BRMS_INTERNAL_TOKEN"])
            .only_env(),
        targets::SCORE_SLOPE,
        targets::SCORE_INTERCEPT,
        AS_OF,
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
    rounds: &[Round::Weekly.at(50)],
    check: |settings| GrowthSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(7 * GrowthSettings::read(settings)?.weeks))),
    looks: None,
};

/// What is stored of a fit, wherever it was made.
struct GrowthFit {
    formula: String,
    posterior_summary: Value,
    diagnostics: Value,
    stored_model: Value,
    predictions: Value,
    goals: Vec<GoalRow>,
    priors: Value,
    converged: bool,
    slope_is_prior: bool,
    /// Kept draws of a chain in the end.
    draws: u64,
    warnings: Vec<String>,
    record: Option<FitRecord>,
}

/// What is fitted, and what is written.
struct GrowthSettings {
    weeks: u32,
    wants_theta: bool,
    family: Family,
    draws: usize,
    /// Up to how many a fit goes on where they are too few; `None` where somebody said how many.
    most_draws: Option<usize>,
    chains: usize,
    warmup: usize,
    target_accept: f64,
    seed: u64,
    targets: Targets,
    horizon_weeks: f64,
    warm_start: bool,
    update: Update,
    dry_run: bool,
}

/// So many times the draws of the default a fit may take until they are enough: a standard deviation near 0
/// needs about three times as many.
const MOST_TIMES: usize = 8;

/// Of which fits P and sigma are written.
#[derive(Clone, Copy, PartialEq)]
enum Update {
    None,
    Converged,
    All,
}

impl GrowthSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        let horizon_weeks = settings.number("horizon-weeks")?;
        if horizon_weeks < 0.0 {
            let reason = "--horizon-weeks: no week before the last observed one";
            return Err(settings.contradiction(reason));
        }
        let families = [Family::Gaussian, Family::Student, Family::Binomial];
        let families = families.map(|family| (family.name(), family));
        let draws = settings.size("n-samples")?;
        Ok(Self {
            weeks: settings.count("lookback-weeks")?.clamp(1, 5_200) as u32,
            wants_theta: settings.word("score-source", &[("accuracy", false), ("theta", true)])?,
            family: settings.word("family", &families)?,
            draws,
            most_draws: settings.is_default("n-samples").then_some(MOST_TIMES * draws),
            chains: settings.size("n-chains")?,
            warmup: settings.size("n-warmup")?,
            target_accept: settings.number("target-accept")?,
            seed: settings.count("seed")?,
            targets: Targets::read(settings)?,
            horizon_weeks,
            warm_start: settings.switch("warm-start"),
            update: match (settings.switch("update-kpi"), settings.switch("force")) {
                (false, _) => Update::None,
                (true, false) => Update::Converged,
                (true, true) => Update::All,
            },
            dry_run: settings.switch("dry-run"),
        })
    }
}

/// The id of a run that was started at this instant.
pub(crate) fn run_id_at(now: DateTime<Utc>) -> String {
    now.format("brms-%Y%m%d-%H%M%S").to_string()
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = GrowthSettings::read(settings)?;
    let service = Service::of(settings, "BRMS")?;
    let now = clock.now();
    let run_id = run_id_at(now);
    announce(&own, settings, log);
    let Some(task) = Task::prepare(store, &own, now, &run_id, log).await? else {
        log.warn("No data found for Bayesian fitting");
        return Ok(Outcome::noop());
    };
    let answer = match task.answer(service.as_ref(), log).await? {
        Ok(answer) => answer,
        Err(reason) => {
            log.warn(&format!("Bayesian fit noop: {reason}"));
            return Ok(Outcome::noop());
        }
    };
    if answer.draws > own.draws as u64 {
        let (draws, few) = (answer.draws, own.draws);
        log.info(&format!("Went on to {draws} draws a chain: {few} were too few"));
    }
    report(&answer, log);
    if own.dry_run {
        log.dry_run("Nothing was written");
        let rows = 1 + answer.goals.len() as u64;
        return Ok(Outcome { rows, not_converged: !answer.converged, ..Outcome::default() });
    }
    let written = what_is_written(&answer, &own, log);
    let mut tx = store.begin().await?;
    tx.write_growth_fit(&task.row(&answer, run_id.clone(), now)?).await?;
    let (target, today) = (own.targets.stated(), day_at(store.time_zone(), now));
    let goals = &answer.goals;
    let updated = match written {
        Written::Nothing => 0,
        Written::Goals => write_goals(&mut tx, goals, target, None, (today, now)).await?,
        Written::Null(why) => write_goals(&mut tx, goals, target, Some(why), (today, now)).await?,
    };
    tx.commit().await?;
    if written != Written::Nothing {
        let message = format!("Updated weekly_kpi.P/sigma for {updated} users");
        log.info(&message);
    }
    let message = format!("Bayesian growth model fitting completed: run_id={run_id}");
    log.info(&message);
    let not_converged = !answer.converged;
    Ok(Outcome { rows: 1 + updated, not_converged, fit: answer.record, ..Outcome::default() })
}

/// Fits again what a stored run fitted.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = GrowthSettings::read(settings)?;
    let Some(task) = Task::prepare(store, &own, clock.now(), "", log).await? else {
        return Ok(Err("its scores are gone".to_string()));
    };
    let fitted = match InProcess.fit_growth(task.growth(), log).await? {
        Ok(fitted) => fitted,
        Err(reason) => return Ok(Err(reason)),
    };
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

fn announce(own: &GrowthSettings, settings: &Settings, log: &mut JobLog<'_>) {
    log.info(&format!(
        "Fitting Bayesian growth model (lookback={} weeks, n_samples={}, n_chains={})",
        settings.text("lookback-weeks").unwrap_or_default(),
        own.draws,
        own.chains
    ));
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
        own: &GrowthSettings,
        now: DateTime<Utc>,
        run_id: &str,
        log: &mut JobLog<'_>,
    ) -> Result<Option<Self>, Error> {
        let Some(mut scores) = load(store, now, own.weeks, own.wants_theta, log).await? else {
            return Ok(None);
        };
        let stored = Scale::stored(store, scores.source, now).await?;
        let scale = Scale::of(&scores, stored, run_id);
        let plan = own.plan(&scale);
        if let Some(warning) = scores.rows.as_shares(plan.model.family) {
            log.warn(&warning);
        }
        if plan.model.family != Family::Binomial {
            for score in &mut scores.rows.score {
                *score = scale.apply(*score);
            }
        } else if scores.rows.answers.is_none() {
            let reason = "--family binomial: abilities are no shares of right answers".into();
            return Err(Error::Contradiction { job: ENTRY.name, reason });
        }
        let start = warm_start(store, own.warm_start, &scale, plan.model.family, now).await?;
        let rows = &scores.rows;
        let message = format!(
            "Loaded {} weekly scores of {} students from {} (scale: mean {:.4}, sd {:.4})",
            rows.score.len(),
            rows.students.len(),
            scores.source,
            scale.mean,
            scale.sd
        );
        log.info(&message);
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
        service: Option<&Service>,
        log: &mut JobLog<'_>,
    ) -> Result<Result<GrowthFit, String>, Error> {
        let fitted = match service {
            Some(service) => service.fit_growth(self.growth(), log).await?,
            None => InProcess.fit_growth(self.growth(), log).await?,
        };
        Ok(fitted.map(|fitted| fit_of(fitted.response, &self.plan, fitted.record)))
    }

    /// The row of the run.
    fn row(
        &self,
        answer: &GrowthFit,
        run_id: String,
        now: DateTime<Utc>,
    ) -> Result<GrowthFitRow, Error> {
        let sampling = self.plan.model.sampling;
        Ok(GrowthFitRow {
            run_id,
            formula: answer.formula.clone(),
            priors: match &answer.priors {
                Value::Null => serde_json::to_value(growth_priors(&self.plan)?)?,
                stated => stated.clone(),
            },
            posterior_summary: answer.posterior_summary.clone(),
            diagnostics: answer.diagnostics.clone(),
            settings: json!({
                "family": self.plan.model.family.name(),
                "n_samples": answer.draws,
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
                "slope_is_prior": answer.slope_is_prior,
                "model": answer.stored_model,
            }),
            predictions: Some(answer.predictions.clone()),
            fitted_at: now,
        })
    }
}

impl GrowthSettings {
    /// The model on the scale of the scores.
    fn plan(&self, scale: &Scale) -> growth::Spec {
        let base = growth::Spec::default();
        let mut model = Spec { family: self.family, ..base.model };
        let Self { draws, chains, warmup, target_accept, seed, .. } = *self;
        model.sampling = Sampling { draws, chains, warmup, target_accept, seed, ..model.sampling };
        // Scores are on a scale of mean 0 and standard deviation 1, logits are not.
        if model.family.has_sigma() {
            model.priors = Priors::of_standard_scores();
        }
        // Everybody has the goal of the settings, by default the contract's ability of 0: at or above the
        // average. Reports leave that one out (`reports::goal`), since nobody set it.
        let target = scale.target(&self.targets);
        // The binomial family sees the shares themselves.
        let target = if model.family == Family::Binomial { scale.raw(target) } else { target };
        growth::Spec {
            model,
            target: Some(target),
            horizon_weeks: self.horizon_weeks,
            most_draws: self.most_draws,
            ..base
        }
    }
}

/// Where the newest converged fit of an earlier day stood, if it was one of the same scores: a run
/// that is repeated on its day starts as it did before.
async fn warm_start(
    store: &Store,
    is_wanted: bool,
    scale: &Scale,
    family: Family,
    now: DateTime<Utc>,
) -> Result<Option<Adaptation>, Error> {
    if !is_wanted {
        return Ok(None);
    }
    let zone = store.time_zone();
    let before = midnight(zone, day_at(zone, now)) - Duration::microseconds(1);
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

fn fit_of(mut found: Value, plan: &growth::Spec, record: Option<FitRecord>) -> GrowthFit {
    let mut diagnostics = found["diagnostics"].take();
    let word = verdict(&found, &diagnostics);
    let converged = word == CONVERGED;
    if let Some(map) = diagnostics.as_object_mut() {
        map.insert("verdict".into(), json!(word));
        map.insert("details".into(), found["verdict"].take());
    }
    let warnings = found["warnings"].as_array().into_iter().flatten();
    let warnings = warnings.filter_map(Value::as_str).map(str::to_owned).collect();
    GrowthFit {
        formula: found["formula"].as_str().unwrap_or(&plan.formula).to_owned(),
        posterior_summary: found["posterior_summary"].take(),
        diagnostics,
        stored_model: found["stored_model"].take(),
        goals: goal_rows(&found["predictions"]),
        predictions: found["predictions"].take(),
        priors: found["priors"].take(),
        converged,
        slope_is_prior: found["slope_is_prior"].as_bool() == Some(true),
        draws: found["n_samples"].as_u64().unwrap_or(plan.model.sampling.draws as u64),
        warnings,
        record,
    }
}

/// The word of a fit that may be used.
const CONVERGED: &str = "converged";

/// The verdict as it was answered. Services that have none are judged by what they report: largest
/// R̂ ≤ 1.05, smallest effective sample size of 400 or more, no divergence.
fn verdict(found: &Value, diagnostics: &Value) -> String {
    if let Some(answered) = found["verdict"]["status"].as_str() {
        return answered.to_owned();
    }
    let divergences = diagnostics["divergences"].as_u64().unwrap_or(0);
    let agreed = match diagnostics["rhat"]["max"].as_f64() {
        Some(rhat) => rhat <= 1.05,
        None => found["converged"].as_bool().unwrap_or(false),
    };
    let is_rough = diagnostics["ess_bulk"]["min"].as_f64().is_some_and(|ess| ess < 400.0);
    let word = match (agreed && divergences == 0, is_rough) {
        (false, _) => "failed",
        (true, true) => "truncated",
        (true, false) => CONVERGED,
    };
    word.to_owned()
}

fn report(answer: &GrowthFit, log: &mut JobLog<'_>) {
    let mut short = answer.diagnostics.clone();
    if let Some(map) = short.as_object_mut() {
        map.retain(|key, _| {
            ["rhat", "ess_bulk", "ess_tail", "divergences", "verdict"].contains(&key.as_str())
        });
    }
    log.info(&format!("Posterior summary: {}", answer.posterior_summary));
    log.info(&format!("Diagnostics: {short}"));
    for warning in &answer.warnings {
        log.warn(warning);
    }
    log.info(&format!("Predictions computed for {} students", answer.goals.len()));
}

/// What becomes of P and sigma of the students.
#[derive(Clone, Copy, PartialEq)]
enum Written {
    Nothing,
    Goals,
    /// Null, for this reason.
    Null(Missing),
}

/// A fit that did not converge does not take the place of one that did, unless it is told to. One that
/// says nothing of growth leaves no P at all.
fn what_is_written(answer: &GrowthFit, own: &GrowthSettings, log: &mut JobLog<'_>) -> Written {
    if own.update == Update::None {
        return Written::Nothing;
    }
    if answer.slope_is_prior {
        log.warn(
            "P is null (slope_of_prior): the weekly scores say nothing of the change per week, which is \
             that of its prior; more weeks with scores (--lookback-weeks) are needed",
        );
        return Written::Null(Missing::SlopeOfPrior);
    }
    if !answer.converged && own.update == Update::Converged {
        log.warn("P and sigma stay as they were: the fit did not converge (--force writes them)");
        return Written::Nothing;
    }
    Written::Goals
}
