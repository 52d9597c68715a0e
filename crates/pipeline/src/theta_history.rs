use std::collections::HashMap;

use seedtest_kpi::{Theta, ThetaPair, Window};
use seedtest_responses::ResponseLog;
use seedtest_store::AbilityPoint;

/// Stored abilities by student, oldest first.
pub(crate) struct ThetaHistory<'a> {
    by_user: HashMap<&'a str, Vec<(i64, Theta)>>,
}

impl<'a> ThetaHistory<'a> {
    pub(crate) fn new(rows: &'a [AbilityPoint]) -> Self {
        let mut by_user: HashMap<&str, Vec<(i64, Theta)>> = HashMap::new();
        for row in rows {
            let point = (row.fitted_at.timestamp_micros(), Theta { theta: row.theta, se: row.se });
            by_user.entry(&row.user_id).or_default().push(point);
        }
        for points in by_user.values_mut() {
            points.sort_by_key(|&(at, _)| at);
        }
        Self { by_user }
    }

    /// The newest ability fitted before `end` (microseconds).
    pub(crate) fn newest_before(&self, user_id: &str, end: i64) -> Option<Theta> {
        let points = self.by_user.get(user_id)?;
        let count = points.partition_point(|&(at, _)| at < end);
        count.checked_sub(1).map(|last| points[last].1)
    }

    fn newest_in(&self, user_id: &str, window: Window) -> Option<Theta> {
        let points = self.by_user.get(user_id)?;
        let mut inside = points.iter().filter(|&&(at, _)| window.from <= at && at < window.to);
        inside.next_back().map(|&(_, theta)| theta)
    }

    /// Abilities in both windows, by student code of the log.
    pub(crate) fn pairs(
        &self,
        log: &ResponseLog,
        recent: Window,
        previous: Window,
    ) -> HashMap<u32, ThetaPair> {
        let pair = |user_id: &str| {
            Some((self.newest_in(user_id, recent)?, self.newest_in(user_id, previous)?))
        };
        self.by_user
            .keys()
            .filter_map(|user_id| Some((log.student_code(user_id)?, pair(user_id)?)))
            .collect()
    }
}
