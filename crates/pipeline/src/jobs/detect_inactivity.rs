use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};
use seedtest_families::survival::Stored as SurvivalModel;
use seedtest_kpi::{churn_activity, churn_heuristic, day_start_micros, week_start};
use seedtest_store::{KpiPatch, Store};
use serde_json::{Map, Value, json};

use crate::calendar::end_of;
use crate::churn::{ChurnSpec, Evidence, days_silent, risks};
use crate::error::Error;
use crate::fitted_kpis::{CHURN, Choice, FittedKpis, GOAL};
use crate::goal_model::GoalModels;
use crate::jobs::fit_survival_churn::churn_keys;
use crate::jobs::{Context, DRY_RUN, Job, Outcome, kpi_settings};
use crate::kpi_record::Goal;
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;
use crate::theta_history::{FittedTheta, ThetaHistory};
use crate::weekly_rows::{fits, locked_fits};

const HEURISTIC_DAYS: u32 = 56;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "detect-inactivity",
    aliases: &[],
    summary: "P and S at once for students who have gone silent",
    schedule: Some("30 5 * * *"),
    settings: &[
        Setting {
            key: "threshold",
            flag: true,
            env: &["INACTIVITY_THRESHOLD_DAYS"],
            default: Some("7"),
            kind: Kind::Count,
            help: "Days without activity in any source from which a student counts as silent",
        },
        Setting {
            key: "user",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Only this student",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["KPI_LOOKBACK_DAYS"],
            default: Some("30"),
            kind: Kind::Count,
            help: "Students last seen longer ago than this and the threshold are left alone",
        },
        kpi_settings::TARGET,
        kpi_settings::TARGET_SCALE,
        kpi_settings::USE_BAYESIAN,
        kpi_settings::CHURN_HORIZON_DAYS,
        kpi_settings::SCORE_SLOPE,
        kpi_settings::SCORE_INTERCEPT,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "exam_results",
        "session",
        "mirt_ability",
        "student_topic_theta",
        "survival_fit_meta",
        "weekly_kpi",
        "growth_brms_meta",
    ],
    writes: &["weekly_kpi"],
    job: Job::DetectInactivity,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let started = clock.now();
    let today = started.date_naive();
    let threshold = settings.count("threshold").unwrap_or(7).clamp(1, 36_500) as u32;
    let lookback = settings.count("lookback-days").unwrap_or(30).min(36_500) as u32;
    let spec = ChurnSpec { today, lookback_days: lookback + threshold, threshold_days: threshold };
    let user = settings.text("user");
    let evidence = Evidence::load(store, &spec, user).await?;
    let inactive: Vec<&str> = days_silent(&evidence, &spec)
        .into_iter()
        .filter(|&(_, days)| days >= i64::from(threshold))
        .map(|(user_id, _)| user_id)
        .collect();
    let n = inactive.len();
    if n == 0 {
        let message = format!("No inactive users found (threshold={threshold} days)");
        log.info(&message).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    }
    let dry_run = settings.switch("dry-run");
    let message =
        format!("Found {n} inactive users (threshold={threshold} days); dry_run={dry_run}");
    log.info(&message).map_err(Error::log)?;
    let churn = churn_of_all(store, &evidence, &spec, started).await?;
    let mut tx = if dry_run { None } else { Some(store.begin().await?) };
    let fitted = match &mut tx {
        Some(tx) => locked_fits(tx, today, today).await?,
        None => fits(store, today, today).await?,
    };
    let job = Refresh {
        evidence: &evidence,
        thetas: ThetaHistory::new(evidence.thetas()),
        fitted: FittedKpis::new(&fitted),
        churn,
        today,
        goal_models: goal_models(store, settings, today).await?,
        settings,
    };
    let mut patches = Vec::with_capacity(n);
    for user_id in inactive {
        let patch = job.keys(user_id);
        if patch.is_empty() {
            let message = format!("Could not calculate P/S for user={user_id}");
            log.warn(&message).map_err(Error::log)?;
            continue;
        }
        let week_start = week_start(today);
        patches.push(KpiPatch { user_id: user_id.to_owned(), week_start, patch });
    }
    let processed = patches.len();
    if let Some(mut tx) = tx {
        tx.merge_weekly_kpi(&patches).await?;
        tx.commit().await?;
    }
    let duration = (clock.now() - started).num_milliseconds();
    let message = format!(
        "Summary: processed={processed}, failed=0, threshold={threshold} days, \
         duration_ms={duration}"
    );
    log.info(&message).map_err(Error::log)?;
    Ok(Outcome { rows: processed as u64, ..Outcome::default() })
}

