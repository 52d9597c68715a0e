//! Scored answers as codes, from the columns of a table.

use seedtest_ingest::{MISSING_TEXT, OddCell, TableColumn, TableFile};
use seedtest_responses::Duplicates;
use seedtest_wire::RowsReadJson;

use super::groups::GroupCodes;
use crate::error::Error;

const STUDENT: [&str; 6] = ["user_id", "student_id", "student", "user", "person", "학번"];
const ITEM: [&str; 5] = ["item_id", "question_id", "item", "question", "문항"];
const SCORE: [&str; 7] = ["score", "response", "points", "category", "is_correct", "correct", "y"];

/// Which columns hold what, where the flags say it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoredColumns {
    /// Column of the student.
    pub student: Option<String>,
    /// Column of the item.
    pub item: Option<String>,
    /// Column of the score or the category.
    pub score: Option<String>,
    /// Column of the student's group.
    pub group: Option<String>,
}

/// Scored answers sorted by student.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredLog {
    pub(super) students: Vec<Box<str>>,
    pub(super) items: Vec<Box<str>>,
    pub(super) student: Vec<u32>,
    pub(super) item: Vec<u32>,
    pub(super) score: Vec<u8>,
    pub(super) groups: Option<GroupCodes>,
    /// Answers left out because the student answered the item more than once.
    pub(super) repeated: usize,
    /// Answers without a score, a student or an item.
    pub(super) unknown: usize,
    /// Those among them that say neither of whom nor to what they are: of no student, or to no item.
    unnamed: usize,
}

/// One answer as it is read.
struct Answer<'a> {
    student: String,
    item: &'a str,
    score: u8,
}

impl ScoredColumns {
    /// Names of the columns that hold ids, under which `read_table_with_names` keeps them as texts.
    pub fn naming(&self) -> Vec<&str> {
        let given = [&self.student, &self.item, &self.group].into_iter().flatten();
        given.map(String::as_str).chain(STUDENT).chain(ITEM).collect()
    }
}

