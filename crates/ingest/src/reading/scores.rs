//! Whether an answer was right, and its points.

use super::Reading;
use super::found::Found;
use crate::batch::Cells;
use crate::cell::Cell;
use crate::columns::Columns;
use crate::error::Error;
use crate::field::Field;
use crate::key::{Right, is_as_written, is_right};
use crate::options::Options;
use crate::reject::RejectReason;
use crate::right_wrong::{ox, says};
use crate::scoring::{self, Scoring, ScoringContext, ScoringVerdict};

/// Whether an answer was right, and its points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Scored {
    pub(crate) outcome: Option<bool>,
    pub(crate) points: Option<Points>,
}

impl Scored {
    /// Whether it is wrong and has points all the same.
    pub(crate) fn is_partial(&self) -> bool {
        self.outcome == Some(false) && self.points.is_some_and(|points| points.got > 0.0)
    }
}

/// Points of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Points {
    /// As the file has them.
    pub got: f64,
    /// The most that there were; `None` where the file does not say.
    pub max: Option<f64>,
}

/// An answer in a table with one item a column.
#[derive(Clone, Copy)]
pub(crate) struct ItemAnswer<'a> {
    /// What its column is called.
    pub(crate) name: &'a str,
    pub(crate) cell: Cell<'a>,
    pub(crate) scoring: Scoring,
    /// The right option, where a column of the table has it.
    pub(crate) key_cell: Option<&'a str>,
    /// What is right, where a row of the table says so.
    pub(crate) key: Option<&'a Right>,
}

impl Reading {
    pub(super) fn find_scoring(
        &mut self,
        correct: Option<Found<'_>>,
        has_answer: bool,
        columns: &Columns,
        options: &Options,
    ) -> Result<(), Error> {
        let has_key = self.key.is_some() || columns.has(Field::Key);
        let Some(correct) = correct else {
            self.scoring = (has_answer && has_key).then_some(Scoring::Options);
            return Ok(());
        };
        let context = ScoringContext { has_maximum: columns.has(Field::MaxPoints), has_key: false };
        let verdict = scoring::detect(correct.cells(&self.missing), context);
        match verdict {
            ScoringVerdict::Empty => self.scoring = Some(Scoring::RightWrong { ox: false }),
            ScoringVerdict::Known { scoring, codes, .. } => {
                self.scoring = Some(scoring);
                self.note_codes(correct.name, &codes);
                if scoring == (Scoring::Points { max: Some(100.0) }) {
                    self.notes.push(format!("{}: read as per cent, 100 being right", correct.name));
                }
                if scoring == (Scoring::Points { max: None }) && !context.has_maximum {
                    self.needs_maximum = true;
                    self.notes.push(format!(
                        "{}: points and the most that there were in each cell, right from {} of them on (--right-at)",
                        correct.name,
                        per_cent(self.right_at)
                    ));
                }
            }
            ScoringVerdict::Neither(neither) => {
                let is_number = neither.kind != scoring::NeitherKind::Words
                    && neither.kind != scoring::NeitherKind::Options;
                if is_number && options.takes_points {
                    self.scoring = Some(Scoring::Points { max: None });
                } else if let (true, Some(right_at)) = (is_number, options.right_at) {
                    let max = largest(correct.cells(&self.missing));
                    self.scoring = Some(Scoring::Points { max: Some(max) });
                    self.notes.push(format!(
                        "{}: points out of {max}, right from {} on",
                        correct.name,
                        right_at * max
                    ));
                } else {
                    return Err(correct.not_right_wrong(&neither, &self.missing));
                }
            }
        }
        Ok(())
    }

    /// Whether an answer in a table with one item a column was right.
    pub(crate) fn scored_item(&self, answer: ItemAnswer<'_>) -> Result<Scored, RejectReason> {
        match answer.scoring {
            Scoring::RightWrong { ox } => self.right_wrong(answer.cell, ox),
            Scoring::Points { max } => self.points(answer.cell, max),
            Scoring::Options => {
                let right = answer.key.or_else(|| self.key.as_ref()?.right(answer.name));
                if let Cell::Bool(is_right) = answer.cell {
                    let outcome = Some(is_right || right == Some(&Right::Everything));
                    return Ok(Scored { outcome, points: None });
                }
                let mut chosen = String::new();
                answer.cell.append_id(&mut chosen)?;
                let own = answer.key_cell.filter(|key| !self.missing.is_word(key));
                match own {
                    Some(own) if !self.missing.is_value(&chosen) => {
                        let outcome = Some(is_as_written(&chosen, own));
                        Ok(Scored { outcome, points: None })
                    }
                    _ => self.chosen(&chosen, None, right),
                }
            }
        }
    }

    /// Whether the answer to `item` was right.
    pub(crate) fn scored_cells(
        &self,
        cells: &Cells<'_>,
        item: &str,
    ) -> Result<Scored, RejectReason> {
        match self.scoring {
            None => Ok(Scored::default()),
            Some(Scoring::RightWrong { ox }) => self.right_wrong(cells.get(Field::Correct), ox),
            Some(Scoring::Points { max }) => {
                let given = self.number(cells, Field::MaxPoints)?;
                let scored = self.points(cells.get(Field::Correct), given.or(max))?;
                Ok(match cells.get(Field::Answer) {
                    Cell::Bool(right) if !self.right_at_given => {
                        Scored { outcome: Some(right), ..scored }
                    }
                    _ => scored,
                })
            }
            Some(Scoring::Options) => self.option(cells, item),
        }
    }

