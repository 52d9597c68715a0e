//! `seedtest timezone`: where the days of a database begin, and everything counted again elsewhere.

use std::process::ExitCode;

use seedtest_pipeline::{Clock, JobLog, Recount, Round, RoundRequest, change_time_zone, run_round};
use seedtest_store::Store;

use crate::cli::{Global, TimezoneArgs};
use crate::environment::DEBUG;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

pub(crate) async fn run(
    args: &TimezoneArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    // A name that is none makes no database.
    let wanted = args.zone.as_deref().map(session::zone_named).transpose()?;
    if wanted.is_none() {
        session::must_exist(&session::target(global)?)?;
    }
    let store = session::open_as_it_is(global).await?;
    let Some(zone) = wanted else {
        return session::with(store, async |store| {
            output.line(store.time_zone().name())?;
            Ok(ExitCode::SUCCESS)
        })
        .await;
    };
    let clock = session::clock()?;
    session::with(store, async |store| {
        let before = store.time_zone();
        if *before == zone {
            output.line(&format!("the days are counted in {zone} already"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (moved, recount) = Box::pin(change_time_zone(store.clone(), &zone, clock)).await?;
        output.line(&format!("the days are counted in {zone} from now on, no longer in {before}"))?;
        output.line(&format!(
            "answers that were imported without an offset were read in {before}: import them again if \
             their clock showed {zone}"
        ))?;
        match recount {
            Some(recount) => count_again(&moved, recount, clock, global).await,
            None => Ok(ExitCode::SUCCESS),
        }
    })
    .await
}

async fn count_again(
    store: &Store,
    Recount { from, to }: Recount,
    clock: Clock,
    global: &Global,
) -> Result<ExitCode, Failure> {
    let mut stdout = std::io::stdout();
    let mut log = JobLog::new(&mut stdout, global.log.format(), clock, DEBUG.is_true());
    let request = RoundRequest {
        round: Round::History,
        span: (Some(from), Some(to)),
        date: None,
        dry_run: false,
    };
    let summary = run_round(store, clock, request, variable, &mut log).await?;
    if summary.failed.is_empty() && summary.skipped.is_empty() {
        log.info("Growth and churn follow with the next `seedtest pipeline weekly`");
        log.finish()?;
        return Ok(ExitCode::SUCCESS);
    }
    log.warn(&format!(
        "run `seedtest pipeline history --from {from} --to {to}` once what failed is mended"
    ));
    log.finish()?;
    Ok(ExitCode::FAILURE)
}
