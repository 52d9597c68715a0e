//! Settings that every job computing KPIs has.

use seedtest_kpi::{CHURN_HORIZON_DAYS, SESSION_GAP_MINUTES};
use serde_json::Value;

use crate::error::Error;
use crate::registry::{AS_OF, Accepts, DRY_RUN, Kind, Preset, Setting, Settings};
use crate::scores::targets::scale_among;
pub(crate) use crate::scores::targets::{SCORE_INTERCEPT, SCORE_SLOPE, TARGET};

/// The job that computes the rows of a week.
pub(crate) const DAILY_JOB: &str = "compute-daily-kpis";

/// What KPI rows are computed from.
pub(crate) const READS: &[&str] = &[
    "attempt_ext",
    "exam_results",
    "session",
    "mirt_ability",
    "student_topic_theta",
    "weekly_kpi",
    "growth_brms_meta",
];

/// The scales a goal of KPI rows can have.
pub(crate) const TARGET_SCALE: Setting =
    scale_among(&["theta", "score", "auto"], "Scale of the goal; auto: a score when beyond ±6");

pub(crate) const USE_BAYESIAN: Setting = Setting::new(
    "use-bayesian",
    Kind::Switch,
    "P of an earlier week's growth model, up to 14 days old, before the Normal one",
)
.env(&["METRICS_USE_BAYESIAN"])
.or(Preset::Switch(false));

pub(crate) const USE_IRT_THETA: Setting = Setting::new(
    "use-irt-theta",
    Kind::Switch,
    "Improvement from abilities where two windows have one",
)
.env(&["METRICS_USE_IRT_THETA"])
.or(Preset::Switch(false));

pub(crate) const CHURN_HORIZON: Setting = Setting::new(
    "churn-horizon-days",
    Kind::Number,
    "Silence at which the churn heuristic is full",
)
.env(&["METRICS_CHURN_HORIZON_DAYS"])
.accepting(Accepts::Above(0.0))
.or(Preset::Count(CHURN_HORIZON_DAYS));

pub(crate) const SESSION_GAP: Setting = Setting::new(
    "session-gap-minutes",
    Kind::Count,
    "Minutes without an answer that end a session, where none is recorded",
)
.env(&["METRICS_SESSION_GAP_MINUTES"])
.or(Preset::Count(SESSION_GAP_MINUTES));

pub(crate) const MAX_ROWS: Setting =
    Setting::new("max-rows", Kind::Count, "Only the newest N answers, 0 = all")
        .env(&["METRICS_MAX_ROWS"])
        .or(Preset::Count(0));

/// What every job that computes rows of a week can be told, beside whose and which.
pub(crate) const OF_ROWS: [Setting; 11] = [
    TARGET,
    TARGET_SCALE,
    USE_BAYESIAN,
    USE_IRT_THETA,
    CHURN_HORIZON,
    SESSION_GAP,
    MAX_ROWS,
    SCORE_SLOPE,
    SCORE_INTERCEPT,
    AS_OF,
    DRY_RUN,
];

/// Most minutes that end a session: a year.
const MOST_MINUTES: u64 = 525_600;

/// Minutes that end a session; a year at most.
pub(crate) fn session_gap(settings: &Settings) -> Result<u32, Error> {
    Ok(settings.count(SESSION_GAP.key)?.min(MOST_MINUTES) as u32)
}

/// The same of a run in the ledger; `None` where its line does not say.
pub(crate) fn stored_session_gap(spec: &Value) -> Option<u32> {
    let minutes: u64 = spec["settings"][SESSION_GAP.key].as_str()?.parse().ok()?;
    Some(minutes.min(MOST_MINUTES) as u32)
}

/// Days of silence at which the churn heuristic is full; none or fewer count as not chosen.
pub(crate) fn churn_horizon(settings: &Settings) -> Result<f64, Error> {
    let days = settings.number(CHURN_HORIZON.key)?;
    Ok(if days > 0.0 { days } else { f64::from(CHURN_HORIZON_DAYS) })
}
