//! Rows of tables `session` and `classroom`, for those whose platform is this service: written once, listed in pages.

use chrono::{DateTime, Utc};

use super::owner::is_theirs;
use super::visits::{CLASSROOM, SESSION};
use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// A sitting of a student: a row of table `session`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// Chosen by the client.
    pub id: String,
    /// Class it was in.
    pub classroom_id: Option<String>,
    /// Exam.
    pub exam_id: Option<String>,
    /// Canonical text id of the student.
    pub user_id: Option<String>,
    /// Organisation.
    pub org_id: Option<i32>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; `None` = it runs.
    pub ended_at: Option<DateTime<Utc>>,
    /// State, as the platform calls it.
    pub status: Option<String>,
}

/// A class: a row of table `classroom`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classroom {
    /// Its id.
    pub id: String,
    /// Its organisation.
    pub org_id: String,
    /// Its name, of which an organisation has one.
    pub name: String,
    /// Its grade, 0–12.
    pub grade: Option<i32>,
}

/// Which rows of a table are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowFilter<'a> {
    /// Those of a student.
    pub user_id: Option<&'a str>,
    /// Those of an organisation.
    pub org_id: Option<&'a str>,
    /// Those of these classes.
    pub classrooms: Option<&'a [String]>,
    /// Those after the one of this id.
    pub after: Option<&'a str>,
    /// So many at most.
    pub limit: u32,
}

/// Conditions with their values, numbered as they come.
#[derive(Default)]
pub(crate) struct Conditions<'a> {
    texts: Vec<String>,
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    /// A condition in which `?` stands for the value.
    pub(crate) fn add(&mut self, condition: &str, value: Value<'a>) {
        self.values.push(value);
        self.texts.push(condition.replace('?', &format!("${}", self.values.len())));
    }

    /// What completes the condition before it, with a value of its own.
    pub(crate) fn end_with(&mut self, rest: &str, value: Value<'a>) {
        self.values.push(value);
        let rest = rest.replace('?', &format!("${}", self.values.len()));
        if let Some(last) = self.texts.last_mut() {
            last.push_str(&rest);
        }
    }

    /// That a column has one of these texts.
    fn one_of(&mut self, column: &str, texts: &'a [String]) {
        let numbers: Vec<String> = texts
            .iter()
            .map(|text| {
                self.values.push(Value::text(text));
                format!("${}", self.values.len())
            })
            .collect();
        let listed = if numbers.is_empty() { "NULL".to_owned() } else { numbers.join(", ") };
        self.texts.push(format!("{column} IN ({listed})"));
    }

    /// All of them, as what follows `WHERE`.
    pub(crate) fn all(&self) -> String {
        if self.texts.is_empty() { "1 = 1".to_owned() } else { self.texts.join(" AND ") }
    }
}

/// A column as a text. PostgreSQL reads it by way of JSON: a table of an older platform may lack it, which then says
/// nothing.
fn column(backend: Backend, name: &str) -> String {
    match backend {
        Backend::Postgres => format!("to_jsonb(t) ->> '{name}'"),
        Backend::Sqlite => format!("CAST(t.{name} AS TEXT)"),
    }
}

fn time_column(backend: Backend, name: &str) -> String {
    match backend {
        Backend::Postgres => format!("CAST(to_jsonb(t) ->> '{name}' AS TIMESTAMPTZ)"),
        Backend::Sqlite => format!("t.{name}"),
    }
}

