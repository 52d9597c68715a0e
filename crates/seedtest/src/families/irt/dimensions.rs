//! `seedtest fit irt` of several dimensions.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use seedtest_families::irt::{DimensionsChoice, DimensionsSpec, fit_dimensions};
use seedtest_ingest::{MISSING_TEXT, Table, TableColumn, TableOptions, read_log, read_table_file};
use seedtest_irt::Silent;
use seedtest_irt::multidimensional::Rotation;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{AbilitiesOfStudentJson, DimensionsItemJson, DimensionsResponse, Timings};

use super::args::{FitIrtArgs, RotationArg, SeChoice};
use super::fit::{SHOWN_ITEMS, name_abilities, read_options};
use crate::commands::json_file::write_json;
use crate::commands::rows_read::{line, note, require_all, require_some, rows_read};
use crate::ending::{ending_of_fit, head_of_fit, repeats_head};
use crate::failure::Failure;
use crate::output::Output;
use crate::text_table::{TextTable, natural_order, p_is};

/// Columns of the files, a number a dimension; as many as a fit has are written.
const SLOPES: [&str; 4] = ["a_1", "a_2", "a_3", "a_4"];
const SLOPE_ERRORS: [&str; 4] = ["a_1_se", "a_2_se", "a_3_se", "a_4_se"];
const LOADINGS: [&str; 4] = ["loading_1", "loading_2", "loading_3", "loading_4"];
const THETAS: [&str; 4] = ["theta_1", "theta_2", "theta_3", "theta_4"];
const THETA_ERRORS: [&str; 4] = ["se_1", "se_2", "se_3", "se_4"];

pub(super) fn run(args: &FitIrtArgs, output: &Output) -> Result<ExitCode, Failure> {
    refuse_what_is_not_for_dimensions(args)?;
    let spec = DimensionsSpec {
        min_n: args.min_answers,
        max_iter: args.max_iter,
        standard_errors: args.se == SeChoice::Observed,
        duplicates: args.duplicates.rule(),
        ..DimensionsSpec::new(loadings(args)?)
    };
    let started = Instant::now();
    let file = read_log(&args.data, &read_options(args)?)?;
    let read_seconds = started.elapsed().as_secs_f64();
    note(&file, output);
    require_all(&file, args.strict)?;
    require_some(&file, &args.data)?;
    let started = Instant::now();
    let fitted = fit_dimensions(&file.log, &spec, &mut Silent).map_err(|error| {
        error.with_names(&[("dimensions", "--dimensions"), ("pattern", "--pattern")])
    })?;
    let fit_seconds = started.elapsed().as_secs_f64();
    let mut response = fitted.response(&file.log, &spec, &fitted.default_run_id());
    response.fit_meta.timings = Some(Timings { read_seconds, fit_seconds });
    response.rows = Some(rows_read(&file.counts, &file.log, &fitted.answers, &[]));
    if args.abilities {
        write_abilities(&response, args)?;
    } else {
        write_items(&response, args)?;
    }
    match args.json.as_deref() {
        Some(path) => write_json(&response, path, output)?,
        None => shown(&response, args.abilities, output)?,
    }
    Ok(ending_of_fit(&response.fit_meta.verdict, args.json.as_deref(), output))
}

