//! Table `seedtest_settings`: what holds for a whole database, and what was counted under it.

use chrono::{DateTime, Utc};

use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::engine::timestamp;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, Table, text};
use crate::store::Store;

/// The step that brings the time zone of a database, and what replays of a past day need.
pub(crate) const DAYS_OF_A_PLACE: Migration =
    Migration { version: 6, name: "the time zone of a database, and what was known on a past day" };

pub(crate) const SEEDTEST_SETTINGS: Table =
    Table::analytics("seedtest_settings", &[text("name").required(), text("value").required()])
        .key(&["name"])
        .since(DAYS_OF_A_PLACE);

const TIME_ZONE: &str = "time_zone";

async fn read_setting(session: &mut Session<'_>, name: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT value FROM seedtest_settings WHERE name = $1";
    let found = session.fetch_first(sql, &[Value::text(name)], |row| row.owned_text(0)).await?;
    Ok(found.flatten())
}

/// Keys of a KPI row by who writes them.
#[derive(Debug, Clone, Copy)]
pub struct KpiKeys<'a> {
    /// Those of the job that computes the week.
    pub week: &'a [&'a str],
    /// P and what travels with it.
    pub goal: &'a [&'a str],
    /// S and what travels with it.
    pub churn: &'a [&'a str],
}

impl Store {
    /// Name of the time zone in which the database counts its days; `None` before anyone chose one,
    /// which means UTC.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stored_time_zone(&self) -> Result<Option<String>, Error> {
        read_setting(&mut self.connection().await?.session(), TIME_ZONE).await
    }

    /// Whether there are rows that depend on where days begin: daily features or weekly KPIs.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn holds_days(&self) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM weekly_kpi) \
             OR EXISTS (SELECT 1 FROM features_topic_daily)";
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        Ok(session.fetch_first(sql, &[], |row| row.boolean(0)).await?.flatten() == Some(true))
    }
}

/// What the watermark of a source of imported rows is called.
fn watermark_of(source: &str) -> String {
    format!("imported_until:{source}")
}

/// Forgets how far a source was imported: its next import begins at its first row again.
pub(crate) async fn forget_watermark(session: &mut Session<'_>, source: &str) -> Result<(), Error> {
    let sql = "DELETE FROM seedtest_settings WHERE name = $1";
    session.execute(sql, &[Value::text(&watermark_of(source))]).await?;
    Ok(())
}

impl Store {
    /// Time of the newest row that was imported from a source; `None` where nothing was.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn import_watermark(&self, source: &str) -> Result<Option<DateTime<Utc>>, Error> {
        let name = watermark_of(source);
        let mut connection = self.connection().await?;
        let found = read_setting(&mut connection.session(), &name).await?;
        Ok(found.as_deref().and_then(timestamp::parse))
    }
}

impl Store {
    /// Sources of imported rows whose newest row lies from `from` on and before `before`, by name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sources_imported_until(
        &self,
        from: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        let prefix = watermark_of("");
        // Times of this width are in the order of their texts.
        let sql = "SELECT name FROM seedtest_settings WHERE name LIKE $1 AND value >= $2 AND value < $3 \
                   ORDER BY name";
        let [from, before] = [from, before].map(timestamp::to_text);
        let like = format!("{prefix}%");
        let values = [&like, &from, &before].map(|text| Value::text(text));
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let names = session.fetch(sql, &values, |row| row.required(0, row.owned_text(0)?)).await?;
        let source = |name: String| name.strip_prefix(&prefix).map(str::to_owned);
        Ok(names.into_iter().filter_map(source).collect())
    }
}

impl Tx {
    /// Notes how far a source was imported; an earlier time changes nothing.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_import_watermark(
        &mut self,
        source: &str,
        until: DateTime<Utc>,
    ) -> Result<(), Error> {
        let (name, text) = (watermark_of(source), timestamp::to_text(until));
        let mut session = self.session();
        let before = read_setting(&mut session, &name).await?;
        // Times of this width are in the order of their texts.
        if before.is_some_and(|before| before >= text) {
            return Ok(());
        }
        let values = [Value::text(&name), Value::text(&text)];
        SEEDTEST_SETTINGS.upsert().run_one(&mut session, &values).await?;
        Ok(())
    }

    /// Writes down the time zone in which the database counts its days.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_time_zone(&mut self, name: &str) -> Result<(), Error> {
        let values = [Value::text(TIME_ZONE), Value::text(name)];
        SEEDTEST_SETTINGS.upsert().run_one(&mut self.session(), &values).await?;
        Ok(())
    }

    /// Forgets everything that was counted in days: the daily features, and of the KPI rows all that
    /// can be computed again from answers. P and S that a fitted model wrote stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_days(&mut self, keys: KpiKeys<'_>) -> Result<(), Error> {
        let mut session = self.session();
        session.execute("DELETE FROM features_topic_daily", &[]).await?;
        let backend = session.backend();
        let kept = |source: &str, writer: &str, of_group: &str, all: &str| {
            format!("CASE WHEN kpis ->> '{source}' = '{writer}' THEN {all} ELSE {of_group} END")
        };
        let week = without(backend, "kpis", keys.week);
        let goal = kept("P_source", "brms", &without(backend, &week, keys.goal), &week);
        let churn = kept("S_source", "survival", &without(backend, &goal, keys.churn), &goal);
        session.execute(&format!("UPDATE weekly_kpi SET kpis = {churn}"), &[]).await?;
        session.execute("DELETE FROM weekly_kpi WHERE kpis = '{}'", &[]).await?;
        Ok(())
    }
}

/// A JSON object without some keys.
fn without(backend: Backend, object: &str, keys: &[&str]) -> String {
    let listed = |prefix: &str| {
        let quoted: Vec<String> = keys.iter().map(|key| format!("'{prefix}{key}'")).collect();
        quoted.join(", ")
    };
    match backend {
        Backend::Postgres => format!("(({object}) - ARRAY[{}])", listed("")),
        Backend::Sqlite => format!("json_remove({object}, {})", listed("$.")),
    }
}
