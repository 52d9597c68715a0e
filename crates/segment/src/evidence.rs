//! Are there clusters at all? The rows against populations of one kind.

use std::collections::BTreeSet;

use rayon::prelude::*;
use seedtest_numerics::{Control, Observer, Progress, Stream, ln, normal_quantile};
use serde::{Deserialize, Serialize};

use crate::column::{self, WEIGHT_OF_VALLEY, Windows};
use crate::kmeans::{Effort, Partition, roughly};
use crate::matrix::{Matrix, squared_distance};
use crate::population::{Population, correlations};
use crate::principal::principal_axes;

/// How much speaks for more than one kind of rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Share of populations of one kind that split at least as well as the rows, these counted among them: the
    /// smallest of three such shares (of two clusters of k-means, of more, of single features and principal
    /// components), each divided by its part of the level.
    pub p_value: f64,
    /// Populations drawn.
    pub populations: usize,
    /// Rows of each.
    pub rows: usize,
    /// Whether features depend on each other in a curve, which no such population has: then only a valley
    /// between clusters tells them from a curve cut to pieces.
    #[serde(default)]
    pub is_bent: bool,
    /// The two features that do so most.
    #[serde(skip)]
    pub(crate) bent: Option<(usize, usize)>,
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

/// Populations drawn, and the rows up to which they are twice as many: there every group counts.
const POPULATIONS: usize = 99;
const FEW_ROWS: usize = 250;
/// Rows of them: more make the test no better where clusters matter.
const ROWS: usize = 1_000;
const STARTS: usize = 3;
/// Whoever has more kinds of rows has clusters of several kinds, too: more numbers only add noise.
const MOST_CLUSTERS: usize = 5;

/// What k-means finds for k = 2..=`most`, and how features and principal components split alone, against the
/// same of populations of one kind with the same correlations and features of the same shape.
///
/// A parametric bootstrap. Its statistics are the largest of studentised numbers: how far the sum of squares
/// falls (the cluster index of SigClust: Liu, Hayes, Nobel & Marron 2008), and how far apart the clusters
/// are that are least so. Single features see groups that k-means, to which all features are alike, does not.
pub(crate) fn evidence_of_splits(
    matrix: &Matrix,
    most: usize,
    max_iter: u32,
    seed: u64,
    observer: &mut dyn Observer,
) -> Option<Evidence> {
    let interrupt = observer.interrupt();
    let effort = Effort { starts: STARTS, max_iter, seed, interrupt: &interrupt };
    let most = most.min(MOST_CLUSTERS);
    against_populations(matrix, seed, |rows| Numbers::of(rows, most, effort), observer)
}

/// Compares numbers that are the larger the more rows are split. What was begun when the time was up does not count;
/// `None` without any population.
fn against_populations(
    matrix: &Matrix,
    seed: u64,
    numbers: impl Fn(&Matrix) -> Numbers + Sync,
    observer: &mut dyn Observer,
) -> Option<Evidence> {
    const STREAMS: u64 = 1 << 59;
    let sampled = matrix.sample(ROWS, seed);
    let sample = matrix.chosen(sampled.into_iter());
    let population = Population::like(&sample, seed);
    let populations = if sample.n() <= FEW_ROWS { 2 * POPULATIONS + 1 } else { POPULATIONS };
    let mut tables: Vec<Numbers> = vec![numbers(&sample)];
    let mut p_value = 1.0;
    for first in (0..populations).step_by(AT_ONCE) {
        let drawn = (first..populations.min(first + AT_ONCE)).into_par_iter();
        let of = |number: usize| {
            numbers(&population.draw(&mut Stream::new(seed, STREAMS | number as u64)))
        };
        let drawn: Vec<Numbers> = drawn.map(of).collect();
        if observer.interrupt().is_raised() {
            break;
        }
        tables.extend(drawn);
        let shares = FAMILIES.map(|(family, part)| share_as_good(&tables, family) / part);
        p_value = shares.into_iter().fold(1.0, f64::min);
        let progress = Progress {
            iteration: tables.len() as u64 - 1,
            max_iterations: populations as u64,
            objective: p_value,
            max_gradient: None,
        };
        if p_value > HOPELESS || observer.progress(&progress) == Control::Stop {
            break;
        }
    }
    let populations = tables.len() - 1;
    let of = || {
        let bent = bent_features(&tables, sample.d);
        Evidence { p_value, populations, rows: sample.n(), is_bent: bent.is_some(), bent }
    };
    (populations > 0).then(of)
}

/// Populations drawn at a time, and the share of them after which more could hardly bring it down to the level: of 40
/// as many as ten do as well as the rows once in 20 000 tables if one in twenty does.
const AT_ONCE: usize = 40;
const HOPELESS: f64 = 0.3;

/// What a share as small as the level counts in each family: most for two groups, which are the hardest to see.
/// These are more than a third each, since the families see much the same: with them about 3 % of simulated tables
/// of one kind were split (the example `simulate_segments`).
const FAMILIES: [(Family, f64); 3] = [(|n| &n.two, 0.8), (|n| &n.more, 0.6), (|n| &n.lines, 0.6)];

/// Numbers that are compared together.
type Family = fn(&Numbers) -> &[f64];

/// Share of the tables whose largest studentised number is at least that of the first.
fn share_as_good(tables: &[Numbers], family: Family) -> f64 {
    let scores = largest_scores(tables, family);
    let own = scores.first().copied().unwrap_or(f64::INFINITY);
    // Nothing that varies says anything.
    let as_good = scores.iter().filter(|score| **score >= own || own == f64::NEG_INFINITY).count();
    as_good as f64 / scores.len().max(1) as f64
}