impl ScoredLog {
    /// The answers of a table: one a row with student, item and score, or one student a row and a column an item.
    ///
    /// # Errors
    /// For a column that is not there, a score that is no whole number from 0 to 254, and a student of two groups.
    pub fn of_table(
        file: &TableFile,
        columns: &ScoredColumns,
        (duplicates, reference): (Duplicates, Option<&str>),
    ) -> Result<Self, Error> {
        let table = &file.table;
        let find = |given: &Option<String>, known: &[&'static str], field: &'static str| {
            let named = |name: &str| table.column(name).map(|column| (name.to_owned(), column));
            match given {
                Some(name) => named(name)
                    .map(Some)
                    .ok_or_else(|| Error::field(field, format!("no column is called {name}"))),
                None => Ok(known.iter().find_map(|name| named(name))),
            }
        };
        let student = find(&columns.student, &STUDENT, "student")?;
        let item = find(&columns.item, &ITEM, "item")?;
        let score = find(&columns.score, &SCORE, "score")?;
        let group = find(&columns.group, &[], "group")?;
        let student_of = |row: usize| match &student {
            None => Some((row + 1).to_string()),
            Some((_, column)) => text(column, row),
        };
        let (mut answers, mut unknown, mut unnamed) = (Vec::new(), 0, 0);
        let mut of_groups: Vec<(String, Option<String>)> = Vec::new();
        for row in 0..table.n_rows {
            let id = student_of(row);
            if let (Some((_, column)), Some(id)) = (&group, &id) {
                of_groups.push((id.clone(), text(column, row)));
            }
        }
        if let (Some((_, item)), Some((name, score))) = (&item, &score) {
            for row in 0..table.n_rows {
                let found = (student_of(row), name_of(item, row), score_of(name, score, row)?);
                match found {
                    (Some(student), Some(item), Some(score)) => {
                        answers.push(Answer { student, item, score });
                    }
                    (Some(_), Some(_), None) => unknown += 1,
                    _ => unnamed += 1,
                }
            }
        } else {
            let apart = [&student, &group].map(|found| found.as_ref().map(|found| found.0.clone()));
            for (name, column) in &table.columns {
                if apart.contains(&Some(name.clone())) {
                    continue;
                }
                if matches!(column, TableColumn::Text { .. }) {
                    require_no_item(name, &file.odd)?;
                    continue;
                }
                for row in 0..table.n_rows {
                    match (student_of(row), score_of(name, column, row)?) {
                        (Some(student), Some(score)) => {
                            answers.push(Answer { student, item: name, score });
                        }
                        (Some(_), None) => unknown += 1,
                        _ => unnamed += 1,
                    }
                }
            }
        }
        if answers.is_empty() {
            return Err(Error::NoObservations);
        }
        let mut log = Self::of_answers(&answers, duplicates);
        (log.unknown, log.unnamed) = (unknown + unnamed, unnamed);
        if group.is_some() {
            log.groups = Some(GroupCodes::of_names(&log.students, &of_groups, reference)?);
        }
        Ok(log)
    }

    fn of_answers(answers: &[Answer<'_>], duplicates: Duplicates) -> Self {
        let sorted = |mut names: Vec<Box<str>>| {
            names.sort_unstable();
            names.dedup();
            names
        };
        let students = sorted(answers.iter().map(|a| a.student.as_str().into()).collect());
        let items = sorted(answers.iter().map(|a| a.item.into()).collect());
        let code = |names: &[Box<str>], name: &str| {
            names.binary_search_by(|known| (**known).cmp(name)).unwrap_or(0) as u32
        };
        let coded =
            answers.iter().map(|a| (code(&students, &a.student), code(&items, a.item), a.score));
        let mut rows: Vec<(u32, u32, u8)> = coded.collect();
        // Stable: among several answers to an item the order of the file stays.
        rows.sort_by_key(|row| (row.0, row.1));
        let n = rows.len();
        match duplicates {
            Duplicates::All => {}
            Duplicates::First => rows.dedup_by_key(|row| (row.0, row.1)),
            Duplicates::Last => {
                rows.reverse();
                rows.dedup_by_key(|row| (row.0, row.1));
                rows.reverse();
            }
        }
        Self {
            repeated: n - rows.len(),
            student: rows.iter().map(|row| row.0).collect(),
            item: rows.iter().map(|row| row.1).collect(),
            score: rows.iter().map(|row| row.2).collect(),
            students,
            items,
            groups: None,
            unknown: 0,
            unnamed: 0,
        }
    }

    /// What became of the rows of the table; of one with an item a column, of its cells.
    pub fn rows_read(&self) -> RowsReadJson {
        let used = self.score.len();
        let reasons = [
            ("repeated", self.repeated),
            ("no_student_or_item", self.unnamed),
            ("no_score", self.unknown - self.unnamed),
        ];
        let counted = reasons.into_iter().filter(|(_, n)| *n > 0);
        RowsReadJson {
            read: (used + self.repeated + self.unknown) as u64,
            used: used as u64,
            rejected: counted.map(|(reason, n)| (reason.to_owned(), n as u64)).collect(),
            ..RowsReadJson::default()
        }
    }

    /// Rows that cannot be read as they are: of no student, or to no item. A score that is none is refused at
    /// once, and one that is missing may be.
    pub fn n_unreadable(&self) -> usize {
        self.unnamed
    }
}

/// The text in a cell; a whole number as it is written.
fn text(column: &TableColumn, row: usize) -> Option<String> {
    match column {
        TableColumn::Numeric(values) => {
            values.get(row).filter(|value| value.is_finite()).map(ToString::to_string)
        }
        TableColumn::Text { .. } => name_of(column, row).map(str::to_owned),
    }
}

/// The text in a cell of a column of names.
fn name_of(column: &TableColumn, row: usize) -> Option<&str> {
    let TableColumn::Text { levels, codes } = column else { return None };
    let code = codes.get(row).copied().filter(|code| *code != MISSING_TEXT)?;
    levels.get(code as usize).map(|level| &**level)
}

/// A column of texts is no item; one of numbers with a few texts among them is one that cannot be read.
fn require_no_item(column: &str, odd: &[OddCell]) -> Result<(), Error> {
    let Some(cell) = odd.iter().find(|cell| cell.column == column) else { return Ok(()) };
    let (line, value) = (cell.line, &cell.value);
    let reason =
        format!("line {line}, column {column}: {value:?} is no score: whole numbers from 0 to 254");
    Err(Error::field("score", reason))
}

/// The score in a cell; `None` where it is missing.
fn score_of(name: &str, column: &TableColumn, row: usize) -> Result<Option<u8>, Error> {
    let wrong = |value: &dyn ToString| {
        let value = value.to_string();
        let reason = format!(
            "row {}, column {name}: {value} is no score: whole numbers from 0 to 254",
            row + 1
        );
        Err(Error::field("score", reason))
    };
    match column {
        TableColumn::Numeric(values) => match values[row] {
            value if value.is_nan() => Ok(None),
            value if value.fract() == 0.0 && (0.0..=254.0).contains(&value) => {
                Ok(Some(value as u8))
            }
            value => wrong(&value),
        },
        TableColumn::Text { .. } => name_of(column, row).map_or(Ok(None), |value| wrong(&value)),
    }
}
