//! New rows as a mixed model predicts them: one that lacks what the model needs has no prediction, one of a level
//! that the fit does not know is marked.

use std::collections::{BTreeMap, HashSet};

use seedtest_formula::{Encoder, Factor, Frame};
use seedtest_ingest::Table;
use seedtest_mixed::{Error as ModelError, Prediction, RandomEffects};
use seedtest_wire::{MixedRemarkJson, Ordered};

use super::rows::{find, new_frame};
use crate::error::Error;
use crate::predictors::first_text;
use crate::rows::{chosen_rows, is_missing};

/// Levels that a message names.
const NAMED: usize = 3;

/// What is said of a new row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NewRow {
    /// `None` where the row lacks what the model needs.
    pub(super) prediction: Option<Prediction>,
    /// Why there is none.
    pub(super) reason: Option<String>,
    /// Grouping factors whose level in this row the fit does not know, with the level; `None` for an empty cell.
    pub(super) new_levels: Vec<(String, Option<String>)>,
}

/// What predicts.
pub(super) struct Predictor<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) random: &'a [RandomEffects],
    /// Whether random effects take part.
    pub(super) with_random: bool,
}

impl Predictor<'_> {
    /// Predicts the rows of a table; `predict` does it for rows that lack nothing.
    ///
    /// # Errors
    /// For columns that are not there or hold what they cannot, and those of `predict`.
    pub(super) fn rows(
        &self,
        table: &Table,
        predict: impl Fn(&Frame) -> Result<Vec<Prediction>, ModelError>,
    ) -> Result<Vec<NewRow>, Error> {
        let mut rows = vec![NewRow::default(); table.n_rows];
        if rows.is_empty() {
            return Ok(rows);
        }
        self.require_numbers(table)?;
        self.mark_missing(table, &mut rows);
        let complete = without_reason(&rows);
        let frame = self.frame(table, &complete)?;
        let of_table = |error: seedtest_formula::Error| ModelError::from(error.of_rows(&complete));
        let unknown = self.encoder.unknown_levels(&frame).map_err(of_table)?;
        for (&row, found) in complete.iter().zip(unknown) {
            rows[row].reason = found.map(|(term, level)| {
                format!("`{term}` is `{level}`, which the fitted data do not have")
            });
        }
        let complete = without_reason(&rows);
        let frame = self.frame(table, &complete)?;
        let found = predict(&frame).map_err(|error| match error {
            ModelError::Formula(error) => ModelError::from(error.of_rows(&complete)),
            other => other,
        })?;
        for (&row, prediction) in complete.iter().zip(found) {
            rows[row].prediction = Some(prediction);
        }
        if self.with_random {
            let groupings = self.encoder.groupings(&frame).map_err(ModelError::from)?;
            self.mark_new_levels(&groupings, &complete, &mut rows);
        }
        Ok(rows)
    }

    fn frame(&self, table: &Table, rows: &[usize]) -> Result<Frame, Error> {
        let formula = self.encoder.formula();
        if rows.len() == table.n_rows {
            return new_frame(table, formula, self.with_random);
        }
        new_frame(&chosen_rows(table, rows), formula, self.with_random)
    }

    /// Refuses texts where the fit had numbers, naming the cell.
    fn require_numbers(&self, table: &Table) -> Result<(), Error> {
        for name in self.encoder.numeric_columns() {
            let cell = find(table, &name).and_then(first_text);
            if let Some((row, text)) = cell {
                return Err(Error::BadCell { row, column: name, text, wanted: "number" });
            }
        }
        Ok(())
    }

    fn mark_missing(&self, table: &Table, rows: &mut [NewRow]) {
        for name in self.encoder.formula().predictor_columns() {
            // A column that is not there is named when the rows are coded.
            let Some(column) = find(table, &name) else { continue };
            for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.reason.is_none()) {
                row.reason =
                    is_missing(column, at).then(|| format!("a value of `{name}` is missing"));
            }
        }
    }

    fn mark_new_levels(&self, groupings: &[Factor], complete: &[usize], rows: &mut [NewRow]) {
        let terms = self.encoder.formula().random_terms();
        for effects in self.random {
            let at = terms.iter().position(|term| term.group() == effects.group);
            let Some(grouping) = at.and_then(|at| groupings.get(at)) else { continue };
            let known: HashSet<&str> = effects.levels.iter().map(String::as_str).collect();
            for (at, &row) in complete.iter().enumerate() {
                let level = grouping.level(at);
                if level.is_none_or(|level| !known.contains(level)) {
                    rows[row].new_levels.push((effects.group.clone(), level.map(str::to_owned)));
                }
            }
        }
    }
}

fn without_reason(rows: &[NewRow]) -> Vec<usize> {
    (0..rows.len()).filter(|&row| rows[row].reason.is_none()).collect()
}

/// Rows of which there is something to say.
pub(super) fn remarks(rows: &[NewRow]) -> Vec<MixedRemarkJson> {
    let is_plain = |row: &NewRow| row.reason.is_none() && row.new_levels.is_empty();
    let some = rows.iter().enumerate().filter(|(_, row)| !is_plain(row));
    some.map(|(at, row)| MixedRemarkJson {
        row: at,
        reason: row.reason.clone(),
        new_levels: levels_json(row),
    })
    .collect()
}

pub(super) fn levels_json(row: &NewRow) -> Ordered<Option<String>> {
    row.new_levels.iter().cloned().collect()
}

/// The same as counts, in words.
pub(super) fn warnings(rows: &[NewRow]) -> Vec<String> {
    let mut lacking: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in rows.iter().filter_map(|row| row.reason.as_deref()) {
        *lacking.entry(reason).or_default() += 1;
    }
    let lacking = lacking.into_iter().map(|(reason, n)| match n {
        1 => format!("1 row has no prediction: {reason}"),
        n => format!("{n} rows have no prediction: {reason}"),
    });
    lacking.chain(new_level_warnings(rows)).collect()
}

fn new_level_warnings(rows: &[NewRow]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>, usize, usize)> = Vec::new();
    for (group, level) in rows.iter().flat_map(|row| &row.new_levels) {
        let at = groups.iter().position(|(known, ..)| known == group).unwrap_or_else(|| {
            groups.push((group, Vec::new(), 0, 0));
            groups.len() - 1
        });
        let (_, examples, unknown, empty) = &mut groups[at];
        match level {
            Some(level) => {
                *unknown += 1;
                if examples.len() <= NAMED && !examples.contains(&level.as_str()) {
                    examples.push(level);
                }
            }
            None => *empty += 1,
        }
    }
    groups.iter().map(|(group, examples, unknown, empty)| {
        let shown = examples.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = if examples.len() > NAMED { ", …" } else { "" };
        let unknown = (*unknown > 0)
            .then(|| format!("{unknown} with a level that the fit does not know ({shown}{more})"));
        let empty = (*empty > 0).then(|| format!("{empty} without one"));
        let parts: Vec<String> = unknown.into_iter().chain(empty).collect();
        format!(
            "rows predicted for a new level of {group}, with an effect of 0 and its whole variance in the standard \
             error: {}",
            parts.join(", ")
        )
    })
    .collect()
}
