//! `seedtest student`: everything that is held of one student, given out and erased.

use std::path::PathBuf;
use std::process::ExitCode;

use seedtest_pipeline::{
    Pseudonyms, StudentFilePlaces, erase_student, export_student, reports_publisher,
};
use serde_json::Value;

use crate::cli::{Global, StudentAction, StudentArgs};
use crate::commands::json_file::write_json;
use crate::commands::merged::student_now;
use crate::environment;
use crate::failure::Failure;
use crate::output::Output;
use crate::session;
use crate::settings::variable;

pub(crate) async fn run(
    args: &StudentArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if let StudentAction::Pseudonym { id, tenant } = &args.action {
        if let Some(names) = pseudonyms(Some(tenant))? {
            output.line(&names.of(id))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let store = session::open(global).await?;
    let clock = session::clock()?;
    session::with(store, async |store| {
        match &args.action {
            StudentAction::Export { id, reports, json } => {
                student_now(store, id, output).await?;
                let places = places(global, reports)?;
                let document = export_student(store, clock, id, &places).await?;
                write_json(&document, json, output)?;
            }
            StudentAction::Erase { id, reports, dry_run, json } => {
                student_now(store, id, output).await?;
                let places = places(global, reports)?;
                let receipt =
                    erase_student(store, clock, id, &places, "command line", *dry_run).await?;
                write_json(&receipt, json, output)?;
                if held_nothing(&receipt) {
                    output.note(&format!(
                        "nothing was held of the student {id:?}; ids are compared as they are, capitals and blanks \
                         included"
                    ));
                }
            }
            StudentAction::Merge { old, new } => {
                return super::corrections::merge((global, store), old, new, output).await;
            }
            StudentAction::Pseudonym { .. } => {}
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

/// Whether a receipt counts nothing.
fn held_nothing(receipt: &Value) -> bool {
    let counts = ["rows", "documents", "files_removed", "objects"].map(|part| &receipt[part]);
    let is_none = |count: &Value| count.as_u64() == Some(0);
    let parts_are_empty =
        counts.iter().all(|part| part.as_object().is_none_or(|part| part.values().all(is_none)));
    parts_are_empty && is_none(&receipt["rejected_rows"])
}

/// The pseudonyms of a tenant, with the key of the environment; `None` where no tenant is named.
pub(crate) fn pseudonyms(tenant: Option<&str>) -> Result<Option<Pseudonyms>, Failure> {
    let of = |tenant| Pseudonyms::of_tenant(tenant, variable);
    Ok(tenant.map(of).transpose()?)
}

/// Where commands and the service write files about students.
pub(super) fn places(
    global: &Global,
    more: &[PathBuf],
) -> Result<StudentFilePlaces, seedtest_pipeline::Error> {
    // `report` is where the demo writes them.
    let mut reports = vec![global.data_dir.join("reports"), global.data_dir.join("report")];
    reports.extend(environment::REPORT_OUTPUT_DIR.path());
    reports.extend(more.iter().cloned());
    Ok(StudentFilePlaces {
        reports,
        rejects: global.data_dir.join("rejects.csv"),
        publisher: reports_publisher(&variable)?,
    })
}
