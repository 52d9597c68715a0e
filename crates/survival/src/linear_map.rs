//! Estimates and their covariance under a linear map of the parameters.

/// A linear map of q parameters to as many.
pub(crate) struct LinearMap {
    q: usize,
    /// Row-major.
    matrix: Vec<f64>,
}

impl LinearMap {
    /// The map that changes nothing.
    pub(crate) fn identity(q: usize) -> Self {
        let mut map = Self { q, matrix: vec![0.0; q * q] };
        for j in 0..q {
            map.set(j, j, 1.0);
        }
        map
    }

    /// What parameter `from` counts in the new parameter `to`.
    pub(crate) fn set(&mut self, to: usize, from: usize, factor: f64) {
        self.matrix[to * self.q + from] = factor;
    }

    fn row(&self, i: usize) -> &[f64] {
        &self.matrix[i * self.q..(i + 1) * self.q]
    }

    /// M x
    pub(crate) fn apply(&self, x: &[f64]) -> Vec<f64> {
        (0..self.q).map(|i| product(self.row(i), x)).collect()
    }

    /// M V Mᵀ for a symmetric V, row-major.
    pub(crate) fn covariance(&self, v: &[f64]) -> Vec<f64> {
        let q = self.q;
        let mut covariance = vec![0.0; q * q];
        for i in 0..q {
            let half: Vec<f64> =
                (0..q).map(|k| product(self.row(i), &v[k * q..(k + 1) * q])).collect();
            for j in 0..q {
                covariance[i * q + j] = product(self.row(j), &half);
            }
        }
        covariance
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
