//! Table `dashboard_student`: a student in the list of a class and the report of the student, week by week.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;

use crate::engine::record::Record;
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, double, index, json, text, time};
use crate::store::Store;

pub(crate) const DASHBOARD_STUDENT: Table = Table::analytics(
    "dashboard_student",
    &[
        text("user_id").required(),
        Column::new("week_start", Kind::Date).required(),
        json("summary").required(),
        // Only of the newest week: the charts of a report look back themselves.
        json("report"),
        double("urgency").required(),
        double("urgency_without_risk").required(),
        time("computed_at").required(),
    ],
)
.key(&["user_id", "week_start"])
.indexes(&[
    index("ix_dashboard_student_week", "week_start, urgency"),
    index("ix_dashboard_student_week_without_risk", "week_start, urgency_without_risk"),
    // Lists by id of a week, and how long they are, without a look at the documents.
    index("ix_dashboard_student_week_user", "week_start, user_id"),
])
.since(super::PAGES);

/// Rows sent at a time: a report has some ten thousand bytes.
const BATCH: usize = 1_000;

/// A student of a week.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentView {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// The row of the list of a class.
    pub summary: Json,
    /// The report; `None` of a week that a newer one followed.
    pub report: Option<Json>,
    /// How urgent it is to talk to the student, 0..1.
    pub urgency: f64,
    /// The same for readers who may not see the churn risk.
    pub urgency_without_risk: f64,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

/// Which students of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewedStudents<'a> {
    /// Those of a class.
    Class(&'a str),
    /// Those of the classes of a school.
    School(&'a str),
    /// Those of no class.
    OfNoClass,
    /// All of them.
    Everybody,
}

impl ViewedStudents<'_> {
    /// The condition over `dashboard_student d`, with the class or the school as `$2`.
    fn condition(self) -> &'static str {
        match self {
            Self::Class(_) => {
                "d.user_id IN (SELECT user_id FROM roster_enrolment WHERE class_id = $2)"
            }
            // Asked student by student, so that the most urgent ones of a large school are found without a look at all
            // of them: a list of its students would be gone through first.
            Self::School(_) => {
                "COALESCE((SELECT 1 FROM roster_enrolment e \
                 JOIN roster_class c ON c.class_id = e.class_id \
                 WHERE e.user_id = d.user_id AND c.school_id = $2 LIMIT 1), 0) = 1"
            }
            Self::OfNoClass => {
                "CAST($2 AS TEXT) IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM roster_enrolment e WHERE e.user_id = d.user_id)"
            }
            Self::Everybody => "CAST($2 AS TEXT) IS NULL",
        }
    }

    fn group(&self) -> Option<&str> {
        match self {
            Self::Class(id) | Self::School(id) => Some(id),
            Self::OfNoClass | Self::Everybody => None,
        }
    }
}

fn read(row: &Record<'_>) -> Result<StudentView, Error> {
    Ok(StudentView {
        user_id: row.get("user_id")?,
        week_start: row.get("week_start")?,
        summary: row.get("summary")?,
        report: row.get_or_null("report")?,
        urgency: row.get("urgency")?,
        urgency_without_risk: row.get("urgency_without_risk")?,
        computed_at: row.get("computed_at")?,
    })
}

fn values(view: &StudentView) -> [Value<'_>; DASHBOARD_STUDENT.width()] {
    [
        Value::text(&view.user_id),
        Value::date(view.week_start),
        Value::json(&view.summary),
        Value::Json(view.report.as_ref()),
        Value::Real(Some(view.urgency)),
        Value::Real(Some(view.urgency_without_risk)),
        Value::time(view.computed_at),
    ]
}

/// Columns of a list, which needs no reports.
const LISTED: [&str; 6] =
    ["user_id", "week_start", "summary", "urgency", "urgency_without_risk", "computed_at"];

fn read_listed(row: &Record<'_>) -> Result<StudentView, Error> {
    Ok(StudentView {
        user_id: row.get("user_id")?,
        week_start: row.get("week_start")?,
        summary: row.get("summary")?,
        report: None,
        urgency: row.get("urgency")?,
        urgency_without_risk: row.get("urgency_without_risk")?,
        computed_at: row.get("computed_at")?,
    })
}

/// The query of the ids of a week.
fn ids_of(which: ViewedStudents<'_>) -> String {
    let condition = which.condition();
    format!(
        "SELECT user_id FROM dashboard_student d WHERE week_start = $1 AND {condition} \
         ORDER BY user_id"
    )
}

/// The query of students there is a reason to talk to.
fn most_urgent(columns: &str, which: ViewedStudents<'_>, with_risk: bool) -> String {
    let condition = which.condition();
    let by = if with_risk { "urgency" } else { "urgency_without_risk" };
    format!(
        "SELECT {columns} FROM dashboard_student d WHERE week_start = $1 AND {by} > 0 AND {condition} \
         ORDER BY {by} DESC, user_id LIMIT $3"
    )
}

