//! Events: something happened to one student and a job has to look at that student soon. An event
//! waits in the outbox until a worker has dealt with it, so that nothing is lost when a process
//! dies; dealing with it twice gives the same rows, because the job stands on the instant of the
//! event and not on that of the work.

mod drain;

use chrono::{DateTime, SecondsFormat, Utc};
use seedtest_store::{NewEvent, Store, Tx};
use seedtest_wire::MAX_ID_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::Error;
use crate::jobs::{detect_inactivity, update_theta};
use crate::registry::JobEntry;

pub use drain::drain_events;

/// What can happen to a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A session ended: the ability is estimated anew.
    SessionFinished,
    /// A student was silent for days: P and S are computed anew.
    StudentSilent,
}

/// One event as it is put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Canonical text id of the student.
    pub user_id: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Two events of one kind and student with the same key are one; `None` = the instant is the key.
    pub key: Option<String>,
}

/// What the outbox keeps of an event.
#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    user_id: String,
    at: DateTime<Utc>,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::SessionFinished, Self::StudentSilent];

    /// The word in the outbox, in requests and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::SessionFinished => "session_finished",
            Self::StudentSilent => "student_silent",
        }
    }

    /// The kind called `name`; dashes and underscores are the same.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.replace('-', "_");
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn job(self) -> &'static JobEntry {
        const UPDATE_THETA: &JobEntry = &update_theta::ENTRY;
        const DETECT_INACTIVITY: &JobEntry = &detect_inactivity::ENTRY;
        match self {
            Self::SessionFinished => UPDATE_THETA,
            Self::StudentSilent => DETECT_INACTIVITY,
        }
    }
}

/// Puts an event into the outbox, of the student that the id became where it was merged; it is durable when this
/// returns. Returns its id and whether it is new.
///
/// # Errors
/// [`Error::BadEvent`] for a student without id, an id that is none, or an event of the future.
pub async fn put_event(
    store: &Store,
    clock: Clock,
    event: &Event,
) -> Result<(String, bool), Error> {
    let now = clock.now();
    let given = checked(event, now)?;
    // An id that was merged into another one is that one.
    let new = new_event(event, store.student_now(given).await?, now)?;
    let is_new = store.put_event(&new).await?;
    Ok((new.event_id, is_new))
}

/// As [`put_event`]; the event is there once all that the transaction writes is. Returns its id.
///
/// # Errors
/// As [`put_event`].
pub(crate) async fn put_event_with(
    tx: &mut Tx,
    now: DateTime<Utc>,
    event: &Event,
) -> Result<String, Error> {
    let given = checked(event, now)?;
    let new = new_event(event, tx.student_now(given).await?, now)?;
    tx.put_event(&new).await?;
    Ok(new.event_id)
}

/// The id of the student of an event that can be put in.
fn checked(event: &Event, now: DateTime<Utc>) -> Result<&str, Error> {
    let given = event.user_id.trim();
    if given.is_empty() {
        return Err(Error::BadEvent { reason: "an event needs the id of a student".into() });
    }
    for id in std::iter::once(given).chain(event.key.as_deref()) {
        if id.len() > MAX_ID_BYTES || id.contains('\0') {
            let reason = format!("an id is a text of at most {MAX_ID_BYTES} bytes without U+0000");
            return Err(Error::BadEvent { reason });
        }
    }
    if event.at > now {
        let reason = format!("the event lies in the future ({})", event.at);
        return Err(Error::BadEvent { reason });
    }
    Ok(given)
}

fn new_event(event: &Event, user_id: String, now: DateTime<Utc>) -> Result<NewEvent, Error> {
    let event = &Event { user_id, ..event.clone() };
    let payload = Payload { user_id: event.user_id.clone(), at: event.at };
    Ok(NewEvent {
        event_id: event_id(event),
        kind: event.kind.name().to_string(),
        payload: serde_json::to_value(payload)?,
        due_at: now,
    })
}

/// The same kind, student and key, the same id, whatever they look like; without a key, the instant.
fn event_id(event: &Event) -> String {
    let (kind, user_id) = (event.kind.name(), event.user_id.trim());
    let name = if let Some(key) = &event.key {
        // As JSON: an id or a key may hold any character.
        json!([kind, user_id, key]).to_string()
    } else {
        let at = event.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{kind}\n{user_id}\n{at}")
    };
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(kind: EventKind, user_id: &str, key: Option<&str>) -> String {
        let key = key.map(str::to_string);
        event_id(&Event { kind, user_id: user_id.to_string(), at: DateTime::UNIX_EPOCH, key })
    }

    #[test]
    fn a_key_tells_events_of_one_kind_and_student_apart() {
        use EventKind::{SessionFinished, StudentSilent};
        let same = id_of(SessionFinished, "amy", Some("s-1"));
        assert_eq!(id_of(SessionFinished, " amy ", Some("s-1")), same);
        let others = [
            id_of(SessionFinished, "bob", Some("s-1")),
            id_of(StudentSilent, "amy", Some("s-1")),
            id_of(SessionFinished, "amy", Some("s-2")),
            id_of(SessionFinished, "amy", None),
            // The key of one event is not the student of another.
            id_of(SessionFinished, "amy\ns-1", Some("")),
            id_of(SessionFinished, "", Some("amy\ns-1")),
        ];
        for (position, other) in others.iter().enumerate() {
            assert_ne!(*other, same, "{position}");
            assert!(!others[..position].contains(other), "{position}");
        }
    }
}
