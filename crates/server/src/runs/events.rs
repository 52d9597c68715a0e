//! Progress as server-sent events: `progress` after iterations, then one event named as the run
//! ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
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
use crate::routing::Rights;
use crate::state::Shared;

/// Shortest time between two progress events of one listener.
const PACE: Duration = Duration::from_millis(100);
/// How often the ledger is asked for a run that another process works on.
const LOOK: Duration = Duration::from_secs(1);

pub(super) async fn events(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(run_id): ReadId,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let live = app.runs.get(&run_id).map(|run| run.watch());
    let run = stored(&app, &run_id).await?;
    rights.run(&run.start.actor)?;
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
        if let Some(event) = listener.next_of_this_process().await {
            return Some((Ok(event), listener));
        }
        match listener.as_the_ledger_says().await {
            Told::Event(event) => return Some((Ok(event), listener)),
            Told::NothingNew => {}
            Told::Unknown => return None,
        }
    }
}

/// What the ledger has to tell.
enum Told {
    Event(Event),
    NothingNew,
    /// It cannot be read: the stream breaks off, which tells a listener to come back.
    Unknown,
}

impl Listener {
    /// The next event of a run of this process; `None` once it has ended here.
    async fn next_of_this_process(&mut self) -> Option<Event> {
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
        Some(match &state.progress {
            Some(progress) => named("progress", &ProgressJson::from(progress)),
            None => Event::default().event(word).data("{}"),
        })
    }

    async fn as_the_ledger_says(&mut self) -> Told {
        let Ok(Some(run)) = self.app.store.run(&self.run_id).await else { return Told::Unknown };
        let word = word(run.status);
        if run.end.is_some() || self.app.leaving.is_cancelled() {
            self.ended = true;
            return Told::Event(named(word, &RunJson::new(&run, None)));
        }
        if self.told != Some(word) {
            self.told = Some(word);
            return Told::Event(Event::default().event(word).data("{}"));
        }
        tokio::time::sleep(LOOK).await;
        Told::NothingNew
    }
}

fn named(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
