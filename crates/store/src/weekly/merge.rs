//! Writing `weekly_kpi`: each writer sets its own keys and leaves the others'.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::kpi::WEEKLY_KPI;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, ValueFault};

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

/// The index over the keys collects new rows in a list and sorts them in when the list is full; the
/// fewer times, the less work.
const GIN_IN_BULK: &str = "SET LOCAL gin_pending_list_limit = '1TB'";

/// Keys that the writer of a week leaves out where they are not known: when it writes the row again
/// without one of them, the old value goes. Whoever writes this key is the writer of the week.
const OF_ABILITY: [&str; 4] = ["theta", "theta_se", "delta_theta", "ability_estimate"];
const OF_WEEK: &str = "I_t";

type Rows = BTreeMap<(String, NaiveDate), Json>;

impl Tx {
    /// Keeps other writers of `weekly_kpi` waiting until this transaction ends, so that what is
    /// read of it next still holds when it is merged. Readers are not kept. On SQLite every
    /// transaction is the only writer anyway.
    pub async fn lock_weekly_kpi(&mut self) -> Result<(), Error> {
        let mut session = self.session();
        match session {
            Session::Postgres(_) => {
                session.execute_script("LOCK TABLE weekly_kpi IN SHARE ROW EXCLUSIVE MODE").await
            }
            Session::Sqlite(_) => Ok(()),
        }
    }

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
        let values = rows
            .iter()
            .map(|row| values(&row.user_id, row.week_start, Value::RawJson(Some(&row.kpis))));
        WEEKLY_KPI.insert().run_new(&mut session, values).await
    }
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
    let fault = ValueFault::NotMonday { day: week };
    Err(Error::BadValue { table: WEEKLY_KPI.name, row, column: "week_start", fault })
}

async fn merge_in_place(session: &mut Session<'_>, patches: &Rows) -> Result<u64, Error> {
    let abilities = OF_ABILITY.map(|key| format!("'{key}'")).join(", ");
    let merged = format!(
        "CASE WHEN jsonb_exists(excluded.kpis, '{OF_WEEK}') \
           THEN weekly_kpi.kpis - ARRAY[{abilities}] ELSE weekly_kpi.kpis END || excluded.kpis"
    );
    let insert = WEEKLY_KPI.insert().on_conflict(&format!(
        "ON CONFLICT (user_id, week_start) DO UPDATE SET kpis = {merged}, updated_at = now() \
         WHERE ({merged}) IS DISTINCT FROM weekly_kpi.kpis"
    ));
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
    let insert = WEEKLY_KPI.insert().on_conflict(
        "ON CONFLICT (user_id, week_start) DO UPDATE SET \
         kpis = excluded.kpis, updated_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    );
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
    let patch = patch.as_object().cloned().unwrap_or_default();
    if patch.contains_key(OF_WEEK) {
        all.retain(|key, _| !OF_ABILITY.contains(&key.as_str()));
    }
    all.extend(patch);
    Json::Object(all)
}

/// One row in the order of the table's columns.
fn values<'a>(
    user_id: &'a str,
    week_start: NaiveDate,
    kpis: Value<'a>,
) -> [Value<'a>; WEEKLY_KPI.width()] {
    [Value::text(user_id), Value::date(week_start), kpis]
}

fn values_of<'a>(
    rows: impl Iterator<Item = (&'a (String, NaiveDate), &'a Json)>,
) -> Vec<Value<'a>> {
    rows.flat_map(|((user_id, week_start), kpis)| values(user_id, *week_start, Value::json(kpis)))
        .collect()
}
