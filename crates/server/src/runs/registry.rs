//! Runs of this process: how far they are, how they ended, and for how long that is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use seedtest_numerics::Progress;
use seedtest_pipeline::Cancel;
use tokio::sync::watch;

use crate::error::ErrorBody;

/// Finished runs whose results are kept in memory; the ledger keeps the lines of all.
const KEPT: usize = 64;

/// Runs of this process.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    live: Mutex<BTreeMap<String, Arc<LiveRun>>>,
}

/// One run of this process.
#[derive(Debug)]
pub(crate) struct LiveRun {
    pub(crate) run_id: String,
    /// `fit` or `job`.
    pub(crate) kind: &'static str,
    /// Model or job.
    pub(crate) name: &'static str,
    /// Who asked for it.
    pub(crate) actor: String,
    pub(crate) queued_at: DateTime<Utc>,
    pub(crate) cancel: Cancel,
    state: watch::Sender<RunState>,
}

/// How far a run is.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunState {
    pub(crate) phase: Phase,
    pub(crate) progress: Option<Progress>,
    /// JSON of the result.
    pub(crate) result: Option<Arc<Vec<u8>>>,
    pub(crate) error: Option<ErrorBody>,
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

/// Where a run is between request and result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    #[default]
    Queued,
    Running,
    Done,
    Noop,
    Failed,
    Cancelled,
}

impl Phase {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Noop => "noop",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl Runs {
    pub(crate) fn begin(
        &self,
        run_id: String,
        kind: &'static str,
        name: &'static str,
        actor: &str,
        now: DateTime<Utc>,
    ) -> Arc<LiveRun> {
        let run = Arc::new(LiveRun {
            run_id: run_id.clone(),
            kind,
            name,
            actor: actor.to_string(),
            queued_at: now,
            cancel: Cancel::default(),
            state: watch::Sender::new(RunState::default()),
        });
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        forget_oldest(&mut live);
        live.insert(run_id, run.clone());
        run
    }

    /// Waits until every run has ended.
    pub(crate) async fn all_ended(&self) {
        while let Some(run) = self.open() {
            let mut states = run.watch();
            if states.wait_for(|state| state.phase.ended()).await.is_err() {
                return;
            }
        }
    }

    /// A run that has not ended.
    fn open(&self) -> Option<Arc<LiveRun>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().find(|run| !run.state().phase.ended()).cloned()
    }

    pub(crate) fn get(&self, run_id: &str) -> Option<Arc<LiveRun>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).get(run_id).cloned()
    }
}

fn forget_oldest(live: &mut BTreeMap<String, Arc<LiveRun>>) {
    let finished = |run: &Arc<LiveRun>| Some((run.state().finished_at?, run.run_id.clone()));
    let mut ended: Vec<_> = live.values().filter_map(finished).collect();
    ended.sort();
    let too_many = (ended.len() + 1).saturating_sub(KEPT);
    for (_, run_id) in ended.into_iter().take(too_many) {
        live.remove(&run_id);
    }
}

impl LiveRun {
    pub(crate) fn state(&self) -> RunState {
        self.state.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<RunState> {
        self.state.subscribe()
    }

    pub(crate) fn running(&self) {
        self.state.send_modify(|state| state.phase = Phase::Running);
    }

    pub(crate) fn progress(&self, progress: &Progress) {
        self.state.send_modify(|state| {
            state.phase = Phase::Running;
            state.progress = Some(*progress);
        });
    }

    pub(crate) fn end(
        &self,
        phase: Phase,
        result: Option<Vec<u8>>,
        error: Option<ErrorBody>,
        now: DateTime<Utc>,
    ) {
        self.state.send_modify(|state| {
            state.phase = phase;
            state.result = result.map(Arc::new);
            state.error = error;
            state.finished_at = Some(now);
        });
    }
}
