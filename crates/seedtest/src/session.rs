//! What a command needs around it: runtime, clock, database, signals.

use std::time::Duration;

use chrono::{DateTime, Utc};
use seedtest_pipeline::{Cancel, Clock, in_its_time_zone};
use seedtest_responses::TimeZone;
use seedtest_store::{AnswerSource, Backend, LostRuns, Store, Target};
use tokio::runtime::Runtime;

use crate::cli::Global;
use crate::environment::NOW;
use crate::failure::Failure;
use crate::settings;

pub(crate) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start: {error}"), None))
}

/// The system clock, or the instant in `SEEDTEST_NOW` for replays.
#[allow(clippy::disallowed_methods)] // the program starts here
pub(crate) fn clock() -> Result<Clock, Failure> {
    let Some(text) = NOW.text() else {
        return Ok(Clock::system());
    };
    text.parse::<DateTime<Utc>>().map(Clock::fixed).map_err(|_| {
        Failure::usage(
            format!("{}: {text:?} is not an instant", NOW.names[0]),
            "write it as 2025-06-30T03:00:00Z, or unset it to use the system clock",
        )
    })
}

/// The database in force: `--database-url`, else `DATABASE_URL`, else SQLite in the data directory.
pub(crate) fn target(global: &Global) -> Result<Target, Failure> {
    let target = match said(global.database_url.as_ref()) {
        Some(url) => Target::parse(url).map_err(|error| wrong(&error))?,
        None => Target::Sqlite { path: global.data_dir.join("seedtest.db") },
    };
    match said(global.schema.as_ref()) {
        Some(name) => target.in_schema(name.trim()).map_err(|error| wrong(&error)),
        None => Ok(target),
    }
}

/// The database with answers read from where `--attempt-view` or `--query` says.
pub(crate) async fn connect(global: &Global, target: &Target) -> Result<Store, Failure> {
    // The file has one of them at most; the other one may be typed or set, and comes before it then.
    let is_of_file = |text: &&str| settings::in_file("attempt-view").as_deref() == Some(*text);
    let query = said(global.query.as_ref());
    let relation = said(global.attempt_view.as_ref())
        .filter(|name| query.is_none() || !is_of_file(name))
        .map(AnswerSource::relation);
    let answers = relation.or(query.map(AnswerSource::query)).transpose();
    let answers = answers.map_err(|error| wrong(&error))?;
    let store = Store::open(target).await?;
    Ok(match answers {
        Some(answers) => store.reading(answers),
        None => store,
    })
}

/// Whether answers are read from a table, a view or a query of the platform instead of the log.
pub(crate) fn reads_elsewhere(global: &Global) -> bool {
    said(global.attempt_view.as_ref()).or(said(global.query.as_ref())).is_some()
}

/// What was given; blank counts as not set.
fn said(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.trim().is_empty())
}

/// Something that was typed wrong.
fn wrong(error: &seedtest_store::Error) -> Failure {
    let hint = error.hint().unwrap_or_default();
    Failure::usage(error.to_string(), hint)
}

/// A database file that is not there would be made empty: a mistyped directory is said instead.
pub(crate) fn must_exist(target: &Target) -> Result<(), Failure> {
    match target {
        Target::Sqlite { path } if !path.exists() => Err(Failure::new(
            format!("there is no database at {}", path.display()),
            Some("import a response log first (`seedtest import FILE`), or give --data-dir".into()),
        )),
        _ => Ok(()),
    }
}

/// Opens the database and brings its schema up to date.
pub(crate) async fn open_migrated(global: &Global) -> Result<Store, Failure> {
    let zone = time_zone(global)?;
    let store = connect(global, &target(global)?).await?;
    store.migrate().await?;
    bury_lost_runs(&store).await?;
    hold(&store).await?;
    Ok(in_its_time_zone(store, zone.as_ref()).await?)
}

/// Closes what processes that are gone left open in the ledger. One that cannot be written keeps nobody from
/// the data.
async fn bury_lost_runs(store: &Store) -> Result<(), Failure> {
    let now = clock()?.now();
    let lost = store.close_lost_runs(now).await;
    let _: Option<LostRuns> = lost.ok();
    Ok(())
}

