//! Rows of a time series, checked and brought into the order of time.

use crate::date::DAY;
use crate::error::Error;

/// The year 10000, which no date of four digits reaches.
pub(crate) const END_OF_TIME: i64 = 2_932_897 * DAY;

/// A named column of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// A value for each row.
    pub values: &'a [f64],
}

/// A named column of truth values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition<'a> {
    /// Its name.
    pub name: &'a str,
    /// A value for each row.
    pub values: &'a [bool],
}

/// Times and what is known at them besides the value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows<'a> {
    /// Seconds since 1970-01-01 00:00 by the clock on the wall; a day stands at its midnight.
    pub time: &'a [i64],
    /// Capacity of logistic growth.
    pub cap: Option<&'a [f64]>,
    /// Floor of logistic growth; `None` = 0 in a history, and then in the rows to predict.
    pub floor: Option<&'a [f64]>,
    /// Columns of regressors.
    pub regressors: Vec<Column<'a>>,
    /// Columns of conditions.
    pub conditions: Vec<Condition<'a>>,
}

/// An observed series; rows in any order, gaps allowed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data<'a> {
    /// Times.
    pub rows: Rows<'a>,
    /// Values.
    pub y: &'a [f64],
}

impl<'a> Rows<'a> {
    /// Times alone.
    pub fn new(time: &'a [i64]) -> Self {
        Self { time, ..Self::default() }
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.time.len()
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        // Year 1.
        const FIRST: i64 = -719_162 * DAY;
        let n = self.n();
        if let Some(row) = self.time.iter().position(|t| !(FIRST..END_OF_TIME).contains(t)) {
            return Err(Error::BadTime { row, time: self.time[row] });
        }
        for (name, values) in [("cap", self.cap), ("floor", self.floor)] {
            values.map_or(Ok(()), |v| column(name, v, n))?;
        }
        self.regressors.iter().try_for_each(|r| column(r.name, r.values, n))?;
        self.conditions.iter().try_for_each(|c| length(c.name, c.values.len(), n))
    }

    pub(crate) fn regressor(&self, name: &str) -> Result<&'a [f64], Error> {
        let found = self.regressors.iter().find(|r| r.name == name);
        found.map(|r| r.values).ok_or_else(|| missing("regressor", name))
    }

    pub(crate) fn condition(&self, name: &str) -> Result<&'a [bool], Error> {
        let found = self.conditions.iter().find(|c| c.name == name);
        found.map(|c| c.values).ok_or_else(|| missing("condition", name))
    }

    /// Floor and capacity of a row.
    pub(crate) fn bounds(&self, row: usize) -> Result<(f64, f64), Error> {
        let cap = self.cap.ok_or_else(|| missing("capacity", "cap"))?[row];
        let floor = self.floor.map_or(0.0, |f| f[row]);
        if cap > floor { Ok((floor, cap)) } else { Err(Error::Capacity { row, cap, floor }) }
    }
}

impl<'a> Data<'a> {
    /// Times and values alone.
    pub fn new(time: &'a [i64], y: &'a [f64]) -> Self {
        Self { rows: Rows::new(time), y }
    }

    /// The rows in the order of time.
    pub(crate) fn order(&self) -> Result<Vec<usize>, Error> {
        self.rows.validate()?;
        column("y", self.y, self.rows.n())?;
        not_too_close(self.y)?;
        let time = self.rows.time;
        let mut order: Vec<usize> = (0..time.len()).collect();
        order.sort_by_key(|&row| time[row]);
        let twice = order.windows(2).find(|pair| time[pair[0]] == time[pair[1]]);
        match twice {
            Some(pair) => {
                let time = time[pair[0]];
                Err(Error::DuplicateTime { first: pair[0], second: pair[1], time })
            }
            None => Ok(order),
        }
    }
}

/// A series that owns its columns, in the order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct History {
    pub(crate) time: Vec<i64>,
    pub(crate) y: Vec<f64>,
    cap: Option<Vec<f64>>,
    floor: Option<Vec<f64>>,
    regressors: Vec<(String, Vec<f64>)>,
    conditions: Vec<(String, Vec<bool>)>,
}

impl History {
    /// The observed rows in the order of time.
    pub(crate) fn new(data: &Data<'_>) -> Result<Self, Error> {
        let order = data.order()?;
        Ok(Self::chosen(data, &order))
    }

    fn chosen(data: &Data<'_>, rows: &[usize]) -> Self {
        let numbers = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let (named, conditions) = (&data.rows.regressors, &data.rows.conditions);
        Self {
            time: rows.iter().map(|&i| data.rows.time[i]).collect(),
            y: numbers(data.y),
            cap: data.rows.cap.map(numbers),
            floor: data.rows.floor.map(numbers),
            regressors: named.iter().map(|c| (c.name.to_string(), numbers(c.values))).collect(),
            conditions: conditions
                .iter()
                .map(|c| (c.name.to_string(), rows.iter().map(|&i| c.values[i]).collect()))
                .collect(),
        }
    }

    /// Rows `from..to` as data.
    pub(crate) fn part(&self, from: usize, to: usize) -> Data<'_> {
        let regressors = self.regressors.iter();
        let conditions = self.conditions.iter();
        Data {
            rows: Rows {
                time: &self.time[from..to],
                cap: self.cap.as_ref().map(|c| &c[from..to]),
                floor: self.floor.as_ref().map(|f| &f[from..to]),
                regressors: regressors
                    .map(|(name, values)| Column { name, values: &values[from..to] })
                    .collect(),
                conditions: conditions
                    .map(|(name, values)| Condition { name, values: &values[from..to] })
                    .collect(),
            },
            y: &self.y[from..to],
        }
    }

    /// All rows.
    pub(crate) fn data(&self) -> Data<'_> {
        self.part(0, self.time.len())
    }

    /// Without these rows.
    pub(crate) fn without(&self, left_out: &[usize]) -> Self {
        let kept: Vec<usize> = (0..self.time.len()).filter(|i| !left_out.contains(i)).collect();
        Self::chosen(&self.data(), &kept)
    }
}

pub(crate) fn missing(what: &'static str, name: &str) -> Error {
    Error::MissingColumn { what, name: name.to_string() }
}

fn length(name: &str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        return Ok(());
    }
    Err(Error::Length { column: name.to_string(), found, expected })
}

/// Refuses values whose differences have no squares: a spread of 0 would be told of a series that varies.
fn not_too_close(values: &[f64]) -> Result<(), Error> {
    const LEAST: f64 = 1e-100;
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = largest - values.iter().copied().fold(f64::INFINITY, f64::min);
    if range > 0.0 && range < LEAST { Err(Error::TooClose { range }) } else { Ok(()) }
}

fn column(name: &str, values: &[f64], n: usize) -> Result<(), Error> {
    // Larger values have no square.
    const LARGEST: f64 = 1e100;
    length(name, values.len(), n)?;
    match values.iter().position(|v| v.is_nan() || v.abs() > LARGEST) {
        Some(row) => Err(Error::NotFinite { row, column: name.to_string(), value: values[row] }),
        None => Ok(()),
    }
}
