//! `seedtest fit cluster`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use seedtest_families::Outcome;
use seedtest_families::clustering::{Stored, fit, spec_of};
use seedtest_numerics::Silent;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{
    ClusterCandidateJson, ClusterCardJson, ClusterCountJson, ClusterFitRequest, ClusterFitResponse,
};

use super::args::FitClusterArgs;
use crate::commands::json_file::write_json;
use crate::commands::rows_read::last_line;
use crate::ending::{ending_of_fit, no_fit};
use crate::failure::Failure;
use crate::families::column::{read_students, rename};
use crate::output::Output;
use crate::table_file::TableArgs;

/// Differences of a card that are printed.
const SHOWN_DIFFERENCES: usize = 3;

pub(super) fn run(args: &FitClusterArgs, output: &Output) -> Result<ExitCode, Failure> {
    if args.k.trim() == "0" {
        let hint = "give 1 or more, or auto to let the data choose";
        return Err(Failure::usage("--k is 0", hint));
    }
    let spec = spec_of(&request(args))?;
    let mut table = read_students(&args.data, args.id.as_ref(), output)?;
    if let Some(id) = &args.id {
        rename(&mut table, "--id", id, "user_id")?;
    }
    let fitted = match fit(&table, &spec, &mut Silent)? {
        Outcome::Fitted(fitted) => fitted,
        Outcome::TooLittle(noop) => {
            return no_fit(&noop, &noop.reason, args.json.as_deref(), output);
        }
    };
    let run_id = fitted.default_run_id();
    let mut response = fitted.response(&run_id);
    write_clusters(&response.clusters, &args.table)?;
    if let Some(path) = args.json.as_deref() {
        let stored = serde_json::to_value(Stored::of(&fitted, &run_id));
        response.stored_model = Some(stored.map_err(seedtest_families::Error::from)?);
        write_json(&response, path, output)?;
    } else {
        show(&response, output)?;
        last_line(&response.rows, output)?;
    }
    Ok(ending_of_fit(&response.verdict, args.json.as_deref(), output))
}

/// Writes the cluster of every student into the files that were asked for.
pub(super) fn write_clusters(
    clusters: &BTreeMap<Arc<str>, u32>,
    files: &TableArgs,
) -> Result<(), Failure> {
    let columns = [("user_id", ExportKind::Student), ("cluster", ExportKind::Integer)];
    let rows = clusters.iter().map(|(student, cluster)| {
        vec![
            ExportValue::Text(Some(student.to_string())),
            ExportValue::Integer(Some(i64::from(*cluster))),
        ]
    });
    files.write(&columns, &rows)
}

fn request(args: &FitClusterArgs) -> ClusterFitRequest {
    ClusterFitRequest {
        method: Some(args.method.clone()),
        k: Some(ClusterCountJson::Text(args.k.clone())),
        max_k: Some(args.max_k),
        features: Some(args.features.clone()),
        standardize: Some(!args.no_standardize),
        covariance: args.covariance.clone(),
        linkage: Some(args.linkage.clone()),
        eps: Some(args.eps),
        min_points: Some(args.min_points),
        starts: Some(args.starts),
        max_iter: Some(args.max_iter),
        seed: Some(args.seed),
        ..ClusterFitRequest::default()
    }
}

fn show(response: &ClusterFitResponse, output: &Output) -> Result<(), Failure> {
    output.line(&response.headline)?;
    output.line(&format!(
        "{} rows by {} ({}); silhouette {}, stability {}",
        response.n_obs,
        response.feature_names.join(", "),
        response.method,
        number(response.metrics.silhouette),
        number(response.metrics.stability)
    ))?;
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    selection(&response.selection, output)?;
    for card in &response.cards {
        show_card(card, output)?;
    }
    if !response.outliers.is_empty() {
        output
            .paragraph(&format!("{} rows are far out in their cluster", response.outliers.len()))?;
    }
    Ok(())
}

fn selection(candidates: &[ClusterCandidateJson], output: &Output) -> Result<(), Failure> {
    if candidates.is_empty() {
        return Ok(());
    }
    output.paragraph(&format!(
        "{:>2} {:>10} {:>8} {:>7} {:>12} {:>12} {:>9} {:>9}",
        "k", "silhouette", "gap", "se", "BIC", "ICL", "stability", "valley p"
    ))?;
    for one in candidates {
        output.line(&format!(
            "{:>2} {:>10} {:>8.3} {:>7.3} {:>12} {:>12} {:>9} {:>9}",
            one.k,
            number(one.silhouette),
            one.gap,
            one.se,
            one.bic.map_or_else(|| "unknown".to_owned(), |x| format!("{x:.1}")),
            one.icl.map_or_else(|| "unknown".to_owned(), |x| format!("{x:.1}")),
            number(one.stability),
            number(one.valley_p)
        ))?;
    }
    Ok(())
}

fn show_card(card: &ClusterCardJson, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "cluster {} ({}): {} rows, {:.1}%, stability {}",
        card.cluster,
        card.label,
        card.size,
        100.0 * card.share,
        number(card.stability)
    ))?;
    for difference in card.differences.iter().take(SHOWN_DIFFERENCES) {
        output.line(&format!(
            "  {:<20} {:>10.3} against {:>10.3} of all: {:+.2} SD ({} to {})",
            difference.feature,
            difference.mean,
            difference.cohort,
            difference.effect,
            number(difference.lower),
            number(difference.upper)
        ))?;
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.3}"))
}
