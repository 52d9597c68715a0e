use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use crate::bulk::BulkInsert;
use crate::error::Error;
use crate::row::Row;
use crate::session::Session;
use crate::store::Store;
use crate::tx::Tx;
use crate::value::Value;

/// The keys one writer sets in the row of a student and week. Other keys stay.
#[derive(Debug, Clone, PartialEq)]
pub struct KpiPatch {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Values by key; null means "cannot be computed" and is stored as null.
    pub patch: Map<String, Json>,
}

/// A row of `weekly_kpi` that is known to be new.
#[derive(Debug, Clone)]
pub struct NewWeeklyKpi {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// A JSON object. PostgreSQL takes it fastest when the shorter keys come first, keys of one
    /// length in byte order: so it stores them.
    pub kpis: Box<RawValue>,
}

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KpiMerge {
    /// Rows that are new or whose content changed.
    pub changed: u64,
    /// Rows that already held every value of the patch; their `updated_at` stays.
    pub unchanged: u64,
}

/// One row of `weekly_kpi`.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklyKpi {
    /// Canonical text id of the student.
    pub user_id: String,
    /// Monday of the week.
    pub week_start: NaiveDate,
    /// Values by key (metrics.md M10).
    pub kpis: Map<String, Json>,
    /// When the content last changed.
    pub updated_at: DateTime<Utc>,
}

/// The index over the keys collects new rows in a list and sorts them in when the list is full; the
/// fewer times, the less work.
const GIN_IN_BULK: &str = "SET LOCAL gin_pending_list_limit = '1TB'";

type Rows = BTreeMap<(String, NaiveDate), Json>;

impl Tx {
    /// Merges patches into `weekly_kpi`, creating rows that are missing. Of several patches of one
    /// student and week the later one wins key by key.
    ///
    /// # Errors
    /// [`Error::BadValue`] when a week does not start on a Monday.
    pub async fn merge_weekly_kpi(&mut self, patches: &[KpiPatch]) -> Result<KpiMerge, Error> {
        let patches = folded(patches)?;
        let mut session = self.session();
        let changed = match session {
            Session::Postgres(_) => merge_in_place(&mut session, &patches).await?,
            Session::Sqlite(_) => merge_and_replace(&mut session, &patches).await?,
        };
        Ok(KpiMerge { changed, unchanged: patches.len() as u64 - changed })
    }

    /// Whether a row of this week is there. The answer holds until the transaction ends only after
    /// [`Tx::lock_weekly_kpi`].
    pub async fn has_weekly_kpi(&mut self, week_start: NaiveDate) -> Result<bool, Error> {
        let sql = "SELECT CAST(1 AS BIGINT) FROM weekly_kpi WHERE week_start = $1 LIMIT 1";
        let week = [Value::date(week_start)];
        let found = self.session().fetch_first(sql, &week, |row| row.int(0)).await?;
        Ok(found.is_some())
    }

    /// Adds rows that are known to be new, which is several times faster than a merge.
    ///
    /// # Errors
    /// [`Error::BadValue`] when a week does not start on a Monday; a failed statement when a row of
    /// the student and week is there already.
    pub async fn insert_weekly_kpi(&mut self, rows: &[NewWeeklyKpi]) -> Result<u64, Error> {
        check_mondays(rows.iter().map(|row| row.week_start))?;
        let mut session = self.session();
        if matches!(session, Session::Postgres(_)) {
            session.execute_script(GIN_IN_BULK).await?;
        }
        let values = rows.iter().map(|row| {
            let kpis = Value::RawJson(Some(&row.kpis));
            [Value::text(&row.user_id), Value::date(row.week_start), kpis]
        });
        upsert().run_new(&mut session, values).await
    }
}

impl Store {
    /// The churn risks S of a week that are known, in no particular order.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn week_risks(&self, week_start: NaiveDate) -> Result<Vec<f64>, Error> {
        let sql = "SELECT CAST(kpis ->> 'S' AS DOUBLE PRECISION) FROM weekly_kpi \
             WHERE week_start = $1 AND kpis ->> 'S' IS NOT NULL";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let read = |row: &Row<'_>| row.required(0, row.real(0)?);
        session.fetch(sql, &[Value::date(week_start)], read).await
    }

    /// The rows of one week, by student id.
    pub async fn weekly_kpi(&self, week_start: NaiveDate) -> Result<Vec<WeeklyKpi>, Error> {
        self.weekly_kpi_range(week_start, week_start).await
    }

    /// The rows of the weeks from `first` to `last`, both included, by student id and week.
    pub async fn weekly_kpi_range(
        &self,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<WeeklyKpi>, Error> {
        let sql = "SELECT user_id, week_start, kpis, updated_at FROM weekly_kpi \
             WHERE week_start BETWEEN $1 AND $2 ORDER BY user_id, week_start";
        let window = [Value::date(first), Value::date(last)];
        self.connection().await?.session().fetch(sql, &window, read_row).await
    }
}

