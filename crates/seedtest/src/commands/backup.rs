//! `seedtest backup` and `seedtest restore`: copies of the embedded database.

use std::fs::metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::ExitCode;

use seedtest_store::{BackupReport, Target, restore as put_back};

use crate::cli::{BackupArgs, Global, RestoreArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Copies the database while others work on it.
pub(crate) async fn backup(
    args: &BackupArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let target = session::target(global)?;
    refuse_server(&target, "pg_dump --format=custom --file FILE \"$DATABASE_URL\"")?;
    session::must_exist(&target)?;
    refuse_database_itself(&target, &args.file)?;
    let now = session::clock()?.now();
    let store = session::open_as_it_is(global).await?;
    let made = session::with(store, async |store| {
        Ok(store.back_up(&args.file, args.overwrite, VERSION, now).await?)
    })
    .await?;
    output.line(&format!("{}: {}", args.file.display(), described(&made)))?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a copy in the place of the database.
pub(crate) fn restore(
    args: &RestoreArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let target = session::target(global)?;
    refuse_server(&target, "pg_restore --clean --if-exists --dbname \"$DATABASE_URL\" FILE")?;
    let Target::Sqlite { path } = &target else { return Ok(ExitCode::SUCCESS) };
    let done = put_back(&args.file, path, args.overwrite)?;
    output.line(&format!("{}: {}", path.display(), described(&done)))?;
    if let Some(note) = &done.note {
        output.line(&format!("the copy was made by {note}"))?;
    }
    if let Some(replaced) = &done.replaced {
        output.line(&format!("what was there is {}", replaced.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn described(report: &BackupReport) -> String {
    let mib = report.bytes as f64 / f64::from(1 << 20);
    let checked = if report.is_sealed {
        "checked by its SHA-256"
    } else {
        "structure checked; no SHA-256 was beside the copy to check its rows by"
    };
    format!("{mib:.1} MiB, schema {}, {checked}", report.schema)
}

/// A copy put in the place of the living database would take it away from whoever writes to it. Links and other
/// spellings of its path are seen through.
fn refuse_database_itself(target: &Target, to: &Path) -> Result<(), Failure> {
    let Target::Sqlite { path } = target else { return Ok(()) };
    let (Ok(database), Ok(there)) = (metadata(path), metadata(to)) else { return Ok(()) };
    if (database.dev(), database.ino()) != (there.dev(), there.ino()) {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{} is the database itself", to.display()),
        "name another file for the copy",
    ))
}

fn refuse_server(target: &Target, tool: &str) -> Result<(), Failure> {
    match target {
        Target::Sqlite { .. } => Ok(()),
        Target::Postgres { .. } => Err(Failure::usage(
            "the database is on a server, which has tools of its own for copies",
            format!("use {tool}"),
        )),
    }
}
