//! `seedtest fit prophet`.

use std::process::ExitCode;

use seedtest_families::Outcome;
use seedtest_families::prophet::{Columns, Spec, Stored, fit, number_text, number_text_among};
use seedtest_ingest::read_table;
use seedtest_numerics::Silent;
use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{
    ForecastAnomalyJson, ForecastScoreJson, ForecastValueJson, ProphetFitRequest,
    ProphetFitResponse, ProphetOptionsJson, json_fault,
};
use serde_json::json;

use super::args::FitProphetArgs;
use crate::commands::json_file::{read_text, write_json};
use crate::commands::rows_read::last_line;
use crate::ending::{ending_of_fit, no_fit};
use crate::failure::Failure;
use crate::families::column::{known, read_noted};
use crate::output::Output;
use crate::table_file::TableArgs;

pub(super) fn run(args: &FitProphetArgs, output: &Output) -> Result<ExitCode, Failure> {
    let columns = Columns { time: args.time.clone(), value: args.value.clone() };
    let spec = Spec { columns, ..Spec::of(&request(args)?)? };
    let table = read_noted(&args.data, output)?;
    for (flag, name) in [("--time", &args.time), ("--value", &args.value)] {
        name.as_ref().map_or(Ok(()), |name| known(&table, flag, name))?;
    }
    let future = args.future.as_deref().map(read_table).transpose()?;
    let fitted = match fit(&table, future.as_ref(), &spec, &mut Silent)? {
        Outcome::Fitted(fitted) => fitted,
        Outcome::TooLittle(noop) => {
            return no_fit(&noop, &noop.reason, args.json.as_deref(), output);
        }
    };
    let run_id = fitted.default_run_id();
    let mut response = fitted.response(&run_id);
    write_points(&response.forecast, &args.table)?;
    if let Some(path) = args.json.as_deref() {
        let stored = serde_json::to_value(Stored::of(&fitted, &run_id));
        response.stored_model = Some(stored.map_err(seedtest_families::Error::from)?);
        write_json(&response, path, output)?;
    } else {
        show(&response, output)?;
        last_line(&response.rows, output)?;
    }
    Ok(ending_of_fit(&fitted.verdict(), args.json.as_deref(), output))
}

/// Writes every point into the files that were asked for.
pub(super) fn write_points(
    forecast: &[ForecastValueJson],
    files: &TableArgs,
) -> Result<(), Failure> {
    let columns = [
        ("ds", ExportKind::Text),
        ("type", ExportKind::Text),
        ("yhat", ExportKind::Number),
        ("yhat_lower", ExportKind::Number),
        ("yhat_upper", ExportKind::Number),
        ("y", ExportKind::Number),
    ];
    let rows = forecast.iter().map(|point| {
        vec![
            ExportValue::Text(Some(point.ds.clone())),
            ExportValue::Text(Some(point.kind.clone())),
            ExportValue::Number(point.yhat),
            ExportValue::Number(point.yhat_lower),
            ExportValue::Number(point.yhat_upper),
            ExportValue::Number(point.y),
        ]
    });
    files.write(&columns, &rows)
}

fn request(args: &FitProphetArgs) -> Result<ProphetFitRequest, Failure> {
    let is_share = |p: &f64| *p > 0.0 && *p < 1.0;
    if let Some(interval) = args.interval.filter(|p| !is_share(p)) {
        let hint = "give a probability between 0 and 1: 0.95 for 95 %";
        return Err(Failure::usage(format!("--interval is {interval}"), hint));
    }
    if !(1..=1_000).contains(&args.horizon) {
        let hint = "give a number of points between 1 and 1000";
        return Err(Failure::usage(format!("--horizon is {}", args.horizon), hint));
    }
    let read = |text: &str| -> Result<ProphetOptionsJson, serde_json::Error> {
        let fields: serde_json::Value = serde_json::from_str(text)?;
        // As a request has them, which keeps the names that are none.
        let request: ProphetFitRequest = serde_json::from_value(json!({ "options": fields }))?;
        Ok(request.options.unwrap_or_default())
    };
    let options: Option<ProphetOptionsJson> =
        args.options.as_deref().map(read).transpose().map_err(|error| {
            let hint =
                r#"write JSON: {"growth":"linear","yearly_seasonality":true,"n_changepoints":5}"#;
            Failure::usage(format!("--options: {}", json_fault(&error)), hint)
        })?;
    let given = options.unwrap_or_default();
    if let Some(note) = given.unknown_note() {
        return Err(Failure::usage(format!("--options: {note}"), "mend the name, or leave it out"));
    }
    let calendar = args.calendar.as_deref().map(read_text).transpose()?;
    let options = ProphetOptionsJson {
        calendar: calendar.or(given.calendar),
        country_holidays: args.country_holidays.clone().or(given.country_holidays),
        model: args.model.clone().or(given.model),
        interval_width: args.interval.or(given.interval_width),
        date_format: args.date_format.clone().or(given.date_format),
        ..given
    };
    Ok(ProphetFitRequest {
        horizon: Some(args.horizon),
        freq: args.freq.clone(),
        anomaly_threshold: Some(args.anomaly_threshold),
        options: Some(options),
        ..ProphetFitRequest::default()
    })
}

