//! Scored answers as codes, from the columns of a table or the rows of a request.

use std::collections::{BTreeMap, HashMap};

use seedtest_ingest::{
    MISSING_TEXT, OddCell, Table, TableColumn, TableFile, is_label, names_no_item, points_of,
    says_outcome,
};
use seedtest_responses::{Duplicates, Texts};
use seedtest_wire::{CalibrateRequest, Id, ObservationJson, RowsReadJson};

use super::groups::GroupCodes;
use super::log::{instant, names};
use crate::error::Error;

const STUDENT: [&str; 6] = ["user_id", "student_id", "student", "user", "person", "학번"];
const ITEM: [&str; 5] = ["item_id", "question_id", "item", "question", "문항"];
const MAXIMUM: [&str; 5] = ["max_score", "max_points", "maximum", "만점", "배점"];
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
    /// Column of the highest score of the item.
    pub maximum: Option<String>,
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
    /// Highest score of every item, where some are known: of others the highest that was reached.
    pub(super) maximum: Option<Vec<u8>>,
    /// Highest scores of items without answers.
    pub(super) unanswered_maxima: usize,
    /// Answers left out because the student answered the item more than once.
    pub(super) repeated: usize,
    /// Answers without a score, a student or an item.
    pub(super) unknown: usize,
    /// Those among them that say neither of whom nor to what they are: of no student, or to no item.
    unnamed: usize,
    /// Columns and rows of a table that are no items and no students, for people.
    pub(super) left_out: Vec<String>,
}

/// One answer with its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoredRow<'a> {
    /// Student.
    pub student: &'a str,
    /// Item.
    pub item: &'a str,
    /// Score.
    pub score: u8,
}

