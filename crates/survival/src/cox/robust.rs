use seedtest_numerics::vectorized;

use super::gram::add_gram;
use super::panel::Panel;
use super::score::Scores;
use crate::tasks::{map_columns, map_tasks};

const CLUSTERS_PER_TASK: usize = 4096;
const CLUSTERS_PER_BLOCK: usize = 256;

/// Clusters numbered without gaps: the code of every row and the number of clusters.
pub(crate) fn numbered(codes: &[u32]) -> (Vec<u32>, usize) {
    let largest = codes.iter().copied().max().unwrap_or(0) as usize;
    // Codes of a factor are dense already; anything else is renumbered.
    if largest < 2 * codes.len() + 1024 {
        let mut seen = vec![u32::MAX; largest + 1];
        let mut next = 0;
        for &code in codes {
            let number = &mut seen[code as usize];
            if *number == u32::MAX {
                *number = next;
                next += 1;
            }
        }
        (codes.iter().map(|&code| seen[code as usize]).collect(), next as usize)
    } else {
        let numbers: Vec<f64> = codes.iter().map(|&c| f64::from(c)).collect();
        let (ranks, n) = crate::radix::dense_ranks(&numbers);
        (ranks, n as usize)
    }
}

/// Σ over clusters of the squared sums of score residuals, the middle of the sandwich (Lin & Wei
/// 1989), row-major with the lower triangle filled. `cluster` gives the cluster of every position.
pub(crate) fn squared_scores(
    scores: &Scores<'_, '_>,
    panel: &Panel,
    cluster: &[u32],
    n_clusters: usize,
) -> Vec<f64> {
    let p = panel.p;
    let sums = map_columns(0..p, cluster.len(), |j| {
        let mut sums = vec![0.0; n_clusters];
        for (score, &c) in scores.column(panel, j).iter().zip(cluster) {
            sums[c as usize] += score;
        }
        sums
    });
    let parts = map_tasks((0..n_clusters).step_by(CLUSTERS_PER_TASK), |begin| {
        let end = (begin + CLUSTERS_PER_TASK).min(n_clusters);
        vectorized(|| part(&sums, begin..end))
    });
    let mut total = vec![0.0; p * p];
    for part in parts {
        for (t, x) in total.iter_mut().zip(part) {
            *t += x;
        }
    }
    total
}

fn part(sums: &[Vec<f64>], range: std::ops::Range<usize>) -> Vec<f64> {
    let mut matrix = vec![0.0; sums.len() * sums.len()];
    for begin in range.clone().step_by(CLUSTERS_PER_BLOCK) {
        let end = (begin + CLUSTERS_PER_BLOCK).min(range.end);
        let columns: Vec<&[f64]> = sums.iter().map(|s| &s[begin..end]).collect();
        add_gram(1.0, &columns, &mut matrix);
    }
    matrix
}

/// A B A for symmetric A (full) and B (lower triangle), both p × p.
pub(crate) fn sandwich(bread: &[f64], filling: &[f64], p: usize) -> Vec<f64> {
    let b = |j: usize, k: usize| filling[j.max(k) * p + j.min(k)];
    let mut half = vec![0.0; p * p];
    for i in 0..p {
        for k in 0..p {
            half[i * p + k] = (0..p).map(|j| bread[i * p + j] * b(j, k)).sum();
        }
    }
    let mut out = vec![0.0; p * p];
    for i in 0..p {
        for k in 0..=i {
            let value = (0..p).map(|j| half[i * p + j] * bread[j * p + k]).sum();
            out[i * p + k] = value;
            out[k * p + i] = value;
        }
    }
    out
}