pub(crate) fn read_row(row: &Row<'_>) -> Result<WeeklyKpi, Error> {
    let kpis = match row.json(2)? {
        Some(Json::Object(kpis)) => kpis,
        _ => Map::new(),
    };
    Ok(WeeklyKpi {
        user_id: row.required(0, row.owned_text(0)?)?,
        week_start: row.required(1, row.date(1)?)?,
        kpis,
        updated_at: row.required(3, row.time(3)?)?,
    })
}

/// One patch per row, in key order: two writers then lock rows in the same order.
fn folded(patches: &[KpiPatch]) -> Result<Rows, Error> {
    check_mondays(patches.iter().map(|patch| patch.week_start))?;
    let mut rows: BTreeMap<(String, NaiveDate), Map<String, Json>> = BTreeMap::new();
    for patch in patches {
        let key = (patch.user_id.clone(), patch.week_start);
        rows.entry(key).or_default().extend(patch.patch.clone());
    }
    Ok(rows.into_iter().map(|(key, patch)| (key, Json::Object(patch))).collect())
}

fn check_mondays(weeks: impl Iterator<Item = NaiveDate>) -> Result<(), Error> {
    let stray = weeks.enumerate().find(|(_, week)| week.weekday() != Weekday::Mon);
    let Some((row, week)) = stray else { return Ok(()) };
    let reason = format!("{week} is not a monday");
    Err(Error::BadValue { table: "weekly_kpi", row, column: "week_start", reason })
}

async fn merge_in_place(session: &mut Session<'_>, patches: &Rows) -> Result<u64, Error> {
    let insert = BulkInsert {
        on_conflict: "ON CONFLICT (user_id, week_start) DO UPDATE SET \
            kpis = weekly_kpi.kpis || excluded.kpis, updated_at = now() \
            WHERE weekly_kpi.kpis || excluded.kpis IS DISTINCT FROM weekly_kpi.kpis",
        ..upsert()
    };
    insert.run(session, &values_of(patches.iter())).await
}

/// SQLite's `json_patch` deletes a key whose value is null, so the merge happens here; the
/// transaction holds the write lock, so nobody else merges meanwhile.
async fn merge_and_replace(session: &mut Session<'_>, patches: &Rows) -> Result<u64, Error> {
    let existing = read_existing(session, patches).await?;
    let changed: Rows = patches
        .iter()
        .filter_map(|(key, patch)| {
            let merged = merged(existing.get(key), patch);
            (existing.get(key) != Some(&merged)).then(|| (key.clone(), merged))
        })
        .collect();
    let now = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')";
    let on_conflict = format!(
        "ON CONFLICT (user_id, week_start) DO UPDATE SET kpis = excluded.kpis, updated_at = {now}"
    );
    let insert = BulkInsert { on_conflict: &on_conflict, ..upsert() };
    insert.run(session, &values_of(changed.iter())).await
}

async fn read_existing(session: &mut Session<'_>, patches: &Rows) -> Result<Rows, Error> {
    let weeks = patches.keys().map(|(_, week)| *week);
    let (Some(first), Some(last)) = (weeks.clone().min(), weeks.max()) else {
        return Ok(Rows::new());
    };
    let mut users = patches.keys().map(|(user_id, _)| user_id);
    let (from, to) = (users.next(), users.next_back());
    let bounds = [
        Value::date(first),
        Value::date(last),
        Value::Text(from.map(String::as_str)),
        Value::Text(to.or(from).map(String::as_str)),
    ];
    let sql = "SELECT user_id, week_start, kpis FROM weekly_kpi \
         WHERE week_start BETWEEN $1 AND $2 AND user_id BETWEEN $3 AND $4";
    let mut existing = Rows::new();
    session
        .for_each(sql, &bounds, |row| {
            let key = (row.required(0, row.owned_text(0)?)?, row.required(1, row.date(1)?)?);
            if patches.contains_key(&key) {
                existing.insert(key, row.required(2, row.json(2)?)?);
            }
            Ok(())
        })
        .await?;
    Ok(existing)
}

fn merged(existing: Option<&Json>, patch: &Json) -> Json {
    let mut all = existing.and_then(Json::as_object).cloned().unwrap_or_default();
    all.extend(patch.as_object().cloned().unwrap_or_default());
    Json::Object(all)
}

fn upsert() -> BulkInsert<'static> {
    BulkInsert { table: "weekly_kpi", columns: &["user_id", "week_start", "kpis"], on_conflict: "" }
}

fn values_of<'a>(
    rows: impl Iterator<Item = (&'a (String, NaiveDate), &'a Json)>,
) -> Vec<Value<'a>> {
    rows.flat_map(|((user_id, week_start), kpis)| {
        [Value::text(user_id), Value::date(*week_start), Value::json(kpis)]
    })
    .collect()
}
