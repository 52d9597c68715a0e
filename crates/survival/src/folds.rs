//! Division of rows into folds for cross-validation.

use seedtest_numerics::Stream;

use crate::clusters::numbered;
use crate::error::Error;

/// Fold of every row: whole groups, shuffled by the seed and dealt out in turn.
pub(crate) fn folds(groups: &[u32], k: usize, seed: u64) -> Result<Vec<u32>, Error> {
    let (group, n_groups) = numbered(groups);
    if k < 2 || n_groups < k {
        let reason = if k < 2 {
            "there must be at least 2".to_owned()
        } else {
            format!("there are only {n_groups} groups")
        };
        return Err(Error::Folds { folds: k, reason });
    }
    let mut order: Vec<u32> = (0..n_groups as u32).collect();
    Stream::new(seed, 0).shuffle(&mut order);
    let mut fold = vec![0; n_groups];
    for (turn, &group) in order.iter().enumerate() {
        fold[group as usize] = (turn % k) as u32;
    }
    Ok(group.into_iter().map(|g| fold[g as usize]).collect())
}

/// Rows inside and outside a fold.
pub(crate) fn split(fold_of: &[u32], fold: u32) -> (Vec<u32>, Vec<u32>) {
    (0..fold_of.len() as u32).partition(|&row| fold_of[row as usize] == fold)
}
