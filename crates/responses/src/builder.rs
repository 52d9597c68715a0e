//! Rows in any order become a sorted log.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::interner::Interner;
use crate::log::{NONE, Outcome, ResponseLog, UNKNOWN_HINTS};
use crate::student_groups::GroupCollector;
use crate::time_zone::TimeZone;

/// With fewer rows all is done on the calling thread, some 10 ms at most: who answers a short request must
/// not wait for threads that long fits may hold.
const MANY_ROWS: usize = 1 << 17;

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
    /// Group of the student (grade, class); `None` = this row does not say.
    pub group: Option<&'a str>,
}

/// Collects rows in any order and sorts them into a [`ResponseLog`].
#[derive(Debug, Default)]
pub struct ResponseLogBuilder {
    students: Interner,
    items: Interner,
    topics: Interner,
    sessions: Interner,
    rows: Vec<Row>,
    groups: GroupCollector,
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
        if let Some(group) = row.group {
            self.groups.push(row.student, group);
        }
        self.rows.push(Row {
            student: self.students.intern(row.student),
            at: row.at.unwrap_or(arrival),
            item: self.items.code_of(row.item),
            topic: row.topic.map_or(NONE, |t| self.topics.code_of(t)),
            session: row.session.map_or(NONE, |s| self.sessions.intern(s)),
            response_time_ms: row.response_time_ms.unwrap_or(0),
            outcome: row.outcome,
            hints: row.hints.map_or(UNKNOWN_HINTS, |h| h.min(u32::from(UNKNOWN_HINTS) - 1) as u8),
        });
    }

    /// Adds a student of whom there may be no answer, so that the log knows of the student all the same.
    pub fn push_student(&mut self, student: &str, group: Option<&str>) {
        if let Some(group) = group {
            self.groups.push(student, group);
        }
        self.students.intern(student);
    }

    /// Adds the rows of another builder. Rows without a time are in order of arrival within their
    /// own builder only.
    pub fn merge(&mut self, other: Self) {
        let Self { students, items, topics, sessions, .. } = self;
        self.groups.adopt(other.groups);
        let (sessions, (students, items, topics)) = both(
            is_many(&other.rows),
            || sessions.adopt(other.sessions),
            || {
                let students = students.adopt(other.students);
                (students, items.adopt(other.items), topics.adopt(other.topics))
            },
        );
        let fewest = fewest_at_once(&other.rows);
        self.rows.par_extend(other.rows.par_iter().with_min_len(fewest).map(|row| Row {
            student: recoded(&students, row.student),
            item: recoded(&items, row.item),
            topic: recoded(&topics, row.topic),
            session: recoded(&sessions, row.session),
            ..*row
        }));
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
        let Self { students, items, topics, sessions, mut rows, groups } = self;
        let many = is_many(&rows);
        let (([students, items], [student_rank, item_rank]), of_sittings) =
            both(many, || ranked([students, items]), || ranked([topics, sessions]));
        let ([topics, sessions], [topic_rank, session_rank]) = of_sittings;
        let fewest = fewest_at_once(&rows);
        rows.par_iter_mut().with_min_len(fewest).for_each(|row| {
            row.student = recoded(&student_rank, row.student);
            row.item = recoded(&item_rank, row.item);
            row.topic = recoded(&topic_rank, row.topic);
            row.session = recoded(&session_rank, row.session);
        });
        let offsets = offsets(&rows, students.len());
        let order = order(&rows, &offsets);
        let sorted = || order.iter().map(|&at| &rows[at as usize]);
        let codes = |row: &Row| ((row.student, row.item), (row.topic, row.session));
        let values = |row: &Row| ((row.at, row.outcome), (row.response_time_ms, row.hints));
        let (((student, item), (topic, session)), ((at, outcome), (response_time_ms, hints))) =
            both(many, || sorted().map(codes).unzip(), || sorted().map(values).unzip());
        ResponseLog {
            groups: groups.finish(&students),
            students,
            items,
            topics,
            sessions,
            offsets,
            student,
            item,
            topic,
            session,
            at,
            outcome,
            response_time_ms,
            hints,
            time_zone: TimeZone::default(),
            conflicts: OnceLock::new(),
        }
    }
}

fn is_many(rows: &[Row]) -> bool {
    rows.len() >= MANY_ROWS
}

/// Rows or students that are not divided among threads.
fn fewest_at_once(rows: &[Row]) -> usize {
    if is_many(rows) { 1 } else { MANY_ROWS }
}

/// Does both, at the same time where there is much to do.
fn both<A: Send, B: Send>(
    many: bool,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if many { rayon::join(one, other) } else { (one(), other()) }
}

/// The names of two interners, and the ranks of their codes.
fn ranked([one, other]: [Interner; 2]) -> ([Vec<Box<str>>; 2], [Vec<u32>; 2]) {
    let ((names, rank), (other_names, other_rank)) = (one.into_ranked(), other.into_ranked());
    ([names, other_names], [rank, other_rank])
}

/// Where the rows of each student begin, and where the last ones end.
fn offsets(rows: &[Row], n_students: usize) -> Vec<usize> {
    let mut offsets = vec![0; n_students + 1];
    for row in rows {
        offsets[row.student as usize + 1] += 1;
    }
    for i in 1..offsets.len() {
        offsets[i] += offsets[i - 1];
    }
    offsets
}

/// Positions of the rows by student, and sorted within each.
fn order(rows: &[Row], offsets: &[usize]) -> Vec<u32> {
    let mut next = offsets.to_vec();
    let mut order = vec![0; rows.len()];
    for (at, row) in rows.iter().enumerate() {
        let place = &mut next[row.student as usize];
        order[*place] = at as u32;
        *place += 1;
    }
    let mut rest = &mut order[..];
    let mut of_students = Vec::with_capacity(offsets.len());
    for bounds in offsets.windows(2) {
        let (of_student, others) = rest.split_at_mut(bounds[1] - bounds[0]);
        of_students.push(of_student);
        rest = others;
    }
    of_students.into_par_iter().with_min_len(fewest_at_once(rows)).for_each(|of_student| {
        of_student.sort_unstable_by(|&a, &b| rows[a as usize].cmp(&rows[b as usize]));
    });
    order
}

/// The new code in place of an old one.
fn recoded(codes: &[u32], code: u32) -> u32 {
    if code == NONE { NONE } else { codes[code as usize] }
}
