//! B-splines and natural splines as R's `bs()` and `ns()` make them.

use seedtest_numerics::quantile;
use serde::{Deserialize, Serialize};

/// A spline basis (de Boor 1978, chapter IX).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spline {
    /// All knots, the boundary ones repeated.
    knots: Vec<f64>,
    degree: usize,
    /// Whether the first function is kept.
    intercept: bool,
    /// For natural splines the Householder vectors that turn the second derivatives at the boundary
    /// into the first two coordinates, which are left out.
    reflections: Option<Vec<Vec<f64>>>,
}

impl Spline {
    /// `None` when the values do not suffice: fewer than two distinct ones, or knots that meet.
    pub(crate) fn learn(
        x: &[f64],
        natural: bool,
        degree: usize,
        intercept: bool,
        df: Option<usize>,
        knots: Option<Vec<f64>>,
        bounds: Option<(f64, f64)>,
    ) -> Option<Self> {
        let range = || {
            let low = x.iter().fold(f64::INFINITY, |m, &x| m.min(x));
            (low, x.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x)))
        };
        let (low, high) = bounds.unwrap_or_else(range);
        if low.is_nan() || high.is_nan() || low >= high {
            return None;
        }
        let order = degree + 1;
        let own = usize::from(intercept);
        let inner = knots.unwrap_or_else(|| {
            let taken = if natural { 1 + own } else { degree + own };
            let count = df.map_or(0, |df| df.saturating_sub(taken));
            quantiles(x, (low, high), count)
        });
        if inner.iter().any(|k| !(low < *k && *k < high)) {
            return None;
        }
        let mut all = vec![low; order];
        all.extend(inner);
        all.extend(vec![high; order]);
        all.sort_by(f64::total_cmp);
        let mut spline = Self { knots: all, degree, intercept, reflections: None };
        if natural {
            let curvature = |at: f64| spline.kept(spline.derivatives(at, 2));
            let (left, right) = (curvature(low), curvature(high));
            spline.reflections = Some(reflections(left, right));
        }
        Some(spline)
    }

    /// Columns of the basis; beyond the boundary a B-spline goes on as its last polynomial, a natural one
    /// as a line.
    pub(crate) fn columns(&self, x: &[f64]) -> Vec<Vec<f64>> {
        let first = self.row(x.first().copied().unwrap_or(0.0));
        let mut out = vec![Vec::with_capacity(x.len()); first.len()];
        for &x in x {
            for (column, value) in out.iter_mut().zip(self.row(x)) {
                column.push(value);
            }
        }
        out
    }

    fn row(&self, x: f64) -> Vec<f64> {
        let Some(reflections) = &self.reflections else {
            return self.kept(self.derivatives(x, 0));
        };
        let (low, high) = (self.knots[0], self.knots[self.knots.len() - 1]);
        let edge = x.clamp(low, high);
        let mut row = self.kept(self.derivatives(edge, 0));
        if edge != x {
            let slopes = self.kept(self.derivatives(edge, 1));
            for (value, slope) in row.iter_mut().zip(slopes) {
                *value += slope * (x - edge);
            }
        }
        for reflection in reflections {
            reflect(reflection, &mut row);
        }
        row.split_off(reflections.len())
    }

    fn kept(&self, mut row: Vec<f64>) -> Vec<f64> {
        if !self.intercept {
            row.remove(0);
        }
        row
    }

    /// A derivative of every B-spline at x, of the polynomial piece at the boundary for x beyond it.
    fn derivatives(&self, x: f64, derivative: usize) -> Vec<f64> {
        let (t, n) = (&self.knots, self.knots.len() - self.degree - 1);
        // The piece: t[piece] ≤ x < t[piece + 1], the last one closed.
        let inside = t[self.degree..=n].partition_point(|&knot| knot <= x);
        let piece = (self.degree + inside).saturating_sub(1).clamp(self.degree, n - 1);
        let low = self.degree - derivative.min(self.degree);
        // Values of lower degree by recursion, those of degree d being functions piece − d … piece.
        let mut values = vec![0.0; n + 1];
        values[piece] = 1.0;
        for d in 1..=self.degree {
            let mut next = vec![0.0; n + 1];
            for i in piece - d..=piece.min(n - 1) {
                let left = t[i + d] - t[i];
                let right = t[i + d + 1] - t[i + 1];
                let (from, to) = (values[i], values[i + 1]);
                let share =
                    |value: f64, length: f64| if length > 0.0 { value / length } else { 0.0 };
                next[i] = if d <= low {
                    share((x - t[i]) * from, left) + share((t[i + d + 1] - x) * to, right)
                } else {
                    d as f64 * (share(from, left) - share(to, right))
                };
            }
            values = next;
        }
        values.truncate(n);
        values
    }
}

/// Inner knots at equally spaced quantiles (R's type 7) of the values within the boundary.
fn quantiles(x: &[f64], (low, high): (f64, f64), count: usize) -> Vec<f64> {
    let mut inside: Vec<f64> = x.iter().copied().filter(|x| (low..=high).contains(x)).collect();
    inside.sort_by(f64::total_cmp);
    let share = |i: usize| i as f64 / (count + 1) as f64;
    (1..=count).filter_map(|i| quantile(&inside, share(i))).collect()
}

/// Householder vectors of the QR decomposition of two columns, scaled as LINPACK does.
fn reflections(first: Vec<f64>, second: Vec<f64>) -> Vec<Vec<f64>> {
    let mut columns = [first, second];
    let mut out = Vec::new();
    for l in 0..2 {
        let own = &columns[l];
        let length = own[l..].iter().map(|x| x * x).sum::<f64>().sqrt();
        let length = if own[l] < 0.0 { -length } else { length };
        let mut vector: Vec<f64> = own.iter().map(|x| x / length).collect();
        vector[..l].fill(0.0);
        vector[l] += 1.0;
        for column in &mut columns[l..] {
            reflect(&vector, column);
        }
        out.push(vector);
    }
    out
}

fn reflect(vector: &[f64], x: &mut [f64]) {
    let head = vector.iter().find(|v| **v != 0.0).copied().unwrap_or(1.0);
    let share: f64 = -vector.iter().zip(x.iter()).map(|(v, x)| v * x).sum::<f64>() / head;
    for (x, v) in x.iter_mut().zip(vector) {
        *x += share * v;
    }
}
