//! `seedtest report`: reports as files.

use std::process::ExitCode;

use seedtest_pipeline::{
    Error, ReportFormat, ReportPeriod, ReportRequest, Who, customised, write_reports,
};
use seedtest_report::Lang;

use super::merged::student_now;
use super::preview;
use crate::cli::{FormatChoice, Global, LangChoice, PeriodChoice, ReportAction, ReportArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) fn lang(choice: LangChoice) -> Lang {
    match choice {
        LangChoice::Ko => Lang::Ko,
        LangChoice::En => Lang::En,
    }
}

pub(super) fn period(choice: PeriodChoice) -> ReportPeriod {
    match choice {
        PeriodChoice::Weekly => ReportPeriod::Weekly,
        PeriodChoice::Monthly => ReportPeriod::Monthly,
    }
}

fn format(choice: FormatChoice) -> ReportFormat {
    match choice {
        FormatChoice::Html => ReportFormat::Html,
        FormatChoice::Pdf => ReportFormat::Pdf,
    }
}

pub(crate) async fn run(
    args: &ReportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if let Some(ReportAction::Preview(args)) = &args.action {
        return Box::pin(preview::run(args, global, output)).await;
    }
    let store = session::open(global).await?;
    let mut request = ReportRequest {
        who: args.student.clone().map_or(Who::All, Who::Student),
        period: period(args.period),
        day: args.week,
        lang: lang(args.lang),
        formats: args.format.iter().copied().map(format).collect(),
        custom: customised(args.customise.as_deref()).map_err(Error::from)?,
        out: args.out.clone(),
        base: global.data_dir.join("reports"),
    };
    let now = session::clock()?.now();
    let written = session::with(store, async |store| {
        if let Some(given) = &args.student {
            request.who = Who::Student(student_now(store, given, output).await?);
        }
        Ok(Box::pin(write_reports(store, &request, now)).await?)
    })
    .await?;
    let (students, start) = (written.students, written.start);
    let of = match args.period {
        PeriodChoice::Weekly => format!("the week of {start}"),
        PeriodChoice::Monthly => start.format("%B %Y").to_string(),
    };
    let reports = if students == 1 { "student report" } else { "student reports" };
    output.line(&format!("{students} {reports} of {of}"))?;
    output.line(&format!("open {}", written.open.display()))?;
    Ok(ExitCode::SUCCESS)
}
