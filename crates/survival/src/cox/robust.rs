//! Squared sums of score residuals over clusters.

use seedtest_numerics::vectorized;

use super::gram::add_gram;
use super::panel::Panel;
use super::score::Scores;
use crate::tasks::{map_columns, map_tasks};

const CLUSTERS_PER_TASK: usize = 4096;
const CLUSTERS_PER_BLOCK: usize = 256;

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
