//! Columns that say who or when, and measure nothing: what names the students, and what is no feature.

use std::collections::HashSet;
use std::sync::Arc;

use seedtest_ingest::{Field, MISSING_TEXT, Table, TableColumn, names_student};
use seedtest_wire::cluster_columns::STUDENT;

use crate::predictors::date_in;

/// The columns whose values together name the students: the one of the contract, else one with another usual name
/// whose values all differ, or the class together with the number in it.
///
/// Without any of them rows are called by their numbers.
pub(super) fn student_columns(table: &Table) -> Vec<&str> {
    let known = || table.columns.iter().map(|(name, _)| name.as_str());
    if let Some(name) = STUDENT.iter().find_map(|usual| known().find(|name| name == usual)) {
        return vec![name];
    }
    let rank = |name: &str| match Field::from_alias(name) {
        Some((Field::Student, rank)) => Some(rank),
        _ => None,
    };
    let mut usual: Vec<&str> = known().filter(|name| rank(name).is_some()).collect();
    usual.sort_by_key(|name| rank(name));
    if let Some(name) = usual.iter().find(|name| tell_apart(table, &[**name])) {
        return vec![*name];
    }
    let mut parts: Vec<&str> =
        known().filter(|name| rank(name).is_none() && is_of_student(name)).collect();
    parts.extend(usual.first());
    if parts.len() > 1 && tell_apart(table, &parts) { parts } else { Vec::new() }
}

fn tell_apart(table: &Table, columns: &[&str]) -> bool {
    let mut seen = HashSet::with_capacity(table.n_rows);
    let mut names = (0..table.n_rows).map(|row| name_of(table, columns, row));
    names.all(|name| name.is_some_and(|name| seen.insert(name)))
}

/// What the columns call a row; `None` where one of them is empty.
pub(super) fn name_of(table: &Table, columns: &[&str], row: usize) -> Option<Arc<str>> {
    let cell = |name: &&str| match table.column(name)? {
        TableColumn::Numeric(values) => {
            (!values[row].is_nan()).then(|| Arc::from(values[row].to_string()))
        }
        TableColumn::Text { levels, codes } => {
            (codes[row] != MISSING_TEXT).then(|| levels[codes[row] as usize].clone())
        }
    };
    if let [only] = columns {
        return cell(only);
    }
    let cells: Option<Vec<Arc<str>>> = columns.iter().map(cell).collect();
    Some(cells.filter(|cells| !cells.is_empty())?.join("-").into())
}

/// Why a column of numbers is no feature, where nobody has said that it is one.
pub(super) fn no_measure(name: &str, column: &TableColumn) -> Option<String> {
    let TableColumn::Numeric(values) = column else { return None };
    if is_of_student(name) {
        return Some("its name says who a student is, or in which class".to_owned());
    }
    if is_of_time(name) {
        return Some("its name says when".to_owned());
    }
    if date_in(column).is_some() || are_seconds(values) {
        return Some("it holds days or times written as numbers".to_owned());
    }
    counted(values).map(|(first, last)| {
        format!("it counts rows or students ({first} to {last}), which measures nothing")
    })
}

/// `grade` is a mark as often as a year.
fn is_of_student(name: &str) -> bool {
    let is_mark = name.eq_ignore_ascii_case("grade");
    !is_mark && (names_student(name) || is_id(name))
}

/// Whether the last word of a name is `id`: `class_id`, `Session ID`, `schoolId`; not `paid`.
fn is_id(name: &str) -> bool {
    let name = name.trim();
    let Some(before) = name.len().checked_sub(2).and_then(|at| name.get(..at)) else {
        return false;
    };
    let id = &name[before.len()..];
    let ends_word = before.chars().next_back().is_none_or(|c| !c.is_alphabetic() || !c.is_ascii());
    match id {
        "id" | "ID" | "Id" if ends_word => true,
        "Id" | "ID" => before.ends_with(|c: char| c.is_lowercase()),
        _ => false,
    }
}

/// Names of days and of longer times; `time` is as often how long something took.
fn is_of_time(name: &str) -> bool {
    const LONGER: &[&str] = &[
        "week",
        "weekstart",
        "weekof",
        "weekno",
        "weeknumber",
        "month",
        "year",
        "schoolyear",
        "semester",
        "term",
        "주",
        "주차",
        "주시작",
        "월",
        "연도",
        "년도",
        "학년도",
        "학기",
    ];
    /// Aliases of a time up to this rank say nothing else.
    const SURE: u8 = 1;
    let plain: String =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    LONGER.contains(&plain.as_str())
        || match Field::from_alias(name) {
            Some((Field::Day, _)) => true,
            Some((Field::CompletedAt, rank)) => rank <= SURE,
            _ => false,
        }
}

/// Whether all values are seconds or milliseconds since 1970, of the years 2001 to 2100.
fn are_seconds(values: &[f64]) -> bool {
    const OF_TIME: std::ops::Range<f64> = 9.8e8..4.2e9;
    let mut known = values.iter().copied().filter(|value| !value.is_nan()).peekable();
    let Some(&first) = known.peek() else { return false };
    let unit = if OF_TIME.contains(&first) { 1.0 } else { 1_000.0 };
    known.all(|value| value.fract() == 0.0 && OF_TIME.contains(&(value / unit)))
}

