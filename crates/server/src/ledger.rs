//! What the service does for the ledger beside its own runs: closes the lines of processes that are
//! gone, takes over what they left in the queue, and forgets the oldest.

use std::time::Duration;

use seedtest_store::Error;

use crate::runs::resume;
use crate::state::{App, Shared};

/// How often the ledger is looked at.
const PAUSE: Duration = Duration::from_secs(30);

/// Looks at the ledger now and then, until it is dropped.
pub(crate) async fn keep_ledger(app: Shared) {
    loop {
        if let Err(error) = look(&app).await {
            // A ledger that cannot be written does not keep the service from answering.
            tracing::warn!(%error, "lost runs stay open in the ledger");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(app: &Shared) -> Result<(), Error> {
    let lost = app.store.close_lost_runs(app.config.clock.now()).await?;
    if lost.interrupted + lost.done > 0 {
        let (interrupted, done) = (lost.interrupted, lost.done);
        tracing::warn!(interrupted, done, "runs ended with the process that worked on them");
    }
    if !app.leaving.is_cancelled() {
        let resumed = resume(app).await?;
        if resumed > 0 {
            tracing::info!(resumed, "queued runs of another process are taken over");
        }
    }
    let pruned = app.store.prune_ledger(app.config.retention).await?;
    if pruned != seedtest_store::Pruned::default() {
        let (runs, documents, events) = (pruned.runs, pruned.documents, pruned.events);
        tracing::info!(runs, documents, events, "the oldest of the ledger is forgotten");
    }
    Ok(())
}

/// The last that the service writes: what waits is free for the next one, what has not ended never will.
pub(crate) async fn leave_ledger(app: &App) {
    let now = app.config.clock.now();
    let left = async {
        app.store.leave_queued_runs(now).await?;
        app.store.close_own_runs(now).await
    };
    match left.await {
        Ok(lost) if lost.interrupted > 0 => {
            tracing::warn!(runs = lost.interrupted, "runs were interrupted");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the next process closes the lines of this one"),
    }
}
