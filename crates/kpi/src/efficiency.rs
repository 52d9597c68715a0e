//! Time efficiency E_t.

use std::ops::Range;

use seedtest_responses::{Outcome, ResponseLog};

use crate::median::median;
use crate::missing::Missing;

/// Time efficiency and the number behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Efficiency {
    /// E_t in 0..1: the share by which the median time of right answers fell; 0 when it rose.
    pub value: f64,
    /// The same share before it is cut to 0..1; negative = slower.
    pub raw: f64,
    /// Right answers with a recorded time in the recent window.
    pub n: u32,
    /// Median time of right answers in the recent window, milliseconds.
    pub recent_ms: f64,
    /// The same in the window before it.
    pub previous_ms: f64,
}

/// Time efficiency E_t from the median response time of right answers in two windows of rows.
/// A response time of 0 is not recorded and does not count.
///
/// # Errors
/// Each window needs at least one right answer with a recorded time.
pub fn efficiency(
    log: &ResponseLog,
    recent: Range<usize>,
    previous: Range<usize>,
) -> Result<Efficiency, Missing> {
    let mut times = times_of_right_answers(log, recent);
    let n = times.len() as u32;
    let now = median(&mut times).ok_or(Missing::NoResponseTimesRecent)?;
    let before = median(&mut times_of_right_answers(log, previous))
        .ok_or(Missing::NoResponseTimesPrevious)?;
    let raw = (before - now) / before;
    Ok(Efficiency { value: raw.clamp(0.0, 1.0), raw, n, recent_ms: now, previous_ms: before })
}

fn times_of_right_answers(log: &ResponseLog, rows: Range<usize>) -> Vec<u32> {
    rows.filter(|&row| log.outcome()[row] == Outcome::Right && !log.is_retag(row))
        .map(|row| log.response_time_ms()[row])
        .filter(|&time| time > 0)
        .collect()
}
