//! Scored answers in the columns of a table.

use std::collections::BTreeMap;

use seedtest_ingest::{
    Field, MISSING_TEXT, OddCell, StudentsAsked, Table, TableColumn, TableFile, TableStudents,
    is_label, missing_codes, names_no_item, names_student, points_of, says_outcome,
    students_of_table,
};
use seedtest_responses::Duplicates;

use super::scored_log::{Answer, ScoredLog};
use crate::error::Error;

const ITEM: [&str; 5] = ["item_id", "question_id", "item", "question", "문항"];
const MAXIMUM: [&str; 5] = ["max_score", "max_points", "maximum", "만점", "배점"];
const SCORE: [&str; 7] = ["score", "response", "points", "category", "is_correct", "correct", "y"];

/// Which columns hold what, where the flags say it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoredColumns {
    /// Columns that together are the id of the student.
    pub student: Vec<String>,
    /// Column of the item.
    pub item: Option<String>,
    /// Column of the score or the category.
    pub score: Option<String>,
    /// Column of the student's group.
    pub group: Option<String>,
    /// Column of the highest score of the item.
    pub maximum: Option<String>,
    /// Highest scores by item, which are known from elsewhere.
    pub max_scores: BTreeMap<String, u8>,
    /// A score that items can have for certain, so that it is no code for "no answer".
    pub possible: u8,
}

/// A column with its name.
type Named<'a> = (&'a str, &'a TableColumn);

/// The columns of a table by what they hold.
struct Roles<'a> {
    item: Option<Named<'a>>,
    score: Option<Named<'a>>,
    group: Option<Named<'a>>,
    maximum: Option<Named<'a>>,
}

impl ScoredColumns {
    /// Names of the columns that hold ids, under which `read_table_with_names` keeps them as texts.
    pub fn naming(&self) -> Vec<&str> {
        let given = self.student.iter().chain(&self.item).chain(&self.group);
        given.map(String::as_str).chain(ITEM).collect()
    }

    /// Who the students of a table are.
    ///
    /// # Errors
    /// For a column of the id that is not there, and where two students seem to have one id.
    pub fn students(&self, file: &TableFile) -> Result<TableStudents, seedtest_ingest::Error> {
        let roles = self.roles(&file.table);
        let name = |of: Option<Named<'_>>| of.map(|(name, _)| name.to_owned());
        let asked = StudentsAsked {
            id: self.student.clone(),
            taken: [roles.item, roles.score, roles.group, roles.maximum]
                .into_iter()
                .filter_map(name)
                .collect(),
            answers: name(roles.item).zip(name(roles.score)),
        };
        students_of_table(file, &asked)
    }

    /// What the columns of a table hold; of one that is named and not there nothing.
    fn roles<'a>(&self, table: &'a Table) -> Roles<'a> {
        let find = |given: &Option<String>, known: &[&str], fields: &[Field]| match given {
            Some(name) => named(table, name),
            None => known
                .iter()
                .find_map(|name| named(table, name))
                .or_else(|| fields.iter().find_map(|field| aliased(table, *field))),
        };
        Roles {
            item: find(&self.item, &ITEM, &[Field::Item]),
            score: find(&self.score, &SCORE, &[Field::Correct, Field::Answer]),
            group: find(&self.group, &[], &[]),
            maximum: find(&self.maximum, &MAXIMUM, &[Field::MaxPoints]),
        }
    }

    fn require(&self, table: &Table) -> Result<(), Error> {
        let given = [
            ("item", &self.item),
            ("score", &self.score),
            ("group", &self.group),
            ("max_score", &self.maximum),
        ];
        for (field, name) in given {
            if let Some(name) = name.as_ref().filter(|name| table.column(name).is_none()) {
                return Err(Error::field(field, format!("no column is called {name}")));
            }
        }
        Ok(())
    }
}

/// The answers of a table as they are read.
#[derive(Default)]
struct Found<'a> {
    answers: Vec<Answer<'a>>,
    maxima: Vec<(&'a str, u8)>,
    /// Cells without a score.
    unknown: usize,
    /// Rows or cells of no student, or to no item.
    unnamed: usize,
    /// Students who may have no answer at all.
    silent: Vec<String>,
    /// What to say of columns and rows that are none of students and items.
    left_out: Vec<String>,
}

