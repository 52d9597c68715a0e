//! `send-alerts`: what staff have to look at, by mail and to another system.

use seedtest_store::{Store, TakenEvent, WhichEvents};

use crate::alerts::{
    AlertSettings, MESSAGE, Queue, Recipients, SETTINGS, Told, deliver, find, queue,
};
use crate::calendar::clock_time;
use crate::clock::Clock;
use crate::error::Error;
use crate::outbox::{Drained, Outbox, work_through};
use crate::registry::{JobEntry, JobLog, Outcome, Round, Settings, Work};
use crate::threads::Cancel;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "send-alerts",
    aliases: &[],
    summary: "Tell staff of students at risk, failed jobs and drift, by mail and webhook, each once",
    schedule: Some("0 6 * * *"),
    settings: &SETTINGS,
    reads: &[
        "weekly_kpi",
        "seedtest_runs",
        "mirt_fit_meta",
        "dashboard_note",
        "seedtest_accounts",
        "roster_student",
        "roster_class",
        "roster_enrolment",
    ],
    writes: &["seedtest_alerts", "seedtest_alert_deliveries", "seedtest_outbox"],
    rounds: &[Round::Daily.at(95).whatever_failed(), Round::Weekly.at(95).whatever_failed()],
    check: |settings| AlertSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = AlertSettings::read(settings)?;
    own.try_mail()?;
    if !own.tells_somebody() {
        log.info("Nobody is told: neither ALERT_MAIL_TO nor ALERT_WEBHOOK_URL is set");
    }
    let now = clock.now();
    let is_job = |name: &str| super::find(name).is_some();
    let found = find(store, &own, now, is_job).await?;
    let recipients = Recipients::read(store, &own, &found.alerts()).await?;
    let told = Told::read(store).await?;
    let mut tx = store.begin().await?;
    let (new, over, open) = found.write(&mut tx, now).await?;
    // Found as of the day that is looked at, told by the clock on the wall.
    let wall = clock.onwards();
    let times = (wall.now(), store.time_zone());
    let queued = queue(&mut tx, &own, (&recipients, &open, &told), times).await?;
    log.info(&format!("Alerts: {new} new, {over} over, {} open", open.len()));
    announce(queued, store, log);
    let rows = (new + over + queued.alerts) as u64;
    if own.dry_run {
        tx.rollback().await?;
        log.dry_run("Nothing was written or sent");
        return Ok(Outcome { rows, noop: rows == 0, ..Outcome::default() });
    }
    tx.commit().await?;
    let Drained { done, retried, dead } = send(store, wall, settings, log).await?;
    log.info(&format!("Messages: {done} sent, {retried} to be tried again, {dead} given up"));
    let noop = rows == 0 && done == 0;
    Ok(Outcome { rows, failed: retried + dead > 0, noop, ..Outcome::default() })
}

fn announce(queued: Queue, store: &Store, log: &mut JobLog<'_>) {
    let Queue { alerts, messages, due_at } = queued;
    if let Some(due_at) = due_at {
        let due = clock_time(store.time_zone(), due_at);
        log.info(&format!("{messages} messages with {alerts} alerts go out at {due}"));
    }
}

/// Sends what is due; what is not, or fails, is left to the service and to the next run.
async fn send(
    store: &Store,
    clock: Clock,
    settings: &Settings,
    log: &mut JobLog<'_>,
) -> Result<Drained, Error> {
    let parts = store.for_part();
    let worker = parts.worker_name(clock.now()).await?;
    let outbox = Outbox { store: &parts, clock, worker: &worker };
    let deal_with = async |event: &TakenEvent, _: &mut JobLog<'_>| {
        Box::pin(deliver(&parts, clock, event, settings)).await
    };
    let which = WhichEvents::Only(MESSAGE);
    work_through(outbox, which, &Cancel::default(), log, deal_with).await
}
