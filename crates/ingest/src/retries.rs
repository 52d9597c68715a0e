//! Several answers of one student to one item on a day whose times are not recorded.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// Where a source gives days and no times, or neither, an answer that is not the same as the one before it to the same
/// item is another attempt. The n-th attempt has the n-th microsecond of the day on whatever row it stands, so that a
/// file which is read again after it was edited gives the same answers again. One that is the same may be a row that
/// was written twice, and counts as one. Sittings of a day are not told apart here: a change from one to the next is
/// another attempt too. Topics are: the rows of one answer, a row a topic, share its instant.
///
/// A row is known by 64 bits of its ids, some 16 bytes of memory; only rows without a time are kept.
#[derive(Debug, Default)]
pub(crate) struct Retries {
    newest: HashMap<u64, (u32, Option<bool>)>,
}

impl Retries {
    /// How many other answers to the same item came before this one on the same day, or at the same instant.
    pub(crate) fn order(&mut self, at: i64, ids: [&str; 3], outcome: Option<bool>) -> u32 {
        // Its keys are fixed: the same file gives the same order everywhere.
        let mut hasher = DefaultHasher::new();
        (at, ids).hash(&mut hasher);
        let (order, last) = self.newest.entry(hasher.finish()).or_insert((0, outcome));
        if *last != outcome {
            *order += 1;
            *last = outcome;
        }
        *order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_retry_and_a_repetition_is_not() {
        let mut retries = Retries::default();
        let mut order = |item, right| retries.order(1, ["s", item, ""], Some(right));
        let orders = [("q1", false), ("q1", true), ("q2", true), ("q1", true), ("q1", false)]
            .map(|(item, right)| order(item, right));
        assert_eq!(orders, [0, 1, 0, 1, 2]);
        assert_eq!(retries.order(2, ["s", "q1", ""], Some(true)), 0, "another day");
    }
}
