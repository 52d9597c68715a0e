//! The rows survival models are fitted to, and what is checked of them.

use std::ops::RangeInclusive;

use crate::error::Error;

/// Largest covariate in size: spreads and products of a few must stay numbers.
const LARGEST: f64 = 1e100;
/// Case weights, whose sums, squares and ratios must stay numbers.
const WEIGHTS: RangeInclusive<f64> = 1e-50..=1e50;

/// A covariate: a name and one value per row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Covariate<'a> {
    /// Name, as it stands in results and messages.
    pub name: &'a str,
    /// Values, all finite.
    pub values: &'a [f64],
}

/// What survival models are fitted to: times, events and covariates in columns of equal length.
#[derive(Debug, Clone, PartialEq)]
pub struct Data<'a> {
    /// Start of the observation of each row, for left truncation and for time-varying covariates:
    /// a row is at risk at the times t with start < t ≤ stop. `None` when all rows start at 0.
    pub start: Option<&'a [f64]>,
    /// End of the observation of each row, ≥ 0.
    pub stop: &'a [f64],
    /// 1 when the row ends with an event, 0 when it ends by censoring.
    pub event: &'a [u8],
    /// Covariates.
    pub covariates: Vec<Covariate<'a>>,
    /// Case weights, from 1e-50 to 1e50.
    pub weights: Option<&'a [f64]>,
    /// Terms of the linear predictor with coefficient one.
    pub offset: Option<&'a [f64]>,
    /// Stratum of each row; every stratum has a baseline hazard of its own.
    pub strata: Option<&'a [u32]>,
    /// Cluster of each row (the student, say); rows of one cluster may depend on each other.
    pub cluster: Option<&'a [u32]>,
}

/// A row to predict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// One value for each covariate of the fit.
    pub x: &'a [f64],
    /// Code of the stratum, 0 without strata.
    pub stratum: u32,
    /// Term of the linear predictor with coefficient one, 0 without.
    pub offset: f64,
}

impl<'a> Data<'a> {
    /// Right-censored data without weights, offset, strata or clusters.
    pub fn new(stop: &'a [f64], event: &'a [u8], covariates: Vec<Covariate<'a>>) -> Self {
        Self {
            start: None,
            stop,
            event,
            covariates,
            weights: None,
            offset: None,
            strata: None,
            cluster: None,
        }
    }

    /// Number of rows.
    pub fn n(&self) -> usize {
        self.stop.len()
    }

    /// Number of rows that end with an event.
    pub fn n_events(&self) -> usize {
        self.event.iter().map(|&e| usize::from(e == 1)).sum()
    }

    /// Whether every weight is a whole number, so that it may count equal rows. Others (inverse
    /// probabilities of being sampled or treated) need robust standard errors.
    pub fn weights_are_counts(&self) -> bool {
        self.weights.is_none_or(|weights| weights.iter().all(|w| w.fract() == 0.0))
    }

    /// Checks lengths and values.
    pub fn validate(&self) -> Result<(), Error> {
        if self.n() == 0 {
            return Err(Error::NoRows);
        }
        if self.n() >= u32::MAX as usize / 2 {
            return Err(Error::TooManyRows { rows: self.n() });
        }
        self.check_lengths()?;
        self.check_times()?;
        if let Some(row) = self.event.iter().position(|&e| e > 1) {
            return Err(Error::Event { row, value: f64::from(self.event[row]) });
        }
        for covariate in &self.covariates {
            finite(covariate.name, covariate.values)?;
        }
        if let Some(offset) = self.offset {
            finite("offset", offset)?;
        }
        let weights = self.weights.unwrap_or(&[]);
        match weights.iter().position(|w| !WEIGHTS.contains(w)) {
            Some(row) => Err(Error::Weight { row, value: weights[row] }),
            None => Ok(()),
        }
    }

    fn check_lengths(&self) -> Result<(), Error> {
        let numbers = [("start", self.start), ("weights", self.weights), ("offset", self.offset)];
        let codes = [("strata", self.strata), ("cluster", self.cluster)];
        let mut lengths = vec![("event", self.event.len())];
        lengths.extend(numbers.iter().filter_map(|(name, c)| c.map(|c| (*name, c.len()))));
        lengths.extend(codes.iter().filter_map(|(name, c)| c.map(|c| (*name, c.len()))));
        lengths.extend(self.covariates.iter().map(|c| (c.name, c.values.len())));
        match lengths.iter().find(|(_, length)| *length != self.n()) {
            None => Ok(()),
            Some(&(column, found)) => {
                Err(Error::Length { column: column.to_owned(), found, expected: self.n() })
            }
        }
    }

    fn check_times(&self) -> Result<(), Error> {
        check_nonnegative("stop", self.stop)?;
        let Some(start) = self.start else { return Ok(()) };
        check_nonnegative("start", start)?;
        match start.iter().zip(self.stop).position(|(start, stop)| stop <= start) {
            None => Ok(()),
            Some(row) => Err(Error::Interval { row, start: start[row], stop: self.stop[row] }),
        }
    }

    pub(crate) fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }

    /// These rows of the data, copied.
    pub(crate) fn subset(&self, rows: &[u32]) -> Subset {
        let numbers = |column: &[f64]| rows.iter().map(|&r| column[r as usize]).collect();
        let codes = |column: &[u32]| rows.iter().map(|&r| column[r as usize]).collect();
        Subset {
            start: self.start.map(numbers),
            stop: numbers(self.stop),
            event: rows.iter().map(|&r| self.event[r as usize]).collect(),
            names: self.covariates.iter().map(|c| c.name.to_owned()).collect(),
            covariates: self.covariates.iter().map(|c| numbers(c.values)).collect(),
            weights: self.weights.map(numbers),
            offset: self.offset.map(numbers),
            strata: self.strata.map(codes),
            cluster: self.cluster.map(codes),
        }
    }
}

fn check_nonnegative(field: &'static str, times: &[f64]) -> Result<(), Error> {
    match times.iter().position(|&t| !(t.is_finite() && t >= 0.0)) {
        Some(row) => Err(Error::Time { row, field, value: times[row] }),
        None => Ok(()),
    }
}

fn finite(column: &str, values: &[f64]) -> Result<(), Error> {
    match values.iter().position(|x| x.is_nan() || x.abs() > LARGEST) {
        Some(row) => Err(Error::NotFinite { row, column: column.to_owned(), value: values[row] }),
        None => Ok(()),
    }
}

/// Rows of some data with their own memory.
pub(crate) struct Subset {
    start: Option<Vec<f64>>,
    stop: Vec<f64>,
    event: Vec<u8>,
    names: Vec<String>,
    covariates: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    offset: Option<Vec<f64>>,
    strata: Option<Vec<u32>>,
    cluster: Option<Vec<u32>>,
}

impl Subset {
    pub(crate) fn data(&self) -> Data<'_> {
        let pairs = self.names.iter().zip(&self.covariates);
        Data {
            start: self.start.as_deref(),
            stop: &self.stop,
            event: &self.event,
            covariates: pairs.map(|(name, values)| Covariate { name, values }).collect(),
            weights: self.weights.as_deref(),
            offset: self.offset.as_deref(),
            strata: self.strata.as_deref(),
            cluster: self.cluster.as_deref(),
        }
    }
}
