//! Clusters of rows by number.

use crate::radix::dense_ranks;

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
