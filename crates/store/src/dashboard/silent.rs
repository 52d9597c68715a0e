//! Table `dashboard_silent`: who belongs to a class, or has answered before, and has no figures in a week.

use chrono::{DateTime, NaiveDate, Utc};

use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Migration, Table, text, time};
use crate::store::Store;

const SILENT: Migration = Migration { version: 20, name: "students without figures in a week" };

pub(crate) const DASHBOARD_SILENT: Table = Table::analytics(
    "dashboard_silent",
    &[
        Column::new("week_start", Kind::Date).required(),
        text("user_id").required(),
        // Unknown of who has not answered in the weeks that are looked at.
        Column::new("days_silent", Kind::Integer),
        time("computed_at").required(),
    ],
)
.key(&["week_start", "user_id"])
.since(SILENT);

/// A student without figures in a week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilentStudent {
    /// Canonical text id.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Whole days without an answer up to the end of the week; `None` without any in the weeks that were looked at.
    pub days_silent: Option<u32>,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

/// The same with a name, as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSilent {
    /// Canonical text id.
    pub user_id: String,
    /// Name to show.
    pub name: Option<String>,
    /// Whole days without an answer, where they are known.
    pub days_silent: Option<u32>,
}

fn values(of: &SilentStudent) -> [Value<'_>; DASHBOARD_SILENT.width()] {
    [
        Value::date(of.week_start),
        Value::text(&of.user_id),
        Value::Int4(of.days_silent.and_then(|days| i32::try_from(days).ok())),
        Value::time(of.computed_at),
    ]
}

impl Tx {
    /// Writes students without figures in a week, and replaces those that are there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_silent_students(
        &mut self,
        students: &[SilentStudent],
    ) -> Result<u64, Error> {
        let rows: Vec<Value<'_>> = students.iter().flat_map(values).collect();
        DASHBOARD_SILENT.upsert().run(&mut self.session(), &rows).await
    }

    /// Lets go of those of a week that were not computed at `computed_at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_old_silent_students(
        &mut self,
        week_start: NaiveDate,
        computed_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let sql = "DELETE FROM dashboard_silent WHERE week_start = $1 AND computed_at <> $2";
        let values = [Value::date(week_start), Value::time(computed_at)];
        self.session().execute(sql, &values).await?;
        Ok(())
    }
}

/// Those of a class (`$3`). Who was put into it since the job ran is there, too.
const OF_CLASS: &str = "SELECT e.user_id, s.name, CAST(d.days_silent AS BIGINT) FROM roster_enrolment e \
     LEFT JOIN roster_student s ON s.user_id = e.user_id \
     LEFT JOIN dashboard_silent d ON d.user_id = e.user_id AND d.week_start = $1 \
     WHERE e.class_id = $3 AND NOT EXISTS (SELECT 1 FROM dashboard_student v \
       WHERE v.user_id = e.user_id AND v.week_start = $1) \
     ORDER BY e.user_id LIMIT $2";
/// Those of no class.
const OF_NO_CLASS: &str = "SELECT d.user_id, s.name, CAST(d.days_silent AS BIGINT) FROM dashboard_silent d \
     LEFT JOIN roster_student s ON s.user_id = d.user_id \
     WHERE d.week_start = $1 AND NOT EXISTS \
       (SELECT 1 FROM roster_enrolment e WHERE e.user_id = d.user_id) \
     ORDER BY d.user_id LIMIT $2";

impl Store {
    /// Students of a class without figures in a week, by id; `None` = those of no class.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn silent_students(
        &self,
        week_start: NaiveDate,
        class_id: Option<&str>,
        most: u32,
    ) -> Result<Vec<ListedSilent>, Error> {
        let sql = if class_id.is_some() { OF_CLASS } else { OF_NO_CLASS };
        let values = [Value::date(week_start), Value::int(i64::from(most))];
        let values: Vec<Value<'_>> = values.into_iter().chain(class_id.map(Value::text)).collect();
        let read = |row: &Row<'_>| {
            let days = row.int(2)?.and_then(|days| u32::try_from(days).ok());
            let user_id = row.required(0, row.owned_text(0)?)?;
            Ok(ListedSilent { user_id, name: row.owned_text(1)?, days_silent: days })
        };
        self.connection().await?.session().fetch(sql, &values, read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::plan;

    #[tokio::test]
    async fn they_are_found_by_class_and_by_week() {
        let week = Value::date(NaiveDate::default());
        for (sql, class) in [(OF_CLASS, Some("c")), (OF_NO_CLASS, None)] {
            let values: Vec<Value<'_>> =
                [week, Value::int(9)].into_iter().chain(class.map(Value::text)).collect();
            let steps = plan(sql, &values).await;
            assert!(!steps.contains("SCAN"), "{steps}");
        }
    }
}
