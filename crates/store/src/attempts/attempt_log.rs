//! Table `attempt_log`: answers of imported response logs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::attempts::identity::{attempt_id, attempt_id_in};
use crate::corrections::CORRECTIONS;
use crate::corrections::merge::under_their_ids;
use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};
use crate::irt::cat_session::ADAPTIVE_TESTS;
use crate::schema::{Column, Kind, Table, double, integer, text, time};

/// Stored answers looked up at a time.
const IDS_AT_ONCE: usize = 5_000;

pub(crate) const ATTEMPT_LOG: Table = Table::analytics(
    "attempt_log",
    &[
        Column::new("id", Kind::BigInt).required(),
        text("user_id").required(),
        text("item_id").required(),
        text("topic_id"),
        text("session_id"),
        text("subject_id"),
        time("completed_at").required(),
        Column::new("correct", Kind::Bool),
        integer("response_time_ms"),
        integer("used_hints"),
        text("source"),
        // The number of the import that wrote it.
        Column::new("import_no", Kind::BigInt).write_only().since(CORRECTIONS),
        // Points of the answer and the most there were, where it has more than right and wrong.
        double("points").write_only().since(ADAPTIVE_TESTS),
        double("max_points").write_only().since(ADAPTIVE_TESTS),
        // Since when it no longer counts, and when it was corrected, voided or moved last.
        time("voided_at").unused().since(CORRECTIONS),
        time("changed_at").unused().since(CORRECTIONS),
    ],
)
.key(&["id"]);

/// One answer of an imported response log.
#[derive(Debug, Clone, Copy)]
pub struct AttemptRow<'a> {
    /// Canonical text id of the student; not empty.
    pub user_id: &'a str,
    /// Text id of the item; not empty.
    pub item_id: &'a str,
    /// Topic (skill) of the answer; empty = none.
    pub topic_id: Option<&'a str>,
    /// Sitting in which the answer was given; empty = none.
    pub session_id: Option<&'a str>,
    /// Subject (exam) the answer belongs to; empty = none.
    pub subject_id: Option<&'a str>,
    /// When the answer was given, to the microsecond.
    pub completed_at: DateTime<Utc>,
    /// Right or wrong; `None` = not known.
    pub correct: Option<bool>,
    /// Milliseconds; `None` or 0 = not recorded.
    pub response_time_ms: Option<u32>,
    /// Number of hints; `None` = not recorded.
    pub used_hints: Option<u32>,
    /// Where the row came from, for example the name of the file.
    pub source: Option<&'a str>,
    /// Points of the answer, where it has more than right and wrong.
    pub points: Option<f64>,
    /// The most points that there were; `None` = not known.
    pub max_points: Option<f64>,
}

/// What happened to the rows of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that were there already (same student, item, time, topic and session).
    pub duplicates: u64,
    /// Positions in the batch of rows that contradict one that is there: the same student, item, time,
    /// topic and session, one right and the other wrong. They were not written.
    pub conflicts: Vec<usize>,
}

/// Keys of answers with their positions, by key, so that neighbours go to the same page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptKeys(Vec<(i64, usize)>);

impl AttemptKeys {
    /// Of answers, each by student, item, time, topic and session. Of two equal answers the first one comes first.
    pub fn of(rows: &[AttemptRow<'_>]) -> Self {
        let mut text = Vec::with_capacity(128);
        let id = |row: &AttemptRow<'_>| {
            let at = row.completed_at.timestamp_micros();
            let sitting = (row.topic_id, row.session_id);
            attempt_id_in(&mut text, (row.user_id, row.item_id), at, sitting)
        };
        let ids = rows.iter().map(id).zip(0..);
        let mut ordered: Vec<(i64, usize)> = ids.collect();
        // Equal keys go by their position.
        ordered.sort_unstable();
        Self(ordered)
    }
}

