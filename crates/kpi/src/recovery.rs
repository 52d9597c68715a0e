//! Recovery R_t.

use std::collections::HashSet;
use std::ops::Range;

use seedtest_responses::{Outcome, ResponseLog};

use crate::missing::Missing;

/// Recovery rate and the number of retries behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// R_t in 0..1.
    pub value: f64,
    /// Recent answers of known correctness to items answered wrong before.
    pub n: u32,
    /// Right ones among them.
    pub right: u32,
}

/// Recovery R_t: the share of right answers among recent answers to (item, topic) pairs that were
/// answered wrong in the previous window.
///
/// # Errors
/// There must be a wrong answer in the previous window and a recent retry of one of them.
pub fn recovery(
    log: &ResponseLog,
    recent: Range<usize>,
    previous: Range<usize>,
) -> Result<Recovery, Missing> {
    let key = |row: usize| (log.item()[row], log.topic(row));
    let wrong: HashSet<_> = previous
        .filter(|&row| log.outcome()[row] == Outcome::Wrong && !log.is_retag(row))
        .map(key)
        .collect();
    if wrong.is_empty() {
        return Err(Missing::NothingToRecover);
    }
    let (mut n, mut right) = (0u32, 0u32);
    for row in recent {
        let Some(correct) = log.outcome()[row].correct() else { continue };
        if !log.is_retag(row) && wrong.contains(&key(row)) {
            n += 1;
            right += u32::from(correct);
        }
    }
    if n == 0 {
        return Err(Missing::NoRetry);
    }
    Ok(Recovery { value: f64::from(right) / f64::from(n), n, right })
}
