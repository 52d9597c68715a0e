//! Operations: what ran and how it ended, what waits, how fresh the data are, and jobs to run.

use axum::extract::{Query, State};
use chrono::{DateTime, TimeDelta, Utc};
use seedtest_pipeline::{JOBS, JobEntry, Round};
use seedtest_report::decimal;
use seedtest_store::{OverviewKind, Run, RunFilter, RunStatus, Store};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alerts::{self, AlertLine};
use super::render;
use crate::refusal::PageResult;
use crate::render::segment;
use crate::state::Shared;
use crate::visitor::Visitor;

/// Runs of the list.
const MOST_RUNS: u32 = 50;
/// Days over which jobs are counted.
const DAYS: i64 = 28;

/// Which runs.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RunQuery {
    name: Option<String>,
}

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct RunLine {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) actor: String,
    /// Word of how far it came.
    pub(crate) status: &'static str,
    /// `good`, `bad`, `open`.
    pub(crate) colour: &'static str,
    pub(crate) began: String,
    pub(crate) seconds: Option<String>,
    pub(crate) rows: Option<i64>,
    /// What the fit says of itself, where it says something.
    pub(crate) verdict: Option<String>,
    pub(crate) error: Option<String>,
}

impl RunLine {
    pub(crate) fn of(run: &Run) -> Self {
        let end = run.end.as_ref();
        let verdict = end.and_then(|end| end.verdict.as_ref());
        Self {
            id: run.start.run_id.clone(),
            path: format!("/operations/runs/{}", segment(&run.start.run_id)),
            kind: run.start.kind.name(),
            name: run.start.name.clone(),
            actor: run.start.actor.clone(),
            status: run.status.name(),
            colour: match run.status {
                RunStatus::Done | RunStatus::Noop | RunStatus::Written => "good",
                RunStatus::Failed | RunStatus::Interrupted => "bad",
                RunStatus::Queued | RunStatus::Running | RunStatus::Cancelled => "open",
            },
            began: time(run.start.started_at),
            seconds: end.map(|end| decimal(end.seconds, 1)),
            rows: end.and_then(|end| end.rows_written),
            verdict: verdict.and_then(told),
            error: end.and_then(|end| end.error.clone()),
        }
    }
}

