//! Abilities of students as a table.

use seedtest_store::{ExportKind, ExportValue};
use seedtest_wire::{AbilityJson, ScoreResponse, UnscoredJson};

use crate::failure::Failure;
use crate::output::Output;
use crate::table_file::TableArgs;
use crate::text_table::{TextTable, natural_order};

/// Students that are shown on a terminal.
const SHOWN: usize = 20;

/// The ability of a student, or why there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ability<'a> {
    student: &'a str,
    theta: Option<f64>,
    se: Option<f64>,
    /// Answers it rests on, where that is known.
    n: Option<u32>,
    reason: Option<&'a str>,
}

/// Those that were scored, in the order of the response.
pub(crate) fn of_scores(response: &ScoreResponse) -> Vec<Ability<'_>> {
    let of = response.scores.iter().map(|score| Ability {
        student: &score.user_id,
        theta: score.theta,
        se: score.se,
        n: Some(score.n),
        reason: score.reason.as_deref(),
    });
    of.collect()
}

/// Those of a calibration, in the order of their ids.
pub(crate) fn of_calibration<'a>(
    abilities: &'a [AbilityJson],
    unscored: &'a [UnscoredJson],
) -> Vec<Ability<'a>> {
    let known = abilities.iter().map(|of| Ability {
        student: &of.user_id,
        theta: Some(of.theta),
        se: Some(of.se),
        n: Some(of.n),
        reason: None,
    });
    let unknown = unscored.iter().map(|of| Ability {
        student: &of.user_id,
        theta: None,
        se: None,
        n: None,
        reason: Some(&of.reason),
    });
    let mut all: Vec<Ability<'_>> = known.chain(unknown).collect();
    all.sort_by(|one, other| natural_order(one.student, other.student));
    all
}

/// Writes every student into the files that were asked for.
pub(crate) fn write(abilities: &[Ability<'_>], files: &TableArgs) -> Result<(), Failure> {
    let columns = [
        ("user_id", ExportKind::Student),
        ("theta", ExportKind::Number),
        ("se", ExportKind::Number),
        ("n", ExportKind::Integer),
        ("reason", ExportKind::Text),
    ];
    let rows = abilities.iter().map(|of| {
        vec![
            ExportValue::Text(Some(of.student.to_owned())),
            ExportValue::Number(of.theta),
            ExportValue::Number(of.se),
            ExportValue::Integer(of.n.map(i64::from)),
            ExportValue::Text(of.reason.map(str::to_owned)),
        ]
    });
    files.write(&columns, &rows)
}

/// Prints the students: all of them into a pipe or a file, the first ones on a terminal.
pub(crate) fn show(abilities: &[Ability<'_>], output: &Output) -> Result<(), Failure> {
    let number = |value: Option<f64>| value.map_or("-".to_string(), |x| format!("{x:.3}"));
    let shown = output.rows_shown(SHOWN).min(abilities.len());
    let mut table = TextTable::new(&["student", "theta", "se", "n", ""]).ending_in_words();
    for of in &abilities[..shown] {
        table.row(vec![
            of.student.to_owned(),
            number(of.theta),
            number(of.se),
            of.n.map_or("-".to_string(), |n| n.to_string()),
            of.reason.unwrap_or_default().to_owned(),
        ]);
    }
    table.lines().iter().try_for_each(|line| output.line(line))?;
    match abilities.len() - shown {
        0 => Ok(()),
        more => output.line(&format!("… {more} more; --csv FILE writes all")),
    }
}