/// Keeps a restore from taking the embedded database away as long as this process lives: what it wrote after that
/// would be in the file that was moved aside. Where the lock cannot be made, nothing can be written either.
async fn hold(store: &Store) -> Result<(), Failure> {
    if store.backend() == Backend::Sqlite {
        let _: Option<()> = store.hold(clock()?.now()).await.ok();
    }
    Ok(())
}

/// The zone of `--timezone` or `SEEDTEST_TIMEZONE`; blank counts as not set.
fn time_zone(global: &Global) -> Result<Option<TimeZone>, Failure> {
    said(global.timezone.as_ref()).map(|name| zone_named(name.trim())).transpose()
}

/// The zone of that name.
pub(crate) fn zone_named(name: &str) -> Result<TimeZone, Failure> {
    name.parse::<TimeZone>().map_err(|error| {
        let hint = "see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones for the names";
        Failure::usage(error.to_string(), hint)
    })
}

/// Opens a database that is there and whose schema must be up to date. The embedded one is brought up to date on
/// the way; a server's schema changes only when someone asks for it.
pub(crate) async fn open(global: &Global) -> Result<Store, Failure> {
    must_exist(&target(global)?)?;
    open_or_create(global).await
}

/// As [`open`], and an embedded database that is not there is made.
pub(crate) async fn open_or_create(global: &Global) -> Result<Store, Failure> {
    let zone = time_zone(global)?;
    let store = up_to_date(global).await?;
    bury_lost_runs(&store).await?;
    hold(&store).await?;
    Ok(in_its_time_zone(store, zone.as_ref()).await?)
}

/// As [`open_or_create`], in the time zone that is stored, whatever is asked for.
pub(crate) async fn open_as_it_is(global: &Global) -> Result<Store, Failure> {
    let store = up_to_date(global).await?;
    Ok(in_its_time_zone(store, None).await?)
}

async fn up_to_date(global: &Global) -> Result<Store, Failure> {
    let target = target(global)?;
    let embedded = matches!(target, Target::Sqlite { .. });
    let store = connect(global, &target).await?;
    let pending = store.pending().await?;
    if pending.is_empty() {
        return Ok(store);
    }
    if embedded {
        store.migrate().await?;
        return Ok(store);
    }
    Err(Failure::new(
        format!("the database lacks {} schema migrations", pending.len()),
        Some(format!("run `seedtest migrate{}` first", in_schema(&target))),
    ))
}

/// The flag that names the schema, where one was named.
pub(crate) fn in_schema(target: &Target) -> String {
    match target {
        Target::Postgres { schema: Some(schema), .. } => format!(" --schema {}", schema.as_str()),
        _ => String::new(),
    }
}

/// Does the work and closes the database whatever came of it, so that the embedded one is a single
/// file again.
pub(crate) async fn with<T>(
    store: Store,
    work: impl AsyncFnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let result = work(&store).await;
    store.close().await;
    result
}

/// Set when the user presses Ctrl-C or the system asks the process to end.
pub(crate) fn cancel_on_signal() -> Cancel {
    let cancel = Cancel::default();
    let flag = cancel.clone();
    tokio::spawn(async move {
        stop_signal().await;
        flag.cancel();
    });
    cancel
}

/// Ends this process soon after it was told to, also in the middle of a fit: what it works on is closed in the
/// ledger as interrupted first, and nothing of it stays. `grace` is the time for it to end by itself.
pub(crate) fn end_on_signal(store: &Store, grace: Duration, code: u8) -> Result<(), Failure> {
    /// Whoever holds the right to write may hold it for long; the next process closes the line then.
    const PATIENCE: Duration = Duration::from_secs(2);
    let (store, clock) = (store.clone(), clock()?);
    tokio::spawn(async move {
        stop_signal().await;
        tokio::time::sleep(grace).await;
        let closed = tokio::time::timeout(PATIENCE, store.close_own_runs(clock.now())).await;
        let _: Option<LostRuns> = closed.ok().and_then(Result::ok);
        std::process::exit(i32::from(code));
    });
    Ok(())
}

/// Ends when the user presses Ctrl-C or the system asks the process to end.
pub(crate) async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
