//! Sittings: what was done in one session, or, where none is recorded, without a long break.

use std::collections::BTreeMap;

/// Minutes without an answer after which another sitting has begun, where nobody chose.
pub const SESSION_GAP_MINUTES: u32 = 30;

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_MS: i64 = 1_000;

/// The sittings of one student: sessions by their code, and sittings by gaps of time.
#[derive(Debug)]
pub(crate) struct Sittings {
    gap: i64,
    /// Milliseconds of response time in each: of a recorded session by its code, of the sittings told
    /// apart by time by their number.
    recorded: BTreeMap<u32, u64>,
    by_gap: Vec<u64>,
    /// End of the newest activity without a session.
    last: i64,
}

impl Sittings {
    pub(crate) fn new(gap_minutes: u32) -> Self {
        let gap = i64::from(gap_minutes) * MICROS_PER_MINUTE;
        Self { gap, recorded: BTreeMap::new(), by_gap: Vec::new(), last: i64::MIN }
    }

    /// Adds what ended at `at` (microseconds) after `ms` milliseconds; what has no session comes in
    /// the order of its ends.
    pub(crate) fn add(&mut self, session: Option<u32>, at: i64, ms: u32) {
        if let Some(code) = session {
            *self.recorded.entry(code).or_default() += u64::from(ms);
            return;
        }
        let began = at - i64::from(ms) * MICROS_PER_MS;
        match self.by_gap.last_mut().filter(|_| began.saturating_sub(self.last) <= self.gap) {
            Some(sitting) => *sitting += u64::from(ms),
            None => self.by_gap.push(u64::from(ms)),
        }
        self.last = at;
    }

    pub(crate) fn count(&self) -> u32 {
        (self.recorded.len() + self.by_gap.len()) as u32
    }

    /// Mean over the sittings with a recorded response time of their sums.
    pub(crate) fn mean_dwell_seconds(&self) -> Option<f64> {
        let sums = self.recorded.values().chain(&self.by_gap).filter(|&&ms| ms > 0);
        let (n, total) = sums.fold((0u32, 0u64), |(n, total), ms| (n + 1, total + ms));
        (n > 0).then(|| total as f64 / 1000.0 / f64::from(n))
    }
}
