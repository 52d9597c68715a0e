//! k-means: Lloyd's algorithm with Hamerly's bounds from several k-means++ starts.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress, Stream};

use crate::incomplete::{lloyd_of_known, sums};
use crate::matrix::{CHUNK, Matrix, known_distance, squared_distance};
use crate::nearest::{Centres, Nearest};
use crate::plus_plus::plus_plus;

/// A partition with its centres.
#[derive(Debug, Clone)]
pub(crate) struct Partition {
    pub(crate) centres: Matrix,
    pub(crate) labels: Vec<u32>,
    /// Sum of squared distances to the own centre.
    pub(crate) inertia: f64,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
}

/// Rows that starts are tried on; of more, a sample of so many is drawn, and the best of its centres go on
/// with all.
const SAMPLE: usize = 16_384;

/// How far a start is followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) starts: usize,
    pub(crate) max_iter: u32,
    pub(crate) seed: u64,
}

/// The best partition of several starts, followed until no row moves.
pub(crate) fn kmeans(
    matrix: &Matrix,
    k: usize,
    effort: Effort,
    observer: &mut dyn Observer,
) -> Partition {
    // Where centres move less than this share of a standard deviation a start has shown its worth.
    const ROUGH: f64 = 1e-3;
    // A few starts at a time, so that the observer is asked now and then.
    const AT_ONCE: usize = 8;
    let n = matrix.n();
    let sampled = (n > 2 * SAMPLE).then(|| {
        let rows = matrix.sample(SAMPLE, effort.seed);
        matrix.chosen(rows.into_iter())
    });
    let tried = sampled.as_ref().unwrap_or(matrix);
    let mut best: Option<Partition> = None;
    for first in (0..effort.starts).step_by(AT_ONCE) {
        let last = (first + AT_ONCE).min(effort.starts);
        let found: Vec<Partition> = (first..last)
            .into_par_iter()
            .map(|start| {
                let mut stream = Stream::new(effort.seed, (k as u64) << 32 | start as u64);
                let centres = plus_plus(tried, k, &mut stream);
                lloyd(tried, centres, effort.max_iter, ROUGH)
            })
            .collect();
        for partition in found {
            if best.as_ref().is_none_or(|b| partition.inertia < b.inertia) {
                best = Some(partition);
            }
        }
        let progress = Progress {
            iteration: last as u64,
            max_iterations: effort.starts as u64,
            objective: best.as_ref().map_or(f64::INFINITY, |b| b.inertia),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            break;
        }
    }
    let best = best.map(|b| swapped(tried, b, effort));
    let centres = best.map_or_else(|| matrix.as_centres(0..k), |b| b.centres);
    lloyd(matrix, centres, effort.max_iter, 0.0)
}

/// Random swaps (Fränti 2018): a centre goes where a row is, drawn in proportion to its squared distance from
/// its own, and the move stays if the sum of squares falls. Finds what starts miss where clusters are many
/// and rows few; large tables have smooth optima.
fn swapped(matrix: &Matrix, best: Partition, effort: Effort) -> Partition {
    const STREAMS: u64 = 1 << 60;
    const SWAPS_OF_A_CLUSTER: usize = 100;
    const ROWS_IN_ALL: usize = 120_000;
    const MANY_ROWS: usize = 2_000;
    let (n, k) = (matrix.n(), best.centres.n());
    if k < 2 || effort.starts < 10 || n > MANY_ROWS {
        return best;
    }
    let swaps = (SWAPS_OF_A_CLUSTER * k).min(ROWS_IN_ALL / n);
    let mut stream = Stream::new(effort.seed, STREAMS | k as u64);
    let distances = |p: &Partition| -> Vec<f64> {
        let rows = matrix.rows().zip(&p.labels);
        rows.map(|(x, &label)| known_distance(x, p.centres.row(label as usize))).collect()
    };
    let mut far = distances(&best);
    let mut best = best;
    for _ in 0..swaps {
        let from = stream.below(k as u64) as usize;
        let Some(to) = stream.choose(&far) else { return best };
        let mut centres = best.centres.clone();
        let start = matrix.as_centre(to);
        centres.values[from * matrix.d..][..matrix.d].copy_from_slice(&start);
        let tried = lloyd(matrix, centres, effort.max_iter, 0.0);
        if tried.inertia < best.inertia {
            far = distances(&tried);
            best = tried;
        }
    }
    best
}

/// What is remembered of a row between two passes.
#[derive(Clone, Copy)]
struct Bound {
    /// At least the distance to the own centre.
    upper: f64,
    /// At most the distance to any other one.
    lower: f64,
    label: u32,
}

/// What one chunk of rows changes.
struct Change {
    /// Sum of the coordinates of rows that came, less those that went, by centre.
    sums: Vec<f64>,
    counts: Vec<i64>,
    moved: usize,
}

