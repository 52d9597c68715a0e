//! `detect-inactivity`: P and S at once of students who have gone silent.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use seedtest_families::survival::Stored as SurvivalModel;
use seedtest_kpi::{
    CHURN_WINDOW_DAYS, ChurnKpi, FittedGroup, GoalKpi, LOOKBACK_DAYS, churn_activity,
    churn_heuristic, week_start,
};
use seedtest_responses::TimeZone;
use seedtest_store::{KpiPatch, Store};
use serde_json::{Map, Value};

use crate::calendar::{day_at, end_micros, end_of};
use crate::churn::{ChurnSpec, days_silent, evidence, risks};
use crate::error::Error;
use crate::evidence::{Evidence, ThetaHistory};
use crate::kpis::{
    Choice, FittedKpis, GoalModels, fits, goal_normal, goal_posterior, kpi_settings, locked_fits,
};
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Round, Setting, Settings, Work,
};
use crate::scores::{Goal, Targets};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "detect-inactivity",
    aliases: &[],
    summary: "P and S at once for students who have gone silent",
    schedule: Some("30 5 * * *"),
    settings: &[
        Setting::new(
            "threshold",
            Kind::Count,
            "Days without activity in any source from which a student counts as silent",
        )
        .env(&["INACTIVITY_THRESHOLD_DAYS"])
        .or(Preset::Count(7)),
        Setting::new("user", Kind::Text, "Only this student"),
        Setting::new(
            "lookback-days",
            Kind::Count,
            "Students last seen longer ago than this and the threshold are left alone",
        )
        .env(&["KPI_LOOKBACK_DAYS"])
        .or(Preset::Count(LOOKBACK_DAYS)),
        kpi_settings::TARGET,
        kpi_settings::TARGET_SCALE,
        kpi_settings::USE_BAYESIAN,
        kpi_settings::CHURN_HORIZON,
        kpi_settings::SESSION_GAP,
        kpi_settings::SCORE_SLOPE,
        kpi_settings::SCORE_INTERCEPT,
        AS_OF,
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
    // On Mondays before the fits that write into the newest row of a student, which it may be that makes it.
    rounds: &[Round::Daily.at(70), Round::Weekly.at(44)],
    check: |settings| InactivitySettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let own = InactivitySettings::read(settings)?;
        Ok(own.user.is_none().then_some(own.lookback + own.threshold))
    }),
    looks: None,
};

/// Who counts as silent, and how P and S are computed.
struct InactivitySettings {
    threshold: u32,
    lookback: u32,
    /// Only this student.
    user: Option<String>,
    goal: Goal,
    use_bayesian: bool,
    churn_horizon_days: f64,
    session_gap_minutes: u32,
    dry_run: bool,
}

impl InactivitySettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            threshold: settings.days("threshold")?.max(1),
            lookback: settings.days("lookback-days")?,
            user: settings.owned("user"),
            goal: Targets::read(settings)?.goal(),
            use_bayesian: settings.switch(kpi_settings::USE_BAYESIAN.key),
            churn_horizon_days: kpi_settings::churn_horizon(settings)?,
            session_gap_minutes: kpi_settings::session_gap(settings)?,
            dry_run: settings.switch("dry-run"),
        })
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, in_round, .. } = work;
    let own = InactivitySettings::read(settings)?;
    let started = clock.now();
    let zone = store.time_zone();
    let today = day_at(zone, started);
    let InactivitySettings { threshold, lookback, dry_run, .. } = own;
    let spec = ChurnSpec {
        today,
        lookback_days: lookback + threshold,
        threshold_days: threshold,
        session_gap_minutes: own.session_gap_minutes,
    };
    let evidence = evidence(&spec, store, own.user.as_deref()).await?;
    let inactive: Vec<&str> = days_silent(&evidence, &spec)
        .into_iter()
        .filter(|&(_, days)| days >= i64::from(threshold))
        .map(|(user_id, _)| user_id)
        .collect();
    let n = inactive.len();
    if n == 0 {
        let message = format!("No inactive users found (threshold={threshold} days)");
        log.info(&message);
        return Ok(Outcome::noop());
    }
    let message =
        format!("Found {n} inactive users (threshold={threshold} days); dry_run={dry_run}");
    log.info(&message);
    let churn = churn_of_all(store, &evidence, &spec, started).await?;
    let mut tx = if dry_run { None } else { Some(store.begin().await?) };
    let fitted = match &mut tx {
        Some(tx) => locked_fits(tx, today, today).await?,
        None => fits(store, today, today).await?,
    };
    let job = Refresh {
        evidence: &evidence,
        thetas: ThetaHistory::new(&evidence.thetas),
        fitted: FittedKpis::new(&fitted, zone),
        churn,
        today,
        goal_models: goal_models(store, &own, (today, in_round)).await?,
        own: &own,
    };
    let mut patches = Vec::with_capacity(n);
    for user_id in inactive {
        let patch = job.keys(user_id);
        if patch.is_empty() {
            let message = format!("Could not calculate P/S for user={user_id}");
            log.warn(&message);
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
    log.info(&message);
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
    let age = spec.today.signed_duration_since(day_at(store.time_zone(), row.fitted_at));
    if age > Duration::days(ChurnKpi::HOLDS_DAYS) {
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
    own: &'a InactivitySettings,
}

async fn goal_models(
    store: &Store,
    own: &InactivitySettings,
    (today, in_round): (NaiveDate, bool),
) -> Result<GoalModels, Error> {
    if !own.use_bayesian {
        return Ok(GoalModels::default());
    }
    GoalModels::of_days(store, (today, today), in_round.then_some(today)).await
}

impl Refresh<'_> {
    /// P and S with what travels with them; a number that is not known is left out and overwrites
    /// nothing.
    fn keys(&self, user_id: &str) -> Map<String, Value> {
        let mut keys = self.goal(user_id).map(|goal| goal.patch()).unwrap_or_default();
        keys.extend(self.churn(user_id).map(|churn| churn.patch()).unwrap_or_default());
        keys
    }

    fn zone(&self) -> &TimeZone {
        self.evidence.log.time_zone()
    }

    fn churn(&self, user_id: &str) -> Option<ChurnKpi> {
        let fitted = self.churn.as_ref();
        if let Some((risk, churn)) = fitted.and_then(|c| Some((*c.by_user.get(user_id)?, c))) {
            return Some(ChurnKpi::of_survival(risk, churn.fitted_at));
        }
        let history = self.evidence.history(user_id);
        let risk =
            churn_activity(&history, self.today, CHURN_WINDOW_DAYS, self.own.session_gap_minutes)
                .and_then(|activity| churn_heuristic(&activity, self.own.churn_horizon_days));
        risk.is_ok().then(|| ChurnKpi::heuristic(risk))
    }

    fn goal(&self, user_id: &str) -> Option<GoalKpi> {
        let week = week_start(self.today);
        match self.fitted.choose(user_id, week, self.today, self.own.use_bayesian) {
            Choice::Keep => None,
            Choice::Carry(group) => Some(group),
            Choice::Compute => self.computed_goal(user_id),
        }
    }

    /// P by the stored growth fit, else by the Normal approximation.
    fn computed_goal(&self, user_id: &str) -> Option<GoalKpi> {
        let zone = self.zone();
        let end = end_micros(zone, self.today);
        let ability = Some(self.thetas.newest_before(user_id, end)?);
        let goal = self.own.goal;
        let model = self.goal_models.newest_before(end_of(zone, self.today));
        let found =
            goal_posterior(goal, ability, model).unwrap_or_else(|| goal_normal(goal, ability));
        found.probability.is_ok().then_some(found)
    }
}
