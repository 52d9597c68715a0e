//! `seedtest link`: one calibration on the scale of another.

use std::collections::HashMap;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use seedtest_irt::{
    Covariance, DriftTest, ItemErrors, ItemParameters, LinkError, LinkItem, LinkMethod, LinkSpec,
    Linking, Model, equate_true_scores,
};
use seedtest_wire::{CalibrateResponse, LinkResponse, has_item_curves};

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
    let ids = common_order(&new, &old);
    let items = common_items(&new, &old, &ids);
    let covariances = (covariance(&new, &ids), covariance(&old, &ids));
    let tested = args.drift == DriftArg::Test && !args.keep_all;
    let spec = LinkSpec {
        method,
        same_unit: is_rasch(&new) && is_rasch(&old),
        drift: tested.then(DriftTest::default),
        ..LinkSpec::default()
    };
    let linking =
        seedtest_irt::link(&items, &spec, (covariances.0.as_ref(), covariances.1.as_ref()))
            .map_err(|error| failed(&error, &ids))?;
    let warnings: Vec<String> = other_model(model_of(&new), model_of(&old)).into_iter().collect();
    let response = LinkResponse::new(&linking, &new, &ids, covariances.0.as_ref());
    let response = response.with_warnings(warnings);
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => table(&linking, &response.warnings, &ids, output)?,
    }
    if args.true_scores {
        true_scores(&linking, &new, &old, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether a file holds items with several categories.
fn is_of_categories(path: &Path) -> Result<bool, Failure> {
    Ok(has_item_curves(&read_text(path)?))
}

fn failed(error: &LinkError, ids: &[&str]) -> Failure {
    let code = match error {
        LinkError::DuplicateAnchor { item } | LinkError::Parameter { item, .. } => Some(*item),
        _ => None,
    };
    let item = code.map_or(String::new(), |code| format!(" (item {})", ids[code as usize]));
    Failure::new(format!("{error}{item}"), Some(error.hint().to_string()))
}

/// Every item id of the two calibrations in byte order: their codes in the linking.
fn common_order<'a>(new: &'a CalibrateResponse, old: &'a CalibrateResponse) -> Vec<&'a str> {
    let of = |fit: &'a CalibrateResponse| {
        let covered = fit.covariance.iter().flat_map(|c| c.item_ids.iter());
        covered.chain(fit.item_params.iter().map(|item| &item.item_id)).map(String::as_str)
    };
    let mut ids: Vec<&str> = of(new).chain(of(old)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn code(ids: &[&str], id: &str) -> Option<u32> {
    ids.binary_search(&id).ok().map(|position| position as u32)
}

fn parameters(fit: &CalibrateResponse) -> HashMap<&str, ItemParameters> {
    fit.item_params
        .iter()
        .map(|item| {
            let params = item.params;
            (item.item_id.as_str(), ItemParameters { a: params.a, b: params.b, c: params.c })
        })
        .collect()
}

fn common_items(new: &CalibrateResponse, old: &CalibrateResponse, ids: &[&str]) -> Vec<LinkItem> {
    let old = parameters(old);
    let mut items: Vec<LinkItem> = parameters(new)
        .into_iter()
        .filter_map(|(id, new)| Some(LinkItem { item: code(ids, id)?, new, old: *old.get(id)? }))
        .collect();
    items.sort_by_key(|item| item.item);
    items
}

fn is_rasch(fit: &CalibrateResponse) -> bool {
    model_of(fit) == Some(Model::Rasch)
}

fn model_of(fit: &CalibrateResponse) -> Option<Model> {
    fit.fit_meta.model_spec.model.parse().ok()
}

/// What is said of calibrations whose models are free in different parameters.
fn other_model(new: Option<Model>, old: Option<Model>) -> Option<String> {
    let (new, old) = new.zip(old)?;
    let differs = |is_free: fn(Model) -> bool| is_free(new) != is_free(old);
    let discriminates = |model| matches!(model, Model::TwoPl | Model::ThreePl);
    let guesses = |model| model == Model::ThreePl;
    let parameter = if differs(discriminates) {
        "discriminations"
    } else if differs(guesses) {
        "guessing probabilities"
    } else {
        return None;
    };
    Some(format!(
        "the new calibration is {new} and the old one {old}: items of the one have {parameter} of their own and \
         those of the other do not, which the constants average out and the test may call drift; calibrate both \
         with one model"
    ))
}

/// The covariance with codes of the linking; of a calibration that did not keep it, the errors of
/// each item by itself. Both code lists are in byte order, so the rows stay sorted.
fn covariance(fit: &CalibrateResponse, ids: &[&str]) -> Option<Covariance> {
    match fit.covariance.as_ref() {
        Some(kept) => kept.coded(|id| code(ids, id)),
        None => item_errors(fit, ids),
    }
}

fn item_errors(fit: &CalibrateResponse, ids: &[&str]) -> Option<Covariance> {
    let known = fit.item_params.iter();
    let mut errors: Vec<(u32, ItemErrors)> =
        known.filter_map(|item| Some((code(ids, &item.item_id)?, item.se?.into()))).collect();
    errors.sort_by_key(|(item, _)| *item);
    (!errors.is_empty()).then(|| Covariance::of_errors(&errors))
}

fn table(
    linking: &Linking,
    warnings: &[String],
    ids: &[&str],
    output: &Output,
) -> Result<(), Failure> {
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
        let mut items: Vec<_> = parameters(fit).into_iter().collect();
        items.sort_by(|x, y| x.0.cmp(y.0));
        items.into_iter().map(|(_, parameters)| parameters).collect::<Vec<_>>()
    });
    let [new_items, old_items] = forms;
    let linked: Vec<ItemParameters> =
        new_items.iter().map(|item| item.on_scale(linking.slope, linking.intercept)).collect();
    true_score_table(&equate_true_scores(&linked, &old_items), output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrations_of_other_models_are_told() {
        let said = |new, old| other_model(Some(new), Some(old));
        let text = said(Model::TwoPl, Model::Rasch).unwrap();
        assert!(text.contains("2PL") && text.contains("Rasch") && text.contains("discriminations"));
        assert!(said(Model::OnePl, Model::ThreePl).unwrap().contains("discriminations"));
        assert!(said(Model::ThreePl, Model::TwoPl).unwrap().contains("guessing"));
        for (new, old) in [(Model::Rasch, Model::OnePl), (Model::TwoPl, Model::TwoPl)] {
            assert_eq!(said(new, old), None);
        }
        assert_eq!(other_model(None, Some(Model::Rasch)), None);
    }
}
