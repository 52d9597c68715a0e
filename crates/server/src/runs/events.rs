//! Progress as server-sent events: `progress` after iterations, then one event named as the run
//! ended.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;

use super::no_run;
use super::registry::{LiveRun, RunState};
use super::view::{LiveRunJson, ProgressJson};
use crate::error::ApiResult;
use crate::parts::ReadId;
use crate::routing::Rights;
use crate::state::Shared;

/// Shortest time between two progress events of one listener.
const PACE: Duration = Duration::from_millis(100);

pub(super) async fn events(
    State(app): State<Shared>,
    Extension(rights): Extension<Arc<Rights>>,
    ReadId(run_id): ReadId,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let run = app.runs.get(&run_id).ok_or_else(|| no_run(&run_id))?;
    rights.run(&run.actor)?;
    let states = run.watch();
    let listener = Listener { run, states, first: true, ended: false };
    Ok(Sse::new(unfold(listener, next)).keep_alive(KeepAlive::default()))
}

struct Listener {
    run: Arc<LiveRun>,
    states: watch::Receiver<RunState>,
    first: bool,
    ended: bool,
}

async fn next(mut listener: Listener) -> Option<(Result<Event, Infallible>, Listener)> {
    if listener.ended {
        return None;
    }
    if !listener.first {
        tokio::time::sleep(PACE).await;
        listener.states.changed().await.ok()?;
    }
    listener.first = false;
    let state = listener.states.borrow_and_update().clone();
    let event = event(&listener.run, &state);
    listener.ended = state.phase.ended();
    Some((Ok(event), listener))
}

fn event(run: &LiveRun, state: &RunState) -> Event {
    if state.phase.ended() {
        return named(state.phase.word(), &LiveRunJson::new(run, state));
    }
    match &state.progress {
        Some(progress) => named("progress", &ProgressJson::from(progress)),
        None => Event::default().event(state.phase.word()).data("{}"),
    }
}

fn named(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
