//! Whether something planned is to run now: a point is due, missed, or waits to be tried again.

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_store::{ScheduleState, ScheduleStatus};

/// Minutes until the first try after a failure; each later one waits five times as long.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(1);
const GROWTH: i32 = 5;

/// A point to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// The point.
    pub(super) due: DateTime<Utc>,
    /// How often it was tried before.
    pub(super) tried: u32,
}

/// Which point is to run at `now`, if one is. Of several points that were missed the last one runs, once.
/// `last` is the last point that has begun; `tries` how often a point is tried.
pub(super) fn turn(
    state: ScheduleState,
    last: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    tries: u32,
) -> Option<Turn> {
    if let Some(due) = last.filter(|&due| due > state.due) {
        return Some(Turn { due, tried: 0 });
    }
    let again = match state.status {
        ScheduleStatus::Done => false,
        // Whoever looks holds the lock: the process that worked on it is gone.
        ScheduleStatus::Running => state.tried < tries,
        ScheduleStatus::Failed => {
            state.tried < tries && state.retry_at.is_some_and(|retry_at| retry_at <= now)
        }
    };
    again.then_some(Turn { due: state.due, tried: state.tried })
}

/// When a point that failed for the `tried`th time is tried again; `None` = not any more.
pub(super) fn retry_at(tried: u32, tries: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = FIRST_WAIT * GROWTH.saturating_pow(tried.saturating_sub(1));
    (tried < tries).then(|| now + wait)
}

/// Seconds after a point at which it begins: of its own for every name and point, the same in every process.
pub(super) fn delay(name: &str, due: DateTime<Utc>, most: u32) -> TimeDelta {
    let seed = name.bytes().fold(due.timestamp().unsigned_abs(), |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    TimeDelta::seconds(i64::from(u32::try_from((seed >> 16) % (u64::from(most) + 1)).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-03-02T{hour:02}:00:00Z").parse().unwrap()
    }

    fn state(status: ScheduleStatus, tried: u32, retry_at: Option<DateTime<Utc>>) -> ScheduleState {
        ScheduleState { due: at(3), status, tried, retry_at }
    }

    #[test]
    fn missed_points_run_once_and_a_clock_that_steps_back_runs_nothing() {
        let done = state(ScheduleStatus::Done, 1, None);
        assert_eq!(turn(done, Some(at(3)), at(4), 3), None);
        assert_eq!(turn(done, Some(at(9)), at(10), 3), Some(Turn { due: at(9), tried: 0 }));
        assert_eq!(turn(done, Some(at(2)), at(2), 3), None);
    }

    #[test]
    fn a_failure_is_tried_again_later_and_not_for_ever() {
        let waits = state(ScheduleStatus::Failed, 1, Some(at(5)));
        assert_eq!(turn(waits, Some(at(3)), at(4), 3), None);
        assert_eq!(turn(waits, Some(at(3)), at(5), 3), Some(Turn { due: at(3), tried: 1 }));
        assert_eq!(
            turn(state(ScheduleStatus::Failed, 3, Some(at(4))), Some(at(3)), at(5), 3),
            None
        );
        assert_eq!(retry_at(1, 3, at(3)), Some(at(3) + TimeDelta::minutes(1)));
        assert_eq!(retry_at(2, 3, at(3)), Some(at(3) + TimeDelta::minutes(5)));
        assert_eq!(retry_at(3, 3, at(3)), None);
    }

    #[test]
    fn what_a_dead_process_left_runs_again() {
        let left = state(ScheduleStatus::Running, 1, None);
        assert_eq!(turn(left, Some(at(3)), at(4), 3), Some(Turn { due: at(3), tried: 1 }));
    }

    #[test]
    fn delays_stay_below_their_limit_and_differ() {
        let delays: Vec<_> = (0..20).map(|hour| delay("daily", at(hour), 60)).collect();
        assert!(delays.iter().all(|&delay| delay <= TimeDelta::seconds(60)));
        assert!(delays.iter().any(|&delay| delay != delays[0]));
        assert_eq!(delay("daily", at(1), 0), TimeDelta::zero());
    }
}
