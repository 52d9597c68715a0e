//! Are there clusters at all? The rows against populations of one kind.

use std::collections::BTreeSet;

use rayon::prelude::*;
use seedtest_numerics::{Silent, Stream, ln};
use serde::{Deserialize, Serialize};

use crate::kmeans::{Effort, Partition, kmeans};
use crate::matrix::{Matrix, squared_distance};
use crate::population::Population;

/// How much speaks for more than one kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Share of populations of one kind that split at least as well as the rows, these counted among them.
    pub p_value: f64,
    /// Populations drawn.
    pub populations: usize,
    /// Rows of each.
    pub rows: usize,
}

impl Evidence {
    /// Probability that one kind of rows passes for several, at most.
    pub const LEVEL: f64 = 0.05;
    /// Rows below which nothing is said: the shape of a population cannot be seen in fewer.
    pub const LEAST_ROWS: usize = 20;

    /// Whether the rows are of more than one kind.
    pub fn is_enough(&self) -> bool {
        self.p_value <= Self::LEVEL
    }

    /// What to say where it is not enough.
    pub(crate) fn against(&self) -> String {
        let percent = 100.0 * self.p_value;
        format!(
            "there are no clusters: {percent:.0} % of populations of one kind, with such features and \
             correlations, split as well"
        )
    }

    /// What to say of `n` rows where nothing is said.
    pub(crate) fn too_few(n: usize) -> String {
        let least = Self::LEAST_ROWS;
        format!(
            "there are no clusters: {n} rows are too few to tell groups from chance ({least} are needed)"
        )
    }
}

/// Populations drawn.
const POPULATIONS: usize = 99;
/// Rows of them: more make the test no better where clusters matter.
const ROWS: usize = 1_000;
const STARTS: usize = 3;
/// Whoever has more kinds of rows has clusters of several kinds, too: more numbers only add noise.
const MOST_CLUSTERS: usize = 5;

/// What k-means finds for k = 2..=`most` against what it finds in populations of one kind with the same
/// correlations and features of the same shape.
///
/// A parametric bootstrap. Its statistic is the largest of studentised numbers, two for each k: how far the
/// sum of squares falls (the cluster index of SigClust: Liu, Hayes, Nobel & Marron 2008), and how far apart
/// the clusters are that are least so.
pub(crate) fn evidence_of_splits(
    matrix: &Matrix,
    has_missing: &[bool],
    most: usize,
    max_iter: u32,
    seed: u64,
) -> Evidence {
    let effort = Effort { starts: STARTS, max_iter, seed };
    let most = most.min(MOST_CLUSTERS);
    against_populations(matrix, has_missing, seed, |rows| splits(rows, most, effort))
}

/// Compares numbers that are the larger the more rows are split.
fn against_populations(
    matrix: &Matrix,
    has_missing: &[bool],
    seed: u64,
    numbers: impl Fn(&Matrix) -> Vec<f64> + Sync,
) -> Evidence {
    const STREAMS: u64 = 1 << 59;
    let sampled = matrix.sample(ROWS, seed);
    let sample = matrix.chosen(sampled.into_iter());
    let population = Population::like(&sample, has_missing, seed);
    let mut tables: Vec<Vec<f64>> = (0..POPULATIONS as u64)
        .into_par_iter()
        .map(|number| numbers(&population.draw(&mut Stream::new(seed, STREAMS | number))))
        .collect();
    tables.push(numbers(&sample));
    let scores = largest_scores(&tables);
    let as_good = scores.iter().filter(|score| **score >= scores[POPULATIONS]).count();
    Evidence {
        p_value: as_good as f64 / scores.len() as f64,
        populations: POPULATIONS,
        rows: sample.n(),
    }
}

/// For k = 2..=`most`, −ln of the share of the sum of squares that k-means leaves, and how far apart its
/// clusters are.
fn splits(matrix: &Matrix, most: usize, effort: Effort) -> Vec<f64> {
    let inertia = |p: &Partition| ln(p.inertia.max(f64::MIN_POSITIVE));
    let whole = inertia(&kmeans(matrix, 1, effort, &mut Silent));
    let of_k = |k| {
        let partition = kmeans(matrix, k, effort, &mut Silent);
        [whole - inertia(&partition), least_apart(matrix, &partition)]
    };
    (2..=most).flat_map(of_k).collect()
}

/// Of the cluster that is least apart from its neighbour, −ln of the share of the variance within them,
/// along the line between their centres.
fn least_apart(matrix: &Matrix, partition: &Partition) -> f64 {
    let centres = &partition.centres;
    let nearest = |a: usize| {
        let distance = |b: usize| squared_distance(centres.row(a), centres.row(b));
        let others = (0..centres.n()).filter(|&b| b != a);
        others.min_by(|&x, &y| distance(x).total_cmp(&distance(y)))
    };
    let pairs = (0..centres.n()).filter_map(|a| nearest(a).map(|b| (a.min(b), a.max(b))));
    let pairs: BTreeSet<(usize, usize)> = pairs.collect();
    pairs.into_iter().map(|(a, b)| apart(matrix, partition, a, b)).fold(f64::INFINITY, f64::min)
}

fn apart(matrix: &Matrix, partition: &Partition, a: usize, b: usize) -> f64 {
    let (from, to) = (partition.centres.row(a), partition.centres.row(b));
    let length = squared_distance(from, to);
    let (mut counts, mut within) = ([0.0; 2], 0.0);
    for (row, &label) in matrix.rows().zip(&partition.labels) {
        let side = match label as usize {
            label if label == a => 0,
            label if label == b => 1,
            _ => continue,
        };
        let own = if side == 0 { from } else { to };
        let along: f64 = row
            .iter()
            .zip(own)
            .zip(from.iter().zip(to))
            .map(|((x, m), (f, t))| (x - m) * (t - f))
            .sum();
        counts[side] += 1.0;
        within += along * along / length.max(f64::MIN_POSITIVE);
    }
    let between = counts[0] * counts[1] / (counts[0] + counts[1]) * length;
    let least = f64::EPSILON * (within + between).max(f64::MIN_POSITIVE);
    ln((within + between).max(f64::MIN_POSITIVE) / within.max(least))
}

/// The largest of each table's studentised numbers, among the tables.
fn largest_scores(tables: &[Vec<f64>]) -> Vec<f64> {
    let n = tables.len() as f64;
    let width = tables.first().map_or(0, Vec::len);
    let mut scores = vec![f64::NEG_INFINITY; tables.len()];
    for at in 0..width {
        let mean = tables.iter().map(|t| t[at]).sum::<f64>() / n;
        let squares: f64 = tables.iter().map(|t| (t[at] - mean) * (t[at] - mean)).sum();
        let sd = (squares / n).sqrt();
        // All the same, but for rounding: it says nothing.
        if sd <= 1e-12 * mean.abs() {
            continue;
        }
        for (score, table) in scores.iter_mut().zip(tables) {
            *score = score.max((table[at] - mean) / sd);
        }
    }
    scores
}
