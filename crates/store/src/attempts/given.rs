//! Answers read from a table, a view or a query of the platform, without copying them
//! (docs/postgresql.md has the contract of their columns).

use seedtest_responses::TimeZone;
use tokio::sync::OnceCell;

use crate::engine::backend::Backend;
use crate::engine::driver::Failure;
use crate::engine::row::Row;
use crate::engine::session::{ColumnOf, Session};
use crate::engine::value::Value;
use crate::error::{Error, beginning};
use crate::store::Store;

/// Where answers are read from instead of our own tables.
#[derive(Debug)]
pub struct AnswerSource {
    /// What stands after `FROM`.
    relation: String,
    /// What it is called in messages.
    shown: String,
    /// Whether it is a table or a view.
    is_named: bool,
    /// Found out with the first question.
    shape: OnceCell<Shape>,
}

/// What a source of answers offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerColumns {
    /// The table, the view, or the beginning of the query.
    pub from: String,
    /// Every column of the contract with the column that is read for it; `None` = it offers none.
    pub columns: Vec<(&'static str, Option<String>)>,
}

/// How far the first answers of a source can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerSample {
    /// Rows that were looked at.
    pub rows: u64,
    /// Those of them with a student, an item and a time.
    pub whole: u64,
    /// Those of them that are known to be right or wrong.
    pub known: u64,
}

/// Rows that are looked at.
const SAMPLE: u32 = 1_000;

#[derive(Debug)]
struct Shape {
    /// A query with the columns that the loader selects.
    query: String,
    /// Whether students may be named by the UUIDs of view `attempt`.
    by_uuid: bool,
    columns: AnswerColumns,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Text,
    Time,
    Truth,
    Milliseconds,
    Hints,
}

/// One column of the contract.
struct Wanted {
    name: &'static str,
    /// Other names of the same column.
    also: &'static [&'static str],
    required: bool,
    holds: Holds,
}

const fn wanted(
    name: &'static str,
    also: &'static [&'static str],
    required: bool,
    holds: Holds,
) -> Wanted {
    Wanted { name, also, required, holds }
}

/// The contract, in the order in which the loader selects.
const CONTRACT: [Wanted; 9] = [
    wanted("user_id", &["student_id"], true, Holds::Text),
    wanted("item_id", &["question_id"], true, Holds::Text),
    wanted("topic_id", &[], false, Holds::Text),
    wanted("session_id", &[], false, Holds::Text),
    wanted("completed_at", &["answered_at", "responded_at"], true, Holds::Time),
    wanted("correct", &["is_correct"], true, Holds::Truth),
    wanted("response_time_ms", &[], false, Holds::Milliseconds),
    wanted("used_hints", &["hint_used"], false, Holds::Hints),
    wanted("subject_id", &["exam_id"], false, Holds::Text),
];

impl AnswerSource {
    /// A table or a view, as `NAME` or `SCHEMA.NAME`.
    ///
    /// # Errors
    /// [`Error::BadAnswers`] for what is no name.
    pub fn relation(name: &str) -> Result<Self, Error> {
        let name = name.trim();
        let parts = name.split('.').count();
        if parts > 2 || !name.split('.').all(is_identifier) {
            let reason = "it is no name of a table, as answers or platform.answers".to_owned();
            return Err(Error::BadAnswers { from: beginning(name), reason });
        }
        let (relation, shown) = (name.to_owned(), name.to_owned());
        Ok(Self { relation, shown, is_named: true, shape: OnceCell::new() })
    }

    /// A query.
    ///
    /// # Errors
    /// [`Error::BadAnswers`] for what does not begin as a query does.
    pub fn query(sql: &str) -> Result<Self, Error> {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        let first = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        if !["select", "with", "table", "values"].contains(&&*first.to_ascii_lowercase()) {
            let reason = "it does not begin with SELECT or WITH".to_owned();
            return Err(Error::BadAnswers { from: beginning(sql), reason });
        }
        let shown = format!("the query `{}`", beginning(sql));
        // A comment at the end of the query ends with its line.
        let relation = format!("({sql}\n) given");
        Ok(Self { relation, shown, is_named: false, shape: OnceCell::new() })
    }

