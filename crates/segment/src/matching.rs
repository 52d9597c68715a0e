//! Segments from run to run: which one is which, who moved.

use serde::{Deserialize, Serialize};

use crate::assignment::assign;

/// How the clusters of this run go with those of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matching {
    /// Number of each cluster of this run: that of the cluster of the last run it goes on with, or a new
    /// one.
    pub numbers: Vec<u32>,
    /// Numbers that are new.
    pub born: Vec<u32>,
    /// Numbers of the last run that no cluster goes on with.
    pub died: Vec<u32>,
    /// Rows of both runs whose number changed (noise is a number of its own).
    pub moved: Vec<usize>,
    /// Rows of both runs whose number did not.
    pub stayed: usize,
}

/// Two clusters that share less of their rows than this (Jaccard) are not one and the same.
const LEAST_SHARED: f64 = 1.0 / 3.0;

/// `before` and `now` give the cluster of the same rows in the last and in this run: `Some(None)` for noise,
/// `None` for a row that was not there. Clusters of the last run have any numbers; those of this one are
/// 0..k. Clusters go on with those they share most rows with, over all together.
pub fn match_runs(
    before: &[Option<Option<u32>>],
    now: &[Option<Option<u32>>],
    k: usize,
) -> Matching {
    let mut old: Vec<u32> = before.iter().flatten().flatten().copied().collect();
    old.sort_unstable();
    old.dedup();
    let place = |number: u32| old.binary_search(&number).ok();
    let pairs: Vec<(Option<usize>, Option<usize>)> = before
        .iter()
        .zip(now)
        .filter_map(|(b, n)| Some((b.as_ref()?.and_then(place), n.as_ref()?.map(|n| n as usize))))
        .collect();
    let mut shared = vec![vec![0i64; old.len()]; k];
    let mut sizes = (vec![0i64; k], vec![0i64; old.len()]);
    for &(b, n) in &pairs {
        if let Some(n) = n {
            sizes.0[n] += 1;
        }
        if let Some(b) = b {
            sizes.1[b] += 1;
        }
        if let (Some(b), Some(n)) = (b, n) {
            shared[n][b] += 1;
        }
    }
    let mut next = old.last().map_or(0, |last| last + 1);
    let mut born = Vec::new();
    let assigned = assign(&shared);
    let numbers: Vec<u32> = (0..k)
        .map(|n| {
            let same = assigned.get(n).copied().flatten().filter(|&b| {
                let both = shared[n][b];
                both as f64 >= LEAST_SHARED * (sizes.0[n] + sizes.1[b] - both) as f64 && both > 0
            });
            same.map_or_else(
                || {
                    born.push(next);
                    next += 1;
                    next - 1
                },
                |b| old[b],
            )
        })
        .collect();
    let died = old.iter().copied().filter(|b| !numbers.contains(b)).collect();
    let mut moved = Vec::new();
    let mut stayed = 0;
    for (row, (b, n)) in before.iter().zip(now).enumerate() {
        let (Some(b), Some(n)) = (b, n) else { continue };
        if *b == n.map(|n| numbers[n as usize]) {
            stayed += 1;
        } else {
            moved.push(row);
        }
    }
    Matching { numbers, born, died, moved, stayed }
}

#[cfg(test)]
mod tests {
    use super::match_runs;

    #[test]
    fn a_permutation_moves_nobody() {
        let before: Vec<_> = [0, 0, 1, 1, 2, 2].map(|c| Some(Some(c))).to_vec();
        let now: Vec<_> = [2, 2, 0, 0, 1, 1].map(|c| Some(Some(c))).to_vec();
        let matching = match_runs(&before, &now, 3);
        assert_eq!(matching.numbers, [1, 2, 0]);
        assert!(matching.moved.is_empty() && matching.born.is_empty() && matching.died.is_empty());
        assert_eq!(matching.stayed, 6);
    }

    #[test]
    fn births_deaths_movers_and_strangers_are_counted() {
        let number = |c: i64| match c {
            -2 => None,
            -1 => Some(None),
            c => Some(Some(c as u32)),
        };
        let before: Vec<_> = [4, 4, 4, 4, 7, 7, 7, -2, -1].map(number).to_vec();
        let now: Vec<_> = [0, 0, 0, 1, 0, 2, 2, 1, -1].map(number).to_vec();
        let matching = match_runs(&before, &now, 3);
        assert_eq!(matching.numbers, [4, 8, 7]);
        assert_eq!(matching.born, [8]);
        assert!(matching.died.is_empty());
        assert_eq!(matching.moved, [3, 4]);
        assert_eq!(matching.stayed, 6);
    }

    #[test]
    fn a_cluster_that_shares_little_is_a_new_one() {
        let before: Vec<_> = (0..12).map(|_| Some(Some(0))).collect();
        let now: Vec<_> = (0..12).map(|i| Some(Some(i / 3))).collect();
        let matching = match_runs(&before, &now, 4);
        assert_eq!(matching.died, [0]);
        assert_eq!(matching.born, [1, 2, 3, 4]);
    }
}
