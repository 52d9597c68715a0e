//! Clusters of rows by number, and which rows a robust covariance takes together.

use crate::data::Data;
use crate::radix::dense_ranks;
use crate::warning::Warning;

/// The rows whose scores a robust covariance sums before it squares them: the clusters, or, as in R's
/// coxph, every row on its own where weights are no counts of rows. `None` where the model's covariance
/// is right, and of a single cluster, whose scores sum to zero and say nothing of their spread.
pub(crate) fn summed(data: &Data<'_>) -> Option<(Vec<u32>, usize)> {
    match data.cluster.map(numbered) {
        Some((_, 1)) => None,
        Some(found) => Some(found),
        None if data.weights_are_counts() => None,
        None => Some(((0..data.n() as u32).collect(), data.n())),
    }
}

/// Number of clusters, where the data have some, and what to say where they are too few for these many
/// covariates.
pub(crate) fn counted(data: &Data<'_>, covariates: usize) -> (Option<usize>, Option<Warning>) {
    let n = data.cluster.map(|codes| numbered(codes).1);
    let few = n.filter(|&clusters| clusters <= covariates);
    (n, few.map(|clusters| Warning::FewClusters { clusters, covariates }))
}

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
        let (ranks, n) = dense_ranks(&numbers);
        (ranks, n as usize)
    }
}
