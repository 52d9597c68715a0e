//! Loading a response log in bulk, from our own tables or a platform's.

use std::collections::{HashMap, HashSet};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use seedtest_responses::{LogRow, Outcome, ResponseLog, ResponseLogBuilder};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::attempts::given::GivenRelation;
use crate::attempts::identity::student_id;
use crate::attempts::log_parts::{parts, readers};
use crate::engine::backend::Backend;
use crate::engine::copy::{CopyRow, Decoder};
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// Which answers to load. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Only answers completed at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Only answers completed before this time.
    pub to: Option<DateTime<Utc>>,
    /// Only answers with this topic.
    pub topic_id: Option<String>,
    /// Only answers of this subject (exam).
    pub subject_id: Option<String>,
    /// Only answers of this student (canonical text id).
    pub user_id: Option<String>,
    /// Only this many answers, the newest ones.
    pub newest: Option<u64>,
}

/// Where the answers came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogSource {
    /// Exam documents and imported logs (`attempt_ext`).
    AttemptExt,
    /// A view or table `attempt` that the platform maintains on its own.
    PlatformAttempt,
    /// The platform's table `responses`.
    Responses,
    /// The table, view or query of [`Store::reading`].
    Given,
}

/// Rows that no model can use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SkippedRows {
    /// Rows without a student.
    pub without_student: u64,
    /// Rows without an item.
    pub without_item: u64,
    /// Rows without a time.
    pub without_time: u64,
}

/// A response log with its provenance.
#[derive(Debug, Clone)]
pub struct LoadedLog {
    /// The answers; response time 0 means not recorded.
    pub log: ResponseLog,
    /// Where they came from; with an empty log, the first source.
    pub source: LogSource,
    /// What was left out.
    pub skipped: SkippedRows,
}

/// First and last answer of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// Time of the oldest answer.
    pub first: DateTime<Utc>,
    /// Time of the newest answer.
    pub last: DateTime<Utc>,
    /// Number of answers with a student.
    pub rows: u64,
}

/// The columns every source offers, under one name each.
const COLUMNS: &str =
    "user_id, item_id, topic_id, session_id, completed_at, correct, response_time_ms, used_hints";

/// How long a reader waits for a connection before it leaves its work to the others.
const PATIENCE: Duration = Duration::from_secs(1);

/// The view of our own answers.
const OWN: &str = "seedtest_answer";

/// What one source selects; `completed_at`, `topic_id` and `subject_id` can be filtered on.
pub(crate) struct Source {
    name: LogSource,
    /// A query with the columns of [`COLUMNS`], `subject_id` and `id`.
    relation: String,
    /// Whether it names students by the UUIDs of view `attempt`.
    by_uuid: bool,
}

impl Store {
    /// Loads answers in bulk. When the database has none of its own, a platform's `attempt` and
    /// then `responses` are tried; the UUIDs of `attempt` are turned back into the text ids of the
    /// exam documents and sessions where those know them. A source that was named ([`Store::reading`])
    /// comes before all of them. Days of the log are counted in the time zone of this handle.
    pub async fn load_log(&self, filter: &LogFilter) -> Result<LoadedLog, Error> {
        let loaded = match self.backend() {
            Backend::Sqlite => self.load_rows(filter).await?,
            Backend::Postgres => self.load_copied(filter).await?,
        };
        let log = loaded.log.in_time_zone(self.time_zone().clone());
        Ok(LoadedLog { log, ..loaded })
    }