    async fn shape(
        &self,
        session: &mut Session<'_>,
        time_zone: &TimeZone,
    ) -> Result<&Shape, Error> {
        self.shape.get_or_try_init(|| self.look(session, time_zone)).await
    }

    async fn look(&self, session: &mut Session<'_>, zone: &TimeZone) -> Result<Shape, Error> {
        let sql = format!("SELECT * FROM {} LIMIT 0", self.relation);
        let bad = |reason: String| Error::BadAnswers { from: self.shown.clone(), reason };
        if self.is_named && is_ours(session, &self.relation).await? {
            let reason = format!(
                "it is a view of this engine; name that of the platform with its schema, as public.{}",
                self.shown
            );
            return Err(bad(reason));
        }
        let offered = session.columns(&sql).await.map_err(|error| match error {
            // The server is there and does not know the table, or does not understand the query.
            Error::Statement { source, .. }
                if matches!(source.failure(), Failure::NoSuchTable | Failure::Other) =>
            {
                bad(source.to_string())
            }
            other => other,
        })?;
        let backend = session.backend();
        let found: Vec<Option<&ColumnOf>> = CONTRACT.iter().map(|of| of.find(&offered)).collect();
        let missing: Vec<String> = CONTRACT
            .iter()
            .zip(&found)
            .filter(|(of, found)| of.required && found.is_none())
            .map(|(of, _)| of.spellings())
            .collect();
        if !missing.is_empty() {
            let has: Vec<&str> = offered.iter().map(|column| column.name.as_str()).collect();
            let (missing, has) = (missing.join(", "), has.join(", "));
            return Err(bad(format!("it has no {missing}; it has {has}")));
        }
        let mut selected = Vec::with_capacity(CONTRACT.len() + 1);
        for (of, found) in CONTRACT.iter().zip(&found) {
            let expression = match found {
                Some(column) => of.expression(column, backend, zone).map_err(&bad)?,
                None => of.absent(backend).to_owned(),
            };
            selected.push(format!("{expression} AS {}", of.name));
        }
        // Answers of one instant are put in order by what they are about.
        let id = format!("({} || ' ' || {})", text_of(found[0]), text_of(found[1]));
        selected.push(format!("{id} AS id"));
        let query = format!("(SELECT {} FROM {}) platform", selected.join(", "), self.relation);
        let columns = CONTRACT
            .iter()
            .zip(&found)
            .map(|(of, found)| (of.name, found.map(|column| column.name.clone())))
            .collect();
        let by_uuid = found[0].is_some_and(|column| column.name.eq_ignore_ascii_case("student_id"));
        let columns = AnswerColumns { from: self.shown.clone(), columns };
        Ok(Shape { query, by_uuid, columns })
    }
}

/// What the loader needs of a source.
pub(crate) struct GivenRelation {
    pub(crate) query: String,
    pub(crate) by_uuid: bool,
}

impl Store {
    /// What the platform's source of answers offers; `None` where answers are our own.
    ///
    /// # Errors
    /// [`Error::BadAnswers`] where it lacks a column, or has one of a type that cannot be read.
    pub async fn answer_columns(&self) -> Result<Option<AnswerColumns>, Error> {
        let Some(source) = self.answers() else { return Ok(None) };
        let mut connection = self.connection().await?;
        let shape = source.shape(&mut connection.session(), self.time_zone()).await?;
        Ok(Some(shape.columns.clone()))
    }

