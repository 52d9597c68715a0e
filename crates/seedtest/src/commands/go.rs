//! `seedtest go`: from a file to the class page.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_ingest::{
    DescribedColumn, Field, Format, Moment, Options, Preview, Wanted, parse_moment, preview,
};
use seedtest_pipeline::{
    Custom, ImportContext, ImportOptions, ImportSummary, ReportFormat, ReportPeriod, ReportRequest,
    Since, StepEnd, TERM_STEPS, Term, TermGoal, Who, import_class_list, import_files,
    write_reports,
};
use seedtest_store::Store;

use super::import::{Watcher, rejects_path, useless};
use super::report::lang;
use crate::cli::{Global, GoArgs};
use crate::ending::INTERRUPTED;
use crate::failure::Failure;
use crate::made::Made;
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
    let looked = look_at_all(args, output)?;
    let made = Made::before(global)?;
    let rejects = rejects_path(global)?;
    let store = session::open_migrated(global).await?;
    let mut has_used_some = false;
    let page = session::with(store, async |store| {
        Box::pin(import(args, (store, looked), (rejects, &mut has_used_some), output)).await?;
        // Before: an import that is interrupted ends by itself, without a trace.
        session::end_on_signal(store, Duration::ZERO, INTERRUPTED)?;
        let term = Box::pin(everything(args, store, output)).await?;
        reports(args, global, (store, term), output).await
    })
    .await;
    if !args.strict && !has_used_some {
        made.take_away();
    }
    let page = page?;
    output.paragraph(&format!("open {}", page.display()))?;
    if !args.no_open && io::stdout().is_terminal() {
        show(&page, output);
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows what each file holds, and how it is to be read.
fn look_at_all(args: &GoArgs, output: &Output) -> Result<Vec<Looked>, Failure> {
    let there = |path: &&PathBuf| *path == Path::new("-") || path.exists();
    if let Some(path) = args.files.iter().find(|path| !there(path)) {
        let hint = "check the path; a name with blanks stands in quotes".to_owned();
        return Err(Failure::new(format!("{}: there is no such file", path.display()), Some(hint)));
    }
    args.files.iter().map(|path| look(args, path, output)).collect()
}

/// Reads each file in. Rows that cannot be used are listed in a file; `has_used_some` becomes whether some could be.
async fn import(
    args: &GoArgs,
    (store, looked): (&Store, Vec<Looked>),
    (rejects, has_used_some): (PathBuf, &mut bool),
    output: &Output,
) -> Result<(), Failure> {
    let clock = session::clock()?;
    let cancel = session::cancel_on_signal();
    for (path, looked) in args.files.iter().zip(looked) {
        let Looked { mut read, has_names, changed } = looked;
        if let Some(changed) = changed {
            read.time_start = Some(day_of(path, changed, store, output).await?);
        }
        let options = ImportOptions {
            read: read.clone(),
            strict: args.strict,
            rejects: rejects.clone(),
            pseudonyms: None,
            since: Since::Beginning,
        };
        let mut watcher = Watcher::new(output);
        let context = ImportContext { store, clock, actor: ACTOR, cancel: &cancel };
        let files = std::slice::from_ref(path);
        let imported = Box::pin(import_files(context, (None, files), &options, &mut watcher)).await;
        watcher.end_progress();
        *has_used_some |= watcher.has_used_some;
        if let Some(refused) = watcher.refused.take() {
            return Err(refused);
        }
        let summaries = imported?;
        if let Some(summary) = summaries.iter().find(|summary| summary.is_useless()) {
            return Err(useless(path, summary, has_used_some.then_some(rejects.as_path())));
        }
        let rejected: u64 = summaries.iter().map(|summary| summary.rejected.total()).sum();
        if rejected > 0 {
            output.line(&format!("{rejected} rows were not used; see {}", rejects.display()))?;
        }
        if has_names {
            read_names(path, &read, store, output).await?;
        }
    }
    Ok(())
}

/// How a file is read.
struct Looked {
    read: Options,
    /// Whether names of students stand beside their ids.
    has_names: bool,
    /// Of a file without times: when it was last changed.
    changed: Option<DateTime<Utc>>,
}

/// Whether names of students stand beside their ids.
fn has_names(columns: &[DescribedColumn]) -> bool {
    const NAMES: [&str; 6] = ["이름", "성명", "학생명", "name", "student name", "full name"];
    let is_name = |column: &DescribedColumn| {
        let is_left = column.meaning.is_none() || column.meaning.as_deref() == Some("student");
        is_left && NAMES.contains(&column.name.trim().to_lowercase().as_str())
    };
    columns.iter().any(is_name)
}

/// Reads the names of students, so that reports can call them by name; a roster that is there stays as it is.
async fn read_names(
    path: &Path,
    read: &Options,
    store: &Store,
    output: &Output,
) -> Result<(), Failure> {
    if !store.roster().await?.students.is_empty() {
        return Ok(());
    }
    let said = match import_class_list(store, path, read).await {
        Ok(found) => format!("the names of {} students are read as well", found.students),
        Err(error) => format!("the names of students are not read: {error}"),
    };
    output.note(&format!("{}: {said}", path.display()));
    Ok(())
}

/// How a file is read: as the flags say; where it holds no times, its answers are of `--date`, else of when the file
/// was last changed. A file without any answer is refused before anything is made of it.
fn look(args: &GoArgs, path: &Path, output: &Output) -> Result<Looked, Failure> {
    let mut read = args.read.options(Wanted::Timed)?;
    read.time_start = args.date.or(read.time_start);
    let mut looked = Looked { read, has_names: false, changed: None };
    if !path.is_file() {
        // What comes through a pipe is read once.
        return Ok(looked);
    }
    let found = match preview(path, &looked.read) {
        Err(error) if looked.read.time_start.is_none() && lacks_times(&error) => {
            let changed = last_changed(path)?;
            looked.changed = Some(changed);
            // Any day shows the same.
            looked.read.time_start = parse_moment(&changed.date_naive().to_string()).ok();
            preview(path, &looked.read)?
        }
        found => found?,
    };
    output.note(&format!("{}: {}", path.display(), found.format.name()));
    for line in columns(&found.columns) {
        output.note(&line);
    }
    // Documents without a finished question may have one later.
    if found.counts.answers == 0 && !matches!(found.format, Format::ExamResults(_)) {
        return Err(nothing_in(path, &found));
    }
    output.note(&format!(
        "  {} students, {} items, {} answers",
        found.students, found.items, found.counts.answers
    ));
    looked.has_names = has_names(&found.columns);
    Ok(looked)
}

/// Why there is no answer in a file.
fn nothing_in(path: &Path, found: &Preview) -> Failure {
    let Some(first) = found.rejects.first() else {
        let rows = ImportSummary { rows: found.counts.read, ..ImportSummary::default() };
        return useless(path, &rows, None);
    };
    let rejected = found.counts.rejected.total();
    let (line, reason, value) = (first.line, first.reason, &first.value);
    Failure::new(
        format!(
            "{}: none of {rejected} rows could be used; line {line}: {reason} {value:?}",
            path.display()
        ),
        Some(format!(
            "{}; `seedtest import --preview FILE` shows what is read as what",
            reason.hint()
        )),
    )
}

/// The day of a file without times, in the zone of the database, which is said: that of an earlier reading of a file of
/// its name, so that an edited file is the same test; else when it was last changed.
async fn day_of(
    path: &Path,
    changed: DateTime<Utc>,
    store: &Store,
    output: &Output,
) -> Result<Moment, Failure> {
    let before = day_before(path, store).await?;
    let why = if before.is_some() {
        "as when a file of this name was read before"
    } else {
        "when the file was last changed"
    };
    let day = before.unwrap_or_else(|| store.time_zone().date_of(changed.timestamp_micros()));
    output.note(&format!(
        "{}: there are no times in it; its answers count as given on {day}, {why} (--date says otherwise)",
        path.display()
    ));
    parse_moment(&day.to_string()).map_err(|_| Failure::new(format!("{day} is no day"), None))
}

/// The day on which the answers of a file of this name count as given, where one without times was read before.
async fn day_before(path: &Path, store: &Store) -> Result<Option<NaiveDate>, Failure> {
    /// Attempts at an item lie a microsecond behind each other.
    const MOST_BEHIND: i64 = 1_000_000;
    let Some(name) = path.file_name() else { return Ok(None) };
    let Some(newest) = store.import_watermark(&name.to_string_lossy()).await? else {
        return Ok(None);
    };
    let (newest, zone) = (newest.timestamp_micros(), store.time_zone());
    let day = zone.date_of(newest);
    Ok((newest - zone.day_start(day) < MOST_BEHIND).then_some(day))
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
async fn everything(args: &GoArgs, store: &Store, output: &Output) -> Result<Term, Failure> {
    let clock = session::clock()?;
    let term = Term::of(store, clock).await?;
    let Some(mut term) = term else {
        return Err(Failure::new(
            "there is no answer in the database",
            Some("import a response log first (`seedtest import FILE`)".to_owned()),
        ));
    };
    if let Some(share) = args.target {
        term = term.with_goal(TermGoal { share, by: args.goal_date })?;
    }
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
            StepEnd::AsBefore => "as before: nothing has changed".to_owned(),
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
