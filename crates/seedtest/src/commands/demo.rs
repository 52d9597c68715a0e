//! `seedtest demo`: a simulated school through the whole pipeline.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, FromArgMatches};
use seedtest_pipeline::{DEMO_STEPS, DemoReport, DemoSpec, run_demo};

use crate::cli::{DATA_DIR, DemoArgs, Global, ServeArgs};
use crate::commands::report::lang;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

pub(crate) async fn run(
    args: &DemoArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let spec = DemoSpec {
        students: args.students,
        weeks: args.weeks,
        seed: args.seed,
        dir: directory(args, global),
        lang: lang(args.lang),
    };
    let (students, weeks) = (args.students, args.weeks);
    output.note(&format!("Simulating {students} students over {weeks} weeks (seed {})", args.seed));
    let cancel = session::cancel_on_signal();
    let steps = output.steps("demo");
    steps.tick();
    let mut done = 0;
    let mut watch = |_: &'static str| {
        done += 1;
        steps.show(done, DEMO_STEPS);
    };
    let report = run_demo(&spec, &cancel, &mut io::sink(), &mut watch).await?;
    steps.finish();
    print(&report, output)?;
    if args.serve {
        return Box::pin(serve(&report.dir, global, output)).await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Serves the pages of the demo, set up as `seedtest serve --demo` is.
async fn serve(dir: &Path, global: &Global, output: &Output) -> Result<ExitCode, Failure> {
    let command = ServeArgs::augment_args(clap::Command::new("serve"));
    let given = command.try_get_matches_from(["serve", "--demo"]);
    let args = given.and_then(|matches| ServeArgs::from_arg_matches(&matches));
    let args = args.map_err(|error| Failure::new(error.to_string(), None))?;
    let global = Global { data_dir: dir.to_owned(), database_url: None, ..global.clone() };
    output.paragraph("pages:   open the address below; end with Ctrl-C")?;
    super::serve::run(&args, &global, output).await
}

/// The directory of the demo: a school of one's own in the usual place is not mixed with it.
fn directory(args: &DemoArgs, global: &Global) -> PathBuf {
    let own = Some(&global.data_dir).filter(|dir| dir.as_path() != Path::new(DATA_DIR));
    args.dir.as_ref().or(own).cloned().unwrap_or_else(|| PathBuf::from("seedtest-demo"))
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn print(report: &DemoReport, output: &Output) -> Result<(), Failure> {
    let recovery = &report.recovery;
    let log_likelihood =
        report.log_likelihood.map_or("unknown".to_string(), |value| format!("{value:.2}"));
    let converged = if report.converged { "yes" } else { "NO" };
    let churn = report.churn.as_ref().map_or("unknown: too few students".to_string(), |quality| {
        let slope = quality.calibration.slope.map_or("unknown".into(), |x| format!("{x:.3}"));
        format!("AUC = {:.3}, calibration slope = {slope}", quality.auc)
    });
    let growth = report.growth.as_ref().map_or("unknown: nothing was fitted".into(), |growth| {
        let (mean, sd) = (growth.week_mean, growth.week_sd);
        format!("{mean:+.4} ± {sd:.4} sd of weekly accuracy per week, {}", growth.verdict)
    });
    let progress = report.progress.as_ref().map_or("unknown: nothing was fitted".into(), |found| {
        let (week, se) = (100.0 * found.week, 100.0 * found.se);
        format!("{week:+.3} ± {se:.3} points of accuracy per week, {}", found.verdict)
    });
    let rows = [
        ("answers", report.answers.to_string()),
        ("students", report.students.to_string()),
        ("items", report.items.to_string()),
        ("log-likelihood", log_likelihood),
        ("converged", converged.to_string()),
        (
            "discrimination a",
            format!(
                "r = {:.3}, RMSE = {:.3}",
                recovery.discrimination_r, recovery.discrimination_rmse
            ),
        ),
        (
            "difficulty b",
            format!("r = {:.3}, RMSE = {:.3}", recovery.difficulty_r, recovery.difficulty_rmse),
        ),
        ("ability θ", format!("r = {:.3}", recovery.ability_r)),
        ("weekly KPI rows", report.kpi_rows.to_string()),
        ("progress", progress),
        ("growth", growth),
        ("churn risk S", churn),
        ("student reports", report.reports.to_string()),
    ];
    for (name, value) in rows {
        output.line(&format!("{name:<18} {value}"))?;
    }
    output.line("")?;
    for (step, seconds) in &report.steps {
        output.line(&format!("{step:<18} {seconds:>7.2} s"))?;
    }
    let total: f64 = report.steps.iter().map(|(_, seconds)| seconds).sum();
    output.line(&format!("{:<18} {total:>7.2} s", "total"))?;
    output.paragraph(&format!("report:  open {}", report.open.display()))?;
    output.line(&format!("server:  seedtest --data-dir {} serve", quoted(&report.dir)))
}
