//! k-means: the best of several k-means++ starts.

use rayon::prelude::*;
use seedtest_numerics::{Control, Interrupt, Observer, Progress, Stream};

use crate::hartigan::polished;
use crate::lloyd::{iterate, lloyd};
use crate::matrix::{CHUNK, Matrix, known_distance};
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
/// Starts on a sample, at least: they cost next to nothing beside a pass over all rows.
const STARTS_OF_SAMPLE: usize = 8;
/// Where centres move less than this share of a standard deviation a start has shown its worth.
const ROUGH: f64 = 1e-3;
/// Starts that make a search worth its while to be gone on with.
const MANY_STARTS: usize = 10;
/// The best starts of many that are followed to their end.
const FOLLOWED: usize = 3;

/// How far a start is followed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort<'a> {
    pub(crate) starts: usize,
    pub(crate) max_iter: u32,
    pub(crate) seed: u64,
    /// Ends all of it.
    pub(crate) interrupt: &'a Interrupt,
}

/// Centres a start has come to, roughly, and their sum of squares.
#[derive(Debug, Clone)]
struct Start {
    centres: Matrix,
    inertia: f64,
}

/// The best partition of several starts, followed until no row moves alone or together with others.
///
/// The observer sees every few starts and the iterations of what is followed on many rows; ended, the best so far is
/// what is returned, and it has not converged.
pub(crate) fn kmeans(
    matrix: &Matrix,
    k: usize,
    effort: Effort<'_>,
    observer: &mut dyn Observer,
) -> Partition {
    if matrix.n() > 2 * SAMPLE {
        return of_many_rows(matrix, k, effort, observer);
    }
    let (starts, is_stopped) = best_starts(matrix, k, effort, observer);
    let interrupt = effort.interrupt;
    let end =
        |start: Start| lloyd(matrix, start.centres, effort.max_iter, 0.0, &mut interrupt.clone());
    if is_stopped || starts.is_empty() {
        let first = || Start { centres: matrix.as_centres(0..k), inertia: f64::INFINITY };
        let best = starts.into_iter().next().unwrap_or_else(first);
        let few = lloyd(matrix, best.centres, 2, 0.0, &mut interrupt.clone());
        return Partition { converged: false, ..few };
    }
    let ends: Vec<Partition> = starts.into_par_iter().map(end).collect();
    let best = smallest(ends.into_iter());
    let Some(best) = best else { return lloyd_from_rows(matrix, k, effort) };
    polished(matrix, swapped(matrix, best, effort), interrupt)
}

fn lloyd_from_rows(matrix: &Matrix, k: usize, effort: Effort<'_>) -> Partition {
    let centres = matrix.as_centres(0..k);
    lloyd(matrix, centres, effort.max_iter, 0.0, &mut effort.interrupt.clone())
}

/// The first of the smallest sum of squares.
fn smallest(partitions: impl Iterator<Item = Partition>) -> Option<Partition> {
    partitions.reduce(|best, next| if next.inertia < best.inertia { next } else { best })
}

/// The best partition of a few starts where their centres hardly move any more: for comparisons of many.
pub(crate) fn roughly(matrix: &Matrix, k: usize, effort: Effort<'_>) -> Partition {
    let partitions = (0..effort.starts.max(1)).map(|start| {
        let centres = centres_of(matrix, k, effort, start);
        lloyd(matrix, centres, effort.max_iter, ROUGH, &mut effort.interrupt.clone())
    });
    smallest(partitions).unwrap_or_else(|| lloyd_from_rows(matrix, k, effort))
}

fn centres_of(matrix: &Matrix, k: usize, effort: Effort<'_>, start: usize) -> Matrix {
    plus_plus(matrix, k, &mut Stream::new(effort.seed, (k as u64) << 32 | start as u64))
}