/// The features between which the first table has a curve: a correlation of one with the square of the other that is
/// farther from what the populations have than theirs are, and no small one. Of several the one that is farthest.
fn bent_features(tables: &[Numbers], d: usize) -> Option<(usize, usize)> {
    const SMALL: f64 = 0.25;
    let (own, others) = tables.split_first()?;
    let far = |(at, pair): (usize, (usize, usize))| {
        let of = |t: &Numbers| t.bends[at];
        let mean = others.iter().map(of).sum::<f64>() / others.len() as f64;
        let squares: f64 = others.iter().map(|t| (of(t) - mean) * (of(t) - mean)).sum();
        let sd = (squares / others.len() as f64).sqrt();
        // The largest of as many normal numbers is hardly ever larger.
        let most = normal_quantile(1.0 - 0.01 / own.bends.len() as f64);
        let from = (of(own) - mean).abs();
        (from > SMALL && from > most * sd).then(|| (from / sd.max(f64::MIN_POSITIVE), pair))
    };
    let all = pairs(d).chain(pairs(d).filter(|(i, j)| i < j));
    let farthest = all.enumerate().filter_map(far).max_by(|a, b| a.0.total_cmp(&b.0));
    farthest.map(|(_, pair)| pair)
}

/// What is compared: larger where rows are more split.
struct Numbers {
    /// How far apart two clusters are.
    two: Vec<f64>,
    /// How far the sum of squares falls with 2, 3 … clusters, and how far apart three and more are.
    more: Vec<f64>,
    /// How single features and principal components split.
    lines: Vec<f64>,
    /// Correlations of features with squares of others, and of squares where these are negative.
    bends: Vec<f64>,
}

impl Numbers {
    fn of(matrix: &Matrix, most: usize, effort: Effort<'_>) -> Self {
        let inertia = |p: &Partition| ln(p.inertia.max(f64::MIN_POSITIVE));
        let whole = inertia(&roughly(matrix, 1, effort));
        let (mut two, mut more) = (Vec::new(), Vec::new());
        for k in 2..=most {
            let partition = roughly(matrix, k, effort);
            more.push(whole - inertia(&partition));
            let apart = if k == 2 { &mut two } else { &mut more };
            apart.push(least_apart(matrix, &partition));
        }
        let columns = (0..matrix.d).flat_map(|j| column::splits(&matrix.sorted_column(j)));
        let lines = columns.chain(along_axes(matrix)).collect();
        Self { two, more, lines, bends: bends(matrix) }
    }
}

/// Correlations of every feature with the squares of the others, and of squares with squares where negative:
/// parabolas have the former, rings the latter.
fn bends(matrix: &Matrix) -> Vec<f64> {
    let d = matrix.d;
    let means = matrix.means();
    // Each row with the squares of its features around their means behind it.
    let with_squares = |row: &[f64]| -> Vec<f64> {
        let squares = row.iter().zip(&means).map(|(x, m)| (x - m) * (x - m));
        row.iter().copied().chain(squares).collect()
    };
    let wide = Matrix::new(matrix.rows().flat_map(with_squares).collect(), 2 * d);
    let r = correlations(&wide);
    let at = |i: usize, j: usize| r[i * 2 * d + j];
    let odd = pairs(d).map(|(i, j)| at(i, d + j));
    let even = pairs(d).filter(|(i, j)| i < j).map(|(i, j)| at(d + i, d + j).min(0.0));
    odd.chain(even).collect()
}

/// Pairs of different features.
fn pairs(d: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..d).flat_map(move |i| (0..d).filter(move |&j| j != i).map(move |j| (i, j)))
}

/// How the principal components split.
fn along_axes(matrix: &Matrix) -> Vec<f64> {
    if !matrix.is_complete || matrix.d < 2 {
        return Vec::new();
    }
    let (axes, means) = principal_axes(matrix);
    let of_axis = |axis: &[f64]| {
        let score = |row: &[f64]| -> f64 {
            row.iter().zip(&means).zip(axis).map(|((x, m), a)| (x - m) * a).sum()
        };
        let mut scores: Vec<f64> = matrix.rows().map(score).collect();
        scores.sort_by(f64::total_cmp);
        column::splits(&scores)
    };
    axes.chunks_exact(matrix.d).flat_map(of_axis).collect()
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
    let mut way = Vec::new();
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
            .map(|((x, m), (f, t))| if x.is_nan() { 0.0 } else { (x - m) * (t - f) })
            .sum();
        counts[side] += 1.0;
        way.push(side as f64 + along / length.max(f64::MIN_POSITIVE));
        within += along * along / length.max(f64::MIN_POSITIVE);
    }
    let between = counts[0] * counts[1] / (counts[0] + counts[1]) * length;
    let least = f64::EPSILON * (within + between).max(f64::MIN_POSITIVE);
    let valley = Windows::of(way.into_iter()).depth();
    ln((within + between).max(f64::MIN_POSITIVE) / within.max(least)) + WEIGHT_OF_VALLEY * valley
}

/// The largest of each table's studentised numbers of a family, among the tables.
fn largest_scores(tables: &[Numbers], family: Family) -> Vec<f64> {
    let n = tables.len() as f64;
    let width = tables.first().map_or(0, |table| family(table).len());
    let mut scores = vec![f64::NEG_INFINITY; tables.len()];
    for at in 0..width {
        let of = |t: &Numbers| family(t)[at];
        let mean = tables.iter().map(of).sum::<f64>() / n;
        let squares: f64 = tables.iter().map(|t| (of(t) - mean) * (of(t) - mean)).sum();
        let sd = (squares / n).sqrt();
        // All the same, but for rounding: it says nothing.
        if sd <= 1e-12 * mean.abs() {
            continue;
        }
        for (score, table) in scores.iter_mut().zip(tables) {
            *score = score.max((of(table) - mean) / sd);
        }
    }
    scores
}
