//! `seedtest cat`: adaptive tests.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use seedtest_families::irt::CatBank;
use seedtest_irt::cat::{Bin, SimulationSpec};
use seedtest_wire::{CatAreaJson, CatClassificationJson, CatSettingsJson, CatSimulationResponse};

use crate::cli::{CatAction, CatArgs, CatSimulateArgs};
use crate::commands::json_file::{parse_json, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

/// Items that are shown.
const SHOWN_ITEMS: usize = 10;

pub(crate) fn run(args: &CatArgs, output: &Output) -> Result<ExitCode, Failure> {
    match &args.action {
        CatAction::Simulate(args) => simulate(args, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn simulate(args: &CatSimulateArgs, output: &Output) -> Result<(), Failure> {
    let bank = CatBank::read(&read_text(&args.bank)?).map_err(|error| named(&error, args))?;
    let classification = args.cut.map(|cut| CatClassificationJson { cut, level: args.level });
    let settings = CatSettingsJson {
        rule: Some(args.rule.clone()),
        method: Some(args.method.clone()),
        prior_mean: Some(args.prior_mean),
        prior_sd: Some(args.prior_sd),
        min_items: Some(args.min_items),
        max_items: Some(args.max_items),
        se: args.se,
        classification,
        exposure_control: None,
        randomesque: args.randomesque,
        areas: args.areas.as_deref().map(read_areas).transpose()?.unwrap_or_default(),
        seed: Some(args.seed),
    };
    let of = SimulationSpec {
        n: args.n,
        mean: args.mean,
        sd: args.sd,
        seed: args.seed,
        ..SimulationSpec::default()
    };
    let found =
        bank.simulate(&settings, &of, args.exposure_target).map_err(|error| named(&error, args))?;
    match args.json.as_deref() {
        Some(path) => write_json(&found, path, output),
        None => table(&found, output),
    }
}

/// A refusal with the file or the flag in the place of the field of a request.
fn named(error: &seedtest_families::Error, args: &CatSimulateArgs) -> Failure {
    let text = error.to_string();
    let named = text.split_once(": ").map(|(field, rest)| match field {
        "item_params" => format!("{}: {rest}", args.bank.display()),
        _ => format!("--{}: {rest}", field.replace(['_', ' '], "-")),
    });
    let hint = "items are the JSON of `seedtest fit irt --json FILE`, or {\"ITEM\":{\"a\":1,\"b\":0},…}; \
                `seedtest cat simulate --help` has the rest";
    Failure::new(named.unwrap_or(text), Some(hint.to_owned()))
}

fn read_areas(path: &Path) -> Result<BTreeMap<String, CatAreaJson>, Failure> {
    parse_json(&read_text(path)?).map_err(|error| {
        let hint = r#"write {"AREA":{"min":5,"max":10,"share":0.4},…}"#.to_string();
        Failure::new(format!("{}: {error}", path.display()), Some(hint))
    })
}

fn table(found: &CatSimulationResponse, output: &Output) -> Result<(), Failure> {
    output.line(&format!("{} adaptive tests from {} items", found.n, found.n_items))?;
    let end = |(why, n): (&String, &u32)| match why.as_str() {
        "precision" => format!("{n} with the precision that is asked for"),
        "classified" => format!("{n} when the side of the cut was clear"),
        "length" => format!("{n} with the most items"),
        _ => format!("{n} because no item was left"),
    };
    let ends: Vec<String> = found.stopped.iter().map(end).collect();
    output.line(&format!("ended: {}", ends.join(", ")))?;
    for warning in &found.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.paragraph(&format!(
        "{:>14} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}",
        "ability", "students", "bias", "rmse", "mean se", "coverage", "items"
    ))?;
    for bin in &found.by_ability {
        output.line(&bin_line(&range(bin), bin))?;
    }
    output.line(&bin_line("all", &found.all))?;
    let overlap = found.overlap.map_or("unknown".to_string(), |x| format!("{x:.3}"));
    output.paragraph(&format!(
        "exposure: largest {:.3}, {} of {} items never given, overlap of two tests {overlap}",
        found.largest_exposure, found.never_given, found.n_items
    ))?;
    if let Some(of) = &found.sympson_hetter {
        output.line(&format!(
            "exposure parameters for at most {:.2}: largest {:.3} after {} rounds",
            of.target, of.largest, of.rounds
        ))?;
    }
    if !found.settings.areas.is_empty() {
        output.line(&format!(
            "content constraints held in {:.1} % of the tests",
            100.0 * found.constraints_met
        ))?;
    }
    let mut most: Vec<_> = found.exposure.iter().collect();
    most.sort_by(|x, y| y.rate.total_cmp(&x.rate).then(x.item_id.cmp(&y.item_id)));
    output.paragraph(&format!("{:<24} {:>8} {:>10}", "item", "exposure", "parameter"))?;
    for item in most.iter().take(SHOWN_ITEMS) {
        output
            .line(&format!("{:<24} {:>8.3} {:>10.3}", item.item_id, item.rate, item.parameter))?;
    }
    match most.len().checked_sub(SHOWN_ITEMS).filter(|more| *more > 0) {
        Some(more) => output.line(&format!("… {more} more; --json OUT writes all")),
        None => Ok(()),
    }
}

fn range(bin: &Bin) -> String {
    match (bin.from, bin.to) {
        (None, Some(to)) => format!("below {to}"),
        (Some(from), None) => format!("{from} and up"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (None, None) => "all".into(),
    }
}

fn bin_line(name: &str, bin: &Bin) -> String {
    let number = |x: Option<f64>| x.map_or("-".to_string(), |x| format!("{x:.3}"));
    let length = bin.mean_length.map_or("-".to_string(), |x| format!("{x:.1}"));
    format!(
        "{name:>14} {:>8} {:>8} {:>8} {:>8} {:>9} {length:>8}",
        bin.n,
        number(bin.bias),
        number(bin.rmse),
        number(bin.mean_se),
        number(bin.coverage)
    )
}
