//! `seedtest export`: tables of the database as files.

use std::process::ExitCode;

use seedtest_pipeline::{Export, given_columns};
use seedtest_store::{ExportTable, Store};

use crate::cli::{ExportArgs, ExportChoice, Global};
use crate::commands::merged::student_now;
use crate::commands::student::pseudonyms;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::table_file::{TableFormat, TableWriter};

pub(crate) async fn run(
    args: &ExportArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let table = table(args.table);
    check(args, table)?;
    let format = format(args)?;
    let mut export = Export {
        table,
        from: args.from,
        to: args.to,
        student: None,
        class: args.class.clone(),
        pseudonyms: pseudonyms(args.pseudonyms.as_deref())?,
    };
    let store = session::open(global).await?;
    let steps = output.steps(&format!("{table:?}").to_lowercase());
    let rows = session::with(store, async |store| {
        if let Some(given) = &args.student {
            export.student = Some(student_now(store, given, output).await?);
        }
        must_be_known(args, export.student.as_deref(), store).await?;
        let mut writer = TableWriter::new(format, &given_columns(table), args.output.as_deref())?;
        let mut failed = None;
        let mut rows = 0;
        let take = |row: &[seedtest_store::ExportValue]| {
            rows += 1;
            if rows % 10_000 == 0 {
                steps.count(rows);
            }
            failed = writer.row(row).err();
            failed.is_none() && writer.wants_more()
        };
        export.give(store, take).await?;
        match failed {
            Some(failure) => Err(failure),
            None => writer.finish(),
        }
    })
    .await?;
    steps.finish();
    if let Some(id) = args.student.as_ref().filter(|_| rows == 0) {
        output.note(&format!("no rows of student {id:?}"));
    }
    if let Some(path) = &args.output {
        output.note(&format!("{rows} rows in {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn table(choice: ExportChoice) -> ExportTable {
    match choice {
        ExportChoice::Kpis => ExportTable::Kpis,
        ExportChoice::Abilities => ExportTable::Abilities,
        ExportChoice::Items => ExportTable::Items,
        ExportChoice::Answers => ExportTable::Answers,
        ExportChoice::Features => ExportTable::Features,
    }
}

fn check(args: &ExportArgs, table: ExportTable) -> Result<(), Failure> {
    if let Some((from, to)) = args.from.zip(args.to).filter(|(from, to)| from > to) {
        let message = format!("--from {from} lies after --to {to}");
        return Err(Failure::usage(message, "turn them round"));
    }
    let of_students = [
        ("--student", args.student.is_some()),
        ("--class", args.class.is_some()),
        ("--pseudonyms", args.pseudonyms.is_some()),
    ];
    match of_students.into_iter().find(|(_, given)| *given && !table.is_of_students()) {
        Some((flag, _)) => {
            let hint = "items belong to nobody: leave it out";
            Err(Failure::usage(format!("{flag} is for tables of students"), hint))
        }
        None => Ok(()),
    }
}

/// A table without rows says nothing of a student or a class that was mistyped.
async fn must_be_known(
    args: &ExportArgs,
    student: Option<&str>,
    store: &Store,
) -> Result<(), Failure> {
    // Answers may come from a table of the platform, of which students only it knows.
    if let Some(id) = student.filter(|_| args.table != ExportChoice::Answers)
        && !store.knows_student(id).await?
    {
        let hint = "ids are compared as they are, capitals and blanks included".to_owned();
        return Err(Failure::new(format!("nothing is stored of a student {id:?}"), Some(hint)));
    }
    if let Some(class) = &args.class {
        let roster = store.roster().await?;
        if !roster.classes.iter().any(|of| of.class_id == *class || of.name == *class) {
            let hint = "`seedtest roster import FILE` says who is in which class".to_owned();
            return Err(Failure::new(format!("no class {class:?} in the roster"), Some(hint)));
        }
    }
    Ok(())
}

fn format(args: &ExportArgs) -> Result<TableFormat, Failure> {
    let ending = args.output.as_deref().and_then(TableFormat::of_path);
    match (args.format, ending) {
        (Some(format), Some(ending)) if format != ending => {
            let message = "--format and the ending of --output say different things";
            Err(Failure::usage(message, "leave one of them out"))
        }
        (format, ending) => Ok(format.or(ending).unwrap_or(TableFormat::Csv)),
    }
}