/// Lloyd's iterations until no row moves, or no centre by more than `tolerance` of the mean standard
/// deviation.
///
/// Hamerly (2010): a row whose distance to its own centre is at most that to any other one, by bounds
/// that the moves of the centres loosen, is not looked at.
pub(crate) fn lloyd(matrix: &Matrix, centres: Matrix, max_iter: u32, tolerance: f64) -> Partition {
    if !matrix.is_complete {
        return lloyd_of_known(matrix, centres, max_iter);
    }
    let (n, k, d) = (matrix.n(), centres.n(), matrix.d);
    let mut centres = centres;
    let unseen = Bound { upper: f64::INFINITY, lower: 0.0, label: u32::MAX };
    let mut bounds = vec![unseen; n];
    let mut sums = vec![0.0; k * d];
    let mut counts = vec![0i64; k];
    let smallest_move = tolerance * mean_sd(matrix, tolerance);
    let mut shifts = vec![0.0; k];
    let (mut iterations, mut converged) = (0, false);
    while iterations < max_iter {
        iterations += 1;
        let moved = pass(matrix, &centres, &shifts, &mut bounds, &mut sums, &mut counts);
        if moved == 0 && iterations > 1 {
            converged = true;
            break;
        }
        if fill_empty(matrix, &mut bounds, &mut sums, &mut counts) {
            for bound in &mut bounds {
                (bound.upper, bound.lower) = (f64::INFINITY, 0.0);
            }
        }
        let next: Vec<f64> = (0..k * d).map(|j| sums[j] / counts[j / d].max(1) as f64).collect();
        let next = Matrix::new(next, d);
        for (c, shift) in shifts.iter_mut().enumerate() {
            *shift = squared_distance(next.row(c), centres.row(c)).sqrt();
        }
        centres = next;
        if tolerance > 0.0 && shifts.iter().all(|s| *s <= smallest_move) {
            converged = true;
            break;
        }
    }
    finish(matrix, &centres, &bounds, (iterations, converged))
}

fn mean_sd(matrix: &Matrix, tolerance: f64) -> f64 {
    if tolerance <= 0.0 {
        return 0.0;
    }
    let means = matrix.means();
    let squares: f64 = matrix.rows().map(|row| squared_distance(row, &means)).sum();
    (squares / (matrix.n() * matrix.d).max(1) as f64).sqrt()
}

fn pass(
    matrix: &Matrix,
    centres: &Matrix,
    shifts: &[f64],
    bounds: &mut [Bound],
    sums: &mut [f64],
    counts: &mut [i64],
) -> usize {
    let lanes = Centres::new(centres);
    // Half the distance from each centre to its nearest neighbour: a row closer than that is safe.
    let k = centres.n();
    let safe: Vec<f64> = (0..k)
        .map(|c| {
            let others = (0..k).filter(|&o| o != c);
            let nearest = others.map(|o| squared_distance(centres.row(c), centres.row(o)));
            0.5 * nearest.fold(f64::INFINITY, f64::min).sqrt()
        })
        .collect();
    let farthest = shifts.iter().copied().fold(0.0, f64::max);
    let now = Now { centres, lanes: &lanes, shifts, farthest, safe: &safe };
    let changes: Vec<Change> = bounds
        .par_chunks_mut(CHUNK)
        .zip(matrix.values.par_chunks(CHUNK * matrix.d))
        .map(|(bounds, rows)| Arch::new().dispatch(Pass { now, rows, bounds }))
        .collect();
    let mut moved = 0;
    for change in changes {
        if change.moved == 0 {
            continue;
        }
        moved += change.moved;
        for (sum, delta) in sums.iter_mut().zip(&change.sums) {
            *sum += delta;
        }
        for (count, delta) in counts.iter_mut().zip(&change.counts) {
            *count += delta;
        }
    }
    moved
}

/// Where the centres are, and how they moved.
#[derive(Clone, Copy)]
struct Now<'a> {
    centres: &'a Matrix,
    lanes: &'a Centres,
    /// How far each centre moved.
    shifts: &'a [f64],
    /// The farthest of them.
    farthest: f64,
    /// Half the distance from each centre to its nearest neighbour: a row closer than that is safe.
    safe: &'a [f64],
}

/// One pass over one chunk of rows.
struct Pass<'a> {
    now: Now<'a>,
    rows: &'a [f64],
    bounds: &'a mut [Bound],
}

