//! Starting centres: greedy k-means++ (Arthur & Vassilvitskii 2007).

use seedtest_numerics::{Stream, ln, vectorized};

use crate::matrix::Matrix;
use crate::nearest::{Centres, LANES};

/// The first centre is a row drawn at random; each further one the best of 2 + ⌊ln k⌋ rows drawn in
/// proportion to their squared distance from the centres so far.
pub(crate) fn plus_plus(matrix: &Matrix, k: usize, stream: &mut Stream) -> Matrix {
    let n = matrix.n();
    let trials = (2 + ln(k as f64) as usize).min(LANES);
    let mut chosen = vec![stream.below(n as u64) as usize];
    let mut distances = vec![f64::INFINITY; n];
    let first = matrix.chosen(chosen.iter().copied());
    lower(matrix, &Centres::new(&first), 0, &mut distances);
    while chosen.len() < k {
        let total: f64 = distances.iter().sum();
        let candidates: Vec<usize> = (0..trials).map(|_| draw(&distances, total, stream)).collect();
        let lanes = Centres::new(&matrix.chosen(candidates.iter().copied()));
        let potentials = potentials(matrix, &lanes, &distances);
        let mut best = 0;
        for lane in 1..trials {
            if potentials[lane] < potentials[best] {
                best = lane;
            }
        }
        lower(matrix, &lanes, best, &mut distances);
        chosen.push(candidates[best]);
    }
    matrix.chosen(chosen.into_iter())
}

/// A row in proportion to its distance; any one where all are at a centre.
fn draw(distances: &[f64], total: f64, stream: &mut Stream) -> usize {
    let mut left = stream.uniform() * total;
    for (i, distance) in distances.iter().enumerate() {
        left -= distance;
        if left < 0.0 {
            return i;
        }
    }
    stream.below(distances.len() as u64) as usize
}

/// Sum of the distances with each of the candidates added to the centres.
fn potentials(matrix: &Matrix, lanes: &Centres, distances: &[f64]) -> [f64; LANES] {
    vectorized(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            for (x, &distance) in matrix.rows().zip(distances) {
                let block = lanes.block(0, x);
                for l in 0..LANES {
                    sums[l] += if block[l] < distance { block[l] } else { distance };
                }
            }
            sums
        },
    )
}

/// Distances with the centre of one lane added.
fn lower(matrix: &Matrix, lanes: &Centres, lane: usize, distances: &mut [f64]) {
    vectorized(
        #[inline(always)]
        || {
            for (x, distance) in matrix.rows().zip(distances.iter_mut()) {
                let to = lanes.block(0, x)[lane];
                if to < *distance {
                    *distance = to;
                }
            }
        },
    );
}