/// Nothing is left aside in silence.
fn refuse_what_is_not_for_dimensions(args: &FitIrtArgs) -> Result<(), Failure> {
    let given = [
        ("--model", !args.model.eq_ignore_ascii_case("2pl")),
        ("--model-by-item", args.model_by_item.is_some()),
        ("--score", args.score.is_some()),
        ("--max-score", args.max_score.is_some()),
        ("--max-scores", args.max_scores.is_some()),
        ("--group", args.group.is_some()),
        ("--reference-group", args.reference_group.is_some()),
        ("--dif", args.dif.is_some()),
        ("--anchors", args.anchors.is_some()),
        ("--linking", args.linking != "auto"),
        ("--priors", args.priors.is_some()),
        ("--guessing", args.guessing.is_some()),
        ("--guessing-by-item", args.guessing_by_item.is_some()),
        ("--se sandwich", args.se == SeChoice::Sandwich),
        ("--start", args.start.is_some()),
        ("--quality", args.quality),
        ("--fit-statistics", args.fit_statistics),
        ("--covariance", args.covariance),
        ("--report", args.report.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some(("--model", _)) => Err(Failure::usage(
            "the model of several dimensions is the 2PL",
            "leave --model out, or --dimensions and --pattern",
        )),
        Some((flag, _)) => Err(Failure::usage(
            format!("{flag} is not there for several dimensions"),
            "leave it out, or fit one dimension without --dimensions and --pattern",
        )),
    }
}

fn loadings(args: &FitIrtArgs) -> Result<DimensionsChoice, Failure> {
    if let Some(path) = &args.pattern {
        return pattern(path, !args.uncorrelated);
    }
    let rotation = match args.rotation {
        RotationArg::Quartimin => Rotation::Quartimin,
        RotationArg::Varimax => Rotation::Varimax,
    };
    let dimensions = args.dimensions.unwrap_or_default();
    Ok(DimensionsChoice::Free { dimensions, rotation })
}

/// A loading pattern: a row an item, a column a dimension, with 1 where the item loads on it.
fn pattern(path: &Path, correlated: bool) -> Result<DimensionsChoice, Failure> {
    let bad = |what: String| {
        let hint = "write a table with the item first and a column a dimension: 1 where the item loads on it, else 0 \
                    or nothing";
        Failure::new(format!("{}: {what}", path.display()), Some(hint.to_owned()))
    };
    let naming = vec!["item".to_owned(), "item_id".to_owned()];
    let options = TableOptions { naming, items_are_named: true, ..TableOptions::default() };
    let Table { columns, n_rows } = read_table_file(path, &options)?.table;
    let Some(((item, ids), dimensions)) = columns.split_first() else {
        return Err(bad("no columns".to_owned()));
    };
    if dimensions.len() < 2 {
        return Err(bad(format!("{} dimensions beside the column {item}", dimensions.len())));
    }
    let mut items = Vec::with_capacity(n_rows);
    for row in 0..n_rows {
        let line = row + 2;
        let id = text(ids, row).ok_or_else(|| bad(format!("row {line} has no {item}")))?;
        let mut own = Vec::new();
        for (at, (name, column)) in dimensions.iter().enumerate() {
            match text(column, row).as_deref() {
                None | Some("0") => {}
                Some("1") => own.push(at),
                Some(other) => {
                    return Err(bad(format!("row {line}, column {name}: {other:?} is not 0 or 1")));
                }
            }
        }
        if own.is_empty() {
            return Err(bad(format!("row {line}: item {id} loads on no dimension")));
        }
        if items.iter().any(|(known, _)| *known == id) {
            return Err(bad(format!("row {line}: item {id} is there twice")));
        }
        items.push((id, own));
    }
    let names = dimensions.iter().map(|(name, _)| name.clone()).collect();
    Ok(DimensionsChoice::Pattern { names, items, correlated })
}

/// A cell as a text; `None` where it is empty.
fn text(column: &TableColumn, row: usize) -> Option<String> {
    match column {
        TableColumn::Numeric(values) => {
            values.get(row).filter(|x| !x.is_nan()).map(ToString::to_string)
        }
        TableColumn::Text { levels, codes } => {
            let code = codes.get(row).copied().filter(|code| *code != MISSING_TEXT)?;
            levels.get(code as usize).map(|level| level.trim().to_owned())
        }
    }
}

/// Items in the order of their names.
fn in_order(response: &DimensionsResponse) -> Vec<&DimensionsItemJson> {
    let mut items: Vec<&DimensionsItemJson> = response.item_params.iter().collect();
    items.sort_by(|one, other| natural_order(&one.item_id, &other.item_id));
    items
}

fn write_items(response: &DimensionsResponse, args: &FitIrtArgs) -> Result<(), Failure> {
    let k = response.dimensions.len();
    let numbers = |names: &'static [&'static str; 4]| {
        names[..k].iter().map(|name| (*name, ExportKind::Number))
    };
    let mut columns = vec![
        ("item_id", ExportKind::Text),
        ("n", ExportKind::Integer),
        ("share_right", ExportKind::Number),
    ];
    columns.extend(numbers(&SLOPES));
    columns.extend(numbers(&SLOPE_ERRORS));
    let of_item = ["d", "d_se", "discrimination", "difficulty"];
    columns.extend(of_item.map(|name| (name, ExportKind::Number)));
    columns.extend(numbers(&LOADINGS));
    columns.push(("communality", ExportKind::Number));
    let rows = in_order(response).into_iter().map(|item| {
        let number = |x: f64| ExportValue::Number(Some(x));
        let mut row = vec![
            ExportValue::Text(Some(item.item_id.clone())),
            ExportValue::Integer(Some(i64::from(item.n))),
            number(item.p_value),
        ];
        row.extend(item.a.iter().copied().map(number));
        row.extend(item.a_se.iter().copied().map(ExportValue::Number));
        row.extend([number(item.d), ExportValue::Number(item.d_se)]);
        row.extend([number(item.discrimination), number(item.difficulty)]);
        row.extend(item.loadings.iter().copied().map(number));
        row.push(number(item.communality));
        row
    });
    args.table.write(&columns, &rows)
}