/// Starts on a sample, followed to their end there; the best of them then with all rows.
fn of_many_rows(
    matrix: &Matrix,
    k: usize,
    effort: Effort<'_>,
    observer: &mut dyn Observer,
) -> Partition {
    /// A share of the sum of squares by which an iteration lowers it that is not worth another: centres of that
    /// many rows creep for long where no two clusters are there to be told apart.
    const LEAST_GAIN: f64 = 1e-9;
    let rows = matrix.sample(SAMPLE, effort.seed);
    let sample = matrix.chosen(rows.into_iter());
    let on_sample = Effort { starts: effort.starts.max(STARTS_OF_SAMPLE), ..effort };
    let (starts, is_stopped) = best_starts(&sample, k, on_sample, observer);
    let interrupt = effort.interrupt;
    let end =
        |start: Start| lloyd(&sample, start.centres, effort.max_iter, 0.0, &mut interrupt.clone());
    let ends: Vec<Partition> = starts.into_par_iter().map(end).collect();
    let centres = smallest(ends.into_iter()).map_or_else(|| matrix.as_centres(0..k), |p| p.centres);
    let most = if is_stopped { 1 } else { effort.max_iter };
    let found = lloyd(matrix, centres, most, -LEAST_GAIN, observer);
    Partition { converged: found.converged && !is_stopped, ..found }
}

