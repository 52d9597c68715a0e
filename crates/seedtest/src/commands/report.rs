//! `seedtest report`: weekly reports as files.

use std::process::ExitCode;

use seedtest_pipeline::{ReportRequest, Who, write_reports};
use seedtest_report::Lang;

use crate::cli::{FormatChoice, Global, LangChoice, ReportArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) fn lang(choice: LangChoice) -> Lang {
    match choice {
        LangChoice::Ko => Lang::Ko,
        LangChoice::En => Lang::En,
    }
}

pub(crate) async fn run(
    args: &ReportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let FormatChoice::Html = args.format;
    let store = session::open(global).await?;
    let request = ReportRequest {
        who: args.student.clone().map_or(Who::All, Who::Student),
        week: args.week,
        lang: lang(args.lang),
        out: args.out.clone(),
        base: global.data_dir.join("reports"),
    };
    let now = session::clock()?.now();
    let written =
        session::with(store, async |store| Ok(write_reports(store, &request, now).await?)).await?;
    let (students, week) = (written.students, written.week);
    output.line(&format!("{students} student reports of the week of {week}"))?;
    output.line(&format!("open {}", written.open.display()))?;
    Ok(ExitCode::SUCCESS)
}