/// The distinct names in byte order, and the position among them of each that was given.
fn coded<'a>(given: impl Iterator<Item = &'a str>) -> (Vec<Box<str>>, Vec<u32>) {
    let mut texts = Texts::default();
    given.for_each(|name| texts.push(Some(name)));
    let (names, codes) = texts.sorted();
    (names.iter().map(|name| (&**name).into()).collect(), codes)
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
        let maximum = find(&columns.maximum, &MAXIMUM, "max_score")?;
        let mut maxima: Vec<(&str, u8)> = Vec::new();
        let student_of = |row: usize| match &student {
            None => Some((row + 1).to_string()),
            Some((_, column)) => text(column, row),
        };
        let (mut answers, mut unknown, mut unnamed) = (Vec::new(), 0, 0);
        // Students who may have no answer at all, and the last row with one.
        let (mut silent, mut last) = (Vec::new(), 0);
        let (mut marked, mut left_out) = (Vec::new(), Vec::new());
        let is_wide = item.is_none() || score.is_none();
        let labels = if is_wide { labels(table, student.as_ref()) } else { BTreeMap::new() };
        let mut of_groups: Vec<(String, Option<String>)> = Vec::new();
        for row in 0..table.n_rows {
            let id = student_of(row);
            if let (Some((_, column)), Some(id)) = (&group, &id) {
                of_groups.push((id.clone(), text(column, row)));
            }
        }
        if let (Some((_, item)), Some((name, score))) = (&item, &score) {
            for row in 0..table.n_rows {
                if let Some((name, column)) = &maximum
                    && let (Some(item), Some(highest)) =
                        (name_of(item, row), score_of(name, column, row)?)
                {
                    maxima.push((item, highest));
                }
                let found = (student_of(row), name_of(item, row), score_of(name, score, row)?);
                match found {
                    (Some(student), Some(item), Some(score)) => {
                        answers.push(Answer { student, item, score });
                    }
                    (Some(student), Some(_), None) => {
                        unknown += 1;
                        silent.push(student);
                    }
                    _ => unnamed += 1,
                }
            }
        } else {
            let apart = [&student, &group].map(|found| found.as_ref().map(|found| found.0.clone()));
            if let Some(name) = &columns.maximum {
                let reason = format!("column {name} needs one answer a row");
                return Err(Error::field("max_score", reason));
            }
            for (name, column) in &table.columns {
                if apart.contains(&Some(name.clone())) || names_no_item(name) {
                    continue;
                }
                if let TableColumn::Text { levels, .. } = column {
                    require_no_item(name, &file.odd)?;
                    require_no_fractions(name, column)?;
                    if levels.len() > 1 && levels.iter().all(|level| says_outcome(level)) {
                        marked.push(name.clone());
                    }
                    continue;
                }
                for row in (0..table.n_rows).filter(|row| !labels.contains_key(row)) {
                    match (student_of(row), score_of(name, column, row)?) {
                        (Some(student), Some(score)) => {
                            last = last.max(row);
                            answers.push(Answer { student, item: name, score });
                        }
                        (Some(_), None) => unknown += 1,
                        _ => unnamed += 1,
                    }
                }
            }
            left_out = told(&marked, &numbers_of_rows(table, &apart), &labels);
        }
        if answers.is_empty() {
            return Err(without_scores(&marked));
        }
        if is_wide {
            // Blank rows below the last answer are of nobody, unless they say whose they are.
            let n_rows = if student.is_some() { table.n_rows } else { last + 1 };
            let rows = (0..n_rows).filter(|row| !labels.contains_key(row));
            silent.extend(rows.filter_map(student_of));
        }
        let mut log = Self::of_answers(&answers, &silent, duplicates).with_maxima(maxima)?;
        (log.unknown, log.unnamed) = (unknown + unnamed, unnamed);
        log.left_out = left_out;
        if group.is_some() {
            log = log.in_groups(&of_groups, reference)?;
        }
        Ok(log)
    }

    /// The same with the groups of the students.
    fn in_groups(
        mut self,
        rows: &[(String, Option<String>)],
        reference: Option<&str>,
    ) -> Result<Self, Error> {
        let mut answered = vec![false; self.students.len()];
        for &student in &self.student {
            answered[student as usize] = true;
        }
        self.groups = Some(GroupCodes::of_names((&self.students, &answered), rows, reference)?);
        Ok(self)
    }

    /// `silent`: students who may have no answer at all.
    fn of_answers(answers: &[Answer<'_>], silent: &[String], duplicates: Duplicates) -> Self {
        // Students without answers come last, so that the codes of answers come first.
        let silent = silent.iter().map(String::as_str);
        let of_students = answers.iter().map(|a| a.student.as_str());
        let (students, student_codes) = coded(of_students.chain(silent));
        let (items, item_codes) = coded(answers.iter().map(|a| a.item));
        let codes = student_codes.into_iter().zip(item_codes);
        let mut rows: Vec<(u32, u32, u8)> = answers
            .iter()
            .zip(codes)
            .map(|(a, (student, item))| (student, item, a.score))
            .collect();
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
            maximum: None,
            unanswered_maxima: 0,
            unknown: 0,
            unnamed: 0,
            left_out: Vec::new(),
        }
    }

    /// The answers of a request for a calibration.
    ///
    /// # Errors
    /// For rows without a student, instants that are none, lists of different lengths, scores above the highest, and
    /// students of two groups.
    pub(super) fn of_request(
        request: &CalibrateRequest<'_>,
        duplicates: Duplicates,
    ) -> Result<Self, Error> {
        let rows = &request.observations;
        if let Some(row) = rows.iter().position(|row| row.user_id.is_none()) {
            let reason = format!("row {} has no user_id", row + 1);
            return Err(Error::field("observations", reason));
        }
        let log = if rows.is_empty() {
            let (items, students) = (&request.item_ids, &request.user_ids);
            Self::of_matrix(&request.responses, items, students, duplicates)?
        } else {
            Self::of_observations(rows, "observations", duplicates)?
        };
        if log.score.is_empty() {
            return Err(Error::NoObservations);
        }
        let of_rows: Vec<(String, Option<String>)> = rows
            .iter()
            .filter_map(|row| Some((row.user_id.as_ref()?, row.group.as_ref()?)))
            .map(|(student, group)| (student.as_str().to_owned(), Some(group.as_str().to_owned())))
            .collect();
        if !request.groups.is_empty() && !of_rows.is_empty() {
            let reason = "are given by student, and `group` by answer: send one of them";
            return Err(Error::field("groups", reason));
        }
        let of_map =
            request.groups.iter().map(|(id, group)| (id.clone(), Some(group.as_str().to_owned())));
        let groups: Vec<(String, Option<String>)> = of_rows.into_iter().chain(of_map).collect();
        let maxima = request.max_scores.iter().flatten().map(|(item, n)| (item.as_str(), *n));
        let mut log = log.with_maxima(maxima).map_err(|error| match error {
            // Scores of a request are a field of it.
            Error::BadScores { reason } => Error::field("score", reason),
            other => other,
        })?;
        let reference = request.reference_group.as_deref();
        if !groups.is_empty() {
            log = log.in_groups(&groups, reference)?;
        } else if let Some(name) = reference {
            let reason = format!("{name:?} is asked for, but no answer names a group");
            return Err(Error::field("reference_group", reason));
        }
        Ok(log)
    }

    /// Answers as rows; right and wrong count as 1 and 0.
    pub(super) fn of_observations(
        rows: &[ObservationJson<'_>],
        field: &'static str,
        duplicates: Duplicates,
    ) -> Result<Self, Error> {
        let mut timed = Vec::with_capacity(rows.len());
        let (mut silent, mut unknown) = (Vec::new(), 0);
        for (position, row) in rows.iter().enumerate() {
            let at = instant(row.responded_at.as_deref(), position, field)?;
            let student = row.user_id.as_ref().map_or(super::log::ONLY_STUDENT, Id::as_str);
            let Some(score) = row.score.or(row.is_correct.map(u8::from)) else {
                unknown += 1;
                silent.push(student.to_owned());
                continue;
            };
            timed.push((at, Answer { student: student.into(), item: row.item_id.as_str(), score }));
        }
        timed.sort_by_key(|(at, _)| *at);
        let answers: Vec<Answer<'_>> = timed.into_iter().map(|(_, answer)| answer).collect();
        Ok(Self { unknown, ..Self::of_answers(&answers, &silent, duplicates) })
    }

    /// Answers as a matrix: a row a student, a column an item, null where an item was not seen.
    pub(super) fn of_matrix(
        matrix: &[Vec<Option<u8>>],
        items: &[Id<'_>],
        students: &[Id<'_>],
        duplicates: Duplicates,
    ) -> Result<Self, Error> {
        let width = matrix.first().map_or(0, Vec::len);
        let items = names(items, width, "item_ids", "columns")?;
        let students = names(students, matrix.len(), "user_ids", "rows")?;
        let mut answers = Vec::new();
        for (row, (student, scores)) in students.iter().zip(matrix).enumerate() {
            if scores.len() != width {
                let (row, n) = (row + 1, scores.len());
                let reason = format!("row {row} has {n} entries, the first has {width}");
                return Err(Error::field("responses", reason));
            }
            for (column, (item, score)) in items.iter().zip(scores).enumerate() {
                let Some(score) = *score else { continue };
                if score == u8::MAX {
                    let (row, column) = (row + 1, column + 1);
                    let reason = format!("row {row}, column {column} is 255, above 254");
                    return Err(Error::field("responses", reason));
                }
                answers.push(Answer { student: student.clone(), item, score });
            }
        }
        Ok(Self::of_answers(&answers, &students, duplicates))
    }

    /// The same answers with the highest scores of their items.
    ///
    /// # Errors
    /// For a score above the highest of its item, and an item with two of them.
    pub fn with_maxima<'a>(
        mut self,
        given: impl IntoIterator<Item = (&'a str, u8)>,
    ) -> Result<Self, Error> {
        let mut known: HashMap<&str, u8> = HashMap::new();
        for (item, highest) in given {
            let before = *known.entry(item).or_insert(highest);
            if before != highest {
                let reason = format!("item {item} has the highest scores {before} and {highest}");
                return Err(Error::BadScores { reason });
            }
        }
        if known.is_empty() {
            return Ok(self);
        }
        let mut reached = vec![0u8; self.items.len()];
        for ((&student, &item), &score) in self.student.iter().zip(&self.item).zip(&self.score) {
            let (id, student) = (&self.items[item as usize], &self.students[student as usize]);
            if let Some(highest) = known.get(&**id).filter(|highest| score > **highest) {
                let reason = format!(
                    "student {student} has {score} on item {id}, whose highest is {highest}"
                );
                return Err(Error::BadScores { reason });
            }
            let slot = &mut reached[item as usize];
            *slot = score.max(*slot);
        }
        let answered = self.items.iter().filter(|id| known.contains_key(&***id)).count();
        self.unanswered_maxima = known.len() - answered;
        let ids = self.items.iter().map(|id| &**id);
        let highest = |(id, reached): (&str, u8)| known.get(id).copied().unwrap_or(reached);
        self.maximum = Some(ids.zip(reached).map(highest).collect());
        Ok(self)
    }

    /// Answers in the order in which they were given.
    pub fn of_rows(rows: &[ScoredRow<'_>], duplicates: Duplicates) -> Self {
        let owned: Vec<(String, &str, u8)> =
            rows.iter().map(|row| (row.student.to_owned(), row.item, row.score)).collect();
        let answers: Vec<Answer<'_>> = owned
            .into_iter()
            .map(|(student, item, score)| Answer { student, item, score })
            .collect();
        Self::of_answers(&answers, &[], duplicates)
    }

    /// The same answers with the group of every student, `reference` first asked for by name.
    ///
    /// # Errors
    /// For a student without a group, and for a reference that is none of the groups.
    pub fn with_groups(
        self,
        group_of: &HashMap<String, String>,
        reference: Option<&str>,
    ) -> Result<Self, Error> {
        let rows: Vec<(String, Option<String>)> =
            group_of.iter().map(|(id, group)| (id.clone(), Some(group.clone()))).collect();
        self.in_groups(&rows, reference)
    }

    /// Ids of the students in byte order.
    pub fn students(&self) -> &[Box<str>] {
        &self.students
    }

    /// Student, item and score of every answer, by their ids.
    pub fn answers(&self) -> impl Iterator<Item = (&str, &str, u8)> {
        let ids = |(student, item): (&u32, &u32)| {
            (&*self.students[*student as usize], &*self.items[*item as usize])
        };
        let answers = self.student.iter().zip(&self.item).map(ids);
        answers.zip(&self.score).map(|((student, item), score)| (student, item, *score))
    }

    /// Number of answers.
    pub fn len(&self) -> usize {
        self.score.len()
    }

    /// Whether there is no answer.
    pub fn is_empty(&self) -> bool {
        self.score.is_empty()
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
    Err(Error::BadScores { reason })
}

/// Points beside their maximum, as `2/5`, are answers, but not yet scores. A column of them has one maximum, which
/// tells it from one of days.
fn require_no_fractions(column: &str, cells: &TableColumn) -> Result<(), Error> {
    let TableColumn::Text { levels, codes } = cells else { return Ok(()) };
    let points: Vec<(f64, f64)> = levels.iter().filter_map(|level| points_of(level)).collect();
    let have_one_maximum = points.windows(2).all(|pair| pair[0].1 == pair[1].1);
    if !have_one_maximum || points.len() * 2 <= levels.len() {
        return Ok(());
    }
    let found = (0..codes.len()).find_map(|row| {
        let value = name_of(cells, row)?;
        points_of(value).map(|_| (row + 1, value))
    });
    let Some((row, value)) = found else { return Ok(()) };
    let reason = format!(
        "row {row}, column {column}: {value} is no score: write the points alone, as whole numbers from 0 to 254"
    );
    Err(Error::BadScores { reason })
}

/// Rows in which a word stands in place of a student, as 합계 or 만점, with the word.
fn labels<'a>(
    table: &'a Table,
    student: Option<&(String, &'a TableColumn)>,
) -> BTreeMap<usize, &'a str> {
    let columns: Vec<&'a TableColumn> = match student {
        Some((_, column)) => vec![*column],
        None => table.columns.iter().filter(|of| names_no_item(&of.0)).map(|of| &of.1).collect(),
    };
    let word = |row: usize| {
        columns.iter().copied().find_map(|column| name_of(column, row).filter(|it| is_label(it)))
    };
    (0..table.n_rows).filter_map(|row| Some((row, word(row)?))).collect()
}

/// Columns of numbers that are no items by their names, but for those that are known to hold something else.
fn numbers_of_rows<'a>(table: &'a Table, known: &[Option<String>]) -> Vec<&'a str> {
    let is_known = |name: &str| known.iter().flatten().any(|known| known == name);
    let of_numbers =
        table.columns.iter().filter(|(_, column)| matches!(column, TableColumn::Numeric(_)));
    let names = of_numbers.map(|(name, _)| name.as_str());
    names.filter(|name| names_no_item(name) && !is_known(name)).collect()
}

