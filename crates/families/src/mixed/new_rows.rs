//! New rows as a mixed model predicts them: one that lacks what the model needs has no prediction, one of a level
//! that the fit does not know is marked.

use std::borrow::Cow;
use std::collections::HashSet;

use seedtest_formula::{Encoder, Factor, Frame};
use seedtest_ingest::Table;
use seedtest_mixed::{Error as ModelError, FixedEffect, Prediction, RandomEffects, Undetermined};
use seedtest_wire::{MixedRemarkJson, Ordered};

use super::rows::{find, found_name, new_frame};
use crate::error::Error;
use crate::lack::{Lack, Obstacle, mark_missing, warnings_of, with_numbers, without_lack};
use crate::rows::chosen_rows;

/// Levels that a message names.
const NAMED: usize = 3;

/// What is said of a new row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct NewRow {
    /// `None` where the row lacks what the model needs.
    pub(super) prediction: Option<Prediction>,
    /// Why there is none.
    pub(super) lack: Option<Lack>,
    /// Why the prediction lacks its value or its standard error.
    pub(super) doubt: Option<String>,
    /// Grouping factors whose level in this row the fit does not know, with the level; `None` for an empty cell.
    pub(super) new_levels: Vec<(String, Option<String>)>,
}

impl NewRow {
    /// The predicted value.
    pub(super) fn value(&self) -> Option<f64> {
        self.prediction?.value
    }

    /// Its standard error.
    pub(super) fn se(&self) -> Option<f64> {
        self.prediction?.se
    }

    /// Why value or standard error is missing.
    pub(super) fn reason(&self) -> Option<String> {
        let lack = self.lack.as_ref().map(|lack| lack.obstacle.to_string());
        lack.or_else(|| self.doubt.clone())
    }
}

/// What predicts.
pub(super) struct Predictor<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) fixed: &'a [FixedEffect],
    /// Parameters that the fitted rows do not determine.
    pub(super) undetermined: Option<&'a Undetermined>,
    pub(super) random: &'a [RandomEffects],
    /// Whether random effects take part.
    pub(super) with_random: bool,
}

impl Predictor<'_> {
    /// Predicts the rows of a table; `predict` does it for rows that lack nothing. A row with a cell that the model
    /// cannot use lacks something, and takes nothing from the others.
    ///
    /// # Errors
    /// For columns that are not there, and those of `predict`.
    pub(super) fn rows(
        &self,
        table: &Table,
        predict: impl Fn(&Frame) -> Result<Vec<Prediction>, ModelError>,
    ) -> Result<Vec<NewRow>, Error> {
        if table.n_rows == 0 {
            return Ok(Vec::new());
        }
        let mut lacks = vec![None; table.n_rows];
        let table = self.usable(table, &mut lacks)?;
        let complete = without_lack(&lacks);
        let frame = self.frame(&table, &complete)?;
        let mut found = predict(&frame)
            .map_err(|error| match error {
                ModelError::Formula(error) => ModelError::from(error.of_rows(&complete)),
                other => other,
            })?
            .into_iter();
        let row = |lack: Option<Lack>| {
            let prediction = if lack.is_none() { found.next() } else { None };
            let doubt = prediction.and_then(|of| of.doubt);
            let doubt = doubt.map(|doubt| doubt.reason(self.fixed, self.undetermined));
            NewRow { prediction, lack, doubt, new_levels: Vec::new() }
        };
        let mut rows: Vec<NewRow> = lacks.into_iter().map(row).collect();
        if self.with_random {
            let groupings = self.encoder.groupings(&frame).map_err(ModelError::from)?;
            self.mark_new_levels(&groupings, &complete, &mut rows);
        }
        Ok(rows)
    }

    /// The table with numbers where the fit had them, and what its rows lack.
    fn usable<'t>(
        &self,
        table: &'t Table,
        lacks: &mut [Option<Lack>],
    ) -> Result<Cow<'t, Table>, Error> {
        let numeric = self.encoder.numeric_columns();
        let numeric: Vec<String> =
            numeric.iter().filter_map(|name| found_name(table, name)).collect();
        let table = with_numbers(table, &numeric, lacks);
        for name in self.encoder.formula().predictor_columns() {
            // A column that is not there is named when the rows are coded.
            if let Some(column) = find(&table, &name) {
                mark_missing(&name, column, lacks);
            }
        }
        let of_model = |error: seedtest_formula::Error| Error::from(ModelError::from(error));
        // A term that computes to no number has no level either.
        let complete = without_lack(lacks);
        let infinite = self.encoder.not_finite(&self.frame(&table, &complete)?);
        mark_found(lacks, &complete, infinite.map_err(of_model)?, |(term, value)| {
            Obstacle::NotFinite { term, value }
        });
        let complete = without_lack(lacks);
        let unknown = self.encoder.unknown_levels(&self.frame(&table, &complete)?);
        mark_found(lacks, &complete, unknown.map_err(of_model)?, |(term, level)| Obstacle::Level {
            term,
            level,
        });
        Ok(table)
    }

    fn frame(&self, table: &Table, rows: &[usize]) -> Result<Frame, Error> {
        let formula = self.encoder.formula();
        if rows.len() == table.n_rows {
            return new_frame(table, formula, self.with_random);
        }
        new_frame(&chosen_rows(table, rows), formula, self.with_random)
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

/// Notes what was found in the way of some of these rows of the table.
fn mark_found<T>(
    lacks: &mut [Option<Lack>],
    rows: &[usize],
    found: Vec<Option<T>>,
    obstacle: impl Fn(T) -> Obstacle,
) {
    for (&row, found) in rows.iter().zip(found) {
        lacks[row] = found.map(|found| Lack { row, obstacle: obstacle(found) });
    }
}

/// Rows of which there is something to say.
pub(super) fn remarks(rows: &[NewRow]) -> Vec<MixedRemarkJson> {
    let is_plain = |row: &NewRow| row.reason().is_none() && row.new_levels.is_empty();
    let some = rows.iter().enumerate().filter(|(_, row)| !is_plain(row));
    some.map(|(at, row)| MixedRemarkJson {
        row: at,
        reason: row.reason(),
        new_levels: levels_json(row),
    })
    .collect()
}

pub(super) fn levels_json(row: &NewRow) -> Ordered<Option<String>> {
    row.new_levels.iter().cloned().collect()
}

/// The same as counts, in words.
pub(super) fn warnings(rows: &[NewRow]) -> Vec<String> {
    let mut all = warnings_of(rows.iter().filter_map(|row| row.lack.as_ref()));
    let mut doubts: Vec<(&str, usize, usize)> = Vec::new();
    let doubtful = rows.iter().enumerate();
    for (at, doubt) in doubtful.filter_map(|(at, row)| Some((at, row.doubt.as_deref()?))) {
        match doubts.iter_mut().find(|(known, ..)| *known == doubt) {
            Some((_, _, n)) => *n += 1,
            None => doubts.push((doubt, at, 1)),
        }
    }
    all.extend(doubts.into_iter().map(|(doubt, first, n)| match n {
        1 => format!("row {}: {doubt}", first + 1),
        n => format!("row {} and {} more: {doubt}", first + 1, n - 1),
    }));
    all.extend(new_level_warnings(rows));
    all
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
