//! Agglomerative clustering.

use kodama::{Method, linkage};
use rayon::prelude::*;
use seedtest_numerics::Interrupt;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::matrix::{Matrix, pair_distance};

/// How far two clusters are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// Growth of the sum of squares (Ward 1963), as `ward.D2` of R.
    #[default]
    Ward,
    /// Largest distance of two rows.
    Complete,
    /// Mean distance of two rows.
    Average,
    /// Smallest distance of two rows.
    Single,
}

/// 8 000 rows have 32 million distances: 256 MB.
pub(crate) const MOST_ROWS: usize = 8_000;

/// Two clusters that became one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// A row (below n) or an earlier merge (n + its number).
    pub first: usize,
    /// The other one.
    pub second: usize,
    /// Their distance.
    pub height: f64,
    /// Rows of both.
    pub size: usize,
}

/// All merges, in the order of their heights. The interrupt is looked at before the merging, which takes a second of
/// as many rows as there may be.
pub(crate) fn merges(
    matrix: &Matrix,
    method: Linkage,
    interrupt: &Interrupt,
) -> Result<Vec<Merge>, Error> {
    let n = matrix.n();
    if n > MOST_ROWS {
        return Err(Error::TooManyRows { rows: n, method: "hierarchical", most: MOST_ROWS });
    }
    let distances: Vec<Vec<f64>> = (0..n)
        .into_par_iter()
        .map(|i| {
            let to = |j| pair_distance(matrix.row(i), matrix.row(j)).sqrt();
            let end = if interrupt.is_raised() { i + 1 } else { n };
            (i + 1..end).map(to).collect()
        })
        .collect();
    interrupt.check()?;
    let mut condensed = distances.concat();
    let method = match method {
        Linkage::Ward => Method::Ward,
        Linkage::Complete => Method::Complete,
        Linkage::Average => Method::Average,
        Linkage::Single => Method::Single,
    };
    let dendrogram = linkage(&mut condensed, n, method);
    let merge = |step: &kodama::Step<f64>| Merge {
        first: step.cluster1,
        second: step.cluster2,
        height: step.dissimilarity,
        size: step.size,
    };
    Ok(dendrogram.steps().iter().map(merge).collect())
}

/// Labels of the `k` clusters that the last k − 1 merges would join.
pub(crate) fn cut(merges: &[Merge], n: usize, k: usize) -> Vec<u32> {
    let kept = n.saturating_sub(k);
    let mut parent: Vec<usize> = (0..n + kept).collect();
    for (number, merge) in merges.iter().take(kept).enumerate() {
        parent[merge.first] = n + number;
        parent[merge.second] = n + number;
    }
    let mut names = std::collections::BTreeMap::new();
    (0..n)
        .map(|row| {
            let mut root = row;
            while parent[root] != root {
                root = parent[root];
            }
            let next = names.len() as u32;
            *names.entry(root).or_insert(next)
        })
        .collect()
}
