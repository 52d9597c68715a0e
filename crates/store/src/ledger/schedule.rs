//! Table `seedtest_schedule`: the point of time that something planned has reached, and how that ended.

use chrono::{DateTime, Utc};

use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Migration, Table, text, time};
use crate::store::Store;

const SCHEDULE: Migration = Migration { version: 10, name: "what a scheduler has run" };

pub(crate) const SEEDTEST_SCHEDULE: Table = Table::analytics(
    "seedtest_schedule",
    &[
        text("name").required(),
        time("due_at").required(),
        text("status").required().check("status IN ('running', 'done', 'failed')"),
        Column::new("tried", Kind::BigInt).required(),
        time("retry_at"),
        time("changed_at").required(),
    ],
)
.key(&["name"])
.since(SCHEDULE);

/// How the last point of something planned stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleStatus {
    /// Somebody works on it, or died over it.
    Running,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
}

impl ScheduleStatus {
    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "running" => Self::Running,
            "failed" => Self::Failed,
            _ => Self::Done,
        }
    }
}

/// The last point of something planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleState {
    /// The point.
    pub due: DateTime<Utc>,
    /// How it stands.
    pub status: ScheduleStatus,
    /// How often it was tried.
    pub tried: u32,
    /// When it is tried again.
    pub retry_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The last point of something planned; `None` = nobody ever scheduled it here.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schedule_state(&self, name: &str) -> Result<Option<ScheduleState>, Error> {
        let sql = "SELECT due_at, status, tried, retry_at FROM seedtest_schedule WHERE name = $1";
        let values = [Value::text(name)];
        self.connection().await?.session().fetch_first(sql, &values, state).await
    }

    /// Writes down how something planned stands.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_schedule_state(
        &self,
        name: &str,
        state: ScheduleState,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let values = [
            Value::text(name),
            Value::time(state.due),
            Value::text(state.status.name()),
            Value::Int(Some(i64::from(state.tried))),
            Value::Time(state.retry_at),
            Value::time(now),
        ];
        let mut tx = self.begin().await?;
        SEEDTEST_SCHEDULE.upsert().run_one(&mut tx.session(), &values).await?;
        tx.commit().await
    }
}

fn state(row: &Row<'_>) -> Result<ScheduleState, Error> {
    let tried: i64 = row.required(2, row.int(2)?)?;
    Ok(ScheduleState {
        due: row.required(0, row.time(0)?)?,
        status: ScheduleStatus::named(row.required(1, row.text(1)?)?),
        tried: u32::try_from(tried).unwrap_or(u32::MAX),
        retry_at: row.time(3)?,
    })
}