fn write_abilities(response: &DimensionsResponse, args: &FitIrtArgs) -> Result<(), Failure> {
    let k = response.dimensions.len();
    let mut columns = vec![("user_id", ExportKind::Student)];
    for names in [&THETAS, &THETA_ERRORS] {
        columns.extend(names[..k].iter().map(|name| (*name, ExportKind::Number)));
    }
    columns.extend([("n", ExportKind::Integer), ("reason", ExportKind::Text)]);
    let known = students(response).into_iter().map(|of| {
        let mut row = vec![ExportValue::Text(Some(of.user_id.clone()))];
        row.extend(of.theta.iter().chain(&of.se).map(|x| ExportValue::Number(Some(*x))));
        row.extend([ExportValue::Integer(Some(i64::from(of.n))), ExportValue::Text(None)]);
        row
    });
    let unknown = response.unscored.iter().map(|of| {
        let mut row = vec![ExportValue::Text(Some(of.user_id.clone()))];
        row.extend((0..2 * k).map(|_| ExportValue::Number(None)));
        row.extend([ExportValue::Integer(None), ExportValue::Text(Some(of.reason.clone()))]);
        row
    });
    args.table.write(&columns, &known.chain(unknown))
}

fn students(response: &DimensionsResponse) -> Vec<&AbilitiesOfStudentJson> {
    let mut students: Vec<&AbilitiesOfStudentJson> = response.abilities.iter().collect();
    students.sort_by(|one, other| natural_order(&one.user_id, &other.user_id));
    students
}

fn shown(response: &DimensionsResponse, abilities: bool, output: &Output) -> Result<(), Failure> {
    head(response, output)?;
    if abilities {
        return abilities_table(response, output);
    }
    items_table(response, output)?;
    name_abilities(response.abilities.len() + response.unscored.len(), output)
}

/// What was fitted, how well, and whether one dimension would do.
fn head(response: &DimensionsResponse, output: &Output) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    let metrics = &meta.metrics;
    head_of_fit(&meta.verdict, output)?;
    output.line(&format!(
        "{} of {} dimensions: {} answers of {} students to {} items",
        meta.model,
        response.dimensions.len(),
        metrics.n,
        meta.n_users,
        meta.n_items
    ))?;
    output.line(&format!(
        "log-likelihood {:.4}   AIC {:.2}   BIC {:.2}   {} parameters",
        metrics.loglik, metrics.aic, metrics.bic, metrics.n_parameters
    ))?;
    let verdict = &meta.verdict;
    output.line(&format!(
        "{} after {} iterations, largest gradient {}, {} points",
        if metrics.converged { "converged" } else { "NOT converged" },
        verdict.iterations,
        verdict.max_gradient.map_or("unknown".to_string(), |g| format!("{g:.1e}")),
        meta.points.n
    ))?;
    match &response.one_dimension {
        None => output.line("one dimension: its search did not converge")?,
        Some(one) => output.line(&format!(
            "one dimension: log-likelihood {:.4}   AIC {:.2}   BIC {:.2}; χ² {:.2}, df {}, {} (roughly)",
            one.log_likelihood,
            one.aic,
            one.bic,
            one.chi_square,
            one.df,
            p_is(one.p)
        ))?,
    }
    if let Some(rows) = response.rows.as_ref().filter(|rows| rows.read > rows.used) {
        output.line(&line(rows))?;
    }
    let told = response.warnings.iter().filter(|warning| !repeats_head(warning, verdict));
    for warning in told {
        output.line(&format!("warning: {warning}"))?;
    }
    correlations_table(response, output)
}

