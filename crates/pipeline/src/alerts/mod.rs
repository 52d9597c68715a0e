//! What staff have to look at, and how they are told: students whose churn risk S reached a threshold, jobs that failed,
//! items that drifted.
//!
//! An alert is found once and stays open until what it is about is over. Each recipient is told of it once, by a message
//! of the outbox, which is sent at least once: when a process dies between the sending and its mark, the same message,
//! under the same name, is sent again. What somebody takes care of, and what is over, is told to nobody any more.

mod compose;
mod deliver;
mod find;
mod hours;
mod queue;
mod recipients;
mod settings;

pub(crate) use deliver::{MESSAGE, deliver};
pub(crate) use find::find;
pub(crate) use queue::{Queue, Told, queue};
pub(crate) use recipients::Recipients;
pub(crate) use settings::{AlertSettings, SETTINGS};

/// Days in which a note on a student says that somebody takes care of the student.
pub const NOTE_DAYS: i64 = 28;
