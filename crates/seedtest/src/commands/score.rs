//! `seedtest score`: abilities from stored item parameters.

use std::collections::HashMap;
use std::process::ExitCode;
use std::str::FromStr;

use seedtest_families::irt::{KnownParameters, LogScores, LogScoring, score_log};
use seedtest_ingest::{Field, Wanted, read_log};
use seedtest_irt::{ItemParameters, Normal, ScoreMethod, sum_score_table};
use seedtest_wire::{
    GroupPopulationJson, PopulationJson, PopulationSource, ScoreResponse, has_item_curves,
};

use super::abilities_table::{of_scores, show, write};
use crate::cli::ScoreArgs;
use crate::commands::json_file::{read_text, write_json};
use crate::commands::rows_read::{line, note, require_all};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &ScoreArgs, output: &Output) -> Result<ExitCode, Failure> {
    let method = ScoreMethod::from_str(&args.method)
        .map_err(|error| Failure::usage(error.to_string(), error.hint()))?;
    let text = read_text(&args.params)?;
    if has_item_curves(&text) {
        return super::score_categories::run(args, method, &text, output);
    }
    let given = [
        ("--student", args.student.is_some()),
        ("--item", args.item.is_some()),
        ("--score", args.score.is_some()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, given)| *given) {
        let message = format!("{flag} is for parameters of items with several categories");
        return Err(Failure::usage(message, "use --map, as in --map student=COLUMN"));
    }
    let known = read_params(args, &text)?;
    let mut options = args.read.options(Wanted::Answers)?;
    if let Some(column) = &args.group {
        options.map.set(Field::Group, column)?;
    }
    let file = read_log(&args.data, &options)?;
    note(&file, output);
    require_all(&file, args.strict)?;
    let asked = LogScoring {
        method,
        prior: (args.prior_mean, args.prior_sd),
        duplicates: args.duplicates.rule(),
        plausible: args.plausible_values.map(|n| (n as usize, args.seed)),
    };
    let LogScores { response, common } =
        score_log(&file, &known, &asked).map_err(scoring_failed)?;
    if let Some(rows) = response.rows.as_ref().filter(|rows| rows.used == 0) {
        let hint =
            "check that the items of --data are those of --params, and what --map says".to_owned();
        return Err(Failure::new(format!("nothing to score; {}", line(rows)), Some(hint)));
    }
    write(&of_scores(&response), &args.table)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => table(&response, output)?,
    }
    if args.sum_scores {
        sum_scores(&known.items, common, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What cannot be scored is no wrong call.
fn scoring_failed(error: seedtest_families::Error) -> Failure {
    match error {
        seedtest_families::Error::Score(error) => {
            Failure::new(error.to_string(), Some(error.hint().to_string()))
        }
        other => other.into(),
    }
}

fn sum_scores(
    params: &HashMap<String, ItemParameters>,
    prior: Normal,
    output: &Output,
) -> Result<(), Failure> {
    let mut ids: Vec<&String> = params.keys().collect();
    ids.sort_unstable();
    let items: Vec<ItemParameters> = ids.iter().map(|&id| params[id]).collect();
    output
        .paragraph(&format!("{:>6} {:>8} {:>8} {:>12}", "right", "theta", "se", "probability"))?;
    for line in sum_score_table(&items, prior) {
        output.line(&format!(
            "{:>6} {:>8.3} {:>8.3} {:>12.5}",
            line.score, line.theta, line.se, line.probability
        ))?;
    }
    Ok(())
}

fn read_params(args: &ScoreArgs, text: &str) -> Result<KnownParameters, Failure> {
    KnownParameters::of_json(text).map_err(|error| {
        Failure::new(
            format!("{}: {error}", args.params.display()),
            Some(
                "give the JSON of `seedtest fit irt --json`, or {\"ITEM\":{\"a\":1,\"b\":0}}"
                    .into(),
            ),
        )
    })
}

/// Which prior was used.
fn population_line(population: &PopulationJson) -> String {
    let PopulationJson { source, mean, sd, groups } = population;
    let distribution = |mean: f64, sd: f64| format!("N({mean:.3}, {sd:.3}²)");
    match source {
        PopulationSource::Given => format!("prior {}, as given", distribution(*mean, *sd)),
        PopulationSource::Fit => {
            format!("prior {}, that of the calibration", distribution(*mean, *sd))
        }
        PopulationSource::Default => format!(
            "prior {}, by default: nothing says how able these students are; give --prior-mean and \
             --prior-sd, or the whole calibration as --params",
            distribution(*mean, *sd)
        ),
        PopulationSource::Group => {
            let of = |group: &GroupPopulationJson| {
                format!("{} {}", group.group, distribution(group.mean, group.sd))
            };
            let groups: Vec<String> = groups.iter().map(of).collect();
            format!("prior of the student's group in the calibration: {}", groups.join(", "))
        }
    }
}

pub(super) fn table(response: &ScoreResponse, output: &Output) -> Result<(), Failure> {
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    if let Some(rows) = response.rows.as_ref().filter(|rows| rows.read > rows.used) {
        output.line(&line(rows))?;
    }
    if let Some(population) = &response.population {
        output.line(&population_line(population))?;
    }
    show(&of_scores(response), output)
}
