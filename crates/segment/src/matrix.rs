//! A table of numbers by rows, and its parts of fixed size.

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

    /// At most `most` rows at equal distances, with their numbers.
    pub(crate) fn sample(&self, most: usize) -> Vec<usize> {
        let stride = self.n().div_ceil(most.max(1)).max(1);
        (0..self.n()).step_by(stride).collect()
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
        let mut seen = std::collections::BTreeSet::new();
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
