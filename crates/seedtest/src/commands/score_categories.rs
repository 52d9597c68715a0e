//! `seedtest score` with parameters of items with several categories.

use std::process::ExitCode;

use seedtest_families::irt::{
    FittedPopulation, ScoredColumns, ScoredLog, ScoringAsked, largest_score, score_categories,
};
use seedtest_ingest::read_table_file;
use seedtest_irt::ScoreMethod;
use seedtest_wire::{RowsReadJson, item_curves_of};

use super::abilities_table::{of_scores, write};
use super::score::table;
use crate::cli::ScoreArgs;
use crate::commands::json_file::write_json;
use crate::commands::rows_read::{line, require_all_of};
use crate::failure::Failure;
use crate::output::Output;

/// `text` is that of `--params`.
pub(super) fn run(
    args: &ScoreArgs,
    method: ScoreMethod,
    text: &str,
    output: &Output,
) -> Result<ExitCode, Failure> {
    refuse_what_is_not_for_categories(args)?;
    let bank = item_curves_of(text).map_err(|error| {
        let hint = r#"give the JSON of `seedtest fit irt --json`, or {"ITEM":{"model":"GRM","a":1,"b":[-1,0]}}"#;
        Failure::new(format!("{}: {error}", args.params.display()), Some(hint.into()))
    })?;
    let columns = ScoredColumns {
        student: args.read.student_columns(args.student.as_ref())?,
        item: args.item.clone(),
        score: args.score.clone(),
        group: args.group.clone(),
        possible: largest_score(&bank),
        ..ScoredColumns::default()
    };
    let file = read_table_file(&args.data, &args.read.table_options(&columns.naming())?)?;
    file.notes.iter().for_each(|note| output.note(note));
    let students = columns.students(&file)?;
    let log = ScoredLog::of_table(&file, &columns, &students, (args.duplicates.rule(), None))?;
    let rows = RowsReadJson { notes: file.notes, ..log.rows_read() };
    require_all_of(log.n_unreadable() as u64, rows.read, args.strict)?;
    let asked = ScoringAsked { method, prior: (args.prior_mean, args.prior_sd) };
    let fitted = FittedPopulation::of_json(text);
    let Some(mut response) = score_categories(&log, &bank, &fitted, asked)? else {
        let hint = "check that the items of --data are those of --params".to_owned();
        return Err(Failure::new(format!("nothing to score; {}", line(&rows)), Some(hint)));
    };
    response.rows = Some(rows);
    write(&of_scores(&response), &args.table)?;
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => table(&response, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Nothing is left aside in silence.
fn refuse_what_is_not_for_categories(args: &ScoreArgs) -> Result<(), Failure> {
    let own = [
        ("--plausible-values", args.plausible_values.is_some()),
        ("--sum-scores", args.sum_scores),
    ];
    let mut given = own.into_iter().chain(args.read.not_for_categories());
    match given.find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::usage(
            format!("{flag} is not there for parameters of items with several categories"),
            "leave it out; columns are named by --student (or --id), --item and --score",
        )),
    }
}