    async fn load_rows(&self, filter: &LogFilter) -> Result<LoadedLog, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let source = self.choose_source(&mut session).await?;
        let sql = source.query(filter, session.backend());
        let names = source.names(&mut session).await?;
        let mut collector = Collector { names, ..Collector::default() };
        session.for_each(&sql, &[], |row| collector.take_row(row)).await?;
        Ok(collector.finish(source.name))
    }

    async fn load_copied(&self, filter: &LogFilter) -> Result<LoadedLog, Error> {
        let mut tx = self.begin_reading(None).await?;
        let mut session = tx.session();
        let source = self.choose_source(&mut session).await?;
        let names = source.names(&mut session).await?;
        let parts = match source.name {
            LogSource::AttemptExt if filter.is_wide() => parts(&mut session).await?,
            _ => Vec::new(),
        };
        let mut collector = Collector { names, ..Collector::default() };
        if parts.is_empty() {
            copy_rows(&mut session, &source.query(filter, Backend::Postgres), &mut collector)
                .await?;
        } else {
            let of_part = |relation| Source { relation, ..Source::own() };
            let query = |relation| of_part(relation).query(filter, Backend::Postgres);
            let queries = parts.into_iter().map(query).collect();
            collector = self.copy_parts(&mut session, queries).await?;
        }
        tx.rollback().await?;
        Ok(collector.finish(source.name))
    }

    /// Copies the parts of a log over several connections at once, all in the snapshot of `session`.
    async fn copy_parts(
        &self,
        session: &mut Session<'_>,
        queries: Vec<String>,
    ) -> Result<Collector, Error> {
        let snapshot = export_snapshot(session).await?;
        let queue = Arc::new(Queue { queries, next: AtomicUsize::new(0) });
        let mut helpers = JoinSet::new();
        for _ in 1..readers() {
            let (store, snapshot, queue) = (self.clone(), snapshot.clone(), queue.clone());
            helpers.spawn(async move { store.help_copying(&snapshot, &queue).await });
        }
        let mut all = queue.work(session).await?;
        while let Some(ended) = helpers.join_next().await {
            all.absorb(ended.unwrap_or_else(|error| resume_unwind(error.into_panic()))?);
        }
        Ok(all)
    }

    /// Copies parts over a connection of its own. Where there is none to be had, the others do it all.
    async fn help_copying(&self, snapshot: &str, queue: &Queue) -> Result<Collector, Error> {
        let begun = tokio::time::timeout(PATIENCE, self.begin_reading(Some(snapshot))).await;
        let Ok(Ok(mut tx)) = begun else { return Ok(Collector::default()) };
        let copied = queue.work(&mut tx.session()).await?;
        tx.rollback().await?;
        Ok(copied)
    }

    /// A transaction on PostgreSQL that sees one state of the database throughout, that of `snapshot`
    /// if there is one.
    async fn begin_reading(&self, snapshot: Option<&str>) -> Result<Tx, Error> {
        let mut tx = self.begin().await?;
        let mut script = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned();
        if let Some(snapshot) = snapshot {
            script = format!("{script}; SET TRANSACTION SNAPSHOT {}", quoted(snapshot));
        }
        tx.session().execute_script(&script).await?;
        Ok(tx)
    }

    /// Whether an answer was completed in `[from, to]`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_answers(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<bool, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let source = self.choose_source(&mut session).await?;
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {} \
             WHERE completed_at >= $1 AND completed_at <= $2 AND user_id IS NOT NULL)",
            source.relation
        );
        let span = [Value::time(from), Value::time(to)];
        Ok(session.fetch_first(&sql, &span, |row| row.boolean(0)).await?.flatten() == Some(true))
    }

    /// Time of the newest answer completed up to `to`; `None` when there is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn newest_answer(&self, to: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let source = self.choose_source(&mut session).await?;
        let sql = format!(
            "SELECT max(completed_at) FROM {} WHERE completed_at <= $1 AND user_id IS NOT NULL",
            source.relation
        );
        let up_to = [Value::time(to)];
        Ok(session.fetch_first(&sql, &up_to, |row| row.time(0)).await?.flatten())
    }

    /// First and last time and number of the answers that [`Store::load_log`] would load; `None`
    /// when there are none.
    pub async fn log_span(&self) -> Result<Option<LogSpan>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let source = self.choose_source(&mut session).await?;
        let sql = format!(
            "SELECT min(completed_at), max(completed_at), count(*) FROM {} WHERE user_id IS NOT NULL",
            source.relation
        );
        let span = session
            .fetch_first(&sql, &[], |row| Ok((row.time(0)?, row.time(1)?, row.int(2)?)))
            .await?;
        Ok(span.and_then(|(first, last, rows)| {
            Some(LogSpan { first: first?, last: last?, rows: rows.unwrap_or(0) as u64 })
        }))
    }
}

impl LogFilter {
    /// Whether this may well be most of the log.
    fn is_wide(&self) -> bool {
        self.newest.is_none() && self.user_id.is_none()
    }
}

/// Parts of a log that wait to be copied.
struct Queue {
    queries: Vec<String>,
    next: AtomicUsize,
}

impl Queue {
    /// Copies one part after the other until none is left.
    async fn work(&self, session: &mut Session<'_>) -> Result<Collector, Error> {
        let mut collector = Collector::default();
        while let Some(sql) = self.queries.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            copy_rows(session, sql, &mut collector).await?;
        }
        Ok(collector)
    }
}

/// Makes the state of the database that this transaction sees available to others.
async fn export_snapshot(session: &mut Session<'_>) -> Result<String, Error> {
    let sql = "SELECT pg_export_snapshot()";
    let read = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
    Ok(session.fetch_first(sql, &[], read).await?.unwrap_or_default())
}

impl Source {
    fn own() -> Self {
        Self { name: LogSource::AttemptExt, relation: OWN.to_owned(), by_uuid: false }
    }

