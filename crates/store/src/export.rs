//! Whole tables given out row by row, in an order that does not change.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// What can be given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTable {
    /// KPI rows of students and weeks.
    Kpis,
    /// Abilities of students by time and version.
    Abilities,
    /// Parameters of items by time and version.
    Items,
    /// Answers that count, of logs and of exams.
    Answers,
    /// Daily features of students and topics.
    Features,
}

/// Which rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportFilter {
    /// From this instant on.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub before: Option<DateTime<Utc>>,
    /// From this day on: of tables that count in days and weeks.
    pub first: Option<NaiveDate>,
    /// Up to this day.
    pub last: Option<NaiveDate>,
    /// Only of this student.
    pub user_id: Option<String>,
    /// Only of the students of this class, by its id or its name in the roster.
    pub class: Option<String>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// Text.
    Text,
    /// The id of a student.
    Student,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// A day.
    Date,
    /// An instant.
    Time,
    /// An object.
    Json,
}

/// A column that is given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportColumn {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ExportKind,
}

/// A value that is given out; `None` = not known.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportValue {
    /// Text, or the id of a student.
    Text(Option<String>),
    /// A whole number.
    Integer(Option<i64>),
    /// A number.
    Number(Option<f64>),
    /// Yes or no.
    Truth(Option<bool>),
    /// A day.
    Date(Option<NaiveDate>),
    /// An instant.
    Time(Option<DateTime<Utc>>),
    /// An object.
    Json(Option<Json>),
}

const fn column(name: &'static str, kind: ExportKind) -> ExportColumn {
    ExportColumn { name, kind }
}

const STUDENT: ExportColumn = column("user_id", ExportKind::Student);

const KPIS: &[ExportColumn] = &[
    STUDENT,
    column("week_start", ExportKind::Date),
    column("kpis", ExportKind::Json),
    column("updated_at", ExportKind::Time),
];
const ABILITIES: &[ExportColumn] = &[
    STUDENT,
    column("theta", ExportKind::Number),
    column("se", ExportKind::Number),
    column("n_answers", ExportKind::Integer),
    column("model", ExportKind::Text),
    column("version", ExportKind::Text),
    column("run_id", ExportKind::Text),
    column("fitted_at", ExportKind::Time),
];
const ITEMS: &[ExportColumn] = &[
    column("item_id", ExportKind::Text),
    column("params", ExportKind::Json),
    column("model", ExportKind::Text),
    column("version", ExportKind::Text),
    column("run_id", ExportKind::Text),
    column("fitted_at", ExportKind::Time),
];
const ANSWERS: &[ExportColumn] = &[
    STUDENT,
    column("item_id", ExportKind::Text),
    column("topic_id", ExportKind::Text),
    column("session_id", ExportKind::Text),
    column("subject_id", ExportKind::Text),
    column("completed_at", ExportKind::Time),
    column("correct", ExportKind::Truth),
    column("response_time_ms", ExportKind::Integer),
    column("used_hints", ExportKind::Integer),
];
const FEATURES: &[ExportColumn] = &[
    STUDENT,
    column("topic_id", ExportKind::Text),
    column("date", ExportKind::Date),
    column("attempts", ExportKind::Integer),
    column("correct", ExportKind::Integer),
    column("avg_time_ms", ExportKind::Integer),
    column("rt_median", ExportKind::Integer),
    column("hints", ExportKind::Integer),
    column("theta_estimate", ExportKind::Number),
    column("theta_sd", ExportKind::Number),
    column("improvement", ExportKind::Number),
    column("last_seen_at", ExportKind::Time),
];

impl ExportTable {
    /// Its columns, in their order.
    pub fn columns(self) -> &'static [ExportColumn] {
        match self {
            Self::Kpis => KPIS,
            Self::Abilities => ABILITIES,
            Self::Items => ITEMS,
            Self::Answers => ANSWERS,
            Self::Features => FEATURES,
        }
    }

    /// The column by which time is told.
    fn when(self) -> ExportColumn {
        match self {
            Self::Kpis => column("week_start", ExportKind::Date),
            Self::Abilities | Self::Items => column("fitted_at", ExportKind::Time),
            Self::Answers => column("completed_at", ExportKind::Time),
            Self::Features => column("date", ExportKind::Date),
        }
    }

    /// By what its rows are in order.
    fn order(self) -> &'static [&'static str] {
        match self {
            Self::Kpis => &["user_id", "week_start"],
            Self::Abilities => &["user_id", "fitted_at", "version"],
            Self::Items => &["item_id", "fitted_at", "version"],
            Self::Answers => &["completed_at", "user_id", "item_id", "id"],
            Self::Features => &["user_id", "date", "topic_id"],
        }
    }

    fn stored(self) -> &'static str {
        match self {
            Self::Kpis => "weekly_kpi",
            Self::Abilities => "mirt_ability",
            Self::Items => "mirt_item_params",
            Self::Answers => "seedtest_answer",
            Self::Features => "features_topic_daily",
        }
    }

    /// Whether its rows belong to students.
    pub fn is_of_students(self) -> bool {
        self != Self::Items
    }
}

