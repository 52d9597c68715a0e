//! Features of rows: checked, filled in and standardised.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::matrix::{CHUNK, Matrix};

/// Larger values have no square.
pub(crate) const LARGEST: f64 = 1e100;

/// Smaller distances have none either.
const SMALLEST: f64 = 1e-150;

/// A named column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feature<'a> {
    /// Its name.
    pub name: &'a str,
    /// A value for each row; NaN for a missing one.
    pub values: &'a [f64],
}

/// Rows as columns of equal length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data<'a> {
    /// The columns.
    pub features: Vec<Feature<'a>>,
}

/// A feature with its scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Name of the feature.
    pub name: String,
    /// Mean of its known values.
    pub mean: f64,
    /// Standard deviation of the known values (divisor their number), whether or not they are divided by it.
    pub sd: f64,
    /// Values that are missing: rows are compared by what is known of them, which is as if what is missing
    /// were that of their cluster.
    pub imputed: usize,
    /// Whether values are divided by `sd` after subtracting `mean`, which is always done.
    pub standardized: bool,
}

/// A feature left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Name of the feature.
    pub name: String,
    /// Why it says nothing.
    pub reason: String,
}

impl<'a> Data<'a> {
    /// Number of rows.
    pub fn n(&self) -> usize {
        self.features.first().map_or(0, |f| f.values.len())
    }

    /// The columns of these names, in their order.
    pub fn chosen(&self, names: &[String]) -> Result<Self, Error> {
        let find = |name: &String| -> Result<Feature<'a>, Error> {
            let found = self.features.iter().find(|f| f.name == name);
            found.copied().ok_or_else(|| Error::UnknownFeature { feature: name.clone() })
        };
        Ok(Self { features: names.iter().map(find).collect::<Result<_, _>>()? })
    }

    fn validate(&self) -> Result<(), Error> {
        let expected = self.n();
        for (position, f) in self.features.iter().enumerate() {
            let feature = || f.name.to_string();
            if f.values.len() != expected {
                return Err(Error::Length { feature: feature(), found: f.values.len(), expected });
            }
            if self.features[..position].iter().any(|other| other.name == f.name) {
                return Err(Error::DuplicateFeature { feature: feature() });
            }
            if let Some(row) = f.values.iter().position(|v| v.abs() > LARGEST) {
                return Err(Error::BadValue { row, feature: feature(), value: f.values[row] });
            }
        }
        Ok(())
    }
}

/// What clustering works on.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) matrix: Matrix,
    pub(crate) scales: Vec<Scale>,
    pub(crate) dropped: Vec<Dropped>,
}

impl Prepared {
    pub(crate) fn new(data: &Data<'_>, standardize: bool) -> Result<Self, Error> {
        data.validate()?;
        let mut scales = Vec::new();
        let mut kept = Vec::new();
        let mut dropped = Vec::new();
        let found: Vec<Result<Scale, String>> =
            data.features.par_iter().map(|feature| scale(feature, standardize)).collect();
        for (feature, found) in data.features.iter().zip(found) {
            match found {
                Ok(scale) => {
                    scales.push(scale);
                    kept.push(feature.values);
                }
                Err(reason) => {
                    dropped.push(Dropped { name: feature.name.to_string(), reason });
                }
            }
        }
        if scales.is_empty() && data.n() > 0 {
            return Err(Error::NoFeature { features: data.features.len() });
        }
        Ok(Self { matrix: scaled(&kept, &scales, data.n()), scales, dropped })
    }
}

/// Rows on the scales of a fit, from columns in their order.
pub(crate) fn scaled(columns: &[&[f64]], scales: &[Scale], n: usize) -> Matrix {
    let d = scales.len();
    let mut values = vec![0.0; n * d];
    values.par_chunks_mut(CHUNK * d.max(1)).enumerate().for_each(|(chunk, rows)| {
        let first = chunk * CHUNK;
        for (j, (column, scale)) in columns.iter().zip(scales).enumerate() {
            for (row, value) in rows.chunks_exact_mut(d).zip(&column[first..]) {
                row[j] = scale.apply(*value);
            }
        }
    });
    Matrix::new(values, d)
}

impl Scale {
    /// A value as clustering sees it; NaN stays NaN.
    pub(crate) fn apply(&self, value: f64) -> f64 {
        (value - self.mean) / self.unit()
    }

    /// Back to the unit of the feature.
    pub(crate) fn undo(&self, value: f64) -> f64 {
        self.mean + self.unit() * value
    }

    /// What 1 on the scale of clustering is in the unit of the feature.
    pub(crate) fn unit(&self) -> f64 {
        if self.standardized { self.sd } else { 1.0 }
    }

    /// Where components have their origin: values that are not standardised keep that of the feature.
    pub(crate) fn origin(&self) -> f64 {
        if self.standardized { 0.0 } else { self.mean }
    }
}

/// The largest power of two up to a positive number, by which dividing rounds nothing: distances that are equal
/// stay so.
fn power_of_two(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    f64::from_bits(x.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

/// Sum over the known values, of many in lanes: each addition of a plain sum waits for the one before.
fn sum_of_known(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    const LANES: usize = 8;
    const MANY: usize = 50_000;
    let known = |v: f64| if v.is_nan() { 0.0 } else { of(v) };
    if values.len() < MANY {
        return values.iter().filter(|v| !v.is_nan()).map(|v| of(*v)).sum();
    }
    let (together, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for group in together {
        for (sum, v) in sums.iter_mut().zip(group) {
            *sum += known(*v);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|v| known(*v)).sum::<f64>()
}

fn scale(feature: &Feature<'_>, standardized: bool) -> Result<Scale, String> {
    let known = || feature.values.iter().copied().filter(|v| !v.is_nan());
    let count = known().count();
    let Some(first) = known().next() else {
        return Err("every value is missing".to_string());
    };
    if known().all(|v| v == first) {
        return Err(format!("every value is {first}"));
    }
    // From the first value, against cancellation.
    let mean = first + sum_of_known(feature.values, |v| v - first) / count as f64;
    // In units about the size of the farthest one, whose square may be nothing at all (values of 1e-200).
    let farthest = known().map(|v| (v - mean).abs()).fold(0.0, f64::max);
    let unit = power_of_two(farthest);
    let square = |v: f64| {
        let share = (v - mean) / unit;
        share * share
    };
    let sd = unit * (sum_of_known(feature.values, square) / count as f64).sqrt();
    if sd <= 1e-14 * mean.abs() {
        return Err("its values differ by rounding only".to_string());
    }
    if !standardized && sd < SMALLEST {
        return Err(format!(
            "its values are {sd:.1e} apart, which has no square: it needs `standardize`"
        ));
    }
    let imputed = feature.values.len() - count;
    Ok(Scale { name: feature.name.to_string(), mean, sd, imputed, standardized })
}
