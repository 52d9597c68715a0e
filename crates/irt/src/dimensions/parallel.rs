//! Parallel analysis (Horn 1965): eigenvalues beyond those of answers that have nothing in common.

use seedtest_numerics::{Control, DEFAULT_SEED, Observer, Progress, Stream, quantile};
use serde::{Deserialize, Serialize};

use super::eigenvalues::symmetric_eigenvalues;
use super::polychoric::correlations;
use super::tables::Tables;
use crate::polytomous::Responses;

/// Most items: all pairs of them are correlated in every replication.
pub(super) const MOST_ITEMS: usize = 100;
/// Fewest items of which a second dimension can be seen.
const FEWEST_ITEMS: usize = 4;

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParallelSpec {
    /// Data sets that are drawn, at least 20.
    pub replications: u32,
    /// The share of them below which an eigenvalue is chance.
    pub level: f64,
    /// Fewest students in common for a pair of items.
    pub min_pair: u32,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for ParallelSpec {
    /// 50 data sets, their 95th percentiles, 50 students in common.
    fn default() -> Self {
        Self { replications: 50, level: 0.95, min_pair: 50, seed: DEFAULT_SEED }
    }
}

/// One eigenvalue beside what it is by chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rank {
    /// Eigenvalue of the correlations of the answers.
    pub eigenvalue: f64,
    /// Mean of the same rank over the drawn data sets.
    pub mean: f64,
    /// Their percentile.
    pub limit: f64,
}

/// How many dimensions are beyond chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParallelAnalysis {
    /// Number of leading eigenvalues beyond the percentile.
    pub n_dimensions: usize,
    /// Every rank, decreasing.
    pub ranks: Vec<Rank>,
    /// Data sets drawn.
    pub replications: u32,
    /// Items looked at.
    pub items: Vec<u32>,
}

/// Why dimensions cannot be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoDimensions {
    /// Fewer than 4 items.
    FewItems,
    /// More than 100 items.
    ManyItems,
    /// Two items have too few students in common, or one score among them.
    ThinPairs,
    /// The observer stopped it.
    Stopped,
}

/// Eigenvalues of the polychoric correlations of these items, beside those of data sets in which the answers to each
/// item are dealt anew among the students who answered it: same shares, same design, nothing in common.
pub fn parallel_analysis(
    data: &Responses<'_>,
    items: &[u32],
    spec: &ParallelSpec,
    observer: &mut dyn Observer,
) -> Result<ParallelAnalysis, NoDimensions> {
    let (tables, observed) = observed(data, items, spec)?;
    let students: Vec<Vec<u8>> =
        (0..items.len()).map(|item| tables.answers(item).flatten().collect()).collect();
    let drawn = replicate(spec, observer, |replication| {
        let mut dealt = students.clone();
        for (item, answers) in (0u64..).zip(&mut dealt) {
            Stream::new(spec.seed, replication * MOST_ITEMS as u64 + item).shuffle(answers);
        }
        let mut next = vec![0; items.len()];
        eigenvalues(
            &tables.redrawn(tables.categories(), |item, _| {
                next[item] += 1;
                dealt[item][next[item] - 1]
            }),
            spec,
        )
    })?;
    let ranks = ranks(&observed, &drawn, spec.level);
    let n_dimensions = ranks.iter().take_while(|rank| rank.eigenvalue > rank.limit).count();
    let replications = spec.replications;
    Ok(ParallelAnalysis { n_dimensions, ranks, replications, items: items.to_vec() })
}

/// The answers as columns, with the eigenvalues of their correlations.
pub(super) fn observed(
    data: &Responses<'_>,
    items: &[u32],
    spec: &ParallelSpec,
) -> Result<(Tables, Vec<f64>), NoDimensions> {
    if items.len() < FEWEST_ITEMS {
        return Err(NoDimensions::FewItems);
    }
    if items.len() > MOST_ITEMS {
        return Err(NoDimensions::ManyItems);
    }
    let tables = Tables::new(data, items);
    let observed = eigenvalues(&tables, spec).ok_or(NoDimensions::ThinPairs)?;
    Ok((tables, observed))
}

pub(super) fn eigenvalues(tables: &Tables, spec: &ParallelSpec) -> Option<Vec<f64>> {
    let matrix = correlations(tables, spec.min_pair)?;
    Some(symmetric_eigenvalues(&matrix, tables.n_items()))
}

/// Eigenvalues of every replication. One in which a category nobody needs has vanished from a pair is drawn no second
/// time: its place is that of the others.
pub(super) fn replicate(
    spec: &ParallelSpec,
    observer: &mut dyn Observer,
    draw: impl Fn(u64) -> Option<Vec<f64>>,
) -> Result<Vec<Vec<f64>>, NoDimensions> {
    let mut drawn = Vec::new();
    let n = u64::from(spec.replications.max(20));
    for replication in 0..n {
        let progress = Progress {
            iteration: replication + 1,
            max_iterations: n,
            objective: 0.0,
            max_gradient: None,
        };
        if observer.progress(&progress) == Control::Stop {
            return Err(NoDimensions::Stopped);
        }
        drawn.extend(draw(replication));
    }
    if drawn.len() as u64 * 2 < n { Err(NoDimensions::ThinPairs) } else { Ok(drawn) }
}

pub(super) fn ranks(observed: &[f64], drawn: &[Vec<f64>], level: f64) -> Vec<Rank> {
    let rank = |(at, &eigenvalue): (usize, &f64)| {
        let mut of_rank: Vec<f64> = drawn.iter().map(|values| values[at]).collect();
        of_rank.sort_by(f64::total_cmp);
        let mean = of_rank.iter().sum::<f64>() / of_rank.len() as f64;
        Rank { eigenvalue, mean, limit: quantile(&of_rank, level).unwrap_or(mean) }
    };
    observed.iter().enumerate().map(rank).collect()
}
