//! What pairs of items show before anything is fitted.

use seedtest_numerics::Stream;

use super::structure::{Row, Structure, dot};
use crate::responses::Responses;
use crate::screening::{Screening, UNUSED};

/// Answers to pairs of used items by the same students.
pub(crate) struct Pairs {
    n_items: usize,
    /// Students who answered both, by row and column.
    n: Vec<f64>,
    /// Those among them with a right answer to the item of the row.
    right: Vec<f64>,
    /// Those with two right answers.
    both: Vec<f64>,
}

impl Pairs {
    pub(crate) fn of(data: &Responses<'_>, screening: &Screening) -> Self {
        let n_items = screening.items.len();
        let zeros = || vec![0.0; n_items * n_items];
        let mut pairs = Self { n_items, n: zeros(), right: zeros(), both: zeros() };
        let mut begin = 0;
        let mut answers: Vec<(usize, f64)> = Vec::new();
        for rows in data.student.chunk_by(|a, b| a == b) {
            let range = begin..begin + rows.len();
            begin = range.end;
            answers.clear();
            let known = data.item[range.clone()].iter().zip(&data.correct[range]);
            answers.extend(known.filter_map(|(&item, &correct)| {
                let position = screening.position[item as usize];
                (position != UNUSED).then_some((position as usize, f64::from(correct)))
            }));
            for &(row, x) in &answers {
                for &(column, y) in &answers {
                    let at = row * n_items + column;
                    pairs.n[at] += 1.0;
                    pairs.right[at] += x;
                    pairs.both[at] += x * y;
                }
            }
        }
        pairs
    }

    /// Whether somebody answered both.
    pub(crate) fn are_seen(&self, row: usize, column: usize) -> bool {
        self.n[row * self.n_items + column] > 0.0
    }

    /// Positions of items all of whose students answered nothing else.
    pub(crate) fn isolated(&self) -> impl Iterator<Item = usize> {
        let has_partner =
            |row: usize| (0..self.n_items).any(|other| other != row && self.are_seen(row, other));
        (0..self.n_items).filter(move |&row| !has_partner(row))
    }

    /// Product-moment correlation of the answers to two items; 0 where there is none.
    fn correlation(&self, row: usize, column: usize) -> f64 {
        let (at, back) = (row * self.n_items + column, column * self.n_items + row);
        let n = self.n[at].max(1.0);
        let (p, q) = (self.right[at] / n, self.right[back] / n);
        let spread = p * (1.0 - p) * q * (1.0 - q);
        if spread > 0.0 { (self.both[at] / n - p * q) / spread.sqrt() } else { 0.0 }
    }

    /// Loadings on the principal axes of the correlations, the largest correlation of an item standing for its
    /// communality: good enough to begin with.
    pub(crate) fn principal_loadings(&self, k: usize) -> Vec<Row> {
        const MOST_COMMUNALITY: f64 = 0.7;
        let n = self.n_items;
        let mut matrix = vec![0.0; n * n];
        for row in 0..n {
            for column in (0..n).filter(|&column| column != row) {
                let found = self.correlation(row, column);
                matrix[row * n + column] = found;
                matrix[row * n + row] = f64::max(matrix[row * n + row], found.abs());
            }
        }
        let axes = leading_axes(&matrix, n, k);
        let mut loadings = vec![[0.0; super::lattice::MOST]; n];
        for (at, (value, axis)) in axes.iter().enumerate() {
            let size = value.max(0.1).sqrt();
            for (row, x) in loadings.iter_mut().zip(axis) {
                row[at] = size * x;
            }
        }
        for row in &mut loadings {
            let communality = dot(row, row);
            if communality > MOST_COMMUNALITY {
                let shrink = (MOST_COMMUNALITY / communality).sqrt();
                *row = row.map(|x| x * shrink);
            }
        }
        loadings
    }
}

/// The first eigenvalues of a symmetric matrix with their vectors, roughly, by powers of it.
fn leading_axes(matrix: &[f64], n: usize, k: usize) -> Vec<(f64, Vec<f64>)> {
    const POWERS: usize = 60;
    let mut stream = Stream::new(1, 0);
    let mut axes: Vec<(f64, Vec<f64>)> =
        (0..k).map(|_| (0.0, (0..n).map(|_| stream.normal()).collect())).collect();
    for _ in 0..POWERS {
        for at in 0..k {
            let (before, rest) = axes.split_at_mut(at);
            let (value, axis) = &mut rest[0];
            let mut next: Vec<f64> = matrix.chunks_exact(n).map(|row| product(row, axis)).collect();
            for (_, other) in before {
                let share = product(other, &next);
                next.iter_mut().zip(other).for_each(|(x, y)| *x -= share * *y);
            }
            *value = product(&next, &next).sqrt();
            let scale = 1.0 / value.max(f64::MIN_POSITIVE);
            *axis = next.iter().map(|x| x * scale).collect();
        }
    }
    axes
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Places whose parameters others can stand for: slopes and correlations that leave the covariances of the latent
/// responses of the pairs as they are, at a point without anything special about it. Where those of seen pairs
/// determine them the answers do too.
pub(crate) fn free_directions(structure: &Structure, pairs: &Pairs) -> Vec<usize> {
    let n = structure.n_free();
    let mut stream = Stream::new(2, 0);
    let slopes: Vec<Row> = structure
        .dimensions
        .iter()
        .map(|own| {
            let mut row = [0.0; super::lattice::MOST];
            for &at in own {
                row[at] = stream.uniform_in(0.5, 1.5);
            }
            row
        })
        .collect();
    let tangents: Vec<f64> = structure.pairs.iter().map(|_| stream.uniform_in(0.2, 0.6)).collect();
    let correlations = structure.root(&tangents).correlations();
    let along = |row: &Row| correlations.map(|of| dot(&of, row));
    let mut products = vec![0.0; n * n];
    let mut derivative: Vec<(usize, f64)> = Vec::new();
    for i in 0..slopes.len() {
        for j in (0..i).filter(|&j| pairs.are_seen(i, j)) {
            derivative.clear();
            for (item, other) in [(j, i), (i, j)] {
                let by = along(&slopes[other]);
                let places = structure.first[item]..;
                let own = structure.dimensions[item].iter().map(|&at| by[at]);
                derivative.extend(places.zip(own));
            }
            let (a, b) = (&slopes[i], &slopes[j]);
            let by_pair = structure.pairs.iter().map(|&(k, l)| a[k] * b[l] + a[l] * b[k]);
            derivative.extend((structure.correlations_start()..).zip(by_pair));
            for &(row, x) in &derivative {
                for &(column, y) in &derivative {
                    products[row * n + column] += x * y;
                }
            }
        }
    }
    // Intercepts are determined by the shares of right answers.
    for own in structure.first.windows(2) {
        let at = own[1] - 1;
        products[at * n + at] = 1.0;
    }
    seedtest_numerics::Cholesky::new(products, n).dropped().to_vec()
}