fn show(response: &ProphetFitResponse, output: &Output) -> Result<(), Failure> {
    output.line(&response.headline)?;
    output.line(&format!(
        "{} points from {} to {}, {}; trend {}, residuals {} (RMSE)",
        response.n_obs,
        response.date_range.start,
        response.date_range.end,
        spaced(&response.observed_freq),
        response.fit_meta.trend,
        number(response.model_meta.rmse)
    ))?;
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    comparison(&response.comparison, output)?;
    if response.freq != response.observed_freq {
        output.paragraph(&format!("those to come are {}", spaced(&response.freq)))?;
    }
    points(&response.forecast, response.model_meta.interval_width, output)?;
    anomalies(response, output)
}

/// `a week apart`, `2 days apart`, `at the usual times (Mon, Thu)`.
fn spaced(freq: &str) -> String {
    match freq.chars().next() {
        _ if freq.contains(" times ") => format!("at the usual times ({freq})"),
        Some(first) if first.is_uppercase() => format!("at the usual times ({freq})"),
        Some(first) if first.is_ascii_digit() => format!("{freq} apart"),
        Some('h') => format!("an {freq} apart"),
        _ => format!("a {freq} apart"),
    }
}

fn comparison(scores: &[ForecastScoreJson], output: &Output) -> Result<(), Failure> {
    if scores.iter().all(|score| score.points == 0) {
        return output.paragraph("no points could be held out to compare models on");
    }
    output.paragraph(&format!(
        "{:<16} {:>7} {:>10} {:>10} {:>9} {:>9}",
        "model", "points", "MAE", "RMSE", "relative", "coverage"
    ))?;
    for score in scores {
        output.line(&format!(
            "{:<16} {:>7} {:>10} {:>10} {:>9} {:>9}",
            score.model,
            score.points,
            number(score.mae),
            number(score.rmse),
            number(score.relative_mae),
            number(score.coverage)
        ))?;
    }
    Ok(())
}

pub(super) fn points(
    forecast: &[ForecastValueJson],
    width: f64,
    output: &Output,
) -> Result<(), Failure> {
    let interval = format!("{}% interval", 100.0 * width);
    let widths = forecast.iter().filter_map(|p| p.yhat_upper.zip(p.yhat_lower));
    let apart = widths.map(|(upper, lower)| upper - lower).fold(f64::INFINITY, f64::min);
    let among = |value: Option<f64>| known_among(value, apart);
    let rows: Vec<[String; 3]> = forecast
        .iter()
        .map(|p| [among(p.yhat), among(p.yhat_lower), among(p.yhat_upper)])
        .collect();
    let column = column_width(rows.iter().flatten());
    let both = 2 * column + 1;
    output.paragraph(&format!("{:<20} {:>column$} {interval:>both$}", "forecast", "value"))?;
    for (point, [value, lower, upper]) in forecast.iter().zip(&rows) {
        output.line(&format!(
            "{:<20} {value:>column$} {lower:>column$} {upper:>column$}",
            point.ds
        ))?;
    }
    Ok(())
}

/// Width of a column of numbers.
fn column_width<'a>(numbers: impl Iterator<Item = &'a String>) -> usize {
    const LEAST: usize = 12;
    numbers.map(String::len).fold(LEAST, usize::max)
}

fn known_among(value: Option<f64>, apart: f64) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| number_text_among(value, apart))
}

fn anomalies(response: &ProphetFitResponse, output: &Output) -> Result<(), Failure> {
    if let Some(reason) = &response.not_judged {
        return output.paragraph(&format!("no anomalies: {reason}"));
    }
    let found: Vec<&ForecastAnomalyJson> =
        response.anomalies.iter().filter(|anomaly| anomaly.is_anomaly).collect();
    if found.is_empty() {
        let threshold = response.anomaly_threshold;
        return output.paragraph(&format!("no anomalies (|z| ≥ {threshold})"));
    }
    let among = |a: &ForecastAnomalyJson, value: f64| {
        number_text_among(value, (a.value - a.expected).abs())
    };
    let rows: Vec<[String; 2]> =
        found.iter().map(|a| [among(a, a.value), among(a, a.expected)]).collect();
    let column = column_width(rows.iter().flatten());
    output.paragraph(&format!(
        "{:<20} {:>column$} {:>column$} {:>8}  severity",
        "anomaly", "value", "expected", "z"
    ))?;
    for (anomaly, [value, expected]) in found.into_iter().zip(&rows) {
        output.line(&format!(
            "{:<20} {value:>column$} {expected:>column$} {:>8}  {}, {}",
            anomaly.ds,
            anomaly.zscore.map_or("unknown".to_owned(), |z| format!("{z:.2}")),
            anomaly.severity.as_deref().unwrap_or("mild"),
            anomaly.direction
        ))?;
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), number_text)
}