impl Store {
    /// The sitting of an id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sitting(&self, id: &str) -> Result<Option<Sitting>, Error> {
        let mut conditions = Conditions::default();
        conditions.add("CAST(t.id AS TEXT) = ?", Value::text(id));
        Ok(self.sittings_where(&conditions, 1).await?.into_iter().next())
    }

    /// Sittings, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sittings(&self, filter: RowFilter<'_>) -> Result<Vec<Sitting>, Error> {
        let of = |name| column(self.backend(), name);
        let mut conditions = Conditions::default();
        if let Some(user_id) = filter.user_id {
            let mut connection = self.connection().await?;
            let session = &mut connection.session();
            let is_theirs = is_theirs(session, "session", "t.user_id", user_id, "?").await?;
            conditions.add(&is_theirs, Value::text(user_id));
        }
        if let Some(org_id) = filter.org_id {
            conditions.add(&format!("{} = ?", of("org_id")), Value::text(org_id));
        }
        if let Some(classrooms) = filter.classrooms {
            conditions.one_of(&of("classroom_id"), classrooms);
        }
        if let Some(after) = filter.after {
            conditions.add("CAST(t.id AS TEXT) > ?", Value::text(after));
        }
        self.sittings_where(&conditions, filter.limit).await
    }

    async fn sittings_where(
        &self,
        conditions: &Conditions<'_>,
        limit: u32,
    ) -> Result<Vec<Sitting>, Error> {
        let backend = self.backend();
        let of = |name| column(backend, name);
        let (class, exam, org, status) =
            (of("classroom_id"), of("exam_id"), of("org_id"), of("status"));
        let (start, end) = (time_column(backend, "started_at"), time_column(backend, "ended_at"));
        let sql = format!(
            "SELECT CAST(t.id AS TEXT), {class}, {exam}, CAST(t.user_id AS TEXT), {org}, {start}, {end}, {status} \
             FROM session t WHERE {} ORDER BY CAST(t.id AS TEXT) LIMIT {limit}",
            conditions.all()
        );
        let mut connection = self.connection().await?;
        connection.session().fetch(&sql, &conditions.values, read_sitting).await
    }

    /// Classes of table `classroom`, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn classrooms_listed(&self, filter: RowFilter<'_>) -> Result<Vec<Classroom>, Error> {
        let of = |name| column(self.backend(), name);
        let (org, name, grade) = (of("org_id"), of("name"), of("grade"));
        let mut conditions = Conditions::default();
        if let Some(org_id) = filter.org_id {
            conditions.add(&format!("{org} = ?"), Value::text(org_id));
        }
        if let Some(classrooms) = filter.classrooms {
            conditions.one_of("CAST(t.id AS TEXT)", classrooms);
        }
        if let Some(after) = filter.after {
            conditions.add("CAST(t.id AS TEXT) > ?", Value::text(after));
        }
        let sql = format!(
            "SELECT CAST(t.id AS TEXT), {org}, {name}, {grade} FROM classroom t WHERE {} \
             ORDER BY CAST(t.id AS TEXT) LIMIT {}",
            conditions.all(),
            filter.limit
        );
        let read = |row: &Row<'_>| {
            Ok(Classroom {
                id: row.required(0, row.owned_text(0)?)?,
                org_id: row.owned_text(1)?.unwrap_or_default(),
                name: row.owned_text(2)?.unwrap_or_default(),
                grade: whole(row, 3)?,
            })
        };
        let mut connection = self.connection().await?;
        connection.session().fetch(&sql, &conditions.values, read).await
    }
}

/// A whole number that was selected as a text.
fn whole(row: &Row<'_>, column: usize) -> Result<Option<i32>, Error> {
    let Some(text) = row.text(column)? else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| row.unreadable(column, format!("{text:?} is no whole number")))
}

fn read_sitting(row: &Row<'_>) -> Result<Sitting, Error> {
    Ok(Sitting {
        id: row.required(0, row.owned_text(0)?)?,
        classroom_id: row.owned_text(1)?,
        exam_id: row.owned_text(2)?,
        user_id: row.owned_text(3)?,
        org_id: whole(row, 4)?,
        started_at: row.time(5)?,
        ended_at: row.time(6)?,
        status: row.owned_text(7)?,
    })
}

impl Tx {
    /// Adds a sitting; `false` = there is one of that id, which stays as it is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_sitting(
        &mut self,
        sitting: &Sitting,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let insert = SESSION.insert().on_conflict("ON CONFLICT DO NOTHING");
        let values: [Value<'_>; SESSION.width()] = [
            Value::text(&sitting.id),
            Value::Text(sitting.classroom_id.as_deref()),
            Value::Text(sitting.exam_id.as_deref()),
            Value::Text(sitting.user_id.as_deref()),
            Value::Int4(sitting.org_id),
            Value::Time(sitting.started_at),
            Value::Time(sitting.ended_at),
            Value::Text(sitting.status.as_deref()),
            Value::time(at),
        ];
        insert.run_one(&mut self.session(), &values).await
    }

    /// Ends a sitting, with a word for its state; one that has ended keeps its end. `false` = there is none of that id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn end_sitting(
        &mut self,
        id: &str,
        at: DateTime<Utc>,
        status: &str,
    ) -> Result<bool, Error> {
        let sql = "UPDATE session SET ended_at = COALESCE(ended_at, $2), status = $3 \
             WHERE CAST(id AS TEXT) = $1";
        let values = [Value::text(id), Value::time(at), Value::text(status)];
        Ok(self.session().execute(sql, &values).await? > 0)
    }

    /// Adds a class; `false` = there is one of that id, or of that name in the organisation.
    ///
    /// # Errors
    /// When the database refuses, as it does for a grade that is none.
    pub async fn add_classroom(
        &mut self,
        classroom: &Classroom,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let insert = CLASSROOM.insert().on_conflict("ON CONFLICT DO NOTHING");
        let values: [Value<'_>; CLASSROOM.width()] = [
            Value::text(&classroom.id),
            Value::text(&classroom.org_id),
            Value::text(&classroom.name),
            Value::Int4(classroom.grade),
            Value::time(at),
        ];
        insert.run_one(&mut self.session(), &values).await
    }
}
