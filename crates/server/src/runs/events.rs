//! Progress as server-sent events: `progress` after iterations, then one event named as the run
//! ended.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use seedtest_store::RunStatus;
use serde::Serialize;
use tokio::sync::watch;

use super::registry::{Phase, RunState};
use super::stored;
use super::view::{ProgressJson, RunJson, word};
use crate::error::ApiResult;
use crate::parts::ReadId;
use crate::state::Shared;

/// Shortest time between two progress events of one listener.
const PACE: Duration = Duration::from_millis(100);
/// How often the ledger is asked for a run that another process works on.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn events(
    State(app): State<Shared>,
    ReadId(run_id): ReadId,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let live = app.runs.get(&run_id).map(|run| run.watch());
    stored(&app, &run_id).await?;
    let listener = Listener { app, run_id, live, told: None, ended: false };
    Ok(Sse::new(unfold(listener, next)).keep_alive(KeepAlive::default()))
}

struct Listener {
    app: Shared,
    run_id: String,
    /// Of a run of this process.
    live: Option<watch::Receiver<RunState>>,
    /// The last word, once there was one.
    told: Option<&'static str>,
    ended: bool,
}

async fn next(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    if listener.ended {
        return None;
    }
    loop {
        let event = match listener.from_here().await {
            Some(event) => event,
            None => listener.from_ledger().await?,
        };
        if let Some(event) = event {
            return Some((Ok(event), listener));
        }
    }
}

impl Listener {
    /// The next event of a run of this process; `None` once it has ended here.
    async fn from_here(&mut self) -> Option<Option<Event>> {
        let states = self.live.as_mut()?;
        if self.told.is_some() {
            tokio::time::sleep(PACE).await;
            if states.changed().await.is_err() {
                self.live = None;
                return None;
            }
        }
        let state = *states.borrow_and_update();
        let word = match state.phase {
            Phase::Ended => {
                self.live = None;
                return None;
            }
            Phase::Queued => RunStatus::Queued.name(),
            Phase::Running => RunStatus::Running.name(),
        };
        self.told = Some(word);
        Some(Some(match &state.progress {
            Some(progress) => named("progress", &ProgressJson::from(progress)),
            None => Event::default().event(word).data("{}"),
        }))
    }

    /// What the ledger says; `Some(None)` = nothing new. The stream breaks off when the ledger cannot be
    /// read, which tells a listener to come back.
    async fn from_ledger(&mut self) -> Option<Option<Event>> {
        let run = self.app.store.run(&self.run_id).await.ok().flatten()?;
        let word = word(run.status);
        if run.end.is_some() || self.app.leaving.is_cancelled() {
            self.ended = true;
            return Some(Some(named(word, &RunJson::new(&run, None))));
        }
        if self.told != Some(word) {
            self.told = Some(word);
            return Some(Some(Event::default().event(word).data("{}")));
        }
        tokio::time::sleep(LOOK).await;
        Some(None)
    }
}

fn named(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
