//! `seedtest dataset`: the data behind a model as a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use seedtest_pipeline::{ChurnSpec, churn_data, write_churn_csv};

use crate::cli::{DatasetArgs, DatasetChurnArgs, DatasetKind, Global};
use crate::commands::student::pseudonyms;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(
    args: &DatasetArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    match &args.kind {
        DatasetKind::Churn(args) => churn(args, global, output).await,
    }
}

async fn churn(
    args: &DatasetChurnArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let clock = session::clock()?;
    let store = session::open(global).await?;
    let spec = ChurnSpec {
        today: args.date.unwrap_or_else(|| clock.today(store.time_zone())),
        lookback_days: args.lookback_days,
        threshold_days: args.event_threshold_days,
        session_gap_minutes: args.session_gap_minutes,
    };
    let data = session::with(store, async |store| Ok(churn_data(store, &spec).await?)).await?;
    let names = pseudonyms(args.pseudonyms.as_deref())?;
    let name = |id: &str| names.as_ref().map_or_else(|| id.to_owned(), |names| names.of(id));
    let write = |out: &mut dyn Write| write_churn_csv(&data, &name, out);
    let written = if args.out == Path::new("-") {
        write(&mut BufWriter::new(io::stdout().lock()))
    } else {
        File::create(&args.out).and_then(|file| write(&mut BufWriter::new(file)))
    };
    written.map_err(|error| {
        Failure::new(
            format!("cannot write {}: {error}", args.out.display()),
            Some("check that the directory exists and the disk is not full".into()),
        )
    })?;
    output.note(&format!(
        "{} landmarks of {} students, {} of them before a silence of {} days",
        data.table.n_rows, data.n_students, data.n_events, spec.threshold_days
    ));
    Ok(ExitCode::SUCCESS)
}
