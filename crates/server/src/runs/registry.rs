//! Runs this process works on: how far they are. What they came to is in the ledger.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use seedtest_numerics::Progress;
use seedtest_pipeline::Cancel;
use tokio::sync::watch;

/// Runs that this process accepted or took over and that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    live: Mutex<BTreeMap<String, Arc<LiveRun>>>,
}

/// One run of this process.
#[derive(Debug)]
pub(crate) struct LiveRun {
    pub(crate) run_id: String,
    /// Who asked for it.
    pub(crate) actor: String,
    pub(crate) cancel: Cancel,
    state: watch::Sender<RunState>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunState {
    pub(crate) phase: Phase,
    pub(crate) progress: Option<Progress>,
}

/// Where a run is between request and result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    #[default]
    Queued,
    Running,
    /// The ledger says how.
    Ended,
}

impl Runs {
    pub(crate) fn begin(&self, run_id: &str, actor: &str) -> Arc<LiveRun> {
        let run = Arc::new(LiveRun {
            run_id: run_id.to_string(),
            actor: actor.to_string(),
            cancel: Cancel::default(),
            state: watch::Sender::new(RunState::default()),
        });
        self.live().insert(run_id.to_string(), run.clone());
        run
    }

    /// Tells who follows the run that it has ended, and forgets it.
    pub(crate) fn end(&self, run: &LiveRun) {
        self.live().remove(&run.run_id);
        run.state.send_modify(|state| state.phase = Phase::Ended);
    }

    /// Waits until every run that has begun has ended.
    pub(crate) async fn begun_ended(&self) {
        while let Some(run) = self.running() {
            let mut states = run.watch();
            if states.wait_for(|state| state.phase == Phase::Ended).await.is_err() {
                return;
            }
        }
    }

    fn running(&self) -> Option<Arc<LiveRun>> {
        self.live().values().find(|run| run.state().phase == Phase::Running).cloned()
    }

    pub(crate) fn get(&self, run_id: &str) -> Option<Arc<LiveRun>> {
        self.live().get(run_id).cloned()
    }

    fn live(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Arc<LiveRun>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LiveRun {
    pub(crate) fn state(&self) -> RunState {
        *self.state.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<RunState> {
        self.state.subscribe()
    }

    pub(crate) fn running(&self) {
        self.state.send_modify(|state| state.phase = Phase::Running);
    }

    pub(crate) fn progress(&self, progress: &Progress) {
        self.state.send_modify(|state| state.progress = Some(*progress));
    }
}
