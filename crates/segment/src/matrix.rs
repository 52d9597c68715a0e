//! A table of numbers by rows, and its parts of fixed size.

use std::collections::BTreeSet;

use seedtest_numerics::Stream;

/// Rows of `d` numbers, one after another.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) values: Vec<f64>,
    pub(crate) d: usize,
}

/// Rows of a piece of work. Depends on nothing, so that sums do not depend on the threads.
pub(crate) const CHUNK: usize = 2048;

impl Matrix {
    pub(crate) fn new(values: Vec<f64>, d: usize) -> Self {
        Self { values, d }
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
        Self { values, d: self.d }
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

    pub(crate) fn means(&self) -> Vec<f64> {
        let mut means = vec![0.0; self.d];
        for row in self.rows() {
            for (m, x) in means.iter_mut().zip(row) {
                *m += x;
            }
        }
        let n = self.n().max(1) as f64;
        means.iter().map(|m| m / n).collect()
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

/// Squared Euclidean distance.
pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}
