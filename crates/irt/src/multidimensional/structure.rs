//! Which numbers of a model of several dimensions are free, and their places in a flat vector.

use super::lattice::MOST;
use crate::parameters::{INTERCEPT_LIMIT, SLOPE_LIMIT};

/// Numbers by dimension.
pub(crate) type Row = [f64; MOST];
/// Numbers by two dimensions.
pub(crate) type Square = [Row; MOST];

/// Range of the tangents that correlations are made of; two dimensions at its end correlate by 0.998.
const ANGLE_LIMIT: f64 = 16.0;
/// Largest change of a slope, an intercept and a tangent in one step.
const LARGEST_STEP: [f64; 3] = [1.0, 2.0, 0.5];

/// Which item loads on which dimension, and whether the dimensions correlate. The flat vector has the slopes of an
/// item and its intercept, item after item, and what the correlations are made of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Structure {
    /// Number of dimensions.
    pub(crate) k: usize,
    /// Dimensions of every used item, increasing.
    pub(crate) dimensions: Vec<Vec<usize>>,
    /// First place of every item, and one past the last.
    pub(crate) first: Vec<usize>,
    /// Pairs of dimensions (larger, smaller) whose correlation is estimated.
    pub(crate) pairs: Vec<(usize, usize)>,
}

/// A point in the parameter space.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Slopes of every used item.
    pub(crate) slopes: Vec<Row>,
    /// Their intercepts.
    pub(crate) intercepts: Vec<f64>,
    /// What the correlations are made of, see [`Root`].
    pub(crate) tangents: Vec<f64>,
}

/// Triangular root L of the correlations of the dimensions, θ = L z. Its rows are (t₁, …, tₖ₋₁, 1), scaled to
/// length 1: any tangents t give a correlation matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Root {
    pub(crate) lower: Square,
    /// Derivative of its row by each tangent.
    pub(crate) by_tangent: Vec<Row>,
}

impl Structure {
    pub(crate) fn new(k: usize, dimensions: Vec<Vec<usize>>, correlated: bool) -> Self {
        let mut first = vec![0];
        first.extend(dimensions.iter().scan(0, |at, of| {
            *at += of.len() + 1;
            Some(*at)
        }));
        let pairs = if correlated {
            (0..k).flat_map(|row| (0..row).map(move |column| (row, column))).collect()
        } else {
            Vec::new()
        };
        Self { k, dimensions, first, pairs }
    }

    /// Length of the flat vector.
    pub(crate) fn n_free(&self) -> usize {
        self.correlations_start() + self.pairs.len()
    }

    pub(crate) fn correlations_start(&self) -> usize {
        self.first[self.dimensions.len()]
    }

    pub(crate) fn root(&self, tangents: &[f64]) -> Root {
        let mut lower = [[0.0; MOST]; MOST];
        for (row, of) in lower.iter_mut().enumerate() {
            of[row] = 1.0;
        }
        for (&(row, column), t) in self.pairs.iter().zip(tangents) {
            lower[row][column] = *t;
        }
        let lengths = lower.map(|row| row.iter().map(|x| x * x).sum::<f64>().sqrt());
        let by_tangent = self.pairs.iter().zip(tangents).map(|(&(row, column), t)| {
            let length = lengths[row];
            let mut by = lower[row].map(|x| -x * t / (length * length * length));
            by[column] += 1.0 / length;
            by
        });
        let by_tangent = by_tangent.collect();
        for (row, length) in lower.iter_mut().zip(lengths) {
            *row = row.map(|x| x / length);
        }
        Root { lower, by_tangent }
    }

    /// Shortens a step item by item where it goes further than the curvature can be trusted.
    pub(crate) fn limit(&self, step: &mut [f64]) {
        for own in self.first.windows(2) {
            let own = &mut step[own[0]..own[1]];
            let last = own.len() - 1;
            let shrink = own.iter().enumerate().fold(1.0, |shrink: f64, (at, s)| {
                let largest = LARGEST_STEP[usize::from(at == last)];
                shrink.min(largest / s.abs().max(f64::MIN_POSITIVE))
            });
            for s in own {
                *s *= shrink;
            }
        }
        for s in &mut step[self.correlations_start()..] {
            *s = s.clamp(-LARGEST_STEP[2], LARGEST_STEP[2]);
        }
    }

