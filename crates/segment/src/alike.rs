//! Whether clusters vary alike around their centres, as groups do and pieces of a curve do not.

use seedtest_numerics::{chi_square_sf, ln};

use crate::matrix::Matrix;

/// Fewer rows have no covariance to speak of.
const LEAST_ROWS: f64 = 5.0;

/// p-value of as different covariances of two features within clusters if they were the same (Box 1949, the χ²
/// approximation); 0 where a cluster has too few rows, or does not vary.
///
/// Pieces of a ring or of an arm lie along it, each in another direction.
pub(crate) fn alike_within(
    matrix: &Matrix,
    labels: &[u32],
    k: usize,
    (first, second): (usize, usize),
) -> f64 {
    let mut clusters = vec![Moments::default(); k];
    for (row, &label) in matrix.rows().zip(labels) {
        clusters[label as usize].add(row[first], row[second]);
    }
    if k < 2 || clusters.iter().any(|of| of.n < LEAST_ROWS) {
        return 0.0;
    }
    let freedom: f64 = clusters.iter().map(|of| of.n - 1.0).sum();
    let scatters: Vec<[f64; 3]> = clusters.iter().map(|of| of.scatter()).collect();
    let pooled = scatters.iter().fold([0.0; 3], |sum, of| [0, 1, 2].map(|at| sum[at] + of[at]));
    let within = |scatter: [f64; 3], freedom: f64| {
        let [xx, xy, yy] = scatter.map(|sum| sum / freedom);
        freedom * ln((xx * yy - xy * xy).max(f64::MIN_POSITIVE))
    };
    let apart: f64 = clusters.iter().zip(&scatters).map(|(of, s)| within(*s, of.n - 1.0)).sum();
    let statistic = within(pooled, freedom) - apart;
    let groups = (k - 1) as f64;
    let harmonic = clusters.iter().map(|of| 1.0 / (of.n - 1.0)).sum::<f64>() - 1.0 / freedom;
    // (2p² + 3p − 1) / (6 (p + 1)) of p = 2 features.
    let correction = 13.0 / 18.0 * harmonic / groups;
    chi_square_sf((statistic * (1.0 - correction)).max(0.0), 3.0 * groups)
}

/// Sums over the rows of a cluster.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Moments {
    /// A row that does not know both does not count.
    fn add(&mut self, x: f64, y: f64) {
        if x.is_nan() || y.is_nan() {
            return;
        }
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Sums of squares and of products around the means.
    fn scatter(self) -> [f64; 3] {
        let Self { n, x, y, xx, xy, yy } = self;
        [xx - x * x / n, xy - x * y / n, yy - y * y / n]
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::alike_within;
    use crate::matrix::Matrix;

    /// Worked by hand: scatters (8, 0, 2), (2, 0, 8) of five rows each and (5, 0, 5) pooled have M = 4 · 2 ln(5²/16)
    /// over four degrees of freedom each.
    #[test]
    fn crossed_clusters_are_not_alike() {
        let rows = [[-2.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.0, 0.0]];
        let mut values: Vec<f64> = rows.concat();
        values.extend(rows.iter().flat_map(|[x, y]| [*y, *x]));
        let labels: Vec<u32> = (0..10).map(|row| u32::from(row > 4)).collect();
        let found = alike_within(&Matrix::new(values, 2), &labels, 2, (0, 1));
        // M (1 − 13/18 · (1/2 − 1/8)) = 8 · 0.446287 · 0.729167 = 2.603341 with three degrees of freedom.
        let expected = seedtest_numerics::chi_square_sf(2.603_341, 3.0);
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    #[test]
    fn groups_are_alike_and_thirds_of_a_ring_are_not() {
        let mut stream = Stream::new(1, 0);
        let (mut groups, mut ring, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..60 {
            let third = row % 3;
            labels.push(third);
            groups.extend([f64::from(third) * 4.0 + stream.normal(), stream.normal()]);
            let angle = std::f64::consts::TAU / 3.0 * (f64::from(third) + stream.uniform());
            let radius = 2.0 + 0.25 * stream.normal();
            #[allow(clippy::disallowed_methods)] // data of a test, whose bits do not matter
            ring.extend([radius * angle.cos(), radius * angle.sin()]);
        }
        let of = |values| alike_within(&Matrix::new(values, 2), &labels, 3, (0, 1));
        let (groups, ring) = (of(groups), of(ring));
        assert!(groups > 0.05 && ring < 1e-4, "{groups} {ring}");
    }
}
