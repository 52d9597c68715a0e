//! Clusters as dense regions: DBSCAN (Ester et al. 1996).

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted};

use crate::matrix::{Matrix, pair_distance};

/// Labels of the rows; `None` for noise. A row with at least `min_points` rows (itself among them) within
/// `eps` is a core; cores within `eps` of each other share a cluster; other rows join the first cluster
/// with a core in reach. Clusters are numbered by their first row.
///
/// # Errors
/// Where the interrupt is raised.
pub(crate) fn dbscan(
    matrix: &Matrix,
    eps: f64,
    min_points: usize,
    interrupt: &Interrupt,
) -> Result<Vec<Option<u32>>, Interrupted> {
    let n = matrix.n();
    let reach = eps * eps;
    let neighbours = |i: usize| -> Vec<u32> {
        let near = |j: &usize| pair_distance(matrix.row(i), matrix.row(*j)) <= reach;
        (0..n).filter(near).map(|j| j as u32).collect()
    };
    let is_core: Vec<bool> = (0..n)
        .into_par_iter()
        .map(|i| {
            if interrupt.is_raised() {
                return false;
            }
            let near = |j: &usize| pair_distance(matrix.row(i), matrix.row(*j)) <= reach;
            (0..n).filter(near).take(min_points).count() >= min_points
        })
        .collect();
    let mut labels: Vec<Option<u32>> = vec![None; n];
    let mut next = 0;
    for first in 0..n {
        if labels[first].is_some() || !is_core[first] {
            continue;
        }
        labels[first] = Some(next);
        let mut waiting = vec![first];
        while let Some(core) = waiting.pop() {
            interrupt.check()?;
            for j in neighbours(core) {
                let j = j as usize;
                if labels[j].is_none() {
                    labels[j] = Some(next);
                    if is_core[j] {
                        waiting.push(j);
                    }
                }
            }
        }
        next += 1;
    }
    interrupt.check()?;
    Ok(labels)
}
