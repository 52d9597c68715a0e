//! Contradictions among the rows of a file.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use seedtest_store::AttemptRow;

/// Answers that are remembered at once; some 20 MB.
const REMEMBERED: usize = 500_000;

/// Which student answered which item when, right or wrong, for the newest 500 000 to a million answers of
/// a file. The table knows two answers by student, item, instant, topic and session; here topic and
/// session play no part, since an answer was right or wrong whatever it is filed under.
///
/// Answers are known by 64 bits of their ids. Rows that stand further apart, or in another file, under
/// another topic or session are told by the jobs that read them.
#[derive(Debug, Default)]
pub(super) struct Answered {
    newest: HashMap<u64, bool>,
    before: HashMap<u64, bool>,
}

impl Answered {
    /// Whether a row says otherwise than an earlier one of the same student, item and instant.
    pub(super) fn contradicts(&mut self, row: &AttemptRow<'_>) -> bool {
        let Some(correct) = row.correct else { return false };
        // Its keys are fixed: the same file gives the same rejects everywhere.
        let mut hasher = DefaultHasher::new();
        (row.user_id, row.item_id, row.completed_at.timestamp_micros()).hash(&mut hasher);
        let key = hasher.finish();
        if let Some(known) = self.newest.get(&key).or_else(|| self.before.get(&key)) {
            return *known != correct;
        }
        if self.newest.len() == REMEMBERED {
            self.before = std::mem::take(&mut self.newest);
        }
        self.newest.insert(key, correct);
        false
    }
}
