//! `seedtest go`: from a file to the class page.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use seedtest_ingest::{
    DescribedColumn, Field, Options, StudentIdColumn, Wanted, parse_moment, preview,
};
use seedtest_pipeline::{
    Custom, ImportContext, ImportOptions, ReportFormat, ReportPeriod, ReportRequest, Since,
    StepEnd, TERM_STEPS, Term, Who, import_files, import_roster, write_reports,
};
use seedtest_store::Store;

use super::import::{Watcher, is_useless, rejects_path, useless};
use super::report::lang;
use crate::cli::{Global, GoArgs};
use crate::ending::INTERRUPTED;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

/// Who asked, for the ledger.
const ACTOR: &str = "command line";

pub(crate) async fn run(
    args: &GoArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    // Before a database is made for nothing.
    if let Some(path) = args.files.iter().find(|path| *path != Path::new("-") && !path.exists()) {
        let hint = "check the path; a name with blanks stands in quotes".to_owned();
        return Err(Failure::new(format!("{}: there is no such file", path.display()), Some(hint)));
    }
    let rejects = rejects_path(global)?;
    let store = session::open_migrated(global).await?;
    let page = session::with(store, async |store| {
        Box::pin(import(args, store, rejects, output)).await?;
        // Before: an import that is interrupted ends by itself, without a trace.
        session::end_on_signal(store, Duration::ZERO, INTERRUPTED)?;
        let term = Box::pin(everything(store, output)).await?;
        reports(args, global, (store, term), output).await
    })
    .await?;
    output.paragraph(&format!("open {}", page.display()))?;
    if !args.no_open && io::stdout().is_terminal() {
        show(&page, output);
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what each file holds, and reads it in.
async fn import(
    args: &GoArgs,
    store: &Store,
    rejects: PathBuf,
    output: &Output,
) -> Result<(), Failure> {
    let clock = session::clock()?;
    let cancel = session::cancel_on_signal();
    for path in &args.files {
        let (read, names) = options(args, path, store, output)?;
        let options = ImportOptions {
            read,
            strict: args.strict,
            rejects: rejects.clone(),
            pseudonyms: None,
            since: Since::Beginning,
        };
        let mut watcher = Watcher::new(output);
        let context = ImportContext { store, clock, actor: ACTOR, cancel: &cancel };
        let files = std::slice::from_ref(path);
        let imported = Box::pin(import_files(context, files, &options, &mut watcher)).await;
        watcher.end_progress();
        if let Some(refused) = watcher.refused.take() {
            return Err(refused);
        }
        let summaries = imported?;
        if let Some(summary) = summaries.iter().find(|summary| is_useless(summary)) {
            return Err(useless(path, summary, &rejects));
        }
        let rejected: u64 = summaries.iter().map(|summary| summary.rejected.total()).sum();
        if rejected > 0 {
            output.line(&format!("{rejected} rows were not used; see {}", rejects.display()))?;
        }
        read_names(names, path, store, output).await?;
    }
    Ok(())
}

/// Where a file has the names of students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Nowhere.
    None,
    /// Beside the column of the id.
    BesideId,
    /// Beside several columns that are the id together.
    BesideParts,
}

impl Names {
    fn of(columns: &[DescribedColumn]) -> Self {
        const NAMES: [&str; 6] = ["이름", "성명", "학생명", "name", "student name", "full name"];
        let of_names = |column: &&DescribedColumn| {
            column.meaning.is_none() && NAMES.contains(&column.name.trim().to_lowercase().as_str())
        };
        let ids = columns.iter().filter(|of| of.meaning.as_deref() == Some(Field::Student.name()));
        match (columns.iter().any(|column| of_names(&column)), ids.count()) {
            (false, _) => Self::None,
            (true, 1) => Self::BesideId,
            (true, _) => Self::BesideParts,
        }
    }
}

/// Reads the names of students, so that reports can call them by name; a roster that is there stays as it is.
async fn read_names(
    names: Names,
    path: &Path,
    store: &Store,
    output: &Output,
) -> Result<(), Failure> {
    if names == Names::None || !store.roster().await?.students.is_empty() {
        return Ok(());
    }
    let said = match names {
        Names::BesideId => match import_roster(store, path, StudentIdColumn::default()).await {
            Ok(read) => format!("the names of {} students are read as well", read.students),
            Err(error) => format!("the names of students are not read: {error}"),
        },
        _ => "the names of students are not read: their id is put together from several columns \
              (`seedtest roster import FILE` reads a table of ids and names)"
            .to_owned(),
    };
    output.note(&format!("{}: {said}", path.display()));
    Ok(())
}

/// How a file is read: as the flags say; where it holds no times, its answers are of `--date`, else of when the file
/// was last changed, which is said.
fn options(
    args: &GoArgs,
    path: &Path,
    store: &Store,
    output: &Output,
) -> Result<(Options, Names), Failure> {
    let mut read = args.read.options(Wanted::Timed)?;
    read.time_zone = store.time_zone().clone();
    read.time_start = args.date.or(read.time_start);
    if !path.is_file() {
        // What comes through a pipe is read once.
        return Ok((read, Names::None));
    }
    let found = match preview(path, &read) {
        Err(error) if read.time_start.is_none() && lacks_times(&error) => {
            let changed = last_changed(path)?;
            let day = store.time_zone().date_of(changed.timestamp_micros());
            output.note(&format!(
                "{}: there are no times in it; its answers count as given on {day}, when the file was last \
                 changed (--date says otherwise)",
                path.display()
            ));
            read.time_start = parse_moment(&day.to_string()).ok();
            preview(path, &read)?
        }
        found => found?,
    };
    output.note(&format!("{}: {}", path.display(), found.format.name()));
    for line in columns(&found.columns) {
        output.note(&line);
    }
    output.note(&format!(
        "  {} students, {} items, {} answers",
        found.students, found.items, found.counts.answers
    ));
    let names = Names::of(&found.columns);
    Ok((read, names))
}

/// Whether a file cannot be read only because it does not say when answers were given.
fn lacks_times(error: &seedtest_ingest::Error) -> bool {
    use seedtest_ingest::Error as Of;
    matches!(
        error,
        Of::MissingColumn { field: Field::CompletedAt, .. }
            | Of::NoTimeStart { is_clock: true, .. }
    )
}

fn last_changed(path: &Path) -> Result<DateTime<Utc>, Failure> {
    let changed = std::fs::metadata(path).and_then(|meta| meta.modified());
    // A pipe was not changed at any time that is known.
    let now = session::clock()?.now();
    Ok(changed.map_or(now, |at: SystemTime| DateTime::<Utc>::from(at)).min(now))
}

/// Which column is what; of a wide table the first ones.
fn columns(columns: &[DescribedColumn]) -> Vec<String> {
    const MOST: usize = 12;
    let line = |column: &DescribedColumn| {
        let name = if column.name.is_empty() { "(no name)" } else { &column.name };
        let meaning = column.meaning.as_deref().unwrap_or("not read");
        format!("  {name}: {meaning} ({})", column.why)
    };
    let mut lines: Vec<String> = columns.iter().take(MOST).map(line).collect();
    if columns.len() > MOST {
        lines.push(format!("  … {} more columns", columns.len() - MOST));
    }
    lines
}

/// Computes what can be computed, and says of the rest why not.
async fn everything(store: &Store, output: &Output) -> Result<Term, Failure> {
    let clock = session::clock()?;
    let term = Term::of(store, clock).await?;
    let Some(term) = term else {
        return Err(Failure::new(
            "there is no answer in the database",
            Some("import a response log first (`seedtest import FILE`)".to_owned()),
        ));
    };
    output.note(&format!("answers from {} to {}", term.first, term.last));
    for step in TERM_STEPS {
        let steps = output.steps(step.title);
        steps.tick();
        let mut watch = |done, of| steps.show(done, of);
        let ended = term.take(step, store, &variable, ACTOR, &mut watch).await;
        steps.finish();
        let said = match ended? {
            StepEnd::Done(rows) => format!("{rows} rows"),
            StepEnd::NotConverged(rows) => {
                format!(
                    "{rows} rows, of a model that did NOT converge: look at it before it is used"
                )
            }
            StepEnd::Nothing(reason) => format!("not possible: {reason}"),
            StepEnd::Failed(reason) => format!("FAILED: {reason}"),
        };
        output.line(&format!("{:<16} {said}", step.title))?;
    }
    Ok(term)
}

/// Writes the reports of the newest week, and gives the page to open.
async fn reports(
    args: &GoArgs,
    global: &Global,
    (store, term): (&Store, Term),
    output: &Output,
) -> Result<PathBuf, Failure> {
    let request = ReportRequest {
        who: Who::All,
        period: ReportPeriod::Weekly,
        day: Some(term.last),
        lang: lang(args.lang),
        formats: vec![ReportFormat::Html],
        custom: Custom::default(),
        out: None,
        base: global.data_dir.join("reports"),
    };
    let steps = output.steps("reports");
    steps.tick();
    let written = Box::pin(write_reports(store, &request, term.now)).await;
    steps.finish();
    let written = written?;
    output.line(&format!(
        "{:<16} {} students, week of {}",
        "reports", written.students, written.start
    ))?;
    Ok(std::path::absolute(&written.open).unwrap_or(written.open))
}

/// Opens the page as the platform opens files; the path is printed, so that a failure costs nobody anything.
#[allow(clippy::zombie_processes, reason = "the browser outlives this process")]
fn show(page: &Path, output: &Output) {
    let program = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    let opened = Command::new(program)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if opened.is_err() {
        output.note(&format!("{program} is not there to open it"));
    }
}
