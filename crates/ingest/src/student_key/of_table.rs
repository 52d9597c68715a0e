//! Who the students of a table in memory are.

use super::{AnswerColumns, Form, Who, columns_to_fill, join, names_student};
use crate::column_map::{Search, find_column};
use crate::error::Error;
use crate::field::Field;
use crate::grid::Sample;
use crate::missing::Missing;
use crate::options::Options;
use crate::summary_rows::is_label;
use crate::table::{MISSING_TEXT, TableColumn, TableFile};

/// What is known of a table whose students are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StudentsAsked {
    /// Columns that together are the id, as the user names them; none: they are found.
    pub id: Vec<String>,
    /// Columns that say something else.
    pub taken: Vec<String>,
    /// The columns of the item and of the answer, of a table with one answer a row.
    pub answers: Option<(String, String)>,
}

/// Who the student of each row is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableStudents {
    /// The columns of the id; none where rows are numbered.
    pub columns: Vec<String>,
    /// The id of each row; `None` where a part of it is missing.
    pub ids: Vec<Option<String>>,
    /// What should be said of it.
    pub note: Option<String>,
}

/// The students of a table, told as those of every file with answers are.
///
/// # Errors
/// For a column of the id that is not there, and where two students seem to have one id.
pub fn students_of_table(file: &TableFile, asked: &StudentsAsked) -> Result<TableStudents, Error> {
    let headers: Vec<String> = file.table.columns.iter().map(|(name, _)| name.clone()).collect();
    let place = |name: &String| match find_column(&headers, name) {
        Search::Found(index) => Ok(index),
        _ => Err(Error::UnknownColumn {
            path: file.path.clone(),
            column: name.clone(),
            headers: headers.clone(),
        }),
    };
    let mut options = Options { id: asked.id.clone(), ..Options::default() };
    let mut found = aliased(&headers, asked);
    if let [name] = asked.id.as_slice() {
        options.map.set(Field::Student, name)?;
        found = Some(place(name)?);
    }
    let answers = asked.answers.as_ref().map(|(item, outcome)| {
        Ok::<_, Error>(AnswerColumns {
            item: place(item)?,
            outcome: place(outcome)?,
            ..Default::default()
        })
    });
    let answers = answers.transpose()?;
    let taken: Vec<usize> = asked.taken.iter().map(place).collect::<Result<_, _>>()?;
    let missing = Missing::default();
    let sample = looked_at(file, asked);
    let to_fill = columns_to_fill(&headers, &sample, &missing);
    let sample = sample.filled_down(&to_fill, |cell| missing.is_word(cell));
    let is_wide = answers.is_none();
    let who = Who {
        path: &file.path,
        headers: &headers,
        sample: &sample,
        options: &options,
        is_wide,
        taken: &taken,
        answers,
    };
    let key = who.key(found)?;
    let columns = key.parts.iter().map(|at| headers[*at].clone()).collect();
    Ok(TableStudents { columns, ids: ids(file, &key.parts, &to_fill), note: key.note })
}

/// The column whose name speaks best for a student.
fn aliased(headers: &[String], asked: &StudentsAsked) -> Option<usize> {
    let ranked = headers.iter().enumerate().filter_map(|(at, name)| {
        let (field, rank) = Field::from_alias(name)?;
        (field == Field::Student && !asked.taken.contains(name)).then_some((rank, at))
    });
    ranked.min().map(|(_, at)| at)
}

/// The cells that tell students apart: of all rows where one is all of a student's answers, else of the first.
fn looked_at(file: &TableFile, asked: &StudentsAsked) -> Sample {
    let columns = &file.table.columns;
    let is_asked = |name: &String| {
        let is_answer = |(item, outcome): &(String, String)| item == name || outcome == name;
        asked.id.contains(name) || asked.answers.as_ref().is_some_and(is_answer)
    };
    let is_read: Vec<bool> =
        columns.iter().map(|(name, _)| names_student(name) || is_asked(name)).collect();
    let most = if asked.answers.is_none() { file.table.n_rows } else { Sample::MOST_ROWS };
    let mut sample = Sample::new(columns.len());
    for row in 0..file.table.n_rows.min(most) {
        let text = |at: usize| text_of(&columns[at].1, row).unwrap_or_default();
        let cells: Vec<String> = (0..columns.len())
            .map(|at| if is_read[at] { text(at) } else { String::new() })
            .collect();
        // A row of means is no student's.
        if cells.iter().zip(columns).any(|(cell, (name, _))| names_student(name) && is_label(cell))
        {
            continue;
        }
        sample.start_row(file.lines.get(row).copied().unwrap_or(row as u64 + 1));
        cells.iter().enumerate().for_each(|(at, cell)| sample.column_mut(at).push(cell));
    }
    sample
}