/// The best starts, the best first (a few of many, else one), and whether the observer ended the search.
fn best_starts(
    matrix: &Matrix,
    k: usize,
    effort: Effort<'_>,
    observer: &mut dyn Observer,
) -> (Vec<Start>, bool) {
    // A few starts at a time, so that the observer is asked now and then.
    const AT_ONCE: usize = 8;
    // Sums of squares that differ by less are of one partition.
    const SAME: f64 = 1e-10;
    let most = if effort.starts >= MANY_STARTS { FOLLOWED } else { 1 };
    let squares = matrix.squares();
    let mut best: Vec<Start> = Vec::new();
    for first in (0..effort.starts).step_by(AT_ONCE) {
        let last = (first + AT_ONCE).min(effort.starts);
        let found: Vec<Start> = (first..last)
            .into_par_iter()
            .map(|start| {
                let centres = centres_of(matrix, k, effort, start);
                let mut interrupt = effort.interrupt.clone();
                let (centres, inertia) =
                    iterate(matrix, centres, effort.max_iter, ROUGH, squares, &mut interrupt);
                Start { centres, inertia }
            })
            .collect();
        best.extend(found);
        best.sort_by(|a, b| a.inertia.total_cmp(&b.inertia));
        best.dedup_by(|a, b| (a.inertia - b.inertia).abs() <= SAME * b.inertia.abs());
        best.truncate(most);
        let progress = Progress {
            iteration: last as u64,
            max_iterations: effort.starts as u64,
            objective: best.first().map_or(f64::INFINITY, |b| b.inertia),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop || effort.interrupt.is_raised() {
            return (best, true);
        }
    }
    (best, false)
}

/// Random swaps (Fränti 2018): a centre goes where a row is, drawn in proportion to its squared distance from
/// its own, and the move stays if the sum of squares falls. Finds what starts miss where clusters are many
/// and rows few; large tables have smooth optima.
fn swapped(matrix: &Matrix, best: Partition, effort: Effort<'_>) -> Partition {
    const STREAMS: u64 = 1 << 60;
    const SWAPS_OF_A_CLUSTER: usize = 100;
    const ROWS_IN_ALL: usize = 120_000;
    const MANY_ROWS: usize = 2_000;
    /// Iterations that show whether a swap may be any good, and how far above the best it may be by then.
    const SHORT: u32 = 4;
    const ABOVE: f64 = 1.03;
    let (n, k) = (matrix.n(), best.centres.n());
    if k < 2 || effort.starts < MANY_STARTS || n > MANY_ROWS {
        return best;
    }
    let swaps = (SWAPS_OF_A_CLUSTER * k).min(ROWS_IN_ALL / n);
    let mut stream = Stream::new(effort.seed, STREAMS | k as u64);
    let distances = |p: &Partition| -> Vec<f64> {
        let rows = matrix.rows().zip(&p.labels);
        rows.map(|(x, &label)| known_distance(x, p.centres.row(label as usize))).collect()
    };
    let followed = |centres, most| lloyd(matrix, centres, most, 0.0, &mut effort.interrupt.clone());
    let mut far = distances(&best);
    let mut best = best;
    for _ in 0..swaps {
        if effort.interrupt.is_raised() {
            return Partition { converged: false, ..best };
        }
        let from = stream.below(k as u64) as usize;
        let Some(to) = stream.choose(&far) else { return best };
        let mut centres = best.centres.clone();
        let start = matrix.as_centre(to);
        centres.values[from * matrix.d..][..matrix.d].copy_from_slice(&start);
        let mut tried = followed(centres, SHORT);
        if tried.inertia > ABOVE * best.inertia {
            continue;
        }
        if !tried.converged {
            tried = followed(tried.centres, effort.max_iter);
        }
        if tried.inertia < best.inertia {
            far = distances(&tried);
            best = tried;
        }
    }
    best
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

#[cfg(test)]
mod tests {
    use seedtest_numerics::{Control, Interrupt, Progress, Silent, Stream};

    use super::{Effort, kmeans, roughly};
    use crate::matrix::Matrix;

    fn rows(n: usize, d: usize, clusters: usize, seed: u64) -> Matrix {
        let mut stream = Stream::new(seed, 0);
        let centres: Vec<f64> = (0..clusters * d).map(|_| 2.5 * stream.normal()).collect();
        let mut values = Vec::with_capacity(n * d);
        for i in 0..n {
            let centre = &centres[i % clusters * d..][..d];
            values.extend(centre.iter().map(|c| c + stream.normal()));
        }
        Matrix::new(values, d)
    }

    /// Where clusters are more than the rows have, starts end at many optima a millionth apart; moving single rows
    /// brings searches with different random numbers to one.
    #[test]
    fn searches_that_start_elsewhere_come_to_the_same_sum_of_squares() {
        let matrix = rows(4_000, 6, 5, 1);
        for k in [5, 6, 7] {
            let of = |seed| {
                let effort =
                    Effort { starts: 25, max_iter: 1_000, seed, interrupt: &Interrupt::never() };
                kmeans(&matrix, k, effort, &mut Silent).inertia
            };
            let (one, other) = (of(1), of(2));
            assert!((one / other - 1.0).abs() < 1e-5, "{k}: {one} {other}");
        }
    }

    #[test]
    fn a_rough_partition_is_nearly_the_end() {
        let matrix = rows(300, 4, 3, 2);
        let effort = Effort { starts: 3, max_iter: 1_000, seed: 3, interrupt: &Interrupt::never() };
        let (rough, end) = (roughly(&matrix, 3, effort), kmeans(&matrix, 3, effort, &mut Silent));
        assert!(rough.inertia >= end.inertia * (1.0 - 1e-12));
        assert!(rough.inertia < end.inertia * 1.001, "{} {}", rough.inertia, end.inertia);
    }

    #[test]
    fn many_rows_are_clustered_and_stop_when_they_are_told_to() {
        let matrix = rows(40_000, 3, 4, 5);
        let effort = Effort { starts: 1, max_iter: 1_000, seed: 3, interrupt: &Interrupt::never() };
        let found = kmeans(&matrix, 4, effort, &mut Silent);
        // Not above that of the groups the rows are of, whose variance is 1 in three dimensions.
        let share = found.inertia / 120_000.0;
        assert!(found.converged && share < 1.01 && share > 0.5, "{share}");
        let mut calls = 0;
        let mut stop = |_: &Progress| {
            calls += 1;
            Control::Stop
        };
        let cut = kmeans(&matrix, 4, effort, &mut stop);
        assert!(!cut.converged && cut.labels.len() == 40_000 && calls <= 2);
    }
}
