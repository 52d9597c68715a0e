//! Starting centres: greedy k-means++ (Arthur & Vassilvitskii 2007).

use pulp::{Arch, Simd, WithSimd};
use seedtest_numerics::{Stream, ln};

use crate::matrix::Matrix;
use crate::nearest::{Centres, LANES};

/// The first centre is a row drawn at random; each further one the best of 2 + ⌊ln k⌋ rows drawn in
/// proportion to their squared distance from the centres so far.
pub(crate) fn plus_plus(matrix: &Matrix, k: usize, stream: &mut Stream) -> Matrix {
    let n = matrix.n();
    let trials = (2 + ln(k as f64) as usize).min(LANES);
    let mut chosen = vec![stream.below(n as u64) as usize];
    let mut distances = vec![f64::INFINITY; n];
    let first = matrix.as_centres(chosen.iter().copied());
    lower(matrix, &Centres::new(&first), 0, &mut distances);
    while chosen.len() < k {
        let total: f64 = distances.iter().sum();
        let candidates: Vec<usize> = (0..trials).map(|_| draw(&distances, total, stream)).collect();
        let lanes = Centres::new(&matrix.as_centres(candidates.iter().copied()));
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
    matrix.as_centres(chosen.into_iter())
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

/// Rows worked on together.
const TOGETHER: usize = 4;

/// Sum of the distances with each of the candidates added to the centres.
fn potentials(matrix: &Matrix, lanes: &Centres, distances: &[f64]) -> [f64; LANES] {
    struct Potentials<'a>(&'a Matrix, &'a Centres, &'a [f64]);

    impl WithSimd for Potentials<'_> {
        type Output = [f64; LANES];

        #[inline(always)]
        #[allow(clippy::inline_always)] // the vector instructions must reach the loop
        fn with_simd<S: Simd>(self, _: S) -> [f64; LANES] {
            let Self(matrix, lanes, distances) = self;
            let mut sums = [0.0; LANES];
            each(matrix, lanes, |row, block| {
                let distance = distances[row];
                for l in 0..LANES {
                    sums[l] += if block[l] < distance { block[l] } else { distance };
                }
            });
            sums
        }
    }

    Arch::new().dispatch(Potentials(matrix, lanes, distances))
}

/// Distances with the centre of one lane added.
fn lower(matrix: &Matrix, lanes: &Centres, lane: usize, distances: &mut [f64]) {
    struct Lower<'a>(&'a Matrix, &'a Centres, usize, &'a mut [f64]);

    impl WithSimd for Lower<'_> {
        type Output = ();

        #[inline(always)]
        #[allow(clippy::inline_always)] // as above
        fn with_simd<S: Simd>(self, _: S) {
            let Self(matrix, lanes, lane, distances) = self;
            each(matrix, lanes, |row, block| {
                if block[lane] < distances[row] {
                    distances[row] = block[lane];
                }
            });
        }
    }

    Arch::new().dispatch(Lower(matrix, lanes, lane, distances));
}

/// Calls `take` with every row and its squared distances to the first block of centres.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn each(matrix: &Matrix, lanes: &Centres, mut take: impl FnMut(usize, &[f64; LANES])) {
    let (n, d) = (matrix.n(), matrix.d);
    if !matrix.is_complete {
        matrix.rows().enumerate().for_each(|(row, x)| take(row, &lanes.known_block(0, x)));
        return;
    }
    let together = matrix.values.chunks_exact(TOGETHER * d);
    let rest = together.remainder();
    for (group, rows) in together.enumerate() {
        let x = [0, 1, 2, 3].map(|r| &rows[r * d..][..d]);
        for (r, block) in lanes.block::<TOGETHER>(0, x).iter().enumerate() {
            take(group * TOGETHER + r, block);
        }
    }
    let first = n - n % TOGETHER;
    for (row, x) in rest.chunks_exact(d).enumerate() {
        let [block] = lanes.block(0, [x]);
        take(first + row, &block);
    }
}
