use crate::interner::Interner;
use crate::log::{NONE, Outcome, ResponseLog, UNKNOWN_HINTS};

/// One answer as a file or database row holds it.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogRow<'a> {
    /// Canonical text id of the student.
    pub student: &'a str,
    /// Text id of the item.
    pub item: &'a str,
    /// Topic (skill) tag of this row.
    pub topic: Option<&'a str>,
    /// Sitting in which the answer was given.
    pub session: Option<&'a str>,
    /// Completion time in microseconds since 1970-01-01 UTC; `None` = the source has no times, and
    /// the order of arrival stands for it.
    pub at: Option<i64>,
    /// Right, wrong, or not known.
    pub outcome: Outcome,
    /// Response time in milliseconds; `None` or 0 = not recorded.
    pub response_time_ms: Option<u32>,
    /// Number of hints used; `None` = not recorded.
    pub hints: Option<u32>,
}

/// Collects rows in any order and sorts them into a [`ResponseLog`].
#[derive(Debug, Default)]
pub struct ResponseLogBuilder {
    students: Interner,
    items: Interner,
    topics: Interner,
    sessions: Interner,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    student: u32,
    at: i64,
    item: u32,
    topic: u32,
    session: u32,
    response_time_ms: u32,
    outcome: Outcome,
    hints: u8,
}

impl ResponseLogBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one row.
    pub fn push(&mut self, row: &LogRow<'_>) {
        let arrival = self.rows.len() as i64;
        self.rows.push(Row {
            student: self.students.intern(row.student),
            at: row.at.unwrap_or(arrival),
            item: self.items.intern(row.item),
            topic: row.topic.map_or(NONE, |t| self.topics.intern(t)),
            session: row.session.map_or(NONE, |s| self.sessions.intern(s)),
            response_time_ms: row.response_time_ms.unwrap_or(0),
            outcome: row.outcome,
            hints: row.hints.map_or(UNKNOWN_HINTS, |h| h.min(u32::from(UNKNOWN_HINTS) - 1) as u8),
        });
    }

    /// Rows added so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Ranks the ids, sorts the rows by student and time and lays them out in columns.
    pub fn finish(self) -> ResponseLog {
        let (students, student_rank) = self.students.into_ranked();
        let (items, item_rank) = self.items.into_ranked();
        let (topics, topic_rank) = self.topics.into_ranked();
        let (sessions, session_rank) = self.sessions.into_ranked();
        let ranked =
            |rank: &[u32], code: u32| if code == NONE { NONE } else { rank[code as usize] };
        let mut rows = self.rows;
        for row in &mut rows {
            row.student = student_rank[row.student as usize];
            row.item = item_rank[row.item as usize];
            row.topic = ranked(&topic_rank, row.topic);
            row.session = ranked(&session_rank, row.session);
        }
        rows.sort_unstable();
        let mut offsets = vec![0usize; students.len() + 1];
        for row in &rows {
            offsets[row.student as usize + 1] += 1;
        }
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        ResponseLog {
            students,
            items,
            topics,
            sessions,
            offsets,
            student: rows.iter().map(|r| r.student).collect(),
            item: rows.iter().map(|r| r.item).collect(),
            topic: rows.iter().map(|r| r.topic).collect(),
            session: rows.iter().map(|r| r.session).collect(),
            at: rows.iter().map(|r| r.at).collect(),
            outcome: rows.iter().map(|r| r.outcome).collect(),
            response_time_ms: rows.iter().map(|r| r.response_time_ms).collect(),
            hints: rows.iter().map(|r| r.hints).collect(),
        }
    }
}
