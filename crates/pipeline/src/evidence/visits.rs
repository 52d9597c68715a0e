//! Signs of life that are no answers.

use std::collections::BTreeMap;

use seedtest_kpi::{History, Visit};
use seedtest_responses::ResponseLog;
use seedtest_store::VisitRow;

/// Exam documents and sessions by student, beside the answers of a log.
#[derive(Debug)]
pub(crate) struct Visits {
    by_user: BTreeMap<String, Vec<Visit>>,
}

impl Visits {
    pub(crate) fn new(rows: Vec<VisitRow>, log: &ResponseLog) -> Self {
        let mut unanswered: BTreeMap<String, u32> = BTreeMap::new();
        let mut by_user: BTreeMap<String, Vec<Visit>> = BTreeMap::new();
        for row in rows {
            let session = row.session_id.map(|id| session_code(log, &mut unanswered, id));
            let visit = Visit { at: row.at.timestamp_micros(), session };
            by_user.entry(row.user_id).or_default().push(visit);
        }
        for visits in by_user.values_mut() {
            visits.sort_unstable();
        }
        Self { by_user }
    }

    /// Every student with a visit.
    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.by_user.keys().map(String::as_str)
    }

    /// Everything known of one student.
    pub(crate) fn history<'a>(&'a self, log: &'a ResponseLog, user_id: &str) -> History<'a> {
        let rows = log.student_code(user_id).map_or(0..0, |code| log.rows_of(code));
        let visits = self.by_user.get(user_id).map_or(&[][..], Vec::as_slice);
        History { log, rows, visits }
    }
}

/// The log's code of a session, or one beyond them for a session without answers.
fn session_code(log: &ResponseLog, unanswered: &mut BTreeMap<String, u32>, id: String) -> u32 {
    let known = log.sessions();
    if let Ok(code) = known.binary_search_by(|session| (**session).cmp(&id)) {
        return code as u32;
    }
    let next = (known.len() + unanswered.len()) as u32;
    *unanswered.entry(id).or_insert(next)
}