impl Tx {
    /// Writes students of a week, and replaces those that are there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_student_views(&mut self, views: &[StudentView]) -> Result<u64, Error> {
        let mut written = 0;
        for batch in views.chunks(BATCH) {
            let rows: Vec<Value<'_>> = batch.iter().flat_map(values).collect();
            written += DASHBOARD_STUDENT.upsert().run(&mut self.session(), &rows).await?;
        }
        Ok(written)
    }

    /// Lets go of the students of a week that were not computed at `computed_at`, and of the reports of earlier weeks
    /// that this week follows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_old_student_views(
        &mut self,
        week_start: NaiveDate,
        computed_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let mut session = self.session();
        let gone = "DELETE FROM dashboard_student WHERE week_start = $1 AND computed_at <> $2";
        session.execute(gone, &[Value::date(week_start), Value::time(computed_at)]).await?;
        // Who has no figures in this week keeps the report of the last one that had some.
        let reports = "UPDATE dashboard_student SET report = NULL \
             WHERE week_start < $1 AND report IS NOT NULL AND EXISTS (\
               SELECT 1 FROM dashboard_student newer WHERE newer.week_start = $1 \
               AND newer.user_id = dashboard_student.user_id)";
        session.execute(reports, &[Value::date(week_start)]).await?;
        Ok(())
    }
}

impl Store {
    /// The ids of the students of a week, in their order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn viewed_students(
        &self,
        week_start: NaiveDate,
        which: ViewedStudents<'_>,
    ) -> Result<Vec<String>, Error> {
        let sql = ids_of(which);
        let values = [Value::date(week_start), Value::Text(which.group())];
        let read = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
        self.connection().await?.session().fetch(&sql, &values, read).await
    }

    /// These students in a week, by id; without their reports.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_views(
        &self,
        week_start: NaiveDate,
        users: &[String],
    ) -> Result<Vec<StudentView>, Error> {
        let columns = DASHBOARD_STUDENT.select_of(&LISTED);
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let mut found = Vec::with_capacity(users.len());
        for batch in users.chunks(BATCH) {
            let places: Vec<String> = (2..batch.len() + 2).map(|n| format!("${n}")).collect();
            let sql = format!(
                "SELECT {columns} FROM dashboard_student WHERE week_start = $1 AND user_id IN ({})",
                places.join(", ")
            );
            let users = batch.iter().map(|user| Value::text(user));
            let values: Vec<Value<'_>> =
                std::iter::once(Value::date(week_start)).chain(users).collect();
            found.extend(session.fetch_records(&columns, &sql, &values, read_listed).await?);
        }
        found.sort_by(|a, b| a.user_id.cmp(&b.user_id));
        Ok(found)
    }

    /// Students of a week there is a reason to talk to, the most urgent first; without their reports. Without
    /// `with_risk` the churn risk is no reason.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn urgent_student_views(
        &self,
        week_start: NaiveDate,
        which: ViewedStudents<'_>,
        with_risk: bool,
        most: u32,
    ) -> Result<Vec<StudentView>, Error> {
        let columns = DASHBOARD_STUDENT.select_of(&LISTED);
        let sql = most_urgent(&columns.to_string(), which, with_risk);
        let values =
            [Value::date(week_start), Value::Text(which.group()), Value::int(i64::from(most))];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read_listed).await
    }

    /// The newest week of a student with its report; `None` for one of whom nothing was computed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_view(&self, user_id: &str) -> Result<Option<StudentView>, Error> {
        let columns = DASHBOARD_STUDENT.select();
        let sql = format!(
            "SELECT {columns} FROM dashboard_student WHERE user_id = $1 AND report IS NOT NULL \
             ORDER BY week_start DESC LIMIT 1"
        );
        let mut connection = self.connection().await?;
        connection.session().fetch_record(&columns, &sql, &[Value::text(user_id)], read).await
    }

    /// The weeks of a student, newest first; without reports.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_view_weeks(
        &self,
        user_id: &str,
        most: u32,
    ) -> Result<Vec<StudentView>, Error> {
        let columns = DASHBOARD_STUDENT.select_of(&LISTED);
        let sql = format!(
            "SELECT {columns} FROM dashboard_student WHERE user_id = $1 \
             ORDER BY week_start DESC LIMIT $2"
        );
        let values = [Value::text(user_id), Value::int(i64::from(most))];
        let mut connection = self.connection().await?;
        connection.session().fetch_records(&columns, &sql, &values, read_listed).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::plan;

    #[tokio::test]
    async fn lists_of_a_week_go_by_its_indexes() {
        let by_id = "dashboard_student_week_user (week_start=?)";
        for (which, index) in [
            (
                ViewedStudents::Class("c"),
                "dashboard_student_week_user (week_start=? AND user_id=?)",
            ),
            (ViewedStudents::School("s"), by_id),
            (ViewedStudents::OfNoClass, by_id),
            (ViewedStudents::Everybody, by_id),
        ] {
            let values = [Value::date(NaiveDate::default()), Value::Text(which.group())];
            let steps = plan(&ids_of(which), &values).await;
            assert!(steps.contains(index) && !steps.contains("SCAN d"), "{which:?}: {steps}");
        }
        for which in [ViewedStudents::School("s"), ViewedStudents::Everybody] {
            for (with_risk, index) in [
                (true, "ix_dashboard_student_week (week_start=? AND urgency>?)"),
                (false, "ix_dashboard_student_week_without_risk (week_start=?"),
            ] {
                let values =
                    [Value::date(NaiveDate::default()), Value::Text(which.group()), Value::int(20)];
                let steps = plan(&most_urgent("user_id", which, with_risk), &values).await;
                assert!(steps.contains(index), "{which:?}: {steps}");
            }
        }
    }
}
