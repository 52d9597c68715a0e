//! k-means of rows with missing cells: Lloyd's algorithm on the known ones.

use rayon::prelude::*;

use seedtest_numerics::{Control, Observer, Progress};

use crate::kmeans::Partition;
use crate::lloyd::smallest_move;
use crate::matrix::{CHUNK, Matrix, Sums, known_distance, squared_distance};
use crate::nearest::{Centres, Nearest};

/// Lloyd's iterations on the sum of squares of the known cells, until no row moves.
///
/// The minimum is that of k-POD (Chi, Chi & Baraniuk 2016), which fills in what is missing from the row's own
/// cluster: a filled-in cell is at no distance from its centre. A mean over all rows, by contrast, would
/// make a place of its own for rows without a value.
///
/// With a `tolerance` above 0 they end where no centre moves by more than that share of the mean standard deviation.
pub(crate) fn lloyd_of_known(
    matrix: &Matrix,
    centres: Matrix,
    max_iter: u32,
    tolerance: f64,
    observer: &mut dyn Observer,
) -> Partition {
    let smallest_move = smallest_move(matrix, tolerance, matrix.squares());
    let (k, d) = (centres.n(), matrix.d);
    let mut centres = centres;
    let mut labels = vec![u32::MAX; matrix.n()];
    let (mut iterations, mut converged) = (0, false);
    while iterations < max_iter {
        iterations += 1;
        let lanes = Centres::new(&centres);
        let mut found = nearest_of_all(matrix, &lanes);
        fill_empty(&mut found, k);
        let next: Vec<u32> = found.iter().map(|nearest| nearest.centre).collect();
        converged = next == labels;
        labels = next;
        if converged {
            break;
        }
        let means = sums(matrix, &labels, k).means(|at| centres.values[at]);
        let next = Matrix::new(means, d);
        let moves = next.rows().zip(centres.rows()).map(|(a, b)| squared_distance(a, b).sqrt());
        let farthest = moves.fold(0.0, f64::max);
        centres = next;
        if tolerance > 0.0 && farthest <= smallest_move {
            converged = true;
            break;
        }
        let progress = Progress {
            iteration: u64::from(iterations),
            max_iterations: u64::from(max_iter),
            objective: found.iter().map(|nearest| nearest.first).sum(),
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            break;
        }
    }
    let pairs = matrix.rows().zip(&labels);
    let inertia = pairs.map(|(x, &label)| known_distance(x, centres.row(label as usize))).sum();
    Partition { centres, labels, inertia, iterations, converged }
}

fn nearest_of_all(matrix: &Matrix, lanes: &Centres) -> Vec<Nearest> {
    let of_rows = |rows: &[f64]| -> Vec<Nearest> {
        rows.chunks_exact(matrix.d).map(|x| lanes.nearest(x)).collect()
    };
    let parts: Vec<Vec<Nearest>> =
        matrix.values.par_chunks(CHUNK * matrix.d).map(of_rows).collect();
    parts.concat()
}

/// Sums of the known cells by cluster.
pub(crate) fn sums(matrix: &Matrix, labels: &[u32], k: usize) -> Sums {
    let parts: Vec<Sums> = labels
        .par_chunks(CHUNK)
        .zip(matrix.values.par_chunks(CHUNK * matrix.d))
        .map(|(labels, rows)| {
            let mut sums = Sums::new(k, matrix.d);
            for (&label, x) in labels.iter().zip(rows.chunks_exact(matrix.d)) {
                sums.add(label as usize, x);
            }
            sums
        })
        .collect();
    let mut total = Sums::new(k, matrix.d);
    for part in &parts {
        total.merge(part);
    }
    total
}

/// Gives every empty cluster the row farthest from its centre.
fn fill_empty(found: &mut [Nearest], k: usize) {
    let mut counts = vec![0usize; k];
    for nearest in found.iter() {
        counts[nearest.centre as usize] += 1;
    }
    for empty in 0..k {
        if counts[empty] > 0 {
            continue;
        }
        let mut farthest: Option<usize> = None;
        for (i, nearest) in found.iter().enumerate() {
            let is_shared = counts[nearest.centre as usize] > 1;
            if is_shared && farthest.is_none_or(|f| nearest.first > found[f].first) {
                farthest = Some(i);
            }
        }
        let Some(row) = farthest else { continue };
        counts[found[row].centre as usize] -= 1;
        counts[empty] = 1;
        found[row] = Nearest { centre: empty as u32, first: 0.0, second: 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::{Silent, Stream};

    use super::lloyd_of_known;
    use crate::lloyd::lloyd;
    use crate::matrix::Matrix;

    #[test]
    fn with_every_cell_known_it_is_the_other_algorithm() {
        let mut stream = Stream::new(4, 0);
        let values = (0..600).map(|i| f64::from(i / 3 % 4) * 2.0 + stream.normal()).collect();
        let matrix = Matrix::new(values, 3);
        let start = matrix.chosen([0, 50, 100, 150].into_iter());
        let (known, whole) = (
            lloyd_of_known(&matrix, start.clone(), 100, 0.0, &mut Silent),
            lloyd(&matrix, start, 100, 0.0, &mut Silent),
        );
        assert_eq!(known.labels, whole.labels);
        assert!((known.inertia - whole.inertia).abs() < 1e-9 * whole.inertia);
        assert!(known.converged);
    }

    #[test]
    fn a_missing_cell_is_at_no_distance() {
        const NONE: f64 = f64::NAN;
        let rows = vec![0.0, 0.0, 0.2, NONE, 10.0, 8.0, NONE, 8.4, 9.8, NONE];
        let matrix = Matrix::new(rows, 2);
        let start = Matrix::new(vec![0.0, 0.0, 10.0, 8.0], 2);
        let found = lloyd_of_known(&matrix, start, 100, 0.0, &mut Silent);
        assert_eq!(found.labels, [0, 0, 1, 1, 1]);
        assert_eq!(found.centres.values, [0.1, 0.0, 9.9, 8.2]);
        // 2 · 0.1² + 2 · 0.1² + 2 · 0.2².
        assert!((found.inertia - 0.12).abs() < 1e-12);
    }
}
