//! Rows of a table as features of students.

use std::collections::HashMap;
use std::sync::Arc;

use seedtest_ingest::{MISSING_TEXT, Table, TableColumn};
use seedtest_segment::{Data, Feature};
use seedtest_wire::cluster_columns::STUDENT;

use super::error::RowsError;
use crate::error::Error;
use crate::predictors::first_text;

/// Features of students, borrowed from a table.
#[derive(Debug, Clone)]
pub(super) struct Features<'a> {
    /// Name of every row: the student, or the number of the row from 1.
    pub(super) names: Vec<Arc<str>>,
    pub(super) data: Data<'a>,
    /// Columns of texts, which no distance is defined for, with the first text of each that is no number and its
    /// row, from 0.
    pub(super) texts: Vec<(String, Option<(usize, String)>)>,
}

/// Features that count the rows: every whole number of a range once. Of fewer rows that may be chance.
pub(super) fn counters<'a>(data: &'a Data<'_>) -> impl Iterator<Item = (&'a str, f64, f64)> {
    const FEWEST: usize = 20;
    let range = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let is_counted = sorted.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
        let (first, last) = (*sorted.first()?, *sorted.last()?);
        (is_counted && sorted.len() >= FEWEST && first.fract() == 0.0).then_some((first, last))
    };
    data.features
        .iter()
        .filter_map(move |f| range(f.values).map(|(first, last)| (f.name, first, last)))
}

impl<'a> Features<'a> {
    /// The columns of `chosen` in its order, or the numeric columns of a table by name in byte order: a file
    /// has an order of columns and a JSON object has none, and both must give the same.
    pub(super) fn of(table: &'a Table, chosen: Option<&[String]>) -> Result<Self, Error> {
        let student = STUDENT.iter().find_map(|name| {
            table.columns.iter().find(|(known, _)| known == name).map(|(known, _)| known.as_str())
        });
        let names = names_of(student.and_then(|name| table.column(name)), table.n_rows);
        refuse_repeated(&names)?;
        let is_chosen = |name: &String| match chosen {
            Some(chosen) => chosen.contains(name),
            None => Some(name.as_str()) != student,
        };
        let mut features = Vec::new();
        let mut texts = Vec::new();
        for (name, column) in table.columns.iter().filter(|(name, _)| is_chosen(name)) {
            match column {
                TableColumn::Numeric(values) => features.push(Feature { name, values }),
                TableColumn::Text { .. } if chosen.is_some() => {
                    return Err(Error::TextColumn { name: name.clone() });
                }
                TableColumn::Text { .. } => texts.push((name.clone(), first_text(column))),
            }
        }
        if features.is_empty() && chosen.is_none() && table.n_rows > 0 {
            let names = table.columns.iter().map(|(name, _)| name.as_str());
            let found = format!("the rows have {}", names.collect::<Vec<_>>().join(", "));
            return Err(RowsError::NoFeatures { found }.into());
        }
        let place = |feature: &Feature<'_>| {
            chosen.and_then(|names| names.iter().position(|name| name == feature.name))
        };
        features.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(b.name)));
        Ok(Self { names, data: Data { features }, texts })
    }
}

fn names_of(column: Option<&TableColumn>, n: usize) -> Vec<Arc<str>> {
    let numbered = |row: usize| -> Arc<str> { (row + 1).to_string().into() };
    (0..n)
        .map(|row| match column {
            Some(TableColumn::Numeric(values)) if !values[row].is_nan() => {
                values[row].to_string().into()
            }
            Some(TableColumn::Text { levels, codes }) if codes[row] != MISSING_TEXT => {
                levels[codes[row] as usize].clone()
            }
            _ => numbered(row),
        })
        .collect()
}

fn refuse_repeated(names: &[Arc<str>]) -> Result<(), RowsError> {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(names.len());
    for (second, name) in names.iter().enumerate() {
        if let Some(first) = seen.insert(name, second) {
            return Err(RowsError::Repeated { first, second, student: name.to_string() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::{Table, TableColumn};
    use seedtest_responses::Texts;

    use super::{Features, counters};

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    #[test]
    fn a_column_that_counts_the_rows_is_told() {
        let numbers = |of: fn(usize) -> f64| TableColumn::Numeric((0..30).map(of).collect());
        let table = Table {
            columns: vec![
                ("row".into(), numbers(|i| (1_000 + (i * 7) % 30) as f64)),
                ("hints".into(), numbers(|i| (i / 2) as f64)),
                ("share".into(), numbers(|i| i as f64 + 0.5)),
            ],
            n_rows: 30,
        };
        let features = Features::of(&table, None).unwrap();
        let found: Vec<_> = counters(&features.data).collect();
        assert_eq!(found, [("row", 1_000.0, 1_029.0)]);
    }

    #[test]
    fn a_column_of_texts_is_told_with_its_first_one() {
        let a = TableColumn::Numeric(vec![1.0, 2.0, 4.0]);
        let b = texts(&["1", "12o", "3"]);
        let table = Table { columns: vec![("a".into(), a), ("b".into(), b)], n_rows: 3 };
        let features = Features::of(&table, None).unwrap();
        assert_eq!(features.texts, [("b".to_owned(), Some((1, "12o".to_owned())))]);
    }
}