/// The ids of all rows.
fn ids(file: &TableFile, parts: &[usize], to_fill: &[usize]) -> Vec<Option<String>> {
    let columns = &file.table.columns;
    let n_rows = file.table.n_rows;
    if parts.is_empty() {
        return (1..=n_rows).map(|row| Some(row.to_string())).collect();
    }
    let mut above: Vec<Option<String>> = vec![None; parts.len()];
    let mut id_of = |row: usize| {
        let mut texts = Vec::with_capacity(parts.len());
        for (at, above) in parts.iter().zip(&mut above) {
            let (name, column) = &columns[*at];
            let own = text_of(column, row);
            let text = if to_fill.contains(at) {
                *above = own.or_else(|| above.take());
                above.clone()
            } else {
                own
            };
            match (text, parts.len()) {
                (Some(text), 1) => texts.push(text),
                (Some(text), _) => Form::of(name).put(&text, &mut texts),
                // The class of the rows below is taken from this one all the same.
                (None, _) => texts.push(String::new()),
            }
        }
        if texts.iter().any(String::is_empty) {
            return None;
        }
        let mut id = String::new();
        if let [alone] = texts.as_slice() {
            id.clone_from(alone);
        } else {
            join(&texts, &mut id);
        }
        Some(id)
    };
    (0..n_rows).map(&mut id_of).collect()
}

/// The text in a cell; a number as it is written.
fn text_of(column: &TableColumn, row: usize) -> Option<String> {
    match column {
        TableColumn::Numeric(values) => {
            values.get(row).filter(|value| value.is_finite()).map(ToString::to_string)
        }
        TableColumn::Text { levels, codes } => {
            let code = codes.get(row).copied().filter(|code| *code != MISSING_TEXT)?;
            levels.get(code as usize).map(|level| level.trim().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::table::{TableOptions, read_table_file};

    fn students(text: &str, asked: &StudentsAsked) -> Result<TableStudents, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let file = read_table_file(&path, &TableOptions::default()).unwrap();
        assert_eq!(Path::new("t.csv"), file.path.file_name().map(Path::new).unwrap());
        students_of_table(&file, asked)
    }

    fn ids(text: &str) -> Vec<String> {
        let found = students(text, &StudentsAsked::default()).unwrap();
        found.ids.into_iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn names_and_numbers_of_classes_are_ids() {
        assert_eq!(ids("이름,q1\n김가나,1\n이다라,2\n"), ["김가나", "이다라"]);
        assert_eq!(ids("반,번호,q1\n1반,01,1\n2반,01,2\n"), ["1-1", "2-1"]);
        assert_eq!(
            ids("반,번호,이름,q1\n1,1,A,1\n,2,B,2\n2,1,C,0\n,2,D,1\n"),
            ["1-1", "1-2", "2-1", "2-2"]
        );
        assert_eq!(ids("학번,이름,q1\n7,A,1\n8,A,2\n"), ["7", "8"]);
        assert_eq!(ids("q1,q2\n1,1\n2,0\n"), ["1", "2"], "rows without a name are numbered");
        assert_eq!(ids("이름,q1\nA,1\n평균,0.5\n"), ["A", "평균"]);
    }

    #[test]
    fn two_students_of_one_name_are_asked_about_with_their_lines() {
        let error = students("이름,q1\n\nA,1\nB,2\nA,2\n", &StudentsAsked::default()).unwrap_err();
        assert!(error.to_string().contains("lines 3 and 5 are both 이름 \"A\""), "{error}");
        let asked = StudentsAsked { id: vec!["이름".into()], ..StudentsAsked::default() };
        let found = students("이름,q1\nA,1\nB,2\nA,2\n", &asked).unwrap();
        assert_eq!(found.ids, ["A", "B", "A"].map(|id| Some(id.to_owned())));
        let asked = StudentsAsked { id: vec!["나이".into()], ..StudentsAsked::default() };
        assert!(matches!(students("이름,q1\nA,1\n", &asked), Err(Error::UnknownColumn { .. })));
    }

    #[test]
    fn columns_that_are_named_are_joined() {
        let asked =
            StudentsAsked { id: vec!["school".into(), "kid".into()], ..StudentsAsked::default() };
        let found = students("school,kid,q1\nA,1,1\nB,1,2\nB,,2\n", &asked).unwrap();
        assert_eq!(found.ids, [Some("A-1".to_owned()), Some("B-1".to_owned()), None]);
        assert_eq!(found.columns, ["school", "kid"]);
    }
}