/// What was left out of a table with one item a column.
fn told(marked: &[String], of_rows: &[&str], labels: &BTreeMap<usize, &str>) -> Vec<String> {
    let mut told = Vec::new();
    if !marked.is_empty() {
        told.push(format!(
            "columns of marks for right and wrong are no items, write 1 and 0 instead: {}",
            marked.join(", ")
        ));
    }
    if !of_rows.is_empty() {
        told.push(format!("no items, by their names: {}", of_rows.join(", ")));
    }
    if !labels.is_empty() {
        let rows: Vec<String> =
            labels.iter().map(|(row, word)| format!("{word} (row {})", row + 1)).collect();
        told.push(format!("rows that are no student's: {}", rows.join(", ")));
    }
    told
}

/// Why a table without a score has none.
fn without_scores(marked: &[String]) -> Error {
    if marked.is_empty() {
        return Error::NoObservations;
    }
    let reason = format!(
        "no column holds scores, whole numbers from 0 to 254: {} hold marks for right and wrong, to be written as 1 \
         and 0",
        marked.join(", ")
    );
    Error::BadScores { reason }
}

/// The score in a cell; `None` where it is missing.
fn score_of(name: &str, column: &TableColumn, row: usize) -> Result<Option<u8>, Error> {
    let wrong = |value: &dyn ToString| {
        let value = value.to_string();
        let row = row + 1;
        let reason = format!(
            "row {row}, column {name}: {value} is no score: whole numbers from 0 to 254; where it stands for a \
             missing answer say --na {value}"
        );
        Err(Error::BadScores { reason })
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