impl ScoredLog {
    /// The answers of a table: one a row with student, item and score, or one student a row and a column an item.
    /// `students`: see [`ScoredColumns::students`].
    ///
    /// # Errors
    /// For a column that is not there, a score that is no whole number from 0 to 254, and a student of two groups.
    pub fn of_table(
        file: &TableFile,
        columns: &ScoredColumns,
        students: &TableStudents,
        (duplicates, reference): (Duplicates, Option<&str>),
    ) -> Result<Self, Error> {
        let table = &file.table;
        columns.require(table)?;
        let roles = columns.roles(table);
        let mut found = match (roles.item, roles.score) {
            (Some((_, item)), Some(score)) => {
                Found::by_rows(file, columns, students, (item, score))?
            }
            _ => Found::by_columns(file, columns, students)?,
        };
        let known = columns.max_scores.iter().map(|(item, n)| (item.as_str(), *n));
        found.maxima.extend(known);
        let log = Self::of_answers(&found.answers, &found.silent, duplicates);
        let mut log = log.with_maxima(found.maxima)?;
        (log.unknown, log.unnamed) = (found.unknown + found.unnamed, found.unnamed);
        log.left_out = found.left_out;
        log.left_out.splice(0..0, students.note.clone());
        let Some((_, group)) = roles.group else { return Ok(log) };
        let of_row = |(row, id): (usize, &Option<String>)| Some((id.clone()?, text(group, row)));
        let of_groups: Vec<(String, Option<String>)> =
            students.ids.iter().enumerate().filter_map(of_row).collect();
        log.in_groups(&of_groups, reference)
    }
}

impl<'a> Found<'a> {
    /// One answer a row.
    fn by_rows(
        file: &'a TableFile,
        columns: &ScoredColumns,
        students: &TableStudents,
        (item, (name, score)): (&'a TableColumn, Named<'a>),
    ) -> Result<Self, Error> {
        let table = &file.table;
        let mut found = Self::default();
        if let Some((name, maximum)) = columns.roles(table).maximum {
            for row in 0..table.n_rows {
                if let (Some(item), Some(highest)) =
                    (name_of(item, row), score_of(name, maximum, row, &[])?)
                {
                    found.maxima.push((item, highest));
                }
            }
        }
        let codes = codes_of(&[(name, score)], columns, &found.maxima);
        found.left_out.extend(codes_note(name, &codes));
        for row in 0..table.n_rows {
            let student = students.ids[row].clone();
            match (student, name_of(item, row), score_of(name, score, row, &codes)?) {
                (Some(student), Some(item), Some(score)) => {
                    found.answers.push(Answer { student, item, score });
                }
                (Some(student), Some(_), None) => {
                    found.unknown += 1;
                    found.silent.push(student);
                }
                _ => found.unnamed += 1,
            }
        }
        if found.answers.is_empty() { Err(Error::NoObservations) } else { Ok(found) }
    }

    /// One student a row and one item a column.
    fn by_columns(
        file: &'a TableFile,
        columns: &ScoredColumns,
        students: &TableStudents,
    ) -> Result<Self, Error> {
        let table = &file.table;
        if let Some(name) = &columns.maximum {
            let reason = format!("column {name} needs one answer a row");
            return Err(Error::field("max_score", reason));
        }
        let is_apart =
            |name: &str| students.columns.iter().chain(&columns.group).any(|known| known == name);
        let (mut items, mut marked) = (Vec::new(), Vec::new());
        for (name, column) in &table.columns {
            if is_apart(name) || names_no_item(name) || names_student(name) {
                continue;
            }
            let TableColumn::Text { levels, .. } = column else {
                items.push((name.as_str(), column));
                continue;
            };
            require_no_item(name, &file.odd)?;
            require_no_fractions(name, column)?;
            if levels.len() > 1 && levels.iter().all(|level| says_outcome(level)) {
                marked.push(name.clone());
            }
        }
        let labels = labels(table, students);
        let codes = codes_of(&items, columns, &[]);
        let mut found = Self::default();
        let mut last = 0;
        for &(name, column) in &items {
            for row in (0..table.n_rows).filter(|row| !labels.contains_key(row)) {
                match (students.ids[row].clone(), score_of(name, column, row, &codes)?) {
                    (Some(student), Some(score)) => {
                        last = last.max(row);
                        found.answers.push(Answer { student, item: name, score });
                    }
                    (Some(_), None) => found.unknown += 1,
                    _ => found.unnamed += 1,
                }
            }
        }
        if found.answers.is_empty() {
            return Err(without_scores(&marked));
        }
        // Blank rows below the last answer are of nobody, unless they say whose they are.
        let n_rows = if students.columns.is_empty() { last + 1 } else { table.n_rows };
        let rows = (0..n_rows).filter(|row| !labels.contains_key(row));
        found.silent.extend(rows.filter_map(|row| students.ids[row].clone()));
        found.left_out = told(&marked, &numbers_of_rows(table, is_apart), &labels);
        found.left_out.extend(codes_note("items", &codes));
        Ok(found)
    }
}