/// The least and the largest of whole numbers that count: up by one from nearly every row to the next, or all
/// different with hardly a gap among them (numbers of the students of several classes have a few).
fn counted(values: &[f64]) -> Option<(f64, f64)> {
    /// Rows whose order is no chance, and rows of which so full a range is none.
    const IN_ORDER: usize = 10;
    const IN_ANY_ORDER: usize = 20;
    /// Of ten steps.
    const NEARLY_ALL: usize = 9;
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    if known.len() < IN_ORDER || known.iter().any(|value| value.fract() != 0.0) {
        return None;
    }
    let steps = |known: &[f64]| {
        let ones = known.windows(2).filter(|pair| pair[1] - pair[0] == 1.0).count();
        10 * ones >= NEARLY_ALL * (known.len() - 1)
    };
    let is_in_order = steps(&known);
    known.sort_by(f64::total_cmp);
    let all_differ = known.windows(2).all(|pair| pair[0] < pair[1]);
    let is_full = known.len() >= IN_ANY_ORDER && all_differ && steps(&known);
    (is_in_order || is_full).then(|| (known[0], known[known.len() - 1]))
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::{Table, TableColumn};
    use seedtest_responses::Texts;

    use super::{name_of, no_measure, student_columns};

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    fn numbers(n: usize, of: fn(usize) -> f64) -> TableColumn {
        TableColumn::Numeric((0..n).map(of).collect())
    }

    fn table(columns: Vec<(&str, TableColumn)>) -> Table {
        let n_rows = match &columns[0].1 {
            TableColumn::Numeric(values) => values.len(),
            TableColumn::Text { codes, .. } => codes.len(),
        };
        Table { columns: columns.into_iter().map(|(name, c)| (name.into(), c)).collect(), n_rows }
    }

    #[test]
    fn names_of_students_classes_and_times_are_no_measures() {
        let values = numbers(12, |i| [3.0, 1.0, 7.5, 2.0][i % 4]);
        for name in [
            "반",
            "번호",
            "학번",
            "학년",
            "class",
            "Class",
            "number",
            "No",
            "section",
            "student_no",
            "class_id",
            "Session ID",
            "schoolId",
            "week",
            "week_start",
            "주차",
            "날짜",
            "date",
            "timestamp",
            "순번",
        ] {
            assert!(no_measure(name, &values).is_some(), "{name}");
        }
        for name in [
            "grade",
            "score",
            "점수",
            "time",
            "시간",
            "hints",
            "paid",
            "valid",
            "android",
            "number_of_sessions",
            "오답수",
            "sessions",
            "rapid",
            "weekly_sessions",
        ] {
            assert_eq!(no_measure(name, &values), None, "{name}");
        }
    }

    #[test]
    fn what_counts_or_dates_rows_is_told_by_its_values() {
        // Two classes, one after the other, as a list has them: 10101 to 10115, 10201 to 10215.
        let of_list = |i: usize| 10_101.0 + (i / 15 * 100 + i % 15) as f64;
        let shuffled = |i: usize| 1_000.0 + (i * 7 % 30) as f64;
        let by_class = |i: usize| (i % 15 + 1) as f64;
        let day = |i: usize| 20_250_301.0 + (i % 20) as f64;
        for (of, n) in
            [(of_list as fn(usize) -> f64, 30), (shuffled, 30), (by_class, 30), (day, 30)]
        {
            assert!(no_measure("x", &numbers(n, of)).is_some(), "{n}");
        }
        assert!(no_measure("x", &numbers(5, |i| 1.7e9 + i as f64 * 86_400.0)).is_some());
        assert!(no_measure("x", &numbers(5, |i| 1.7e12 + i as f64 * 7_000.0)).is_some());
        let halves = |i: usize| (i / 2) as f64;
        let shares = |i: usize| i as f64 + 0.5;
        let marks = |i: usize| [71.0, 64.0, 98.0, 82.0, 77.0, 85.0, 59.0][i % 7] + (i % 3) as f64;
        for of in [halves as fn(usize) -> f64, shares, marks] {
            assert_eq!(no_measure("x", &numbers(30, of)), None);
        }
        // Of nine rows it may be chance.
        assert_eq!(no_measure("x", &numbers(9, |i| i as f64)), None);
    }

    #[test]
    fn students_are_called_by_the_usual_columns() {
        let score = || numbers(4, |i| i as f64 * 3.5);
        let class = || numbers(4, |i| (i / 2 + 1) as f64);
        let number = || numbers(4, |i| (i % 2 + 1) as f64);
        let named = table(vec![("점수", score()), ("이름", texts(&["가", "나", "다", "라"]))]);
        assert_eq!(student_columns(&named), ["이름"]);
        let listed = table(vec![("반", class()), ("번호", number()), ("점수", score())]);
        let found = student_columns(&listed);
        assert_eq!(found, ["반", "번호"]);
        assert_eq!(name_of(&listed, &found, 2).as_deref(), Some("2-1"));
        // Two students of one name: the rows are numbered.
        let twice = table(vec![("이름", texts(&["가", "가", "다", "라"])), ("점수", score())]);
        assert!(student_columns(&twice).is_empty());
        let contract = table(vec![("학번", score()), ("user_id", number())]);
        assert_eq!(student_columns(&contract), ["user_id"]);
    }
}
