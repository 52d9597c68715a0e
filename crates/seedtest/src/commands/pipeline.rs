//! `seedtest pipeline`: the jobs of a night, of a week, or a history.

use std::process::ExitCode;
use std::time::Duration;

use seedtest_pipeline::{JobLog, Round, RoundRequest, run_round};

use crate::cli::{Global, PipelineArgs, RoundChoice};
use crate::ending::{INTERRUPTED, ending};
use crate::environment::DEBUG;
use crate::failure::Failure;
use crate::session;
use crate::settings::variable;

pub(crate) async fn run(args: &PipelineArgs, global: &Global) -> Result<ExitCode, Failure> {
    let request = RoundRequest {
        round: round(args)?,
        span: (args.from, args.to),
        date: args.date,
        dry_run: args.dry_run,
    };
    let clock = session::clock()?;
    let store = session::open(global).await?;
    let debug = DEBUG.is_true();
    let mut stdout = std::io::stdout();
    let mut log = JobLog::new(&mut stdout, global.log.format(), clock, debug).quiet(global.quiet);
    session::end_on_signal(&store, Duration::ZERO, INTERRUPTED)?;
    let summary = session::with(store, async |store| {
        let summary = run_round(store, clock, request, variable, &mut log).await?;
        Ok(summary)
    })
    .await?;
    let line = format!(
        "Pipeline summary: done={}, failed={}, skipped={}",
        summary.done.len(),
        summary.failed.len(),
        summary.skipped.len()
    );
    log.info(&line);
    log.finish()?;
    let is_clean = summary.failed.is_empty() && summary.skipped.is_empty();
    Ok(if is_clean { ending(summary.not_converged.is_empty()) } else { ExitCode::FAILURE })
}

fn round(args: &PipelineArgs) -> Result<Round, Failure> {
    match (args.round, args.from) {
        (RoundChoice::Daily, None) => Ok(Round::Daily),
        (RoundChoice::Weekly, None) => Ok(Round::Weekly),
        (RoundChoice::Monthly, None) => Ok(Round::Monthly),
        (RoundChoice::History, Some(_)) if args.date.is_none() => Ok(Round::History),
        (RoundChoice::History, _) => Err(usage("pipeline history needs --from")),
        (RoundChoice::Daily | RoundChoice::Weekly | RoundChoice::Monthly, Some(_)) => {
            Err(usage("--from and --to are for pipeline history"))
        }
    }
}

fn usage(text: &str) -> Failure {
    Failure::usage(text, "see `seedtest pipeline --help`")
}