/// S by the stored fit, where it is young enough to speak.
struct Churn {
    by_user: HashMap<String, f64>,
    fitted_at: DateTime<Utc>,
}

async fn churn_of_all(
    store: &Store,
    evidence: &Evidence,
    spec: &ChurnSpec,
    now: DateTime<Utc>,
) -> Result<Option<Churn>, Error> {
    let Some(row) = store.latest_survival_fit(now).await? else { return Ok(None) };
    let age = spec.today.signed_duration_since(row.fitted_at.date_naive());
    if age > Duration::days(CHURN.holds_days) {
        return Ok(None);
    }
    let model: Option<SurvivalModel> = serde_json::from_value(row.model["model"].clone())?;
    let Some(model) = model else { return Ok(None) };
    let silence = ChurnSpec { threshold_days: row.event_threshold_days.max(1) as u32, ..*spec };
    let risks = tokio::task::block_in_place(|| risks(&model, evidence, &silence))?;
    let by_user = risks.into_iter().map(|risk| (risk.user_id, risk.risk)).collect();
    Ok(Some(Churn { by_user, fitted_at: row.fitted_at }))
}

struct Refresh<'a> {
    evidence: &'a Evidence,
    thetas: ThetaHistory<'a>,
    fitted: FittedKpis<'a>,
    churn: Option<Churn>,
    today: NaiveDate,
    goal_models: GoalModels,
    settings: &'a Settings,
}

async fn goal_models(
    store: &Store,
    settings: &Settings,
    today: NaiveDate,
) -> Result<GoalModels, Error> {
    if !settings.switch("use-bayesian") {
        return Ok(GoalModels::default());
    }
    GoalModels::load(store, end_of(today), end_of(today)).await
}

impl Refresh<'_> {
    /// P and S with what travels with them; a number that is not known is left out and overwrites
    /// nothing.
    fn keys(&self, user_id: &str) -> Map<String, Value> {
        let mut keys = self.goal(user_id);
        keys.extend(self.churn(user_id));
        keys
    }

    fn churn(&self, user_id: &str) -> Map<String, Value> {
        let fitted = self.churn.as_ref();
        if let Some((risk, churn)) = fitted.and_then(|c| Some((*c.by_user.get(user_id)?, c))) {
            return churn_keys(risk, churn.fitted_at);
        }
        let horizon = self.settings.number("churn-horizon-days").filter(|&days| days > 0.0);
        let history = self.evidence.history(user_id);
        let risk = churn_activity(&history, self.today, HEURISTIC_DAYS)
            .and_then(|activity| churn_heuristic(&activity, horizon.unwrap_or(14.0)));
        let Ok(risk) = risk else { return Map::new() };
        object([("S", json!(risk)), ("S_source", json!("heuristic")), ("S_fitted_at", Value::Null)])
    }

    fn goal(&self, user_id: &str) -> Map<String, Value> {
        let may_carry = self.settings.switch("use-bayesian");
        let week = week_start(self.today);
        match self.fitted.choose(&GOAL, user_id, week, self.today, may_carry) {
            Choice::Keep => Map::new(),
            Choice::Carry(group) => group,
            Choice::Compute => self.computed_goal(user_id).unwrap_or_default(),
        }
    }

    /// P by the stored growth fit, else by the Normal approximation.
    fn computed_goal(&self, user_id: &str) -> Option<Map<String, Value>> {
        let end = day_start_micros(self.today.succ_opt()?);
        let ability = self.thetas.newest_before(user_id, end)?;
        let goal = Goal::from_settings(self.settings);
        let model = self.goal_models.newest_before(end_of(self.today));
        goal.posterior(Some(ability), model).or_else(|| normal_goal(goal, ability))
    }
}

fn normal_goal(goal: Goal, ability: FittedTheta) -> Option<Map<String, Value>> {
    let probability = goal.probability(ability.theta).ok()?;
    let at = DateTime::from_timestamp_micros(ability.fitted_at)?;
    Some(object([
        ("P", json!(probability)),
        ("sigma", Value::Null),
        ("P_lower", Value::Null),
        ("P_upper", Value::Null),
        ("P_source", json!("normal")),
        ("P_basis", Value::Null),
        ("P_fitted_at", json!(at.to_rfc3339_opts(SecondsFormat::Micros, true))),
    ]))
}

fn object<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}
