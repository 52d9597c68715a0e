//! Two jobs that read the same and write different tables, at the same time.

use seedtest_store::{Backend, Store};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::run::{Context, run_locked};
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::SharedEvidence;
use crate::registry::{JobEntry, JobLog, Outcome, Settings};

/// One of the jobs.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) entry: &'a JobEntry,
    pub(super) settings: &'a Settings,
}

/// What both jobs run on.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) store: &'a Store,
    pub(super) clock: Clock,
    pub(super) actor: &'a str,
    pub(super) shared: &'a SharedEvidence,
}

impl Common<'_> {
    async fn run(self, part: Part<'_>, log: &mut JobLog<'_>) -> Result<Outcome, Error> {
        let Self { store, clock, actor, shared } = self;
        let Part { entry, settings } = part;
        log.info(&format!("Pipeline: {}", entry.name));
        let context = Context { store, clock, settings, log, actor, in_round: true };
        run_locked(entry, context, Some(shared)).await
    }
}

/// Runs both jobs from the same evidence, each in its own transaction; the lines of the second one
/// follow those of the first.
///
/// SQLite has one writer at a time and a runtime of one thread nowhere to run the second job: there
/// they run in turn.
pub(super) async fn side_by_side(
    common: Common<'_>,
    [first, second]: [Part<'_>; 2],
    log: &mut JobLog<'_>,
) -> Result<[Result<Outcome, Error>; 2], Error> {
    let runtime = Handle::current();
    let can_wait = runtime.runtime_flavor() == RuntimeFlavor::MultiThread;
    if common.store.backend() == Backend::Sqlite || !can_wait {
        return Ok([common.run(first, log).await, common.run(second, log).await]);
    }
    let mut lines = Vec::new();
    let mut held = log.onto(&mut lines);
    let outcomes = tokio::task::block_in_place(|| {
        std::thread::scope(|threads| {
            let other = threads.spawn(|| runtime.block_on(common.run(second, &mut held)));
            let first = runtime.block_on(common.run(first, log));
            let second = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            [first, second]
        })
    });
    log.append(&lines);
    Ok(outcomes)
}
