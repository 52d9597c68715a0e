//! What was put in wrongly and is put right: imports undone, answers voided or corrected, two ids that are one
//! student. Every correction is a row of `seedtest_corrections`; what was computed from the answers before is
//! forgotten with it, and computed again by whoever asked for it.

pub(crate) mod aliases;
pub(crate) mod answers;
pub(crate) mod documents;
pub(crate) mod imports;
pub(crate) mod merge;
pub(crate) mod papers;
pub(crate) mod stale;
pub(crate) mod statements;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Migration, Table, index, object, text, time};

/// The step that brings corrections: which import a row is of, answers that no longer count, ids that became
/// another one, statements that were sent.
pub(crate) const CORRECTIONS: Migration =
    Migration { version: 13, name: "imports that can be undone, corrections of answers and ids" };

pub(crate) const SEEDTEST_CORRECTIONS: Table = Table::analytics(
    "seedtest_corrections",
    &[
        Column::new("number", Kind::Serial).required().unused(),
        time("corrected_at").required(),
        text("actor").required(),
        text("kind").required().check("kind IN ('undo', 'void', 'restore', 'correct', 'merge')"),
        // Whom it is about; of an undone import nobody.
        text("user_id"),
        object("detail"),
    ],
)
.key(&["number"])
.indexes(&[index("ix_seedtest_corrections_user", "user_id")])
.since(CORRECTIONS);

/// A correction, for the record.
#[derive(Debug, Clone, Copy)]
pub struct Correction<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// Who asked for it.
    pub actor: &'a str,
}

/// A student some of whose answers changed, and the span of those answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Time of the oldest answer that changed.
    pub first: DateTime<Utc>,
    /// Time of the newest one.
    pub last: DateTime<Utc>,
}

/// Writes a correction down.
pub(super) async fn record(
    session: &mut Session<'_>,
    by: Correction<'_>,
    kind: &str,
    user_id: Option<&str>,
    detail: &Json,
) -> Result<(), Error> {
    let values = [
        Value::time(by.at),
        Value::text(by.actor),
        Value::text(kind),
        Value::Text(user_id),
        Value::json(detail),
    ];
    SEEDTEST_CORRECTIONS.insert().run_one(session, &values).await?;
    Ok(())
}

impl Tx {
    /// The number of the import that this transaction writes for; `None` where it belongs to no run.
    pub(crate) async fn import_number(&mut self) -> Result<Option<i64>, Error> {
        if self.import.is_none()
            && let Some(run_id) = self.run().map(str::to_owned)
        {
            self.import = Some(imports::number(&mut self.session(), &run_id).await?);
        }
        Ok(self.import)
    }
}
