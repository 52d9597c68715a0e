//! Moves of single rows (Hartigan & Wong 1979): what Lloyd's iterations leave undone.

use rayon::prelude::*;
use seedtest_numerics::Interrupt;

use crate::kmeans::Partition;
use crate::lloyd::of_labels;
use crate::matrix::{CHUNK, Matrix, squared_distance};

/// Moves single rows for as long as that lowers the sum of squares.
///
/// A row that leaves a cluster of n draws its centre away from it and one that joins a cluster of m draws it near: the
/// sum of squares falls where m/(m + 1) times the squared distance to the one is below n/(n − 1) times that to the
/// other. Such an end is one of Lloyd's, too, but not the other way round: his iterations stop at many places that are
/// a millionth of the sum of squares apart. Only with all cells known.
pub(crate) fn polished(matrix: &Matrix, found: Partition, interrupt: &Interrupt) -> Partition {
    const MOST_ROUNDS: usize = 100;
    if !matrix.is_complete || found.centres.n() < 2 || !found.converged {
        return found;
    }
    let mut groups = Groups::new(matrix, &found);
    let mut moves = 0;
    for _ in 0..MOST_ROUNDS {
        let centres = groups.centres();
        let doubtful = groups.doubtful(&centres);
        let before = moves;
        for row in doubtful {
            moves += usize::from(groups.moves(row));
        }
        if moves == before || interrupt.is_raised() {
            break;
        }
    }
    if moves == 0 {
        return found;
    }
    let how = (found.iterations, found.converged);
    let polished = of_labels(matrix, &found.centres, groups.labels, how);
    // Rounding must not make it worse.
    if polished.inertia < found.inertia { polished } else { found }
}

struct Groups<'a> {
    matrix: &'a Matrix,
    labels: Vec<u32>,
    sums: Vec<f64>,
    counts: Vec<f64>,
}

impl<'a> Groups<'a> {
    fn new(matrix: &'a Matrix, found: &Partition) -> Self {
        let d = matrix.d;
        let mut counts = vec![0.0; found.centres.n()];
        for &label in &found.labels {
            counts[label as usize] += 1.0;
        }
        let sums =
            found.centres.values.iter().enumerate().map(|(at, m)| m * counts[at / d]).collect();
        Self { matrix, labels: found.labels.clone(), sums, counts }
    }

    fn centres(&self) -> Matrix {
        let d = self.matrix.d;
        let of = |(at, sum): (usize, &f64)| sum / self.counts[at / d].max(1.0);
        Matrix::new(self.sums.iter().enumerate().map(of).collect(), d)
    }

    /// Rows that a move may be good for, as the centres are now.
    fn doubtful(&self, centres: &Matrix) -> Vec<usize> {
        let d = self.matrix.d;
        let parts: Vec<Vec<usize>> = self
            .labels
            .par_chunks(CHUNK)
            .zip(self.matrix.values.par_chunks(CHUNK * d))
            .enumerate()
            .map(|(chunk, (labels, rows))| {
                let pairs = labels.iter().zip(rows.chunks_exact(d)).enumerate();
                let found = pairs.filter(|(_, (label, x))| {
                    self.better(x, **label, |c| squared_distance(x, centres.row(c))).is_some()
                });
                found.map(|(at, _)| chunk * CHUNK + at).collect()
            })
            .collect();
        parts.concat()
    }

    /// The cluster that a row had better be in, by its squared distances to the centres.
    fn better(&self, x: &[f64], label: u32, distance: impl Fn(usize) -> f64) -> Option<u32> {
        // Rounding is no reason to move.
        const SLACK: f64 = 1e-11;
        let own = label as usize;
        let n = self.counts[own];
        if n < 2.0 || x.is_empty() {
            return None;
        }
        let leaving = distance(own) * n / (n - 1.0) * (1.0 - SLACK);
        let mut best: Option<(f64, u32)> = None;
        for (c, &m) in (0..).zip(&self.counts).filter(|(c, _)| *c != label) {
            let joining = distance(c as usize) * m / (m + 1.0);
            if joining < best.map_or(leaving, |b| b.0) {
                best = Some((joining, c));
            }
        }
        best.map(|b| b.1)
    }

    /// Moves a row where it had better be, as the sums are by now; whether it did.
    fn moves(&mut self, row: usize) -> bool {
        let d = self.matrix.d;
        let x = self.matrix.row(row);
        let distance = |c: usize| -> f64 {
            let sums = &self.sums[c * d..][..d];
            let apart = |(x, s): (&f64, &f64)| x - s / self.counts[c].max(1.0);
            x.iter().zip(sums).map(apart).map(|a| a * a).sum()
        };
        let Some(to) = self.better(x, self.labels[row], distance) else { return false };
        let from = std::mem::replace(&mut self.labels[row], to) as usize;
        for (c, sign) in [(from, -1.0), (to as usize, 1.0)] {
            self.counts[c] += sign;
            for (sum, x) in self.sums[c * d..][..d].iter_mut().zip(x) {
                *sum += sign * x;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::{Interrupt, Silent, Stream};

    use super::polished;
    use crate::lloyd::lloyd;
    use crate::matrix::{Matrix, squared_distance};

    #[test]
    fn the_end_is_one_of_lloyds_and_no_worse() {
        let mut better = 0;
        for seed in 0..30 {
            let mut stream = Stream::new(seed, 9);
            let matrix = Matrix::new((0..240).map(|_| stream.normal()).collect(), 2);
            let start = matrix.chosen([0, 30, 60, 90, 110].into_iter());
            let end = lloyd(&matrix, start, 1_000, 0.0, &mut Silent);
            let found = polished(&matrix, end.clone(), &Interrupt::never());
            assert!(found.inertia <= end.inertia);
            better += usize::from(found.inertia < end.inertia * (1.0 - 1e-9));
            for (x, &label) in matrix.rows().zip(&found.labels) {
                let of = |c: usize| squared_distance(x, found.centres.row(c));
                let own = of(label as usize);
                assert!((0..5).all(|c| own <= of(c) * (1.0 + 1e-9)), "{seed}");
            }
        }
        assert!(better > 5, "{better}");
    }

    #[test]
    fn of_two_clusters_on_a_line_the_best_cut_is_found() {
        // 3 is nearer to 0 than to 8, but 3/2 · 3² > 1/2 · 5².
        let matrix = Matrix::new(vec![-2.0, -1.0, 3.0, 8.0], 1);
        let start = Matrix::new(vec![0.0, 8.0], 1);
        let end = lloyd(&matrix, start, 100, 0.0, &mut Silent);
        assert_eq!(end.labels, [0, 0, 0, 1]);
        let found = polished(&matrix, end, &Interrupt::never());
        // Within: 0.5 + 12.5 against 14.
        assert_eq!((found.labels.as_slice(), found.inertia), (&[0, 0, 1, 1][..], 13.0));
    }
}
