//! Columns that grow cell by cell.

use std::collections::HashMap;

use seedtest_responses::{Texts, logical};

use super::unit::Unit;
use super::{OddCell, TableColumn};
use crate::identity::canonical;
use crate::missing::Missing;
use crate::number_format::NumberFormat;
use crate::table::decimal;

/// Fewest numbers beside which a text is odd.
const FEWEST_NUMBERS: u64 = 10;
/// One in so many cells that are texts is odd.
const LARGEST_SHARE: u64 = 20;

/// What is known of a column before its cells are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    /// It holds texts.
    pub(super) is_text: bool,
    /// Its cells name something.
    pub(super) is_naming: bool,
    /// Numbers that came before a text become texts as they are, for the file does not write them otherwise.
    pub(super) turns: bool,
    pub(super) format: NumberFormat,
    pub(super) unit: Unit,
}

/// One column of a stretch of a file.
#[derive(Debug)]
pub(super) struct Builder {
    expected: Expected,
    numbers: Vec<f64>,
    texts: Interned,
    /// Cells that are numbers and no truth values.
    n_numbers: u64,
    /// Cells that are neither numbers nor truth values.
    n_texts: u64,
    /// The first of those: its row from 0 and its text.
    first_text: Option<(usize, String)>,
    /// The first cell that the file marks as a text and that only looks like a number: see [`is_code`].
    first_code: Option<String>,
}

/// Texts of a stretch, each kept once.
#[derive(Debug, Default)]
struct Interned {
    positions: HashMap<Box<str>, u32>,
    distinct: Vec<Box<str>>,
    codes: Vec<u32>,
}

impl Interned {
    fn push(&mut self, text: Option<&str>) {
        let code = text.map_or(Texts::MISSING, |text| self.code(text));
        self.codes.push(code);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.positions.get(text) {
            return code;
        }
        let code = self.distinct.len() as u32;
        self.positions.insert(text.into(), code);
        self.distinct.push(text.into());
        code
    }
}

impl Builder {
    /// A column of about so many rows.
    pub(super) fn new(expected: Expected, rows: usize) -> Self {
        let is_text = expected.is_text || expected.is_naming;
        let codes = Vec::with_capacity(if is_text { rows } else { 0 });
        Self {
            expected,
            numbers: Vec::with_capacity(if is_text { 0 } else { rows }),
            texts: Interned { codes, ..Interned::default() },
            n_numbers: 0,
            n_texts: 0,
            first_text: None,
            first_code: None,
        }
    }

    fn keeps_texts(&self) -> bool {
        self.expected.is_text || self.expected.is_naming
    }

    /// Whether a cell of digits with a point or without is a number of this column, whatever its neighbours.
    pub(super) fn takes_plain_numbers(&self) -> bool {
        let Expected { format, unit, .. } = self.expected;
        !self.keeps_texts() && format == NumberFormat::default() && unit != Unit::PerCent
    }

    /// Adds a number of such a column.
    pub(super) fn push_plain(&mut self, number: f64, missing: &Missing) {
        let is_missing = missing.is_code(number);
        self.n_numbers += u64::from(!is_missing);
        self.numbers.push(if is_missing { f64::NAN } else { number });
    }

    /// Adds the cell of the row at a position.
    pub(super) fn push(&mut self, row: usize, cell: &str, missing: &Missing) {
        if !self.keeps_texts() {
            if self.takes_plain_numbers()
                && let Some(number) = decimal::simple(cell.as_bytes())
                && !missing.is_code(number)
            {
                self.n_numbers += 1;
                return self.numbers.push(number);
            }
            let n_texts = self.n_texts;
            let number = self.slow_number(row, cell, missing);
            if !self.expected.turns || self.n_texts == n_texts {
                return self.numbers.push(number);
            }
            self.turn_to_texts();
            return self.texts.push(Some(&canonical(cell.trim())));
        }
        let cell = cell.trim();
        if missing.is_value(cell) {
            return self.texts.push(None);
        }
        self.number_of(row, cell);
        self.texts.push(Some(&canonical(cell)));
    }

    /// Adds a cell that the file marks as a text: by quotes, or by its type.
    pub(super) fn push_text(&mut self, row: usize, cell: &str, missing: &Missing) {
        if self.first_code.is_none() && is_code(cell.trim()) && !missing.is_value(cell.trim()) {
            self.first_code = Some(cell.trim().to_owned());
            if self.expected.turns && !self.keeps_texts() {
                self.turn_to_texts();
            }
        }
        self.push(row, cell, missing);
    }

