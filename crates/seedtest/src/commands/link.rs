//! `seedtest link`: one calibration on the scale of another.

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use seedtest_families::irt::{LinkedFits, NotLinked, link_fits, parameters_of_fit};
use seedtest_irt::{ItemParameters, LinkMethod, Linking, equate_true_scores};
use seedtest_wire::{CalibrateResponse, has_item_curves};

use crate::cli::{DriftArg, LinkArgs};
use crate::commands::equate::true_score_table;
use crate::commands::json_file::{read_json, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;
use crate::text_table::p_value;

pub(crate) fn run(args: &LinkArgs, output: &Output) -> Result<ExitCode, Failure> {
    let method = LinkMethod::from_str(&args.method)
        .map_err(|error| Failure::usage(error.to_string(), error.hint()))?;
    if !args.more.is_empty() {
        super::link_graph::run(args, method, output)?;
        return Ok(ExitCode::SUCCESS);
    }
    if is_of_categories(&args.new)? || is_of_categories(&args.old)? {
        return super::link_categories::run(args, method, output);
    }
    let (new, old) = (read_json(&args.new)?, read_json(&args.old)?);
    let linked =
        link_fits(&new, &old, (method, tests_drift(args))).map_err(|error| not_linked(&error))?;
    match args.json.as_deref() {
        Some(path) => write_json(&linked.response, path, output)?,
        None => table(&linked, output)?,
    }
    if args.true_scores {
        true_scores(&linked.linking, &new, &old, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether common items that drift are left out.
pub(super) fn tests_drift(args: &LinkArgs) -> bool {
    args.drift == DriftArg::Test && !args.keep_all
}

/// Whether a file holds items with several categories.
fn is_of_categories(path: &Path) -> Result<bool, Failure> {
    Ok(has_item_curves(&read_text(path)?))
}

pub(super) fn not_linked(error: &NotLinked) -> Failure {
    Failure::new(error.message.clone(), Some(error.hint.clone()))
}

fn table(linked: &LinkedFits, output: &Output) -> Result<(), Failure> {
    let LinkedFits { linking, ids, response } = linked;
    let warnings = &response.warnings;
    let se = |value: Option<f64>| value.map_or("unknown".to_string(), |se| format!("{se:.4}"));
    output.line(&format!("{} on {} common items", linking.method, linking.n_anchors))?;
    warnings.iter().try_for_each(|warning| output.line(&format!("warning: {warning}")))?;
    output.line(&format!("A {:>9.5}   se {}", linking.slope, se(linking.slope_se)))?;
    output.line(&format!("B {:>9.5}   se {}", linking.intercept, se(linking.intercept_se)))?;
    if linking.slope_se.is_none() {
        output
            .line("standard errors, and a test of drift, need calibrations with standard errors")?;
    }
    output.paragraph(&format!(
        "{:<20} {:>9} {:>9} {:>7} {:>7} {:>8} {:>9}",
        "item", "Δ ln a", "Δ b", "z a", "z b", "Wald", "p (Holm)"
    ))?;
    let number = |value: Option<f64>| value.map_or("-".to_string(), |x| format!("{x:.2}"));
    for anchor in &linking.anchors {
        output.line(&format!(
            "{:<20} {:>9} {:>9.3} {:>7} {:>7} {:>8} {:>9}{}",
            ids[anchor.item as usize],
            anchor.ln_a_difference.map_or("-".to_string(), |x| format!("{x:.3}")),
            anchor.b_difference,
            number(anchor.a_z),
            number(anchor.b_z),
            number(anchor.statistic),
            anchor.p_adjusted.map_or("-".to_string(), p_value),
            match (anchor.kept, anchor.drifts) {
                (false, _) => "  left out: drifts",
                (true, true) => "  drifts, kept",
                (true, false) => "",
            }
        ))?;
    }
    Ok(())
}

fn true_scores(
    linking: &Linking,
    new: &CalibrateResponse,
    old: &CalibrateResponse,
    output: &Output,
) -> Result<(), Failure> {
    let forms = [new, old].map(|fit| {
        let mut items: Vec<_> = parameters_of_fit(fit).into_iter().collect();
        items.sort_by(|x, y| x.0.cmp(y.0));
        items.into_iter().map(|(_, parameters)| parameters).collect::<Vec<_>>()
    });
    let [new_items, old_items] = forms;
    let linked: Vec<ItemParameters> =
        new_items.iter().map(|item| item.on_scale(linking.slope, linking.intercept)).collect();
    true_score_table(&equate_true_scores(&linked, &old_items), output)
}