    /// Adds `step`, keeping every number inside its range, and says what was really added.
    pub(crate) fn advance(&self, from: &Point, step: &[f64], taken: &mut [f64]) -> Point {
        let mut to = from.clone();
        let values = self.values_mut(&mut to);
        for ((value, limit), (step, taken)) in values.into_iter().zip(step.iter().zip(taken)) {
            let new = (*value + step).clamp(-limit, limit);
            *taken = new - *value;
            *value = new;
        }
        to
    }

    /// Whether this component of a gradient pushes a number against its bound.
    pub(crate) fn is_held(&self, point: &Point, place: usize, gradient: f64) -> bool {
        self.at_bound(point, place).is_some_and(|value| value * gradient > 0.0)
    }

    /// The number at a place where it stands at the end of its range.
    pub(crate) fn at_bound(&self, point: &Point, place: usize) -> Option<f64> {
        let (value, limit) = self.value(point, place);
        (value.abs() >= limit).then_some(value)
    }

    /// The number at a place, and the largest it may be.
    fn value(&self, point: &Point, place: usize) -> (f64, f64) {
        if let Some(pair) = place.checked_sub(self.correlations_start()) {
            return (point.tangents[pair], ANGLE_LIMIT);
        }
        let item = self.first.partition_point(|&first| first <= place) - 1;
        match self.dimensions[item].get(place - self.first[item]) {
            Some(&dimension) => (point.slopes[item][dimension], SLOPE_LIMIT),
            None => (point.intercepts[item], INTERCEPT_LIMIT),
        }
    }

    /// All numbers in the order of the flat vector, each with the largest it may be.
    fn values_mut<'p>(&self, point: &'p mut Point) -> Vec<(&'p mut f64, f64)> {
        let mut all = Vec::with_capacity(self.n_free());
        let items = point.slopes.iter_mut().zip(&mut point.intercepts);
        for ((slopes, intercept), dimensions) in items.zip(&self.dimensions) {
            let own = slopes.iter_mut().enumerate().filter(|(at, _)| dimensions.contains(at));
            all.extend(own.map(|(_, slope)| (slope, SLOPE_LIMIT)));
            all.push((intercept, INTERCEPT_LIMIT));
        }
        all.extend(point.tangents.iter_mut().map(|t| (t, ANGLE_LIMIT)));
        all
    }
}

impl Root {
    /// Slopes by independent abilities: aᵀL.
    pub(crate) fn transposed_times(&self, slopes: &Row) -> Row {
        let mut out = [0.0; MOST];
        for (slope, row) in slopes.iter().zip(&self.lower) {
            for (out, l) in out.iter_mut().zip(row) {
                *out += slope * l;
            }
        }
        out
    }

    /// LLᵀ.
    pub(crate) fn correlations(&self) -> Square {
        let mut out = [[0.0; MOST]; MOST];
        for (out, row) in out.iter_mut().zip(&self.lower) {
            for (out, other) in out.iter_mut().zip(&self.lower) {
                *out = dot(row, other);
            }
        }
        out
    }
}

pub(crate) fn dot(a: &Row, b: &Row) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::{Structure, dot};

    #[test]
    fn any_tangents_give_correlations_with_their_derivatives() {
        let structure = Structure::new(4, vec![vec![0], vec![1, 3]], true);
        assert_eq!((structure.n_free(), structure.correlations_start()), (11, 5));
        let tangents = [0.3, -2.0, 0.7, 5.0, 0.0, -0.4];
        let root = structure.root(&tangents);
        for (row, of) in root.correlations().iter().enumerate() {
            assert!((of[row] - 1.0).abs() < 1e-15);
        }
        for (at, (row, _)) in structure.pairs.iter().enumerate() {
            let moved = |by: f64| {
                let mut tangents = tangents;
                tangents[at] += by;
                structure.root(&tangents).lower[*row]
            };
            let (above, below) = (moved(1e-5), moved(-1e-5));
            for (column, found) in root.by_tangent[at].iter().enumerate() {
                let slope = (above[column] - below[column]) / 2e-5;
                assert!((found - slope).abs() < 1e-8, "{at} {column}");
            }
        }
        assert!((dot(&[1.0, 2.0, 0.0, 1.0], &[3.0, 1.0, 9.0, 0.5]) - 5.5).abs() < 1e-15);
    }
}