fn correlations_table(response: &DimensionsResponse, output: &Output) -> Result<(), Failure> {
    let names = &response.dimensions;
    let mut heads = vec!["dimension", "explains"];
    heads.extend(names.iter().map(String::as_str));
    let mut table = TextTable::new(&heads);
    for (i, name) in names.iter().enumerate() {
        let mut row = vec![name.clone(), format!("{:.1} %", 100.0 * response.explained[i])];
        row.extend((0..names.len()).map(|j| {
            let error = response.correlations_se.as_ref().filter(|_| i != j);
            let error = error.map_or(String::new(), |se| format!(" ± {:.3}", se[i][j]));
            format!("{:.3}{error}", response.correlations[i][j])
        }));
        table.row(row);
    }
    table.print(output)
}

fn items_table(response: &DimensionsResponse, output: &Output) -> Result<(), Failure> {
    let names = &response.dimensions;
    let has_errors = response.item_params.iter().any(|item| item.d_se.is_some());
    let of = |what: &str| names.iter().map(|name| format!("{what} {name}")).collect::<Vec<_>>();
    let (slopes, loadings) = (of("a"), of("λ"));
    let mut heads = vec!["item", "n", "% right"];
    for slope in &slopes {
        heads.push(slope);
        heads.extend(has_errors.then_some("SE"));
    }
    heads.push("d");
    heads.extend(has_errors.then_some("SE"));
    heads.extend(loadings.iter().map(String::as_str));
    heads.push("h²");
    let mut table = TextTable::new(&heads);
    let items = in_order(response);
    let shown = output.rows_shown(SHOWN_ITEMS).min(items.len());
    for item in &items[..shown] {
        table.row(cells(item, has_errors));
    }
    table.print(output)?;
    match items.len() - shown {
        0 => Ok(()),
        more => output.line(&format!("… {more} more; --csv FILE writes all items")),
    }
}

fn cells(item: &DimensionsItemJson, has_errors: bool) -> Vec<String> {
    let number = |x: f64| format!("{x:.3}");
    let error = |se: Option<f64>| has_errors.then(|| se.map_or_else(|| "-".to_owned(), number));
    let mut row =
        vec![item.item_id.clone(), item.n.to_string(), format!("{:.1}", 100.0 * item.p_value)];
    for (slope, se) in item.a.iter().zip(&item.a_se) {
        row.push(number(*slope));
        row.extend(error(*se));
    }
    row.push(number(item.d));
    row.extend(error(item.d_se));
    row.extend(item.loadings.iter().copied().map(number));
    row.push(number(item.communality));
    row
}

fn abilities_table(response: &DimensionsResponse, output: &Output) -> Result<(), Failure> {
    let mut heads = vec!["student"];
    for name in &response.dimensions {
        heads.extend([name.as_str(), "se"]);
    }
    heads.push("n");
    let mut table = TextTable::new(&heads);
    let students = students(response);
    let shown = output.rows_shown(SHOWN_ITEMS).min(students.len());
    for of in &students[..shown] {
        let mut row = vec![of.user_id.clone()];
        for (theta, se) in of.theta.iter().zip(&of.se) {
            row.extend([format!("{theta:.3}"), format!("{se:.3}")]);
        }
        row.push(of.n.to_string());
        table.row(row);
    }
    output.paragraph("abilities")?;
    table.print(output)?;
    match students.len() - shown {
        0 => Ok(()),
        more => output.line(&format!("… {more} more; --csv FILE writes all")),
    }
}