impl Tx {
    /// Adds answers to `attempt_log`. An answer that is already there stays as it is. Batches of
    /// some ten thousand rows are fastest.
    ///
    /// # Errors
    /// [`Error::BadValue`] for an empty id, an id with a null character, a time outside the years
    /// 1–9999, or a number beyond 2³¹ − 1; nothing of the batch is written then.
    pub async fn write_attempts(&mut self, rows: &[AttemptRow<'_>]) -> Result<Written, Error> {
        self.write_keyed_attempts(rows, &AttemptKeys::of(rows)).await
    }

    /// As [`Tx::write_attempts`], with the keys of these very rows, which another thread may have worked out.
    ///
    /// # Errors
    /// As there.
    pub async fn write_keyed_attempts(
        &mut self,
        rows: &[AttemptRow<'_>],
        keys: &AttemptKeys,
    ) -> Result<Written, Error> {
        for (position, row) in rows.iter().enumerate() {
            check(position, row)?;
        }
        let import = if rows.is_empty() { None } else { self.import_number().await? };
        let aliases = self.aliases().await?;
        let renamed = under_their_ids(rows, &aliases).map(|rows| (AttemptKeys::of(&rows), rows));
        let (AttemptKeys(ordered), rows) =
            renamed.as_ref().map_or((keys, rows), |(keys, rows)| (keys, rows.as_slice()));
        let keyed = Keyed { rows, ordered, import };
        let (inserted, known_before) = self.insert_attempts(&keyed).await?;
        let (mut session, known) = self.session_and_identities();
        known
            .store(
                &mut session,
                rows.iter().map(|row| row.user_id),
                rows.iter().map(|row| row.item_id),
            )
            .await?;
        let kept_out = rows.len() as u64 - inserted;
        if kept_out == 0 {
            return Ok(Written { inserted, ..Written::default() });
        }
        let stored = match known_before {
            Some(known) => with_first(known, rows, ordered),
            None => stored(&mut session, ordered).await?,
        };
        let conflicts = conflicts(rows, ordered, &stored);
        Ok(Written { inserted, duplicates: kept_out - conflicts.len() as u64, conflicts })
    }
}

/// Rows with their keys, and the number of the import that writes them.
struct Keyed<'a, 'r> {
    rows: &'a [AttemptRow<'r>],
    ordered: &'a [(i64, usize)],
    import: Option<i64>,
}

impl<'r> Keyed<'_, 'r> {
    fn values(&self, (id, position): (i64, usize)) -> [Value<'r>; ATTEMPT_LOG.width()] {
        values_of(id, &self.rows[position], self.import)
    }
}

/// The values of some of the rows, made row by row: those of all at once would take hundreds of bytes for each.
struct NewValues<'a, 'r> {
    keyed: &'a Keyed<'a, 'r>,
    left: std::slice::Iter<'a, (i64, usize)>,
}

