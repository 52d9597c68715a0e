//! Whether a column of correctness turns out to hold something else behind the rows that were looked at.

use std::path::Path;

use crate::batch::Batch;
use crate::error::{Error, OtherValues};
use crate::reject::RejectReason;
use crate::scoring::{NeitherKind, is_option_letter, is_too_much, number};

/// Most different values that are named.
const MOST_VALUES: usize = 8;

/// Looks through the rows of a file for values that are neither right nor wrong, but the options of
/// a question (0 to 3, A to D) or the points of an answer (0, 1, 2; 0.75). Reading those of them
/// that happen to be 0 or 1 and leaving out the others would give wrong results without a word.
#[derive(Debug, Default)]
pub(crate) struct PointsWatch {
    /// Rows that were read as right or wrong.
    known: u64,
    /// Rows with an option or points.
    points: u64,
    first: Option<(u64, String)>,
    values: Vec<String>,
}

impl PointsWatch {
    /// Takes note of the rows of a batch.
    pub(crate) fn look(&mut self, batch: &Batch) {
        self.known += batch.n_outcomes();
        let bad = batch.rejects().iter().filter(|row| row.reason == RejectReason::BadCorrect);
        for row in bad.filter(|row| is_option_or_points(row.value.trim())) {
            self.points += 1;
            let value = row.value.trim().to_owned();
            self.first.get_or_insert_with(|| (row.line, value.clone()));
            if self.values.len() < MOST_VALUES && !self.values.contains(&value) {
                self.values.push(value);
            }
        }
    }

    /// Refuses the file where such values are more than slips.
    pub(crate) fn check(&self, path: &Path, column: &str) -> Result<(), Error> {
        let rows = self.known + self.points;
        let Some((line, value)) = &self.first else { return Ok(()) };
        if !is_too_much(self.points, rows) {
            return Ok(());
        }
        Err(Error::NotRightWrong {
            path: path.to_owned(),
            column: column.to_owned(),
            found: Box::new(OtherValues {
                line: *line,
                value: value.clone(),
                kind: NeitherKind::OptionsOrPoints,
                values: self.values.clone(),
                unread: self.points,
                cells: rows,
            }),
        })
    }
}

/// A letter from A to H, or a number of the size of options and points.
fn is_option_or_points(text: &str) -> bool {
    const LARGEST: f64 = 100.0;
    is_option_letter(text) || number(text).is_some_and(|number| (0.0..=LARGEST).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::is_option_or_points;

    #[test]
    fn options_and_points_are_told_from_other_text() {
        for text in ["2", "3", "0.75", "A", "d", "2.0", "10"] {
            assert!(is_option_or_points(text), "{text}");
        }
        for text in ["", "maybe", "-1", "nan", "AB", "Z", "1e9", "가"] {
            assert!(!is_option_or_points(text), "{text}");
        }
    }
}
