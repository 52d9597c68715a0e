//! Answers of a request as a response log.

use seedtest_ingest::Moment;
use seedtest_irt::Responses;
use seedtest_responses::{
    Answers, LogRow, Outcome, ResponseLog, ResponseLogBuilder, StudentGroups, TimeZone,
};
use seedtest_wire::{CalibrateRequest, Id, ObservationJson};

use crate::error::Error;

/// Student of answers whose request names none.
pub(super) const ONLY_STUDENT: &str = "1";

/// The answers of a log as the kernels take them.
pub fn responses_of<'a>(log: &ResponseLog, answers: &'a Answers) -> Responses<'a> {
    Responses {
        student: &answers.student,
        item: &answers.item,
        correct: &answers.correct,
        n_students: log.students().len(),
        n_items: log.items().len(),
    }
}

/// The answers a request for a calibration brings.
pub(super) fn log_of(request: &CalibrateRequest<'_>) -> Result<ResponseLog, Error> {
    if !request.observations.is_empty() {
        if let Some(row) = request.observations.iter().position(|row| row.user_id.is_none()) {
            let reason = format!("row {} has no user_id", row + 1);
            return Err(Error::field("observations", reason));
        }
        let log = log_of_rows(&request.observations, "observations")?;
        return with_groups(log, request);
    }
    if request.responses.is_empty() {
        return Err(Error::NoObservations);
    }
    let log = log_of_matrix(&request.responses, &request.item_ids, &request.user_ids)?;
    with_groups(log, request)
}

/// The log with the groups that the request gives by student.
fn with_groups(log: ResponseLog, request: &CalibrateRequest<'_>) -> Result<ResponseLog, Error> {
    if request.groups.is_empty() {
        return Ok(log);
    }
    if log.groups().is_some() {
        let reason = "are given by student, and `group` by answer: send one of them";
        return Err(Error::field("groups", reason.to_string()));
    }
    let group_of = |id: &str| request.groups.get(id).map(Id::as_str);
    let groups = StudentGroups::of_students(log.students(), group_of);
    Ok(log.with_groups(Some(groups)))
}

/// The order of the answers is all that a fit needs of their times: one without an offset is taken as
/// UTC, a day as its beginning.
fn in_utc(moment: Moment) -> i64 {
    moment.in_zone(&TimeZone::default())
}

/// The instant of the answer in a row, in microseconds.
pub(super) fn instant(
    text: Option<&str>,
    position: usize,
    field: &'static str,
) -> Result<Option<i64>, Error> {
    let read = |text: &str| {
        seedtest_ingest::parse_moment(text).map(in_utc).map_err(|_| {
            let row = position + 1;
            Error::field(field, format!("row {row}: {text:?} is not an instant"))
        })
    };
    text.map(read).transpose()
}

/// The log of answers as rows.
pub(super) fn log_of_rows(
    rows: &[ObservationJson<'_>],
    field: &'static str,
) -> Result<ResponseLog, Error> {
    let mut log = ResponseLogBuilder::new();
    for (position, row) in rows.iter().enumerate() {
        let at = instant(row.responded_at.as_deref(), position, field)?;
        if let (None, Some(score)) = (row.is_correct, row.score) {
            let row = position + 1;
            let reason = format!(
                "row {row} has the score {score} and no is_correct: ask for model grm, gpcm, pcm, rsm, nrm or \
                 auto-per-item, or score it with parameters of several categories"
            );
            return Err(Error::field(field, reason));
        }
        log.push(&LogRow {
            student: row.user_id.as_ref().map_or(ONLY_STUDENT, Id::as_str),
            item: row.item_id.as_str(),
            at,
            outcome: Outcome::from(row.is_correct),
            group: row.group.as_ref().map(Id::as_str),
            ..LogRow::default()
        });
    }
    Ok(log.finish())
}

/// The log of lines: a line a student, called by its number, an entry an item.
pub(super) fn log_of_lines(
    lines: &[Vec<Option<u8>>],
    items: Vec<String>,
) -> Result<ResponseLog, Error> {
    let width = lines.first().map_or(items.len(), Vec::len);
    if items.len() != width {
        let reason =
            format!("row 1 has {width} entries for {} items of `item_params`", items.len());
        return Err(Error::field("responses", reason));
    }
    let items: Vec<Id<'_>> = items.into_iter().map(Id::from).collect();
    log_of_matrix(lines, &items, &[])
}

/// The log of a matrix: a row a student, a column an item, null where an item was not seen.
fn log_of_matrix(
    matrix: &[Vec<Option<u8>>],
    items: &[Id<'_>],
    students: &[Id<'_>],
) -> Result<ResponseLog, Error> {
    let width = matrix.first().map_or(0, Vec::len);
    let items = names(items, width, "item_ids", "columns")?;
    let students = names(students, matrix.len(), "user_ids", "rows")?;
    let mut log = ResponseLogBuilder::new();
    for (row, (student, answers)) in students.iter().zip(matrix).enumerate() {
        if answers.len() != width {
            let reason =
                format!("row {} has {} entries, the first has {width}", row + 1, answers.len());
            return Err(Error::field("responses", reason));
        }
        // One who saw no item is in the answer all the same.
        log.push_student(student, None);
        for (column, (item, answer)) in items.iter().zip(answers).enumerate() {
            let outcome = match answer {
                None => continue,
                Some(0) => Outcome::Wrong,
                Some(1) => Outcome::Right,
                Some(other) => {
                    let (row, column) = (row + 1, column + 1);
                    let reason = format!("row {row}, column {column} is {other}, not 0, 1, null");
                    return Err(Error::field("responses", reason));
                }
            };
            log.push(&LogRow { student, item, outcome, ..LogRow::default() });
        }
    }
    Ok(log.finish())
}

pub(super) fn names(
    given: &[Id<'_>],
    n: usize,
    field: &'static str,
    what: &str,
) -> Result<Vec<String>, Error> {
    if given.is_empty() {
        return Ok((1..=n).map(|position| position.to_string()).collect());
    }
    if given.len() != n {
        let reason = format!("{} ids for {n} {what} of `responses`", given.len());
        return Err(Error::field(field, reason));
    }
    Ok(given.iter().map(|id| id.as_str().to_string()).collect())
}
