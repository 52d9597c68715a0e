//! Table `dashboard_overview`: what pages of classes, of schools and of the models show, week by week. It holds figures
//! of groups, and no names or ids of students.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, json, text, time};
use crate::store::Store;

pub(crate) const DASHBOARD_OVERVIEW: Table = Table::analytics(
    "dashboard_overview",
    &[
        text("kind").required().check("kind IN ('class', 'school', 'models')"),
        text("subject").required(),
        Column::new("week_start", Kind::Date).required(),
        json("document").required(),
        time("computed_at").required(),
    ],
)
.key(&["kind", "subject", "week_start"])
.since(super::PAGES);

/// What an overview is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverviewKind {
    /// A class of the roster, by id; the empty text stands for students of no class.
    Class,
    /// A school of the roster, by name; the empty text stands for everybody.
    School,
    /// The models, under the empty text.
    Models,
}

impl OverviewKind {
    /// The word in the table.
    pub fn code(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::School => "school",
            Self::Models => "models",
        }
    }
}

/// An overview that was read back.
#[derive(Debug)]
pub struct StoredOverview<T> {
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// What the page shows; an error where another version of the program wrote it.
    pub document: serde_json::Result<T>,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

/// An overview of a week.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// What it is of.
    pub kind: OverviewKind,
    /// Which one.
    pub subject: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// What the page shows.
    pub document: Json,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

impl Tx {
    /// Writes overviews, and replaces those that are there.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_overviews(&mut self, overviews: &[Overview]) -> Result<u64, Error> {
        let rows: Vec<Value<'_>> = overviews.iter().flat_map(values).collect();
        DASHBOARD_OVERVIEW.upsert().run(&mut self.session(), &rows).await
    }

    /// Lets go of the overviews of a week that were not computed at `computed_at`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_old_overviews(
        &mut self,
        week_start: NaiveDate,
        computed_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let sql = "DELETE FROM dashboard_overview WHERE week_start = $1 AND computed_at <> $2";
        let values = [Value::date(week_start), Value::time(computed_at)];
        self.session().execute(sql, &values).await?;
        Ok(())
    }
}

fn values(overview: &Overview) -> [Value<'_>; DASHBOARD_OVERVIEW.width()] {
    [
        Value::text(overview.kind.code()),
        Value::text(&overview.subject),
        Value::date(overview.week_start),
        Value::json(&overview.document),
        Value::time(overview.computed_at),
    ]
}

const OF_WEEK: &str = "SELECT week_start, document, computed_at FROM dashboard_overview \
     WHERE kind = $1 AND subject = $2 AND (CAST($3 AS DATE) IS NULL OR week_start = $3) \
     ORDER BY week_start DESC LIMIT 1";

impl Store {
    /// The overview of a week, or the newest one; `None` where none was computed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn overview<T: DeserializeOwned + Send>(
        &self,
        kind: OverviewKind,
        subject: &str,
        week: Option<NaiveDate>,
    ) -> Result<Option<StoredOverview<T>>, Error> {
        let values = [Value::text(kind.code()), Value::text(subject), Value::Date(week)];
        let read = |row: &Row<'_>| {
            Ok(StoredOverview {
                week_start: row.required(0, row.date(0)?)?,
                document: row.required(1, row.document(1)?)?,
                computed_at: row.required(2, row.time(2)?)?,
            })
        };
        self.connection().await?.session().fetch_first(OF_WEEK, &values, read).await
    }

    /// Some fields of the document of a week, as an object; what stands beside them, which may be long, is not read.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn overview_fields(
        &self,
        kind: OverviewKind,
        subject: &str,
        week: NaiveDate,
        fields: &[&'static str],
    ) -> Result<Option<Json>, Error> {
        let of_document: Vec<String> =
            fields.iter().map(|field| format!("document -> '{field}'")).collect();
        let sql = format!(
            "SELECT {} FROM dashboard_overview WHERE kind = $1 AND subject = $2 AND week_start = $3",
            of_document.join(", ")
        );
        let values = [Value::text(kind.code()), Value::text(subject), Value::date(week)];
        let read = |row: &Row<'_>| {
            let value = |(at, field): (usize, &&str)| {
                Ok(((*field).to_owned(), row.json(at)?.unwrap_or(Json::Null)))
            };
            let found: Result<_, Error> = fields.iter().enumerate().map(value).collect();
            Ok(Json::Object(found?))
        };
        self.connection().await?.session().fetch_first(&sql, &values, read).await
    }

    /// The weeks that have an overview, newest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn overview_weeks(
        &self,
        kind: OverviewKind,
        subject: &str,
        most: u32,
    ) -> Result<Vec<NaiveDate>, Error> {
        let sql = "SELECT week_start FROM dashboard_overview WHERE kind = $1 AND subject = $2 \
             ORDER BY week_start DESC LIMIT $3";
        let values = [Value::text(kind.code()), Value::text(subject), Value::int(i64::from(most))];
        let mut connection = self.connection().await?;
        let read = |row: &Row<'_>| row.required(0, row.date(0)?);
        connection.session().fetch(sql, &values, read).await
    }
}