/// The column of this name.
fn named<'a>(table: &'a Table, name: &str) -> Option<Named<'a>> {
    let column = table.columns.iter().find(|(known, _)| known == name);
    column.map(|(name, column)| (name.as_str(), column))
}

/// The column whose name speaks best for a field.
fn aliased(table: &Table, wanted: Field) -> Option<Named<'_>> {
    let ranked = table.columns.iter().filter_map(|(name, column)| {
        let (_, rank) = Field::from_alias(name).filter(|(field, _)| *field == wanted)?;
        Some((rank, (name.as_str(), column)))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, column)| column)
}

/// Numbers of these columns that stand for "no answer": none that some item can have as its score.
fn codes_of(scores: &[Named<'_>], columns: &ScoredColumns, maxima: &[(&str, u8)]) -> Vec<f64> {
    let numbers = scores.iter().filter_map(|(_, column)| match column {
        TableColumn::Numeric(values) => Some(values.iter().copied()),
        TableColumn::Text { .. } => None,
    });
    let of_items = maxima.iter().map(|(_, highest)| *highest);
    let known = columns.max_scores.values().copied();
    let highest = of_items.chain(known).fold(columns.possible, u8::max);
    let mut codes = missing_codes(numbers.flatten());
    codes.retain(|code| *code < 0.0 || *code > f64::from(highest));
    codes
}

fn codes_note(name: &str, codes: &[f64]) -> Option<String> {
    let shown: Vec<String> = codes.iter().map(ToString::to_string).collect();
    (!codes.is_empty()).then(|| {
        format!("{name}: {} read as no answer (--max-scores says otherwise)", shown.join(", "))
    })
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
fn labels<'a>(table: &'a Table, students: &TableStudents) -> BTreeMap<usize, &'a str> {
    let may_say = |(name, _): &&'a (String, TableColumn)| {
        students.columns.contains(name) || names_no_item(name) || names_student(name)
    };
    let columns: Vec<&'a TableColumn> =
        table.columns.iter().filter(may_say).map(|(_, column)| column).collect();
    let word = |row: usize| {
        columns.iter().copied().find_map(|column| name_of(column, row).filter(|it| is_label(it)))
    };
    (0..table.n_rows).filter_map(|row| Some((row, word(row)?))).collect()
}

/// Columns of numbers that are no items by their names, but for those that are known to hold something else.
fn numbers_of_rows(table: &Table, is_known: impl Fn(&str) -> bool) -> Vec<&str> {
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

/// The score in a cell; `None` where it is missing, or one of the codes for that.
fn score_of(
    name: &str,
    column: &TableColumn,
    row: usize,
    codes: &[f64],
) -> Result<Option<u8>, Error> {
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
            value if value.is_nan() || codes.contains(&value) => Ok(None),
            value if value.fract() == 0.0 && (0.0..=254.0).contains(&value) => {
                Ok(Some(value as u8))
            }
            value => wrong(&value),
        },
        TableColumn::Text { .. } => name_of(column, row).map_or(Ok(None), |value| wrong(&value)),
    }
}