/// The word of a verdict, and that it is of data that changed since.
fn told(verdict: &Value) -> Option<String> {
    let status = verdict["status"].as_str();
    let stale = verdict.get("stale").is_some_and(|stale| !stale.is_null());
    match (status, stale) {
        (Some(status), false) => Some(status.to_owned()),
        (Some(status), true) => Some(format!("{status}, stale")),
        (None, true) => Some("stale".to_owned()),
        (None, false) => None,
    }
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A job with how its runs ended.
#[derive(Debug, Serialize)]
struct JobLine {
    name: &'static str,
    summary: &'static str,
    schedule: Option<&'static str>,
    done: u64,
    failed: u64,
    last: Option<String>,
    seconds: Option<String>,
    settings: Vec<SettingLine>,
}

/// A setting of a job, as its form offers it.
#[derive(Debug, Serialize)]
struct SettingLine {
    key: &'static str,
    help: &'static str,
    default: Option<String>,
}

/// A round of jobs with its last point.
#[derive(Debug, Serialize)]
struct RoundLine {
    name: &'static str,
    schedule: Option<&'static str>,
    due: Option<String>,
    status: Option<&'static str>,
    tried: i64,
}

#[derive(Serialize)]
struct Context {
    alerts: Vec<AlertLine>,
    runs: Vec<RunLine>,
    name: Option<String>,
    jobs: Vec<JobLine>,
    rounds: Vec<RoundLine>,
    days: i64,
    waiting: i64,
    done: i64,
    dead: i64,
    oldest: Option<String>,
    stale: Vec<StaleLine>,
    week: Option<String>,
    computed_at: Option<String>,
    drifted: Option<usize>,
    calibrated_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct StaleLine {
    name: String,
    run: String,
}

pub(crate) async fn show(
    State(dashboard): State<Shared>,
    visitor: Visitor,
    Query(query): Query<RunQuery>,
) -> PageResult {
    visitor.everybody()?;
    let store = &dashboard.store;
    let name = query.name.filter(|name| !name.is_empty());
    let filter = RunFilter { name: name.as_deref(), actor: None, limit: MOST_RUNS };
    let runs = store.runs(filter).await?.iter().map(RunLine::of).collect();
    let now = dashboard.clock.now();
    let counts = store.event_counts().await?;
    let calibration = store.latest_fit_meta().await?;
    let drifted = calibration.as_ref().and_then(|fit| fit.metrics["drift"]["items"].as_array());
    let week = store.overview::<IgnoredAny>(OverviewKind::School, "", None).await?;
    let stale = store.stale_fits().await?;
    let shown = Context {
        alerts: alerts::waiting(store, &dashboard).await?,
        runs,
        name,
        jobs: jobs(store, now).await?,
        rounds: rounds(store).await?,
        days: DAYS,
        waiting: counts.waiting,
        done: counts.done,
        dead: counts.dead,
        oldest: store.oldest_waiting_event().await?.map(time),
        stale: stale.into_iter().map(|of| StaleLine { name: of.name, run: of.run_id }).collect(),
        week: week.as_ref().map(|of| of.week_start.to_string()),
        computed_at: week.map(|of| time(of.computed_at)),
        drifted: drifted.map(Vec::len),
        calibrated_at: calibration.map(|fit| time(fit.fitted_at)),
    };
    render(&dashboard, &visitor, "operations.html", &shown)
}

async fn jobs(store: &Store, now: DateTime<Utc>) -> PageResult<Vec<JobLine>> {
    let since = now - TimeDelta::days(DAYS);
    let counts = store.job_counts(since).await?;
    let successes = store.job_successes(since).await?;
    let line = |entry: &JobEntry| {
        let count = |is: &dyn Fn(RunStatus) -> bool| -> u64 {
            let own = counts.iter().filter(|of| of.name == entry.name && is(of.status));
            own.map(|of| of.runs).sum()
        };
        let last = successes.iter().find(|of| of.name == entry.name);
        let settings = entry.settings.iter().filter(|setting| setting.flag && !setting.operator);
        let of_form = settings.filter(|setting| !["dry-run", "as-of"].contains(&setting.key));
        JobLine {
            name: entry.name,
            summary: entry.summary,
            schedule: entry.schedule,
            done: count(&|of| matches!(of, RunStatus::Done | RunStatus::Noop)),
            failed: count(&|of| matches!(of, RunStatus::Failed | RunStatus::Interrupted)),
            last: last.map(|of| time(of.finished_at)),
            seconds: last.map(|of| decimal(of.seconds, 1)),
            settings: of_form
                .map(|setting| SettingLine {
                    key: setting.key,
                    help: setting.help,
                    default: setting.default.map(|preset| preset.to_string()),
                })
                .collect(),
        }
    };
    Ok(JOBS.iter().map(line).collect())
}

async fn rounds(store: &Store) -> PageResult<Vec<RoundLine>> {
    let mut all = Vec::new();
    for round in [Round::Daily, Round::Weekly, Round::Monthly] {
        let state = store.schedule_state(round.name()).await?;
        all.push(RoundLine {
            name: round.name(),
            schedule: round.schedule(),
            due: state.as_ref().map(|state| time(state.due)),
            status: state.as_ref().map(|state| state.status.name()),
            tried: state.map_or(0, |state| i64::from(state.tried)),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::told;

    #[test]
    fn a_verdict_is_one_word_and_says_when_its_data_changed() {
        assert_eq!(told(&json!({"status": "converged"})).as_deref(), Some("converged"));
        let stale = json!({"status": "converged", "stale": {"by": "x"}});
        assert_eq!(told(&stale).as_deref(), Some("converged, stale"));
        assert_eq!(told(&json!({"rows": 3})), None);
    }
}
