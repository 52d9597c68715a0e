//! Table `seedtest_outbox`: events that wait to be dealt with. An event is put in by a committed statement, so that it
//! outlives the process; whoever takes it holds it for a while and must say how it ended.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::RUNS_AND_EVENTS;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Default, Table, index, integer, object, stamped, text, time};
use crate::store::Store;

pub(crate) const SEEDTEST_OUTBOX: Table = Table::analytics(
    "seedtest_outbox",
    &[
        text("event_id").required(),
        text("kind").required(),
        object("payload"),
        text("status")
            .required()
            .default(Default::Literal("'waiting'"))
            .check("status IN ('waiting', 'done', 'dead')"),
        integer("attempts").required().default(Default::Literal("0")),
        time("due_at").required(),
        time("leased_until"),
        text("leased_by"),
        text("last_error"),
        stamped("created_at"),
        time("finished_at"),
    ],
)
.key(&["event_id"])
.indexes(&[index("ix_seedtest_outbox_due", "status, due_at")])
.since(RUNS_AND_EVENTS);

/// An event as it comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Unique id: the same event sent twice is one event.
    pub event_id: String,
    /// What happened.
    pub kind: String,
    /// To whom and what.
    pub payload: Json,
    /// When it may be dealt with.
    pub due_at: DateTime<Utc>,
}

/// An event that was taken to be dealt with.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenEvent {
    /// Unique id.
    pub event_id: String,
    /// What happened.
    pub kind: String,
    /// To whom and what.
    pub payload: Json,
    /// How many times it was taken, this time included.
    pub attempts: u32,
}

/// Who takes an event, when, and until when nobody else may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventLease<'a> {
    /// Name of the worker.
    pub worker: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// The end of the lease: past it the worker counts as dead.
    pub until: DateTime<Utc>,
}

/// Which events are taken, by what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// All of them.
    All,
    /// Those of one kind.
    Only(&'a str),
    /// Those of all other kinds.
    But(&'a str),
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFate<'a> {
    /// It was dealt with.
    Done,
    /// It failed and is tried again at this time.
    Retry {
        /// What went wrong.
        error: &'a str,
        /// When it is tried again.
        due_at: DateTime<Utc>,
    },
    /// It failed for good and is kept for someone to look at.
    Dead {
        /// What went wrong.
        error: &'a str,
    },
}

/// How many events are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventCounts {
    /// Not yet dealt with.
    pub waiting: i64,
    /// Dealt with.
    pub done: i64,
    /// Given up.
    pub dead: i64,
}

async fn put(session: &mut Session<'_>, event: &NewEvent) -> Result<bool, Error> {
    let sql = "INSERT INTO seedtest_outbox (event_id, kind, payload, due_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (event_id) DO NOTHING";
    let values = [
        Value::text(&event.event_id),
        Value::text(&event.kind),
        Value::json(&event.payload),
        Value::time(event.due_at),
    ];
    Ok(session.execute(sql, &values).await? > 0)
}

impl Tx {
    /// As [`Store::put_event`]: the event is there once this transaction is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_event(&mut self, event: &NewEvent) -> Result<bool, Error> {
        put(&mut self.session(), event).await
    }
}

impl Store {
    /// Puts an event in; false when an event of that id is there already.
    pub async fn put_event(&self, event: &NewEvent) -> Result<bool, Error> {
        put(&mut self.connection().await?.session(), event).await
    }

    /// Takes the event that has waited longest; `None` when none is due.
    pub async fn take_event(&self, lease: EventLease<'_>) -> Result<Option<TakenEvent>, Error> {
        self.take_which(Which::All, lease).await
    }

    /// As [`Self::take_event`], of some kinds. Two workers never hold the same event: the second condition is looked at
    /// again by whoever waited for the row.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_which(
        &self,
        which: Which<'_>,
        lease: EventLease<'_>,
    ) -> Result<Option<TakenEvent>, Error> {
        let (only, but) = match which {
            Which::All => (None, None),
            Which::Only(kind) => (Some(kind), None),
            Which::But(kind) => (None, Some(kind)),
        };
        let sql = "UPDATE seedtest_outbox \
             SET attempts = attempts + 1, leased_by = $1, leased_until = $3 \
             WHERE event_id = (SELECT event_id FROM seedtest_outbox \
               WHERE status = 'waiting' AND due_at <= $2 \
               AND ($4 IS NULL OR kind = $4) AND ($5 IS NULL OR kind <> $5) \
               AND (leased_until IS NULL OR leased_until <= $2) \
               ORDER BY due_at, event_id LIMIT 1) \
             AND status = 'waiting' AND (leased_until IS NULL OR leased_until <= $2) \
             RETURNING event_id, kind, payload, CAST(attempts AS BIGINT)";
        let values = [
            Value::text(lease.worker),
            Value::time(lease.now),
            Value::time(lease.until),
            Value::Text(only),
            Value::Text(but),
        ];
        self.connection().await?.session().fetch_first(sql, &values, taken).await
    }

    /// Says what became of an event; false when its lease had passed to another worker.
    pub async fn settle_event(
        &self,
        event_id: &str,
        worker: &str,
        fate: EventFate<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let (status, error, due_at, finished_at) = match fate {
            EventFate::Done => ("done", None, None, Some(now)),
            EventFate::Retry { error, due_at } => ("waiting", Some(error), Some(due_at), None),
            EventFate::Dead { error } => ("dead", Some(error), None, Some(now)),
        };
        let sql = "UPDATE seedtest_outbox SET status = $3, last_error = $4, \
             due_at = coalesce($5, due_at), finished_at = $6, leased_by = NULL, \
             leased_until = NULL WHERE event_id = $1 AND leased_by = $2";
        let values = [
            Value::text(event_id),
            Value::text(worker),
            Value::text(status),
            Value::Text(error),
            Value::Time(due_at),
            Value::Time(finished_at),
        ];
        Ok(self.connection().await?.session().execute(sql, &values).await? > 0)
    }

    /// When the oldest event that waits came in; `None` = none waits.
    pub async fn oldest_waiting_event(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let sql = "SELECT created_at FROM seedtest_outbox WHERE status = 'waiting' \
             ORDER BY created_at LIMIT 1";
        let mut connection = self.connection().await?;
        let found = connection.session().fetch_first(sql, &[], |row| row.time(0)).await?;
        Ok(found.flatten())
    }

    /// How many events wait, are done, were given up.
    pub async fn event_counts(&self) -> Result<EventCounts, Error> {
        let sql = "SELECT status, count(*) FROM seedtest_outbox GROUP BY status";
        let mut counts = EventCounts::default();
        let mut connection = self.connection().await?;
        connection
            .session()
            .for_each(sql, &[], |row| {
                let count = row.required(1, row.int(1)?)?;
                match row.text(0)? {
                    Some("waiting") => counts.waiting = count,
                    Some("done") => counts.done = count,
                    _ => counts.dead = count,
                }
                Ok(())
            })
            .await?;
        Ok(counts)
    }
}

fn taken(row: &Row<'_>) -> Result<TakenEvent, Error> {
    Ok(TakenEvent {
        event_id: row.required(0, row.owned_text(0)?)?,
        kind: row.required(1, row.owned_text(1)?)?,
        payload: row.required(2, row.json(2)?)?,
        attempts: row.required(3, row.int(3)?)? as u32,
    })
}