#[cfg(test)]
mod tests {
    use seedtest_ingest::{Table, TableColumn, TableFile};
    use seedtest_responses::{Duplicates, Texts};

    use super::{ScoredColumns, ScoredLog};

    fn texts(cells: &[&str]) -> TableColumn {
        let mut texts = Texts::default();
        for cell in cells {
            texts.push(Some(*cell).filter(|cell| !cell.is_empty()));
        }
        texts.into()
    }

    fn file(columns: Vec<(&str, TableColumn)>, n_rows: usize) -> TableFile {
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        TableFile { table: Table { columns, n_rows }, ..TableFile::default() }
    }

    fn log(file: &TableFile, columns: &ScoredColumns) -> ScoredLog {
        let students = columns.students(file).unwrap();
        ScoredLog::of_table(file, columns, &students, (Duplicates::First, None)).unwrap()
    }

    fn answers(log: &ScoredLog) -> Vec<(String, String, u8)> {
        log.answers().map(|(student, item, score)| (student.into(), item.into(), score)).collect()
    }

    #[test]
    fn codes_for_no_answer_are_found_in_both_layouts_and_said() {
        let wide = file(
            vec![
                ("이름", texts(&["가나", "다라", "마바"])),
                ("q1", TableColumn::Numeric(vec![0.0, 9.0, 2.0])),
                ("q2", TableColumn::Numeric(vec![-9.0, 3.0, 9.0])),
            ],
            3,
        );
        let found = log(&wide, &ScoredColumns::default());
        let of = |student: &str, item: &str, score| (student.to_owned(), item.to_owned(), score);
        assert_eq!(
            answers(&found),
            [of("가나", "q1", 0), of("다라", "q2", 3), of("마바", "q1", 2)]
        );
        assert_eq!(found.rows_read().rejected.get("no_score"), Some(&3));
        assert_eq!(
            found.left_out,
            ["items: -9, 9 read as no answer (--max-scores says otherwise)"]
        );
        // A score that an item can have is none of them.
        let known = ScoredColumns { possible: 9, ..ScoredColumns::default() };
        let max_scores = [("q1".to_owned(), 9)].into_iter().collect();
        let named = ScoredColumns { max_scores, ..ScoredColumns::default() };
        for columns in [known, named] {
            assert_eq!(log(&wide, &columns).len(), 5, "{columns:?}");
        }
        let long = file(
            vec![
                ("반", TableColumn::Numeric(vec![1.0, 1.0, 2.0, 2.0])),
                ("번호", TableColumn::Numeric(vec![1.0, 1.0, 1.0, 1.0])),
                ("문제", texts(&["a", "b", "a", "b"])),
                ("점수", TableColumn::Numeric(vec![99.0, 1.0, 3.0, 99.0])),
            ],
            4,
        );
        let found = log(&long, &ScoredColumns::default());
        assert_eq!(answers(&found), [of("1-1", "b", 1), of("2-1", "a", 3)]);
        let said = "점수: 99 read as no answer (--max-scores says otherwise)";
        assert_eq!(found.left_out.last().map(String::as_str), Some(said));
        assert!(found.left_out[0].contains("told apart by 반 + 번호"), "{:?}", found.left_out);
    }

    #[test]
    fn columns_of_students_are_no_items() {
        let table = file(
            vec![
                ("학번", texts(&["01", "02"])),
                ("id", TableColumn::Numeric(vec![4_711.0, 4_712.0])),
                ("반", TableColumn::Numeric(vec![1.0, 2.0])),
                ("q1", TableColumn::Numeric(vec![1.0, 2.0])),
            ],
            2,
        );
        let found = log(&table, &ScoredColumns::default());
        let students: Vec<&str> = found.students().iter().map(|id| &**id).collect();
        assert_eq!((students.as_slice(), found.len()), (&["01", "02"][..], 2));
        let missing = ScoredColumns { item: Some("task".into()), ..ScoredColumns::default() };
        let students = missing.students(&table).unwrap();
        let error = ScoredLog::of_table(&table, &missing, &students, (Duplicates::First, None));
        assert!(error.unwrap_err().to_string().contains("no column is called task"));
    }
}