impl WithSimd for Pass<'_> {
    type Output = Change;

    #[inline(always)]
    #[allow(clippy::inline_always)] // the vector instructions must reach the loop
    fn with_simd<S: Simd>(self, _: S) -> Change {
        let Self { now, rows, bounds } = self;
        let d = now.centres.d;
        let doubtful = now.doubtful(rows, bounds);
        let mut change = Change { sums: Vec::new(), counts: Vec::new(), moved: 0 };
        let row = |i: u32| &rows[i as usize * d..][..d];
        let (together, rest) = doubtful.as_chunks::<TOGETHER>();
        for group in together {
            let x = [0, 1, 2, 3].map(|r| row(group[r]));
            for (r, nearest) in now.lanes.nearest_of(x).into_iter().enumerate() {
                change.assign(&mut bounds[group[r] as usize], nearest, x[r], now.centres);
            }
        }
        for &i in rest {
            let [nearest] = now.lanes.nearest_of([row(i)]);
            change.assign(&mut bounds[i as usize], nearest, row(i), now.centres);
        }
        change
    }
}

/// Rows worked on together.
const TOGETHER: usize = 4;

impl Now<'_> {
    /// Loosens the bounds by the moves of the centres; the rows that may have a nearer centre now.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    fn doubtful(&self, rows: &[f64], bounds: &mut [Bound]) -> Vec<u32> {
        // Rounding of a distance must not make a bound too tight.
        const SLACK: f64 = 1e-12;
        let mut doubtful = Vec::new();
        for (i, (bound, x)) in (0..).zip(bounds.iter_mut().zip(rows.chunks_exact(self.centres.d))) {
            if bound.label != u32::MAX {
                let own = bound.label as usize;
                bound.upper += self.shifts[own];
                bound.lower -= self.farthest;
                let enough = self.safe[own].max(bound.lower) * (1.0 - SLACK);
                if bound.upper < enough {
                    continue;
                }
                bound.upper = squared_distance(x, self.centres.row(own)).sqrt();
                if bound.upper < enough {
                    continue;
                }
            }
            doubtful.push(i);
        }
        doubtful
    }
}

impl Change {
    /// Takes over what was found of a row.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    fn assign(&mut self, bound: &mut Bound, nearest: Nearest, x: &[f64], centres: &Matrix) {
        let d = centres.d;
        bound.upper = nearest.first.sqrt();
        bound.lower = nearest.second.sqrt();
        if nearest.centre == bound.label {
            return;
        }
        if self.moved == 0 {
            self.sums = vec![0.0; centres.values.len()];
            self.counts = vec![0; centres.n()];
        }
        self.moved += 1;
        if bound.label != u32::MAX {
            let own = bound.label as usize;
            self.counts[own] -= 1;
            for (sum, x) in self.sums[own * d..][..d].iter_mut().zip(x) {
                *sum -= x;
            }
        }
        let to = nearest.centre as usize;
        self.counts[to] += 1;
        for (sum, x) in self.sums[to * d..][..d].iter_mut().zip(x) {
            *sum += x;
        }
        bound.label = nearest.centre;
    }
}

/// Gives every empty cluster the row farthest from its centre; whether there was one.
fn fill_empty(matrix: &Matrix, bounds: &mut [Bound], sums: &mut [f64], counts: &mut [i64]) -> bool {
    let d = matrix.d;
    let mut filled = false;
    for empty in 0..counts.len() {
        if counts[empty] > 0 {
            continue;
        }
        let mut farthest: Option<usize> = None;
        for (i, bound) in bounds.iter().enumerate() {
            let shared = counts[bound.label as usize] > 1;
            if shared && farthest.is_none_or(|f| bound.upper > bounds[f].upper) {
                farthest = Some(i);
            }
        }
        let Some(row) = farthest else { continue };
        let from = bounds[row].label as usize;
        for (j, x) in matrix.row(row).iter().enumerate() {
            sums[from * d + j] -= x;
            sums[empty * d + j] = *x;
        }
        counts[from] -= 1;
        counts[empty] = 1;
        bounds[row] = Bound { upper: 0.0, lower: 0.0, label: empty as u32 };
        filled = true;
    }
    filled
}

/// Centres and inertia from the labels, without what running sums have gathered of rounding.
fn finish(matrix: &Matrix, centres: &Matrix, bounds: &[Bound], how: (u32, bool)) -> Partition {
    let (k, d) = (centres.n(), matrix.d);
    let labels: Vec<u32> = bounds.iter().map(|b| b.label).collect();
    let means = sums(matrix, &labels, k).means(|at| centres.values[at]);
    let centres = Matrix::new(means, d);
    let inertia = inertia(matrix, &centres, &labels);
    Partition { centres, labels, inertia, iterations: how.0, converged: how.1 }
}

/// Sum of squared distances of the rows to the centres of their labels.
pub(crate) fn inertia(matrix: &Matrix, centres: &Matrix, labels: &[u32]) -> f64 {
    let parts: Vec<f64> = labels
        .par_chunks(CHUNK)
        .zip(matrix.values.par_chunks(CHUNK * matrix.d))
        .map(|(labels, rows)| {
            let pairs = labels.iter().zip(rows.chunks_exact(matrix.d));
            pairs.map(|(&label, x)| known_distance(x, centres.row(label as usize))).sum()
        })
        .collect();
    parts.iter().sum()
}
