//! `seedtest equate`: scores of one form as scores of another.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::irt::{
    AnchorMethod, EquatingDesign, HighestScores, KnownParameters, equate,
};
use seedtest_ingest::{Table, TableColumn, read_table};
use seedtest_irt::{ItemParameters, equate_true_scores};
use seedtest_wire::{EquatingResponse, TrueScoreResponse};

use crate::cli::{AnchorChoice, EquateKind, EquateScoresArgs, EquateTrueScoreArgs};
use crate::commands::json_file::{no_calibration, read_text, write_json};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(kind: &EquateKind, output: &Output) -> Result<ExitCode, Failure> {
    match kind {
        EquateKind::Scores(args) => scores(args, output)?,
        EquateKind::TrueScore(args) => true_scores(args, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn scores(args: &EquateScoresArgs, output: &Output) -> Result<(), Failure> {
    let (design, left_out) = design(args)?;
    let highest =
        HighestScores { x: args.highest_x, y: args.highest_y, anchor: args.highest_anchor };
    let mut found = equate(&design, highest, args.smooth)?;
    found.left_out = left_out;
    if left_out > 0 {
        found.warnings.push(format!("{left_out} rows without the scores they need were left out"));
    }
    match args.json.as_deref() {
        Some(path) => write_json(&found, path, output),
        None => table(&found, output),
    }
}

/// Rows of scores, and how many rows lacked one.
type Scores<T> = (Vec<T>, usize);

fn design(args: &EquateScoresArgs) -> Result<(EquatingDesign, usize), Failure> {
    let x_file = File::read(&args.x_file)?;
    let Some(y_path) = &args.y_file else {
        let (pairs, left_out) = x_file.pairs(&args.x, &args.y)?;
        return Ok((EquatingDesign::SameStudents(pairs), left_out));
    };
    let y_file = File::read(y_path)?;
    let Some(anchor) = &args.anchor else {
        let ((x, no_x), (y, no_y)) = (x_file.singles(&args.x)?, y_file.singles(&args.y)?);
        return Ok((EquatingDesign::DifferentStudents { x, y }, no_x + no_y));
    };
    let (x, no_x) = x_file.pairs(&args.x, anchor)?;
    let (y, no_y) = y_file.pairs(&args.y, anchor)?;
    let method = match args.method {
        AnchorChoice::FrequencyEstimation => AnchorMethod::FrequencyEstimation(args.weight),
        AnchorChoice::Chained => AnchorMethod::Chained,
    };
    Ok((EquatingDesign::Anchor { x, y, method }, no_x + no_y))
}

/// A table with the place it came from.
struct File<'a> {
    path: &'a Path,
    table: Table,
}

impl<'a> File<'a> {
    fn read(path: &'a Path) -> Result<Self, Failure> {
        Ok(Self { path, table: read_table(path)? })
    }

    /// The scores of a column; `None` where a row has none.
    fn column(&self, name: &str) -> Result<Vec<Option<u32>>, Failure> {
        let path = self.path.display();
        let Some(TableColumn::Numeric(values)) = self.table.column(name) else {
            let names: Vec<&str> = self.table.columns.iter().map(|c| c.0.as_str()).collect();
            let message =
                format!("{path}: no column {name} of numbers among: {}", names.join(", "));
            let hint = "say which columns they are: --x COLUMN, --y COLUMN, --anchor COLUMN";
            return Err(Failure::usage(message, hint));
        };
        let score = |(row, &value): (usize, &f64)| {
            if value.is_nan() {
                return Ok(None);
            }
            let whole = value.fract() == 0.0 && (0.0..=10_000.0).contains(&value);
            whole.then_some(Some(value as u32)).ok_or_else(|| {
                let message = format!("{path}: row {}: {name} is {value}", row + 1);
                let hint = "number-right scores are whole numbers from 0 on".to_string();
                Failure::new(message, Some(hint))
            })
        };
        values.iter().enumerate().map(score).collect()
    }

    fn singles(&self, name: &str) -> Result<Scores<u32>, Failure> {
        let all = self.column(name)?;
        let known: Vec<u32> = all.iter().flatten().copied().collect();
        let left_out = all.len() - known.len();
        Ok((known, left_out))
    }

    fn pairs(&self, first: &str, second: &str) -> Result<Scores<(u32, u32)>, Failure> {
        let (first, second) = (self.column(first)?, self.column(second)?);
        let n = first.len();
        let known: Vec<(u32, u32)> =
            first.into_iter().zip(second).filter_map(|(x, y)| x.zip(y)).collect();
        let left_out = n - known.len();
        Ok((known, left_out))
    }
}

fn table(found: &EquatingResponse, output: &Output) -> Result<(), Failure> {
    output.line(&format!(
        "{} ({}): {} scores on X, {} on Y",
        found.method, found.design, found.n_x, found.n_y
    ))?;
    for (form, moments) in [("X", found.moments_x), ("Y", found.moments_y)] {
        let Some(moments) = moments else { continue };
        output.line(&format!(
            "{form}: mean {:.3}, sd {:.3}, skewness {:.3}, kurtosis {:.3}",
            moments.mean, moments.sd, moments.skewness, moments.kurtosis
        ))?;
    }
    if let Some(smoothing) = found.smoothing {
        output.line(&format!(
            "smoothed with {} moments: deviance {:.2} on {} (X), {:.2} on {} (Y)",
            smoothing.degree,
            smoothing.deviance_x,
            smoothing.df_x,
            smoothing.deviance_y,
            smoothing.df_y
        ))?;
    }
    for warning in &found.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    output.paragraph(&format!(
        "{:>6} {:>8} {:>10} {:>8} {:>8} {:>8}",
        "score", "rank", "equipct", "se", "mean", "linear"
    ))?;
    let number = |value: Option<f64>| value.map_or("-".to_string(), |x| format!("{x:.3}"));
    for line in &found.table {
        output.line(&format!(
            "{:>6} {:>8} {:>10.4} {:>8} {:>8} {:>8}",
            line.score,
            number(line.percentile_rank),
            line.equipercentile,
            number(line.se),
            number(line.mean),
            number(line.linear)
        ))?;
    }
    Ok(())
}

fn true_scores(args: &EquateTrueScoreArgs, output: &Output) -> Result<(), Failure> {
    let [new, old] = [items(&args.new)?, items(&args.old)?];
    let found = TrueScoreResponse {
        status: "success".into(),
        ok: true,
        n_items_new: new.len(),
        n_items_old: old.len(),
        table: equate_true_scores(&new, &old),
    };
    match args.json.as_deref() {
        Some(path) => write_json(&found, path, output),
        None => true_score_table(&found.table, output),
    }
}

/// The items of a calibration, or of one that `link` put on another scale, by their ids.
fn items(path: &Path) -> Result<Vec<ItemParameters>, Failure> {
    let text = read_text(path)?;
    let known =
        KnownParameters::of_json(&text).map_err(|error| no_calibration(path, &text, &error))?;
    let mut items: Vec<(String, ItemParameters)> = known.items.into_iter().collect();
    items.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// True scores of a new form with their equivalents on the old one.
pub(crate) fn true_score_table(
    table: &[seedtest_irt::EquatedScore],
    output: &Output,
) -> Result<(), Failure> {
    output.paragraph(&format!("{:>9} {:>9} {:>13}", "new score", "theta", "old equivalent"))?;
    for line in table {
        let theta = line.theta.map_or("-".to_string(), |theta| format!("{theta:.3}"));
        output.line(&format!("{:>9} {theta:>9} {:>13.3}", line.score, line.equated))?;
    }
    Ok(())
}
