//! Starting centres: greedy k-means++ (Arthur & Vassilvitskii 2007).

use pulp::{Arch, Simd, WithSimd};
use seedtest_numerics::{Stream, ln};

use crate::matrix::Matrix;
use crate::nearest::{FEW, Lanes, MANY, ROWS_OF_FEW, ROWS_OF_MANY};

/// The first centre is a row drawn at random; each further one the best of 2 + ⌊ln k⌋ rows drawn in
/// proportion to their squared distance from the centres so far.
pub(crate) fn plus_plus(matrix: &Matrix, k: usize, stream: &mut Stream) -> Matrix {
    let trials = (2 + ln(k as f64) as usize).min(MANY);
    if trials <= FEW {
        return spread::<FEW, ROWS_OF_FEW>(matrix, k, trials, stream);
    }
    spread::<MANY, ROWS_OF_MANY>(matrix, k, trials, stream)
}

fn spread<const L: usize, const ROWS: usize>(
    matrix: &Matrix,
    k: usize,
    trials: usize,
    stream: &mut Stream,
) -> Matrix {
    let n = matrix.n();
    let mut chosen = Vec::with_capacity(k);
    // Of each row: to the nearest centre so far, to the candidates, and the sum of the former up to the row.
    let mut distances = vec![f64::INFINITY; n];
    let mut of_candidates = vec![[0.0; L]; n];
    let mut upto = vec![0.0; n];
    while chosen.len() < k {
        let candidates: Vec<usize> = if chosen.is_empty() {
            vec![stream.below(n as u64) as usize]
        } else {
            (0..trials).map(|_| draw(&upto, stream)).collect()
        };
        let lanes = Lanes::<L>::new(&matrix.as_centres(candidates.iter().copied()));
        let potentials = potentials::<L, ROWS>(matrix, &lanes, &distances, &mut of_candidates);
        let mut best = 0;
        for lane in 1..candidates.len() {
            if potentials[lane] < potentials[best] {
                best = lane;
            }
        }
        chosen.push(candidates[best]);
        let mut sum = 0.0;
        for ((distance, own), upto) in distances.iter_mut().zip(&of_candidates).zip(&mut upto) {
            if own[best] < *distance {
                *distance = own[best];
            }
            sum += *distance;
            *upto = sum;
        }
    }
    matrix.as_centres(chosen.into_iter())
}

/// A row in proportion to its distance, of which these are the sums up to each; any one where all are at a centre.
fn draw(upto: &[f64], stream: &mut Stream) -> usize {
    let total = upto.last().copied().unwrap_or(0.0);
    let at = stream.uniform() * total;
    let row = upto.partition_point(|sum| *sum <= at);
    if row < upto.len() { row } else { stream.below(upto.len() as u64) as usize }
}

/// Sum of the distances with each of the candidates added to the centres; the distances to these go to
/// `of_candidates`.
fn potentials<const L: usize, const ROWS: usize>(
    matrix: &Matrix,
    lanes: &Lanes<L>,
    distances: &[f64],
    of_candidates: &mut [[f64; L]],
) -> [f64; L] {
    struct Potentials<'a, const L: usize, const ROWS: usize> {
        matrix: &'a Matrix,
        lanes: &'a Lanes<L>,
        distances: &'a [f64],
        of_candidates: &'a mut [[f64; L]],
    }

    impl<const L: usize, const ROWS: usize> WithSimd for Potentials<'_, L, ROWS> {
        type Output = [f64; L];

        #[inline(always)]
        #[allow(clippy::inline_always)] // the vector instructions must reach the loop
        fn with_simd<S: Simd>(self, _: S) -> [f64; L] {
            let Self { matrix, lanes, distances, of_candidates } = self;
            let mut sums = [0.0; L];
            each::<L, ROWS>(matrix, lanes, |row, block| {
                let distance = distances[row];
                for l in 0..L {
                    sums[l] += if block[l] < distance { block[l] } else { distance };
                }
                of_candidates[row] = *block;
            });
            sums
        }
    }

    Arch::new().dispatch(Potentials::<L, ROWS> { matrix, lanes, distances, of_candidates })
}

/// Calls `take` with every row and its squared distances to the first block of centres.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn each<const L: usize, const ROWS: usize>(
    matrix: &Matrix,
    lanes: &Lanes<L>,
    mut take: impl FnMut(usize, &[f64; L]),
) {
    let (n, d) = (matrix.n(), matrix.d);
    if !matrix.is_complete {
        matrix.rows().enumerate().for_each(|(row, x)| take(row, &lanes.known_block(0, x)));
        return;
    }
    let together = matrix.values.chunks_exact(ROWS * d);
    let rest = together.remainder();
    for (group, rows) in together.enumerate() {
        let x: [&[f64]; ROWS] = std::array::from_fn(|r| &rows[r * d..][..d]);
        for (r, block) in lanes.block::<ROWS>(0, x).iter().enumerate() {
            take(group * ROWS + r, block);
        }
    }
    let first = n - n % ROWS;
    for (row, x) in rest.chunks_exact(d).enumerate() {
        let [block] = lanes.block(0, [x]);
        take(first + row, &block);
    }
}
