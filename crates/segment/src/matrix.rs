//! A table of numbers by rows, and its parts of fixed size.

use std::collections::BTreeSet;

use rayon::prelude::*;
use seedtest_numerics::Stream;

/// Rows of `d` numbers, one after another; NaN for a cell that is not known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) values: Vec<f64>,
    pub(crate) d: usize,
    /// Whether every cell is known.
    pub(crate) is_complete: bool,
}

/// Rows of a piece of work. Depends on nothing, so that sums do not depend on the threads.
pub(crate) const CHUNK: usize = 2048;

impl Matrix {
    pub(crate) fn new(values: Vec<f64>, d: usize) -> Self {
        let is_complete = !values.iter().any(|x| x.is_nan());
        Self { values, d, is_complete }
    }

    pub(crate) fn n(&self) -> usize {
        self.values.len() / self.d.max(1)
    }

    pub(crate) fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.d..][..self.d]
    }

    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.d)
    }

    /// These rows, in this order.
    pub(crate) fn chosen(&self, rows: impl Iterator<Item = usize>) -> Self {
        let values = rows.flat_map(|i| self.row(i).iter().copied()).collect();
        Self::new(values, self.d)
    }

    /// A row as a centre to start from: what is not known of it is 0, the mean of all rows.
    pub(crate) fn as_centre(&self, i: usize) -> Vec<f64> {
        self.row(i).iter().map(|x| if x.is_nan() { 0.0 } else { *x }).collect()
    }

    /// These rows as centres to start from.
    pub(crate) fn as_centres(&self, rows: impl Iterator<Item = usize>) -> Self {
        Self::new(rows.flat_map(|i| self.as_centre(i)).collect(), self.d)
    }

    /// Numbers of `most` rows drawn without replacement, or of all where there are no more, in their order.
    ///
    /// Drawn, because rows at equal distances are all of one kind where the order has a period. Floyd's
    /// method (Bentley & Floyd 1987).
    pub(crate) fn sample(&self, most: usize, seed: u64) -> Vec<usize> {
        const STREAM: u64 = u64::MAX;
        let n = self.n();
        let mut stream = Stream::new(seed, STREAM);
        let mut drawn = BTreeSet::new();
        for last in n.saturating_sub(most)..n {
            let row = stream.below(last as u64 + 1) as usize;
            if !drawn.insert(row) {
                drawn.insert(last);
            }
        }
        drawn.into_iter().collect()
    }

    /// Sum of the squares of the known cells.
    pub(crate) fn squares(&self) -> f64 {
        let of = |rows: &[f64]| rows.iter().map(|x| if x.is_nan() { 0.0 } else { x * x }).sum();
        let parts: Vec<f64> = self.values.par_chunks(CHUNK * self.d.max(1)).map(of).collect();
        parts.iter().sum()
    }

    /// Means of the known cells.
    pub(crate) fn means(&self) -> Vec<f64> {
        let mut sums = Sums::new(1, self.d);
        for row in self.rows() {
            sums.add(0, row);
        }
        sums.means(|_| 0.0)
    }

    /// The known cells of a column, ascending.
    pub(crate) fn sorted_column(&self, j: usize) -> Vec<f64> {
        let mut known: Vec<f64> = self.rows().map(|row| row[j]).filter(|x| !x.is_nan()).collect();
        known.sort_by(f64::total_cmp);
        known
    }

    /// Different rows, counted up to `most`.
    pub(crate) fn distinct(&self, most: usize) -> usize {
        let mut seen = BTreeSet::new();
        for row in self.rows() {
            // −0 and 0 are one number.
            seen.insert(row.iter().map(|x| (x + 0.0).to_bits()).collect::<Vec<u64>>());
            if seen.len() >= most {
                break;
            }
        }
        seen.len()
    }
}

/// Sums of known cells by group and feature.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    d: usize,
    totals: Vec<f64>,
    counts: Vec<f64>,
}

impl Sums {
    pub(crate) fn new(groups: usize, d: usize) -> Self {
        Self { d, totals: vec![0.0; groups * d], counts: vec![0.0; groups * d] }
    }

    pub(crate) fn add(&mut self, group: usize, row: &[f64]) {
        let cells = group * self.d..(group + 1) * self.d;
        let sums = self.totals[cells.clone()].iter_mut().zip(&mut self.counts[cells]);
        for ((sum, count), x) in sums.zip(row) {
            if !x.is_nan() {
                *sum += x;
                *count += 1.0;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (sum, more) in self.totals.iter_mut().zip(&other.totals) {
            *sum += more;
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// Means by group and feature; of what no row of a group knows, what `otherwise` says of the cell.
    pub(crate) fn means(&self, otherwise: impl Fn(usize) -> f64) -> Vec<f64> {
        let of = |at: usize| {
            if self.counts[at] > 0.0 { self.totals[at] / self.counts[at] } else { otherwise(at) }
        };
        (0..self.totals.len()).map(of).collect()
    }
}

/// Squared Euclidean distance of two rows whose cells are all known.
pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

/// Squared distance over the cells that are known of both: what k-means adds up for a row and a centre.
pub(crate) fn known_distance(a: &[f64], b: &[f64]) -> f64 {
    let difference = |(x, y): (&f64, &f64)| {
        let apart = x - y;
        if apart.is_nan() { 0.0 } else { apart * apart }
    };
    a.iter().zip(b).map(difference).sum()
}

/// Squared distance of two rows as if all cells were known: that over the known ones, times the number of
/// all by that of the known (Gower 1971); of rows that share none, as far as standardised rows are on
/// average.
pub(crate) fn pair_distance(a: &[f64], b: &[f64]) -> f64 {
    let d = a.len() as f64;
    let (mut sum, mut known) = (0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let apart = x - y;
        if !apart.is_nan() {
            sum += apart * apart;
            known += 1.0;
        }
    }
    // All known: the same bytes as without a thought of missing cells.
    if known == d {
        sum
    } else if known > 0.0 {
        sum * d / known
    } else {
        2.0 * d
    }
}
