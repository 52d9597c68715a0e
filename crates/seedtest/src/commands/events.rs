//! `seedtest events`: what happened to students and waits.

use std::process::ExitCode;

use seedtest_pipeline::{Event, EventKind, JobLog, Outbox, drain_events, put_event};
use seedtest_store::Store;

use crate::cli::{EventsAction, EventsArgs, Global};
use crate::commands::merged::student_now;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

pub(crate) async fn run(
    args: &EventsArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let store = match &args.action {
        EventsAction::Put { .. } => session::open_or_create(global).await?,
        EventsAction::Drain | EventsAction::Status => session::open(global).await?,
    };
    session::with(store, async |store| match &args.action {
        EventsAction::Put { .. } => put(store, &args.action, output).await,
        EventsAction::Drain => drain(store, global, output).await,
        EventsAction::Status => status(store, output).await,
    })
    .await
}

async fn put(store: &Store, action: &EventsAction, output: &Output) -> Result<ExitCode, Failure> {
    let EventsAction::Put { kind, user, at, key } = action else { return Ok(ExitCode::SUCCESS) };
    let clock = session::clock()?;
    let kind = EventKind::find(kind).ok_or_else(|| unknown(kind))?;
    let event = Event {
        kind,
        user_id: student_now(store, user, output).await?,
        at: at.unwrap_or_else(|| clock.now()),
        key: key.clone(),
    };
    let (event_id, is_new) = put_event(store, clock, &event).await?;
    let word = if is_new { "waits" } else { "was there already" };
    output.line(&format!("event {event_id} {word}"))?;
    Ok(ExitCode::SUCCESS)
}

fn unknown(kind: &str) -> Failure {
    let names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    Failure::usage(format!("no event is called {kind:?}"), format!("events: {}", names.join(", ")))
}

async fn drain(store: &Store, global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let clock = session::clock()?;
    let mut stdout = std::io::stdout();
    let mut log = JobLog::new(&mut stdout, global.log.format(), clock, false);
    let worker = store.worker_name(clock.now()).await?;
    let outbox = Outbox { store, clock, worker: &worker };
    let stop = session::cancel_on_signal();
    let drained = drain_events(outbox, &variable, &stop, &mut log).await?;
    let (done, retried, dead) = (drained.done, drained.retried, drained.dead);
    output.line(&format!("{done} events done, {retried} to be tried again, {dead} given up"))?;
    Ok(if dead > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn status(store: &Store, output: &Output) -> Result<ExitCode, Failure> {
    let counts = store.event_counts().await?;
    output.line(&format!(
        "{} events wait, {} done, {} given up",
        counts.waiting, counts.done, counts.dead
    ))?;
    Ok(ExitCode::SUCCESS)
}