impl<'r> Iterator for NewValues<'_, 'r> {
    type Item = [Value<'r>; ATTEMPT_LOG.width()];

    fn next(&mut self) -> Option<Self::Item> {
        self.left.next().map(|of_row| self.keyed.values(*of_row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for NewValues<'_, '_> {}

impl Tx {
    /// Inserts rows that go by their key, and returns how many are new, with those that were there before where that
    /// was looked for. On PostgreSQL rows go straight into the table; once one is met that is there already, those
    /// that are there are asked for first.
    async fn insert_attempts(
        &mut self,
        keyed: &Keyed<'_, '_>,
    ) -> Result<(u64, Option<Stored>), Error> {
        let mut met_known = self.met_known_answers;
        let mut session = self.session();
        if session.backend() == Backend::Postgres {
            for _ in 0..2 {
                let known = if met_known {
                    stored(&mut session, keyed.ordered).await?
                } else {
                    Stored::new()
                };
                let written = insert_straight(&mut session, keyed, &known).await?;
                if let Some(inserted) = written {
                    self.met_known_answers = met_known;
                    return Ok((inserted, Some(known)));
                }
                met_known = true;
            }
        }
        // SQLite, or somebody else writes the same answers at the same time.
        let insert = ATTEMPT_LOG.insert().on_conflict("ON CONFLICT DO NOTHING");
        let values = NewValues { keyed, left: keyed.ordered.iter() };
        let inserted = insert.run_rows(&mut session, values).await?;
        self.met_known_answers = true;
        Ok((inserted, None))
    }
}

/// Copies the rows into the table that are not known, and returns how many; `None` when one is there all the same,
/// and then nothing is written.
async fn insert_straight(
    session: &mut Session<'_>,
    keyed: &Keyed<'_, '_>,
    known: &Stored,
) -> Result<Option<u64>, Error> {
    let ordered = keyed.ordered;
    let is_new = |&(at, (id, _)): &(usize, &(i64, usize))| {
        // Of two equal answers in a batch the first one is kept.
        let is_first = at == 0 || ordered[at - 1].0 != *id;
        is_first && !known.contains_key(id)
    };
    let new = ordered.iter().enumerate().filter(is_new).map(|(_, of_row)| *of_row);
    let new: Vec<(i64, usize)> = new.collect();
    let values = NewValues { keyed, left: new.iter() };
    session.execute_script("SAVEPOINT straight").await?;
    match ATTEMPT_LOG.insert().run_new(session, values).await {
        Ok(inserted) => {
            session.execute_script("RELEASE SAVEPOINT straight").await?;
            Ok(Some(inserted))
        }
        Err(error) if error.is_known_key() => {
            session.execute_script("ROLLBACK TO SAVEPOINT straight").await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Stored answers by key, with whether each is right.
type Stored = HashMap<i64, Option<bool>>;

/// Those of the answers that are stored.
async fn stored(session: &mut Session<'_>, ordered: &[(i64, usize)]) -> Result<Stored, Error> {
    let read = |row: &Row<'_>| Ok((row.required(0, row.int(0)?)?, row.boolean(1)?));
    let mut found = Stored::with_capacity(ordered.len());
    for part in ordered.chunks(IDS_AT_ONCE) {
        let ids: Vec<String> = part.iter().map(|(id, _)| id.to_string()).collect();
        let ids = ids.join(",");
        let rows = if session.backend() == Backend::Postgres {
            // One look into the index for each, however many there are.
            let sql = "SELECT kept.id, kept.correct FROM unnest($1::text::bigint[]) AS asked (id) \
                       JOIN attempt_log kept ON kept.id = asked.id";
            session.fetch(sql, &[Value::text(&format!("{{{ids}}}"))], read).await?
        } else {
            let sql = format!("SELECT id, correct FROM attempt_log WHERE id IN ({ids})");
            session.fetch(&sql, &[], read).await?
        };
        found.extend(rows);
    }
    Ok(found)
}

/// What is stored after rows went straight into the table: what was there before, else the first row of its key.
fn with_first(mut known: Stored, rows: &[AttemptRow<'_>], ordered: &[(i64, usize)]) -> Stored {
    for &(id, position) in ordered {
        known.entry(id).or_insert(rows[position].correct);
    }
    known
}

/// Positions of the rows whose outcome is not the stored one, in their order.
fn conflicts(rows: &[AttemptRow<'_>], ordered: &[(i64, usize)], stored: &Stored) -> Vec<usize> {
    let contradicts = |&&(id, position): &&(i64, usize)| {
        let stored = stored.get(&id).copied().flatten();
        stored.zip(rows[position].correct).is_some_and(|(one, other)| one != other)
    };
    let mut found: Vec<usize> =
        ordered.iter().filter(contradicts).map(|&(_, position)| position).collect();
    found.sort_unstable();
    found
}

/// The key of an answer.
pub(crate) fn id_of(row: &AttemptRow<'_>) -> i64 {
    let at = row.completed_at.timestamp_micros();
    attempt_id(row.user_id, row.item_id, at, row.topic_id, row.session_id)
}

fn values_of<'a>(
    id: i64,
    row: &AttemptRow<'a>,
    import: Option<i64>,
) -> [Value<'a>; ATTEMPT_LOG.width()] {
    [
        Value::int(id),
        Value::text(row.user_id),
        Value::text(row.item_id),
        Value::Text(not_empty(row.topic_id)),
        Value::Text(not_empty(row.session_id)),
        Value::Text(not_empty(row.subject_id)),
        Value::time(row.completed_at),
        Value::Bool(row.correct),
        Value::Int4(row.response_time_ms.filter(|&ms| ms > 0).map(u32::cast_signed)),
        Value::Int4(row.used_hints.map(u32::cast_signed)),
        Value::Text(not_empty(row.source)),
        Value::Int(import),
        Value::Real(finite(row.points)),
        Value::Real(finite(row.max_points)),
    ]
}

/// Points that are a number.
fn finite(points: Option<f64>) -> Option<f64> {
    points.filter(|points| points.is_finite())
}

fn not_empty(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn check(position: usize, row: &AttemptRow<'_>) -> Result<(), Error> {
    let bad =
        |column, fault| Error::BadValue { table: ATTEMPT_LOG.name, row: position, column, fault };
    let required = [("user_id", row.user_id), ("item_id", row.item_id)];
    if let Some((column, _)) = required.into_iter().find(|(_, id)| id.is_empty()) {
        return Err(bad(column, ValueFault::Empty));
    }
    let texts = [
        ("user_id", Some(row.user_id)),
        ("item_id", Some(row.item_id)),
        ("topic_id", row.topic_id),
        ("session_id", row.session_id),
        ("subject_id", row.subject_id),
        ("source", row.source),
    ];
    let has_null = |text: Option<&str>| text.is_some_and(|text| text.as_bytes().contains(&0));
    if let Some((column, _)) = texts.into_iter().find(|&(_, text)| has_null(text)) {
        return Err(bad(column, ValueFault::NullCharacter));
    }
    if !timestamp::is_storable(row.completed_at) {
        return Err(bad("completed_at", ValueFault::Year));
    }
    let numbers = [("response_time_ms", row.response_time_ms), ("used_hints", row.used_hints)];
    let too_big = |number: Option<u32>| number.is_some_and(|number| i32::try_from(number).is_err());
    match numbers.into_iter().find(|&(_, number)| too_big(number)) {
        Some((column, _)) => Err(bad(column, ValueFault::TooLarge)),
        None => Ok(()),
    }
}
