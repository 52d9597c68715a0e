//! What became of the rows of a log of answers.

use std::collections::BTreeMap;

use seedtest_ingest::{LogFile, RowCounts};
use seedtest_responses::{Answers, ResponseLog};
use seedtest_wire::RowsReadJson;

/// What became of the rows of a log of which `answers` were taken; `unused`: answers that were left out later, by
/// reason.
pub fn rows_of_log(log: &ResponseLog, answers: &Answers, unused: &[(&str, usize)]) -> RowsReadJson {
    let not_used: usize = unused.iter().map(|(_, n)| n).sum();
    let conflicts = log.conflicts();
    let kept = answers.item.len() + answers.dropped_duplicates + answers.dropped_unknown;
    // Rows that say the same of an answer, as one for each of its topics.
    let same = (log.len() - kept).saturating_sub(conflicts);
    let mut left_out = vec![
        ("repeated", answers.dropped_duplicates),
        ("unknown_correctness", answers.dropped_unknown),
        ("contradiction", conflicts),
        ("same_answer", same),
    ];
    left_out.extend_from_slice(unused);
    RowsReadJson::of_table(answers.item.len() - not_used, &left_out)
}

/// What became of the rows of a log that was read from a table, of which `answers` were used.
pub fn rows_read(
    counts: &RowCounts,
    log: &ResponseLog,
    answers: &Answers,
    unused: &[(&str, usize)],
) -> RowsReadJson {
    let of_log = rows_of_log(log, answers, unused);
    let mut rows = rows_of_counts(counts);
    rows.used = of_log.used;
    rows.rejected.extend(of_log.rejected);
    rows
}

/// What became of the rows of a table, every answer counting as used.
pub fn rows_of_counts(counts: &RowCounts) -> RowsReadJson {
    let rejected = counts.rejected.iter().map(|(reason, n)| (reason.code().to_owned(), n));
    let mut rejected: BTreeMap<String, u64> = rejected.collect();
    if counts.unanswered > 0 {
        rejected.insert("no_answer".to_owned(), counts.unanswered);
    }
    let unknown = counts.unknown.iter().map(|(field, n)| (field.name().to_owned(), n));
    RowsReadJson {
        read: counts.read,
        used: counts.answers,
        rejected,
        unknown: unknown.collect(),
        notes: counts.notes.clone(),
    }
}

/// Which rows and cells of a table were not read as they are, a line each.
pub fn rows_not_read(file: &LogFile) -> Vec<String> {
    let mut told = Vec::new();
    for (reason, count) in file.counts.rejected.iter() {
        told.push(format!("{count} rows not used: {reason} ({})", reason.hint()));
    }
    for reject in file.first_rejects.iter().take(3) {
        told.push(format!("  line {}: {} {:?}", reject.line, reject.reason, reject.value));
    }
    for (field, count) in file.counts.unknown.iter() {
        told.push(format!("{count} cells of {field} cannot be read and count as unknown"));
    }
    told.extend(super::fit::conflicts_told(&file.log));
    told
}

#[cfg(test)]
mod tests {
    use seedtest_responses::{Duplicates, LogRow, Outcome, ResponseLogBuilder};

    use super::*;

    #[test]
    fn every_row_is_used_or_counted() {
        let mut builder = ResponseLogBuilder::new();
        for (student, item, at, outcome) in [
            ("a", "q1", 1, Outcome::Right),
            ("a", "q1", 2, Outcome::Wrong),
            ("a", "q2", 1, Outcome::Unknown),
            ("b", "q1", 1, Outcome::Right),
            ("b", "q1", 1, Outcome::Wrong),
        ] {
            builder.push(&LogRow { student, item, at: Some(at), outcome, ..LogRow::default() });
        }
        let log = builder.finish();
        let answers = log.answers(Duplicates::First);
        let rows = rows_of_log(&log, &answers, &[("item_without_parameters", 1)]);
        assert_eq!((rows.read, rows.used), (5, 1));
        let told: Vec<(&str, u64)> = rows.rejected.iter().map(|(why, n)| (&**why, *n)).collect();
        let expected = [
            ("contradiction", 1),
            ("item_without_parameters", 1),
            ("repeated", 1),
            ("unknown_correctness", 1),
        ];
        assert_eq!(told, expected);
    }
}
