//! Lloyd's iterations with Hamerly's bounds.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress};

use crate::incomplete::{lloyd_of_known, sums};
use crate::kmeans::{Partition, inertia};
use crate::matrix::{CHUNK, Matrix, squared_distance};
use crate::nearest::{Centres, FEW, Lanes, MANY, Nearest, ROWS_OF_FEW, ROWS_OF_MANY};

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

/// Lloyd's iterations until no row moves; with a `tolerance` above 0, no centre by more than that share of the mean
/// standard deviation; with one below 0, until the sum of squares falls by less than that share of itself.
///
/// Hamerly (2010): a row whose distance to its own centre is at most that to any other one, by bounds
/// that the moves of the centres loosen, is not looked at. The observer sees every iteration.
pub(crate) fn lloyd(
    matrix: &Matrix,
    centres: Matrix,
    max_iter: u32,
    tolerance: f64,
    observer: &mut dyn Observer,
) -> Partition {
    if !matrix.is_complete {
        return lloyd_of_known(matrix, centres, max_iter, tolerance, observer);
    }
    let squares = if tolerance == 0.0 { 0.0 } else { matrix.squares() };
    let mut moving = Moving::new(matrix, centres);
    moving.run(max_iter, (tolerance, squares), observer);
    moving.finish()
}

/// The centres that the same iterations come to and their sum of squares, of rows whose own sum of squares is known:
/// less than a partition, in less time.
pub(crate) fn iterate(
    matrix: &Matrix,
    centres: Matrix,
    max_iter: u32,
    tolerance: f64,
    squares: f64,
    observer: &mut dyn Observer,
) -> (Matrix, f64) {
    if !matrix.is_complete {
        let found = lloyd_of_known(matrix, centres, max_iter, tolerance, observer);
        return (found.centres, found.inertia);
    }
    let mut moving = Moving::new(matrix, centres);
    moving.run(max_iter, (tolerance, squares), observer);
    let inertia = squares - moving.between();
    (moving.centres, inertia)
}

/// Centres on their way.
struct Moving<'a> {
    matrix: &'a Matrix,
    centres: Matrix,
    bounds: Vec<Bound>,
    sums: Vec<f64>,
    counts: Vec<i64>,
    iterations: u32,
    converged: bool,
}

impl<'a> Moving<'a> {
    fn new(matrix: &'a Matrix, centres: Matrix) -> Self {
        let (k, d) = (centres.n(), matrix.d);
        let unseen = Bound { upper: f64::INFINITY, lower: 0.0, label: u32::MAX };
        Self {
            matrix,
            centres,
            bounds: vec![unseen; matrix.n()],
            sums: vec![0.0; k * d],
            counts: vec![0; k],
            iterations: 0,
            converged: false,
        }
    }

    fn run(
        &mut self,
        max_iter: u32,
        (tolerance, squares): (f64, f64),
        observer: &mut dyn Observer,
    ) {
        let (k, d) = (self.centres.n(), self.matrix.d);
        let smallest_move = smallest_move(self.matrix, tolerance, squares);
        let mut shifts = vec![0.0; k];
        while self.iterations < max_iter {
            self.iterations += 1;
            let moved = self.pass(&shifts);
            if moved == 0 && self.iterations > 1 {
                self.converged = true;
                return;
            }
            if self.fill_empty() {
                for bound in &mut self.bounds {
                    (bound.upper, bound.lower) = (f64::INFINITY, 0.0);
                }
            }
            let of = |j: usize| self.sums[j] / self.counts[j / d].max(1) as f64;
            let next = Matrix::new((0..k * d).map(of).collect(), d);
            for (c, shift) in shifts.iter_mut().enumerate() {
                *shift = squared_distance(next.row(c), self.centres.row(c)).sqrt();
            }
            self.centres = next;
            let is_still = tolerance > 0.0 && shifts.iter().all(|s| *s <= smallest_move);
            // What the centres' moves alone gain; the rows' gain about as much.
            let gains = || self.counts.iter().zip(&shifts).map(|(n, s)| *n as f64 * s * s);
            let is_settled = tolerance < 0.0
                && self.iterations > 1
                && gains().sum::<f64>() <= -tolerance * (squares - self.between());
            if is_still || is_settled {
                self.converged = true;
                return;
            }
            let progress = Progress {
                iteration: u64::from(self.iterations),
                max_iterations: u64::from(max_iter),
                objective: squares - self.between(),
                max_gradient: None,
            };
            if observer.progress(&progress) == Control::Stop {
                return;
            }
        }
    }

    /// Sum of squares of the centres of all rows: what is left of the rows' own is within the clusters.
    fn between(&self) -> f64 {
        let of_centre = |(sums, count): (&[f64], &i64)| {
            sums.iter().map(|s| s * s).sum::<f64>() / (*count).max(1) as f64
        };
        self.sums.chunks_exact(self.matrix.d).zip(&self.counts).map(of_centre).sum()
    }

