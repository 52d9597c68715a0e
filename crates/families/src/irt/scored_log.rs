//! Scored answers as codes, from the rows of a request or those of a table.

use std::collections::HashMap;

use seedtest_responses::{Duplicates, Texts};
use seedtest_wire::{CalibrateRequest, Id, ObservationJson, RowsReadJson};

use super::groups::GroupCodes;
use super::log::{instant, names};
use crate::error::Error;

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
    pub(super) unnamed: usize,
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
pub(super) struct Answer<'a> {
    pub(super) student: String,
    pub(super) item: &'a str,
    pub(super) score: u8,
}

impl ScoredLog {
    /// The same with the groups of the students.
    pub(super) fn in_groups(
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
    pub(super) fn of_answers(
        answers: &[Answer<'_>],
        silent: &[String],
        duplicates: Duplicates,
    ) -> Self {
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