    /// Adds a cell that has the type of a number.
    pub(super) fn push_number(&mut self, row: usize, number: f64, missing: &Missing) {
        let is_missing = number.is_nan() || missing.is_code(number);
        if self.keeps_texts() {
            let text = (!is_missing).then(|| number.to_string());
            self.push(row, text.as_deref().unwrap_or_default(), missing);
        } else {
            self.n_numbers += u64::from(!is_missing);
            self.numbers.push(if is_missing { f64::NAN } else { number });
        }
    }

    fn turn_to_texts(&mut self) {
        self.expected.is_text = true;
        for number in std::mem::take(&mut self.numbers) {
            let text = (!number.is_nan()).then(|| number.to_string());
            self.texts.push(text.as_deref());
        }
    }

    fn slow_number(&mut self, row: usize, cell: &str, missing: &Missing) -> f64 {
        let cell = cell.trim();
        if missing.is_value(cell) {
            return f64::NAN;
        }
        self.number_of(row, cell)
    }

    /// The number in a cell that is not missing, NaN for none; counts what it is.
    fn number_of(&mut self, row: usize, cell: &str) -> f64 {
        if let Some(says) = logical(cell) {
            return f64::from(says);
        }
        if let Some(number) = self.expected.unit.read(cell, self.expected.format) {
            self.n_numbers += 1;
            return number;
        }
        self.n_texts += 1;
        self.first_text.get_or_insert_with(|| (row, cell.to_owned()));
        f64::NAN
    }

    /// Whether cells turned out to be texts that were read as numbers: they have to be read again.
    pub(super) fn is_surprised(&self) -> bool {
        (self.n_texts > 0 || self.first_code.is_some()) && !self.keeps_texts()
    }
}

/// Whether a text is of digits that begin with a zero, as `001`: no number is written so.
pub(super) fn is_code(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What all stretches of a column say together.
pub(super) struct Joined {
    pub(super) column: TableColumn,
    /// The first text of a column of numbers: row from 0, text, texts, numbers.
    pub(super) odd: Option<(usize, String, u64, u64)>,
    /// A cell that makes texts of a column that could be one of numbers.
    pub(super) code: Option<String>,
}

impl Joined {
    /// What to say of a column that is one of texts for its codes alone.
    pub(super) fn note(&self, column: &str) -> Option<String> {
        let code = self.code.as_deref()?;
        Some(format!(
            "{column}: {code:?} is marked as a text and begins with a zero: the column is one of texts, not of numbers"
        ))
    }
}

/// Puts the stretches of a column one behind the other. `starts`: the first row of each.
pub(super) fn join(parts: Vec<Builder>, starts: &[usize]) -> Joined {
    let n_numbers: u64 = parts.iter().map(|part| part.n_numbers).sum();
    let n_texts: u64 = parts.iter().map(|part| part.n_texts).sum();
    let first = parts.iter().zip(starts).find_map(|(part, start)| {
        part.first_text.as_ref().map(|(row, text)| (start + row, text.clone()))
    });
    let names_something = parts.first().is_some_and(|part| part.expected.is_naming);
    let code = parts.iter().find_map(|part| part.first_code.clone());
    let code = code.filter(|_| n_texts == 0 && !names_something);
    let is_odd = n_numbers >= FEWEST_NUMBERS && n_texts * LARGEST_SHARE <= n_numbers + n_texts;
    let odd = first.filter(|_| is_odd).map(|(row, text)| (row, text, n_texts, n_numbers));
    let keeps_texts = parts.first().is_some_and(Builder::keeps_texts);
    if !keeps_texts {
        let mut numbers = Vec::with_capacity(parts.iter().map(|part| part.numbers.len()).sum());
        for part in parts {
            numbers.extend(part.numbers);
        }
        return Joined { column: TableColumn::Numeric(numbers), odd, code: None };
    }
    let mut texts = Texts::default();
    for part in &parts {
        for &code in &part.texts.codes {
            texts.push(part.texts.distinct.get(code as usize).map(|text| &**text));
        }
    }
    // Truth values stay numbers, whatever they name, and so does a column with nothing in it.
    if n_texts == 0 && n_numbers == 0 {
        let (levels, codes) = texts.sorted();
        let number = |code: &u32| {
            let level = levels.get(*code as usize);
            level.and_then(|level| logical(level)).map_or(f64::NAN, f64::from)
        };
        return Joined {
            column: TableColumn::Numeric(codes.iter().map(number).collect()),
            odd: None,
            code: None,
        };
    }
    Joined { column: texts.into(), odd: odd.filter(|_| n_texts > 0), code }
}

/// The odd cell of a column, with its line.
pub(super) fn odd_cell(column: &str, line: u64, odd: (usize, String, u64, u64)) -> OddCell {
    let (_, value, odd, numbers) = odd;
    OddCell { line, column: column.to_owned(), value, odd, numbers }
}