    fn platform_attempt() -> Self {
        // Item and time as they are: what the platform shows may lack a subject and hint counts.
        let relation = "(SELECT id, student_id::text AS user_id, item_id::text AS item_id, \
             topic_id::text AS topic_id, session_id::text AS session_id, completed_at, correct, \
             response_time_ms::integer AS response_time_ms, \
             CASE WHEN hint_used THEN 1 ELSE 0 END AS used_hints, NULL::text AS subject_id \
             FROM attempt) platform";
        Self { name: LogSource::PlatformAttempt, relation: relation.to_owned(), by_uuid: true }
    }

    fn responses() -> Self {
        let relation = "(SELECT 0 AS id, user_id, item_id, CAST(NULL AS text) AS topic_id, \
             CAST(NULL AS text) AS session_id, responded_at AS completed_at, \
             is_correct AS correct, CAST(NULL AS integer) AS response_time_ms, \
             CAST(NULL AS integer) AS used_hints, CAST(NULL AS text) AS subject_id \
             FROM responses) platform";
        Self { name: LogSource::Responses, relation: relation.to_owned(), by_uuid: false }
    }

    fn given(given: GivenRelation) -> Self {
        Self { name: LogSource::Given, relation: given.query, by_uuid: given.by_uuid }
    }

    /// What stands after `FROM`.
    pub(crate) fn relation(&self) -> &str {
        &self.relation
    }

    /// The text ids behind the students of this source.
    pub(crate) async fn names(
        &self,
        session: &mut Session<'_>,
    ) -> Result<HashMap<Uuid, String>, Error> {
        if self.by_uuid { student_names(session).await } else { Ok(HashMap::new()) }
    }

    /// The student's ids as this source may write them.
    fn user_keys(&self, user_id: &str) -> Vec<String> {
        let mut keys = vec![user_id.to_owned()];
        if self.by_uuid {
            keys.push(student_id(user_id).to_string());
        }
        keys
    }

    /// The whole query as one text: COPY takes no parameters, so values are quoted into it.
    fn query(&self, filter: &LogFilter, backend: Backend) -> String {
        let at = |time: DateTime<Utc>| match backend {
            Backend::Sqlite => quoted(&timestamp::to_text(time)),
            Backend::Postgres => format!("timestamptz {}", quoted(&timestamp::to_text(time))),
        };
        let mut conditions = Vec::new();
        conditions.extend(filter.from.map(|time| format!("completed_at >= {}", at(time))));
        conditions.extend(filter.to.map(|time| format!("completed_at < {}", at(time))));
        let topic = filter.topic_id.as_deref();
        conditions.extend(topic.map(|id| format!("topic_id = {}", quoted(id))));
        let subject = filter.subject_id.as_deref();
        conditions.extend(subject.map(|id| format!("subject_id = {}", quoted(id))));
        let users = filter.user_id.as_deref().map(|id| self.user_keys(id));
        conditions.extend(users.map(|ids| {
            let ids: Vec<String> = ids.iter().map(|id| quoted(id)).collect();
            format!("user_id IN ({})", ids.join(", "))
        }));
        let mut sql = format!("SELECT {COLUMNS} FROM {}", self.relation);
        if !conditions.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(&conditions.join(" AND "));
        }
        match filter.newest {
            Some(newest) => {
                // A row without a time is no new one.
                format!("{sql} ORDER BY completed_at DESC NULLS LAST, id DESC LIMIT {newest}")
            }
            None => sql,
        }
    }
}

impl Store {
    /// The source that was named, else the first one that has answers.
    pub(crate) async fn choose_source(&self, session: &mut Session<'_>) -> Result<Source, Error> {
        if let Some(given) = self.given_relation(session).await? {
            return Ok(Source::given(given));
        }
        if session.backend() == Backend::Sqlite || has_rows(session, OWN).await? {
            return Ok(Source::own());
        }
        if has_rows(session, "attempt").await? {
            return Ok(Source::platform_attempt());
        }
        let exists = "SELECT to_regclass('responses') IS NOT NULL";
        let exists = session.fetch_first(exists, &[], |row| row.boolean(0)).await?.flatten();
        if exists == Some(true) && has_rows(session, "responses").await? {
            return Ok(Source::responses());
        }
        Ok(Source::own())
    }

    /// Ids of the students of whom there is an answer.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn students_with_answers(&self) -> Result<HashSet<String>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let source = self.choose_source(&mut session).await?;
        let names = source.names(&mut session).await?;
        let sql =
            format!("SELECT DISTINCT user_id FROM {} WHERE user_id IS NOT NULL", source.relation);
        let read = |row: &Row<'_>| row.required(0, row.owned_text(0)?);
        let users = session.fetch(&sql, &[], read).await?;
        Ok(users.into_iter().map(|user| canonical(&names, &user).to_owned()).collect())
    }
}