    /// What the first rows of the platform's source of answers hold; `None` where answers are our own.
    ///
    /// # Errors
    /// Those of [`Self::answer_columns`].
    pub async fn answer_sample(&self) -> Result<Option<AnswerSample>, Error> {
        let Some(source) = self.answers() else { return Ok(None) };
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let query = &source.shape(&mut session, self.time_zone()).await?.query;
        let sql = format!(
            "SELECT COUNT(*), COUNT(CASE WHEN user_id IS NOT NULL AND item_id IS NOT NULL \
             AND completed_at IS NOT NULL THEN 1 END), COUNT(correct) \
             FROM (SELECT * FROM {query} LIMIT {SAMPLE}) sample"
        );
        let count = |row: &Row<'_>, at| Ok(row.required(at, row.int(at)?)?.unsigned_abs());
        let read = |row: &Row<'_>| {
            Ok(AnswerSample { rows: count(row, 0)?, whole: count(row, 1)?, known: count(row, 2)? })
        };
        session.fetch_first(&sql, &[], read).await
    }

    /// The source of answers as the loader selects from it; `None` where answers are our own.
    pub(crate) async fn given_relation(
        &self,
        session: &mut Session<'_>,
    ) -> Result<Option<GivenRelation>, Error> {
        let Some(source) = self.answers() else { return Ok(None) };
        let shape = source.shape(session, self.time_zone()).await?;
        Ok(Some(GivenRelation { query: shape.query.clone(), by_uuid: shape.by_uuid }))
    }
}

impl Wanted {
    fn find<'c>(&self, offered: &'c [ColumnOf]) -> Option<&'c ColumnOf> {
        let named = |name: &str| offered.iter().find(|of| of.name.eq_ignore_ascii_case(name));
        std::iter::once(self.name).chain(self.also.iter().copied()).find_map(named)
    }

    fn spellings(&self) -> String {
        let mut names = vec![self.name];
        names.extend(self.also);
        names.join(" or ")
    }

    /// The column as the loader takes it.
    fn expression(
        &self,
        column: &ColumnOf,
        backend: Backend,
        zone: &TimeZone,
    ) -> Result<String, String> {
        let name = quoted_name(&column.name);
        let converted = match backend {
            Backend::Sqlite => Some(self.of_sqlite(&name)),
            Backend::Postgres => self.of_postgres(&name, &column.type_name, zone),
        };
        converted.ok_or_else(|| {
            format!("{} is {}, needed {}", column.name, column.type_name, self.holds.needed())
        })
    }

    fn of_postgres(&self, name: &str, type_name: &str, zone: &TimeZone) -> Option<String> {
        let is_number =
            ["INT2", "INT4", "INT8", "NUMERIC", "FLOAT4", "FLOAT8"].contains(&type_name);
        let is_text = ["TEXT", "VARCHAR", "CHAR", "NAME", "CITEXT", "ENUM"].contains(&type_name);
        let whole =
            || format!("CASE WHEN {name} BETWEEN 0 AND 2147483647 THEN round({name})::integer END");
        match (self.holds, type_name) {
            // A plain column lets the server use its indexes.
            (Holds::Text, "TEXT") | (Holds::Time, "TIMESTAMPTZ") | (Holds::Truth, "BOOL") => {
                Some(name.to_owned())
            }
            (Holds::Text, _) => Some(format!("{name}::text")),
            (Holds::Time, "TIMESTAMP") => {
                Some(format!("({name} AT TIME ZONE '{}')", zone.name().replace('\'', "''")))
            }
            (Holds::Truth, _) if is_number => {
                Some(format!("CASE {name} WHEN 1 THEN true WHEN 0 THEN false END"))
            }
            (Holds::Truth, _) if is_text => Some(format!("seedtest_truth({name}::text)")),
            (Holds::Hints, "BOOL") => {
                Some(format!("CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END"))
            }
            (Holds::Milliseconds | Holds::Hints, _) if is_number => Some(whole()),
            (Holds::Milliseconds, "INTERVAL") => Some(format!(
                "CASE WHEN {name} BETWEEN interval '0' AND interval '24 days' \
                 THEN round(extract(epoch FROM {name}) * 1000)::integer END"
            )),
            _ => None,
        }
    }

    /// SQLite's columns hold values of any type.
    fn of_sqlite(&self, name: &str) -> String {
        let truth = |yes: &str, no: &str| {
            format!(
                "CASE WHEN lower(CAST({name} AS TEXT)) IN ('true', 't', 'yes', 'y', 'on', '1', '1.0') \
                 THEN {yes} WHEN lower(CAST({name} AS TEXT)) IN \
                 ('false', 'f', 'no', 'n', 'off', '0', '0.0') THEN {no} END"
            )
        };
        match self.holds {
            Holds::Text => format!("CAST({name} AS TEXT)"),
            Holds::Time => format!(
                "CASE WHEN length({name}) = 27 AND substr({name}, 27) = 'Z' THEN {name} \
                 ELSE strftime('%Y-%m-%dT%H:%M:%f000Z', {name}) END"
            ),
            Holds::Truth => truth("1", "0"),
            Holds::Milliseconds => format!(
                "CASE WHEN {name} BETWEEN 0 AND 2147483647 \
                 THEN CAST(round({name}) AS INTEGER) END"
            ),
            Holds::Hints => format!(
                "CASE WHEN typeof({name}) IN ('integer', 'real') AND {name} BETWEEN 0 AND 2147483647 \
                 THEN CAST(round({name}) AS INTEGER) ELSE {} END",
                truth("1", "0")
            ),
        }
    }

    /// What stands for a column that is not offered.
    fn absent(&self, backend: Backend) -> &'static str {
        match (self.holds, backend) {
            (_, Backend::Sqlite) => "NULL",
            (Holds::Milliseconds | Holds::Hints, Backend::Postgres) => "NULL::integer",
            (_, Backend::Postgres) => "NULL::text",
        }
    }
}

