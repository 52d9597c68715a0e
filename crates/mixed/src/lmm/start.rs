//! Where the search for the variances of scalar random effects starts: their estimates by moments.

use super::problem::Problem;
use crate::system::small;

/// Most that a start may differ from a standard deviation like that of the residuals, as a factor.
const FARTHEST: f64 = 20.0;

impl Problem {
    /// θ by the method of fitting constants (Henderson 1953) without the part of the fixed effects: the sum
    /// of squares between the levels of each factor is as expected. `None` where an effect is no scalar or
    /// the moments say nothing.
    pub(crate) fn moments(&self) -> Option<Vec<f64>> {
        let order = self.rows.group_order();
        if self.templates.iter().any(|template| template.k != 1) {
            return None;
        }
        let m = order.len();
        let (expected, squares) = self.expectations(m);
        let inverse = small::general_inverse(&expected, m + 1)?;
        let solved: Vec<f64> =
            (0..=m).map(|i| (0..=m).map(|j| inverse[i * (m + 1) + j] * squares[j]).sum()).collect();
        let residual = solved[m];
        if residual.is_nan() || residual <= 0.0 {
            return None;
        }
        let scales = self.scales_by_group();
        let mut theta = vec![0.0; m];
        for (at, &g) in order.iter().enumerate() {
            let unit = 1.0 / scales[g][0];
            let found = (solved[at] / residual).max(0.0).sqrt();
            theta[g] = found.clamp(unit / FARTHEST, unit * FARTHEST);
        }
        Some(theta)
    }

    /// Sums of squares between the levels of each factor and in all, and what each variance, that of the
    /// residuals last, adds to their expectation; in the order of the system.
    fn expectations(&self, m: usize) -> (Vec<f64>, Vec<f64>) {
        let (rows, products) = (&self.rows, &self.products);
        let (width, c) = (m + 1, rows.p + 1);
        let mut expected = vec![0.0; width * width];
        let mut squares = vec![0.0; width];
        let diagonal: Vec<f64> = (0..rows.q).map(|i| products.rest.at(i, i)).collect();
        let own =
            products.own.iter().zip(products.own_fixed.chunks_exact(c)).map(|(d, y)| (0, d, y));
        let rest = diagonal.iter().zip(products.rest_fixed.chunks_exact(c)).enumerate();
        let rest = rest.map(|(i, (d, y))| (1 + rows.column_group[i] as usize, d, y));
        for (g, &d, y) in own.chain(rest).filter(|(_, d, _)| **d > 0.0) {
            squares[g] += y[c - 1] * y[c - 1] / d;
            expected[g * width + g] += d;
            expected[g * width + m] += 1.0;
            expected[m * width + g] += d;
        }
        let mut joined = |g: usize, h: usize, value: f64, of_g: f64, of_h: f64| {
            if of_g > 0.0 && of_h > 0.0 {
                expected[g * width + h] += value * value / of_g;
                expected[h * width + g] += value * value / of_h;
            }
        };
        for level in 0..rows.n_levels() {
            for slot in rows.slots(level) {
                let column = rows.slot_columns[slot] as usize;
                let h = 1 + rows.column_group[column] as usize;
                joined(0, h, products.own_rest[slot], products.own[level], diagonal[column]);
            }
        }
        if m > 2 {
            for i in 0..rows.q {
                for j in (0..i).filter(|&j| rows.column_group[j] != rows.column_group[i]) {
                    let (g, h) =
                        (1 + rows.column_group[i] as usize, 1 + rows.column_group[j] as usize);
                    joined(g, h, products.rest.at(i, j), diagonal[i], diagonal[j]);
                }
            }
        }
        squares[m] = products.fixed[c * c - 1];
        expected[m * width + m] = rows.n as f64;
        (expected, squares)
    }
}