impl Store {
    /// Gives every row to `take`, without holding them all in memory, until it says that it has enough.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn export(
        &self,
        table: ExportTable,
        filter: &ExportFilter,
        mut take: impl FnMut(Vec<ExportValue>) -> bool,
    ) -> Result<(), Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let (relation, names) = match table {
            ExportTable::Answers => self.answer_relation(&mut session).await?,
            _ => (table.stored().to_owned(), HashMap::new()),
        };
        let (sql, values) = query(table, &relation, filter, session.backend());
        let mut wants_more = true;
        let read = |row: &Row<'_>| {
            if wants_more {
                wants_more = take(values_of(table, row, &names)?);
            }
            Ok(())
        };
        session.for_each(&sql, &values, read).await
    }

    async fn answer_relation(
        &self,
        session: &mut Session<'_>,
    ) -> Result<(String, HashMap<Uuid, String>), Error> {
        let source = self.choose_source(session).await?;
        let names = source.names(session).await?;
        Ok((source.relation().to_owned(), names))
    }
}

fn query<'f>(
    table: ExportTable,
    relation: &str,
    filter: &'f ExportFilter,
    backend: Backend,
) -> (String, Vec<Value<'f>>) {
    let selected: Vec<String> = table.columns().iter().map(|of| selected(*of)).collect();
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    let mut add = |condition: &str, value: Value<'f>| {
        values.push(value);
        conditions.push(condition.replace("{}", &format!("${}", values.len())));
    };
    let when = table.when();
    if when.kind == ExportKind::Date {
        for (bound, sign) in [(filter.first, ">="), (filter.last, "<=")] {
            if let Some(day) = bound {
                add(&format!("{} {sign} {{}}", when.name), Value::date(day));
            }
        }
    } else {
        for (bound, sign) in [(filter.from, ">="), (filter.before, "<")] {
            if let Some(at) = bound {
                add(&format!("{} {sign} {{}}", when.name), Value::time(at));
            }
        }
    }
    if let Some(user_id) = &filter.user_id {
        add("user_id = {}", Value::text(user_id));
    }
    if let Some(class) = &filter.class {
        let of_class = "user_id IN (SELECT e.user_id FROM roster_enrolment e \
             JOIN roster_class c ON c.class_id = e.class_id WHERE c.class_id = {} OR c.name = {})";
        add(of_class, Value::text(class));
    }
    if table == ExportTable::Answers {
        conditions.push("user_id IS NOT NULL AND completed_at IS NOT NULL".to_owned());
    }
    let condition = if conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", conditions.join(" AND "))
    };
    let order: Vec<String> = table.order().iter().map(|name| in_order(name, backend)).collect();
    let sql = format!(
        "SELECT {} FROM {relation}{condition} ORDER BY {}",
        selected.join(", "),
        order.join(", ")
    );
    (sql, values)
}

/// Numbers as 64 bits, whatever the width of the column.
fn selected(column: ExportColumn) -> String {
    let name = column.name;
    match column.kind {
        ExportKind::Integer => format!("CAST({name} AS BIGINT) AS {name}_"),
        ExportKind::Number => format!("CAST({name} AS DOUBLE PRECISION) AS {name}_"),
        _ => name.to_owned(),
    }
}

/// Texts by their bytes, as SQLite has them, whatever the collation of a server.
fn in_order(name: &str, backend: Backend) -> String {
    let is_text = matches!(name, "user_id" | "item_id" | "topic_id" | "version");
    match backend {
        Backend::Postgres if is_text => format!("{name} COLLATE \"C\""),
        _ => name.to_owned(),
    }
}

fn values_of(
    table: ExportTable,
    row: &Row<'_>,
    names: &HashMap<Uuid, String>,
) -> Result<Vec<ExportValue>, Error> {
    let of = |(at, column): (usize, &ExportColumn)| {
        Ok(match column.kind {
            ExportKind::Text => ExportValue::Text(row.owned_text(at)?),
            ExportKind::Student => {
                let user = row.text(at)?;
                let known =
                    |user: &str| crate::attempts::response_log::canonical(names, user).to_owned();
                ExportValue::Text(user.map(known))
            }
            ExportKind::Integer => ExportValue::Integer(row.int(at)?),
            ExportKind::Number => ExportValue::Number(row.real(at)?),
            ExportKind::Truth => ExportValue::Truth(row.boolean(at)?),
            ExportKind::Date => ExportValue::Date(row.date(at)?),
            ExportKind::Time => ExportValue::Time(row.time(at)?),
            ExportKind::Json => ExportValue::Json(row.json(at)?),
        })
    };
    table.columns().iter().enumerate().map(of).collect()
}
