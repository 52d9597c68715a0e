//! Points for integrals over several standard normal abilities.

use seedtest_numerics::{exp, ln};

use crate::chunk_step::TILE;

/// Most dimensions: the number of points grows by a power of them.
pub(crate) const MOST: usize = 4;
/// Most points of a lattice.
const MOST_POINTS: usize = 40_000;
/// Log weight of a padding point: its posterior is exactly zero.
const NO_WEIGHT: f64 = -1e6;
/// Edge of the cells of the coarsest lattice, by the number of dimensions from 2 on: where more items share their
/// information among more dimensions, posteriors are wider.
const FIRST_EDGE: [f64; 3] = [0.7, 0.8, 0.9];
/// Radius of the coarsest lattice in standard deviations.
const FIRST_RADIUS: f64 = 5.25;
/// From one lattice to the next.
const SHRINKING: f64 = 0.8;
const GROWTH: f64 = 0.25;

/// A body-centred cubic lattice within a ball, weighted by the density of independent standard normal variables.
///
/// A sum over a lattice errs by the density's Fourier transform at the points of the dual lattice, which for smooth
/// bells falls like that of a bell: the rule that is plain on a line is as good in space, and the centred lattice
/// needs 2^(−1/2) of the points of a cubic one in three dimensions and half of them in four.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lattice {
    /// Coordinates, one padded row a dimension.
    pub(crate) coordinates: Vec<Vec<f64>>,
    /// Logarithms of the weights, which add to 1.
    pub(crate) log_weights: Vec<f64>,
    /// Points without padding.
    pub(crate) n_points: usize,
}

impl Lattice {
    /// The lattice of a level, finer and wider than the one before; `None` where it has too many points.
    pub(crate) fn of_level(k: usize, level: u32) -> Option<Self> {
        let (mut edge, mut radius) = (FIRST_EDGE[k - 2], FIRST_RADIUS);
        for _ in 0..level {
            edge *= SHRINKING;
            radius += GROWTH;
        }
        let mut coordinates = vec![Vec::new(); k];
        let half = edge / 2.0;
        let reach = (radius / half).floor();
        for parity in [0_i64, 1] {
            add_points(&mut coordinates, (half, radius), reach as i64, parity);
        }
        let n_points = coordinates[0].len();
        (n_points <= MOST_POINTS).then(|| Self::weighted(coordinates))
    }

    fn weighted(mut coordinates: Vec<Vec<f64>>) -> Self {
        let n_points = coordinates[0].len();
        let mut log_weights = vec![0.0; n_points];
        for row in &coordinates {
            for (weight, z) in log_weights.iter_mut().zip(row) {
                *weight -= 0.5 * z * z;
            }
        }
        let total = ln(log_weights.iter().map(|w| exp(*w)).sum());
        for weight in &mut log_weights {
            *weight -= total;
        }
        let width = n_points.next_multiple_of(TILE);
        log_weights.resize(width, NO_WEIGHT);
        for row in &mut coordinates {
            row.resize(width, 0.0);
        }
        Self { coordinates, log_weights, n_points }
    }

    /// Number of points with padding: the length of every row.
    pub(crate) fn width(&self) -> usize {
        self.log_weights.len()
    }
}

/// Adds the points whose coordinates are all even, or all odd, multiples of half an edge.
fn add_points(coordinates: &mut [Vec<f64>], (half, radius): (f64, f64), reach: i64, parity: i64) {
    let k = coordinates.len();
    let values: Vec<f64> = (-reach..=reach)
        .filter(|multiple| multiple.rem_euclid(2) == parity)
        .map(|multiple| multiple as f64 * half)
        .collect();
    for number in 0..values.len().pow(k as u32) {
        let mut rest = number;
        let mut point = [0.0; MOST];
        for z in &mut point[..k] {
            *z = values[rest % values.len()];
            rest /= values.len();
        }
        let length: f64 = point.iter().map(|z| z * z).sum();
        if length <= radius * radius {
            for (row, z) in coordinates.iter_mut().zip(point) {
                row.push(z);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::exp;

    use super::Lattice;

    #[test]
    fn moments_of_normal_variables_are_those_of_the_points() {
        for k in 2..=4 {
            let lattice = Lattice::of_level(k, 0).unwrap();
            let weights: Vec<f64> = lattice.log_weights.iter().map(|w| exp(*w)).collect();
            let mean = |of: &dyn Fn(usize) -> f64| -> f64 {
                weights.iter().enumerate().map(|(q, w)| w * of(q)).sum()
            };
            let z = &lattice.coordinates;
            assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-12);
            for i in 0..k {
                assert!(mean(&|q| z[i][q]).abs() < 1e-12);
                // What lies beyond the ball is missing.
                assert!((mean(&|q| z[i][q] * z[i][q]) - 1.0).abs() < 1e-3, "{k}");
                for j in 0..i {
                    assert!(mean(&|q| z[i][q] * z[j][q]).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn levels_end_where_points_are_too_many() {
        assert!(Lattice::of_level(2, 3).unwrap().n_points < 3_000);
        assert!(Lattice::of_level(4, 1).is_some());
        assert!(Lattice::of_level(4, 2).is_none());
    }
}