    /// The field that says whether an answer was right.
    pub(crate) fn scored_field(&self) -> Field {
        if self.scoring == Some(Scoring::Options) { Field::Answer } else { Field::Correct }
    }

    pub(crate) fn right_wrong(&self, cell: Cell<'_>, has_ox: bool) -> Result<Scored, RejectReason> {
        let known = |right| Ok(Scored { outcome: Some(right), points: None });
        let number = |number: f64| match number {
            0.0 => known(false),
            1.0 => known(true),
            code if code.is_nan() || self.missing.is_code(code) => Ok(Scored::default()),
            _ => Err(RejectReason::BadCorrect),
        };
        match cell {
            Cell::Null => Ok(Scored::default()),
            Cell::Bool(right) => known(right),
            Cell::Integer(integer) => number(integer as f64),
            Cell::Float(float) => number(float),
            Cell::Time(_) => Err(RejectReason::BadCorrect),
            Cell::Text("1") if !self.missing.is_code(1.0) => known(true),
            Cell::Text("0") if !self.missing.is_code(0.0) => known(false),
            Cell::Text(text) => {
                let text = text.trim();
                if self.missing.is_value(text) {
                    return Ok(Scored::default());
                }
                if let Some(right) = says(text).or_else(|| ox(text).filter(|_| has_ox)) {
                    return known(right);
                }
                number(scoring::number(text).ok_or(RejectReason::BadCorrect)?)
            }
        }
    }

    fn points(&self, cell: Cell<'_>, max: Option<f64>) -> Result<Scored, RejectReason> {
        /// Sums of decimal points miss their maximum by less.
        const SLACK: f64 = 1e-9;
        let own = match cell {
            Cell::Text(text) if max.is_none() => scoring::points_of(text.trim()),
            _ => None,
        };
        let max = own.map_or(max, |(_, max)| Some(max));
        let got = match cell {
            Cell::Null => None,
            Cell::Bool(right) => return Ok(Scored { outcome: Some(right), points: None }),
            Cell::Text(_) if own.is_some() => own.map(|(got, _)| got),
            Cell::Text(text) => self.point_text(text.trim())?,
            Cell::Integer(integer) => Some(integer as f64),
            Cell::Float(float) => Some(float).filter(|number| !number.is_nan()),
            Cell::Time(_) => return Err(RejectReason::BadCorrect),
        };
        let Some(got) = got.filter(|got| !self.missing.is_code(*got)) else {
            return Ok(Scored::default());
        };
        if !got.is_finite() || got < 0.0 || max.is_some_and(|max| got > max + SLACK || max <= 0.0) {
            return Err(RejectReason::BadPoints);
        }
        let points = Some(Points { got, max });
        let Some(max) = max else {
            let unknown = Ok(Scored { outcome: None, points });
            return if self.needs_maximum { Err(RejectReason::BadPoints) } else { unknown };
        };
        let right = got >= self.right_at * max - SLACK;
        Ok(Scored { outcome: Some(right), points })
    }

    fn point_text(&self, text: &str) -> Result<Option<f64>, RejectReason> {
        if self.missing.is_value(text) {
            return Ok(None);
        }
        let text = text.strip_suffix(['%', '％']).map_or(text, str::trim_end);
        let format = self.numbers[Field::Correct as usize];
        let number = format.parse(text).or_else(|| scoring::number(text));
        number.map(Some).ok_or(RejectReason::BadPoints)
    }

    fn option(&self, cells: &Cells<'_>, item: &str) -> Result<Scored, RejectReason> {
        let mut chosen = String::new();
        cells.get(Field::Answer).append_id(&mut chosen)?;
        let mut own = String::new();
        cells.get(Field::Key).append_id(&mut own)?;
        let right = self.key.as_ref().and_then(|key| key.right(item));
        self.chosen(&chosen, Some(own.as_str()), right)
    }

    /// Whether a chosen option is that of the cell beside it, else what the key says is right.
    fn chosen(
        &self,
        chosen: &str,
        own: Option<&str>,
        right: Option<&Right>,
    ) -> Result<Scored, RejectReason> {
        if self.missing.is_value(chosen) {
            return Ok(Scored::default());
        }
        let outcome = match (own.filter(|key| !self.missing.is_word(key)), right) {
            (Some(own), _) => is_right(chosen, own).map_err(|_| RejectReason::NoKey)?,
            (None, Some(right)) => right.has(chosen),
            (None, None) => return Err(RejectReason::NoKey),
        };
        Ok(Scored { outcome: Some(outcome), points: None })
    }
}

fn largest<'a>(cells: impl Iterator<Item = &'a str>) -> f64 {
    cells.filter_map(scoring::number).fold(0.0, f64::max)
}

/// A share as people write it.
fn per_cent(share: f64) -> String {
    format!("{} %", (share * 1e4).round() / 100.0)
}
