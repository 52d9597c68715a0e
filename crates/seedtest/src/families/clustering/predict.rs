//! `seedtest predict cluster`.

use std::process::ExitCode;

use seedtest_families::clustering::{Stored, predict_table};

use super::args::PredictClusterArgs;
use super::fit::write_clusters;
use crate::commands::json_file::write_json;
use crate::failure::Failure;
use crate::families::column::{read_students, rename};
use crate::families::stored::stored_model;
use crate::output::Output;

pub(super) fn run(args: &PredictClusterArgs, output: &Output) -> Result<ExitCode, Failure> {
    let model: Stored = stored_model(&args.model, "seedtest fit cluster --json FILE")?;
    let mut table = read_students(&args.data, args.id.as_ref(), output)?;
    if let Some(id) = &args.id {
        rename(&mut table, "--id", id, "user_id")?;
    }
    let response = predict_table(&model, &table)?;
    write_clusters(&response.clusters, &args.table)?;
    if let Some(path) = args.json.as_deref() {
        write_json(&response, path, output)?;
        return Ok(ExitCode::SUCCESS);
    }
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.line(&format!("{:<20} {:>7} {:>9}", "student", "cluster", "distance"))?;
    for (student, cluster) in &response.clusters {
        let own = response
            .distances
            .get(student)
            .and_then(|all| all.get((*cluster as usize).checked_sub(1)?));
        let distance = own.map_or_else(|| "unknown".to_owned(), |d| format!("{d:.3}"));
        output.line(&format!("{student:<20} {cluster:>7} {distance:>9}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