impl Holds {
    fn needed(self) -> &'static str {
        match self {
            Self::Text => "a text, a number or a uuid",
            Self::Time => "a timestamp",
            Self::Truth => "a boolean, 0 and 1, or a text as true",
            Self::Milliseconds => "a number or an interval",
            Self::Hints => "a number or a boolean",
        }
    }
}

/// Whether a name stands for a view that this engine made: in a schema of its own it hides that of the platform.
async fn is_ours(session: &mut Session<'_>, name: &str) -> Result<bool, Error> {
    if session.backend() == Backend::Sqlite {
        return Ok(false);
    }
    let sql = "SELECT obj_description(to_regclass($1::text), 'pg_class') LIKE 'seedtest: %'";
    let found = session.fetch_first(sql, &[Value::text(name)], |row| row.boolean(0)).await?;
    Ok(found.flatten().unwrap_or(false))
}

fn text_of(column: Option<&ColumnOf>) -> String {
    let name = column.map_or(String::from("''"), |column| quoted_name(&column.name));
    format!("COALESCE(CAST({name} AS TEXT), '')")
}

fn quoted_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A plain name, or one in double quotes.
fn is_identifier(text: &str) -> bool {
    if let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return !inside.is_empty() && !inside.contains(['"', '\0']);
    }
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_queries_are_told_from_other_statements() {
        for name in ["answers", "platform.answers", "\"My Answers\"", "public.\"답\"", "답안"] {
            assert!(AnswerSource::relation(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a;b", "a.b.c", "a'", "\"a\"\"b\"", "(SELECT 1)", "1a"] {
            assert!(AnswerSource::relation(name).is_err(), "{name}");
        }
        assert!(AnswerSource::query("select 1;").is_ok());
        assert!(AnswerSource::query("WITH a AS (SELECT 1) SELECT * FROM a -- all").is_ok());
        for sql in ["", "DELETE FROM a", "selection", "; SELECT 1"] {
            assert!(AnswerSource::query(sql).is_err(), "{sql}");
        }
    }
}
