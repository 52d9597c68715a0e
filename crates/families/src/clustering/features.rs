//! Rows of a table as features of students.

use std::collections::HashMap;
use std::sync::Arc;

use seedtest_ingest::{Table, TableColumn};
use seedtest_segment::{Data, Feature};

use super::error::RowsError;
use super::naming::{name_of, no_measure, student_columns};
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
    /// Columns of numbers that measure nothing, and why.
    pub(super) naming: Vec<(String, String)>,
}

impl<'a> Features<'a> {
    /// The columns of `chosen` in its order, or the numeric columns of a table that measure something by name in byte
    /// order: a file has an order of columns and a JSON object has none, and both must give the same.
    pub(super) fn of(table: &'a Table, chosen: Option<&[String]>) -> Result<Self, Error> {
        let student = student_columns(table);
        let names = names_of(table, &student);
        refuse_repeated(&names)?;
        let is_chosen = |name: &String| match chosen {
            Some(chosen) => chosen.contains(name),
            None => !student.contains(&name.as_str()),
        };
        let (mut features, mut texts, mut naming) = (Vec::new(), Vec::new(), Vec::new());
        for (name, column) in table.columns.iter().filter(|(name, _)| is_chosen(name)) {
            if chosen.is_none()
                && let Some(reason) = no_measure(name, column)
            {
                naming.push((name.clone(), reason));
                continue;
            }
            match column {
                TableColumn::Numeric(values) => features.push(Feature { name, values }),
                TableColumn::Text { .. } if chosen.is_some() => {
                    return Err(Error::TextColumn { name: name.clone() });
                }
                TableColumn::Text { .. } => texts.push((name.clone(), first_text(column))),
            }
        }
        if features.is_empty() && chosen.is_none() && table.n_rows > 0 {
            return Err(RowsError::NoFeatures { found: found(table, &naming) }.into());
        }
        let place = |feature: &Feature<'_>| {
            chosen.and_then(|names| names.iter().position(|name| name == feature.name))
        };
        features.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(b.name)));
        Ok(Self { names, data: Data { features }, texts, naming })
    }

    /// What was left out and why, in sentences.
    pub(super) fn left_out(&self) -> Vec<String> {
        let of_texts = |(name, first): &(String, Option<(usize, String)>)| {
            let place = first.as_ref().map(|(row, text)| format!(" ({text:?} in row {})", row + 1));
            let place = place.unwrap_or_default();
            format!("`{name}` was left out: it holds texts{place}, which have no distance")
        };
        let of_naming = |(name, reason): &(String, String)| {
            format!(
                "`{name}` was left out: {reason}; to use it all the same, name every feature in `features`"
            )
        };
        self.texts.iter().map(of_texts).chain(self.naming.iter().map(of_naming)).collect()
    }
}

/// What a table has instead of features.
fn found(table: &Table, naming: &[(String, String)]) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    let reasons = naming.iter().map(|(name, reason)| format!("; `{name}` is none: {reason}"));
    format!("the rows have {}{}", names.join(", "), reasons.collect::<String>())
}

fn names_of(table: &Table, student: &[&str]) -> Vec<Arc<str>> {
    let numbered = |row: usize| -> Arc<str> { (row + 1).to_string().into() };
    (0..table.n_rows)
        .map(|row| name_of(table, student, row).unwrap_or_else(|| numbered(row)))
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

    use super::{Features, first_text};

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell));
        }
        texts.into()
    }

    /// A list of a class: 반, 번호 and 학번 are no features, unless somebody says so.
    #[test]
    fn columns_that_name_students_are_left_out_unless_they_are_chosen() {
        let numbers = |of: fn(usize) -> f64| TableColumn::Numeric((0..30).map(of).collect());
        let table = Table {
            columns: vec![
                ("반".into(), numbers(|i| (i / 10 + 1) as f64)),
                ("번호".into(), numbers(|i| (i % 10 + 1) as f64)),
                ("등교".into(), numbers(|i| (1_000 + (i * 7) % 30) as f64)),
                ("점수".into(), numbers(|i| 40.0 + (i * i % 31) as f64)),
            ],
            n_rows: 30,
        };
        let features = Features::of(&table, None).unwrap();
        let names: Vec<&str> = features.data.features.iter().map(|f| f.name).collect();
        assert_eq!(names, ["점수"]);
        assert_eq!((&*features.names[0], &*features.names[29]), ("1-1", "3-10"));
        let said = features.left_out();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("`등교` was left out: it counts rows")
                && said[0].contains("`features`")
        );
        let chosen = ["번호".to_owned(), "점수".to_owned()];
        let features = Features::of(&table, Some(&chosen)).unwrap();
        assert_eq!(features.data.features.len(), 2);
        let none = Table { columns: table.columns[..3].to_vec(), n_rows: 30 };
        let error = Features::of(&none, None).unwrap_err().to_string();
        assert!(error.contains("`등교` is none: it counts"), "{error}");
    }

    #[test]
    fn a_column_of_texts_is_told_with_its_first_one() {
        let a = TableColumn::Numeric(vec![1.0, 2.0, 4.0]);
        let b = texts(&["1", "12o", "3"]);
        let table = Table { columns: vec![("a".into(), a), ("b".into(), b)], n_rows: 3 };
        let features = Features::of(&table, None).unwrap();
        assert_eq!(features.texts, [("b".to_owned(), Some((1, "12o".to_owned())))]);
        assert_eq!(
            features.left_out(),
            ["`b` was left out: it holds texts (\"12o\" in row 2), which have no distance"]
        );
        assert_eq!(first_text(&texts(&["1", "3", "inf"])), Some((2, "inf".to_owned())));
    }
}