async fn has_rows(session: &mut Session<'_>, relation: &str) -> Result<bool, Error> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {relation})");
    Ok(session.fetch_first(&sql, &[], |row| row.boolean(0)).await?.flatten() == Some(true))
}

/// The text ids behind the UUIDs of view `attempt`, as far as the platform's tables tell.
async fn student_names(session: &mut Session<'_>) -> Result<HashMap<Uuid, String>, Error> {
    let sql = "SELECT CAST(user_id AS TEXT) FROM exam_results WHERE user_id IS NOT NULL \
         UNION SELECT CAST(user_id AS TEXT) FROM session WHERE user_id IS NOT NULL ORDER BY 1";
    let users = session.fetch(sql, &[], |row| row.required(0, row.owned_text(0)?)).await?;
    Ok(users.into_iter().map(|user| (student_id(&user), user)).collect())
}

async fn copy_rows(
    session: &mut Session<'_>,
    sql: &str,
    collector: &mut Collector,
) -> Result<(), Error> {
    let Session::Postgres(connection) = session else { return Ok(()) };
    let copy = format!("COPY ({sql}) TO STDOUT (FORMAT binary)");
    let failed = |source: sqlx::Error| Error::statement(&copy, source);
    let mut pieces = connection.copy_out_raw(&copy).await.map_err(failed)?;
    let mut decoder = Decoder::default();
    while let Some(piece) = pieces.try_next().await.map_err(failed)? {
        decoder.feed(&piece, |row| collector.take_copied(row))?;
    }
    decoder.finish()
}

/// Doubles the quotes, which is all a literal of either engine needs
/// (`standard_conforming_strings` is on since PostgreSQL 9.1).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[derive(Default)]
struct Collector {
    builder: ResponseLogBuilder,
    skipped: SkippedRows,
    names: HashMap<Uuid, String>,
}

impl Collector {
    fn absorb(&mut self, other: Self) {
        self.builder.merge(other.builder);
        self.skipped.without_student += other.skipped.without_student;
        self.skipped.without_item += other.skipped.without_item;
        self.skipped.without_time += other.skipped.without_time;
    }

    fn finish(self, source: LogSource) -> LoadedLog {
        LoadedLog { log: self.builder.finish(), source, skipped: self.skipped }
    }

    fn take_row(&mut self, row: &Row<'_>) -> Result<(), Error> {
        let answer = Answer {
            user: row.text(0)?,
            item: row.text(1)?,
            topic: row.text(2)?,
            session: row.text(3)?,
            at: row.time(4)?.map(|at| at.timestamp_micros()),
            correct: row.boolean(5)?,
            response_time_ms: row.int(6)?,
            used_hints: row.int(7)?,
        };
        self.take(&answer);
        Ok(())
    }

    fn take_copied(&mut self, row: &CopyRow<'_>) -> Result<(), Error> {
        let answer = Answer {
            user: row.text(0)?,
            item: row.text(1)?,
            topic: row.text(2)?,
            session: row.text(3)?,
            at: row.micros(4)?,
            correct: row.boolean(5)?,
            response_time_ms: row.int4(6)?.map(i64::from),
            used_hints: row.int4(7)?.map(i64::from),
        };
        self.take(&answer);
        Ok(())
    }

    fn take(&mut self, answer: &Answer<'_>) {
        let Some(user) = answer.user else {
            self.skipped.without_student += 1;
            return;
        };
        let Some(item) = answer.item else {
            self.skipped.without_item += 1;
            return;
        };
        let Some(at) = answer.at else {
            self.skipped.without_time += 1;
            return;
        };
        let row = LogRow {
            student: canonical(&self.names, user),
            item,
            topic: answer.topic.filter(|topic| !topic.is_empty()),
            session: answer.session,
            at: Some(at),
            outcome: Outcome::from(answer.correct),
            response_time_ms: known_number(answer.response_time_ms).filter(|&ms| ms > 0),
            hints: known_number(answer.used_hints),
            group: None,
        };
        self.builder.push(&row);
    }
}

/// The text id behind a UUID, or the id itself.
pub(crate) fn canonical<'a>(names: &'a HashMap<Uuid, String>, user: &'a str) -> &'a str {
    if names.is_empty() {
        return user;
    }
    Uuid::try_parse(user).ok().and_then(|uuid| names.get(&uuid)).map_or(user, String::as_str)
}

fn known_number(number: Option<i64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

struct Answer<'a> {
    user: Option<&'a str>,
    item: Option<&'a str>,
    topic: Option<&'a str>,
    session: Option<&'a str>,
    at: Option<i64>,
    correct: Option<bool>,
    response_time_ms: Option<i64>,
    used_hints: Option<i64>,
}