    fn pass(&mut self, shifts: &[f64]) -> usize {
        // Half the distance from each centre to its nearest neighbour: a row closer than that is safe.
        let centres = &self.centres;
        let k = centres.n();
        let safe: Vec<f64> = (0..k)
            .map(|c| {
                let others = (0..k).filter(|&o| o != c);
                let nearest = others.map(|o| squared_distance(centres.row(c), centres.row(o)));
                0.5 * nearest.fold(f64::INFINITY, f64::min).sqrt()
            })
            .collect();
        let farthest = shifts.iter().copied().fold(0.0, f64::max);
        let now = Now { centres, shifts, farthest, safe: &safe };
        let (matrix, bounds) = (self.matrix, &mut self.bounds);
        let changes = match Centres::new(centres) {
            Centres::Few(lanes) => changes::<FEW, ROWS_OF_FEW>(matrix, now, &lanes, bounds),
            Centres::Many(lanes) => changes::<MANY, ROWS_OF_MANY>(matrix, now, &lanes, bounds),
        };
        let mut moved = 0;
        for change in changes.into_iter().filter(|change| change.moved > 0) {
            moved += change.moved;
            for (sum, delta) in self.sums.iter_mut().zip(&change.sums) {
                *sum += delta;
            }
            for (count, delta) in self.counts.iter_mut().zip(&change.counts) {
                *count += delta;
            }
        }
        moved
    }

    /// Gives every empty cluster the row farthest from its centre; whether there was one.
    fn fill_empty(&mut self) -> bool {
        let d = self.matrix.d;
        let mut filled = false;
        for empty in 0..self.counts.len() {
            if self.counts[empty] > 0 {
                continue;
            }
            let mut farthest: Option<usize> = None;
            for (i, bound) in self.bounds.iter().enumerate() {
                let shared = self.counts[bound.label as usize] > 1;
                if shared && farthest.is_none_or(|f| bound.upper > self.bounds[f].upper) {
                    farthest = Some(i);
                }
            }
            let Some(row) = farthest else { continue };
            let from = self.bounds[row].label as usize;
            for (j, x) in self.matrix.row(row).iter().enumerate() {
                self.sums[from * d + j] -= x;
                self.sums[empty * d + j] = *x;
            }
            self.counts[from] -= 1;
            self.counts[empty] = 1;
            self.bounds[row] = Bound { upper: 0.0, lower: 0.0, label: empty as u32 };
            filled = true;
        }
        filled
    }

    /// Centres and inertia from the labels, without what running sums have gathered of rounding.
    fn finish(self) -> Partition {
        let labels: Vec<u32> = self.bounds.iter().map(|b| b.label).collect();
        let Self { matrix, centres, iterations, converged, .. } = self;
        of_labels(matrix, &centres, labels, (iterations, converged))
    }
}

/// The partition of these labels; a cluster without rows stays where its centre is.
pub(crate) fn of_labels(
    matrix: &Matrix,
    centres: &Matrix,
    labels: Vec<u32>,
    (iterations, converged): (u32, bool),
) -> Partition {
    let means = sums(matrix, &labels, centres.n()).means(|at| centres.values[at]);
    let centres = Matrix::new(means, matrix.d);
    let inertia = inertia(matrix, &centres, &labels);
    Partition { centres, labels, inertia, iterations, converged }
}

/// The move of a centre that is none: a share of the standard deviation of the features, whose means are 0.
pub(crate) fn smallest_move(matrix: &Matrix, tolerance: f64, squares: f64) -> f64 {
    tolerance.max(0.0) * (squares / (matrix.n() * matrix.d).max(1) as f64).sqrt()
}

/// Where the centres are, and how they moved.
#[derive(Clone, Copy)]
struct Now<'a> {
    centres: &'a Matrix,
    /// How far each centre moved.
    shifts: &'a [f64],
    /// The farthest of them.
    farthest: f64,
    /// Half the distance from each centre to its nearest neighbour: a row closer than that is safe.
    safe: &'a [f64],
}

fn changes<const L: usize, const ROWS: usize>(
    matrix: &Matrix,
    now: Now<'_>,
    lanes: &Lanes<L>,
    bounds: &mut [Bound],
) -> Vec<Change> {
    bounds
        .par_chunks_mut(CHUNK)
        .zip(matrix.values.par_chunks(CHUNK * matrix.d))
        .map(|(bounds, rows)| Arch::new().dispatch(Pass::<L, ROWS> { now, lanes, rows, bounds }))
        .collect()
}

/// One pass over one chunk of rows.
struct Pass<'a, const L: usize, const ROWS: usize> {
    now: Now<'a>,
    lanes: &'a Lanes<L>,
    rows: &'a [f64],
    bounds: &'a mut [Bound],
}

impl<const L: usize, const ROWS: usize> WithSimd for Pass<'_, L, ROWS> {
    type Output = Change;

    #[inline(always)]
    #[allow(clippy::inline_always)] // the vector instructions must reach the loop
    fn with_simd<S: Simd>(self, _: S) -> Change {
        let Self { now, lanes, rows, bounds } = self;
        let d = now.centres.d;
        let doubtful = now.doubtful(rows, bounds);
        let mut change = Change { sums: Vec::new(), counts: Vec::new(), moved: 0 };
        let row = |i: u32| &rows[i as usize * d..][..d];
        let (together, rest) = doubtful.as_chunks::<ROWS>();
        for group in together {
            let x: [&[f64]; ROWS] = std::array::from_fn(|r| row(group[r]));
            for (r, nearest) in lanes.nearest_of(x).into_iter().enumerate() {
                change.assign(&mut bounds[group[r] as usize], nearest, x[r], now.centres);
            }
        }
        for &i in rest {
            let [nearest] = lanes.nearest_of([row(i)]);
            change.assign(&mut bounds[i as usize], nearest, row(i), now.centres);
        }
        change
    }
}

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
