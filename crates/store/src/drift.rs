//! Tables `drift_windows`, `item_calibration`, `drift_alerts`: calibrations beside each other, and what moved between
//! them (docs/contract/schema.md S21). They are written for tools that read them; nothing here does.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Column, Kind, Table, double, index, integer, json, stamped, text, time};

pub(crate) const DRIFT_WINDOWS: Table = Table::analytics(
    "drift_windows",
    &[
        Column::new("id", Kind::Serial).required().unused(),
        time("start_at").required(),
        time("end_at").required(),
        json("population_tags"),
        stamped("created_at"),
    ],
)
.key(&["id"]);

pub(crate) const ITEM_CALIBRATION: Table = Table::analytics(
    "item_calibration",
    &[
        text("item_id").required(),
        Column::new("window_id", Kind::BigInt).required(),
        double("a_hat"),
        double("b_hat"),
        double("c_hat"),
        double("a_l95"),
        double("a_u95"),
        double("b_l95"),
        double("b_u95"),
        double("c_l95"),
        double("c_u95"),
        integer("n"),
        json("dif"),
        // Curves of information: the estimates say them.
        json("info").unused(),
        text("run_id"),
    ],
)
.key(&["item_id", "window_id"]);

pub(crate) const DRIFT_ALERTS: Table = Table::analytics(
    "drift_alerts",
    &[
        Column::new("id", Kind::Serial).required().unused(),
        text("item_id").required(),
        Column::new("window_id", Kind::BigInt),
        text("metric").required(),
        double("value"),
        double("threshold"),
        text("severity"),
        text("run_id"),
        time("resolved_at").unused(),
        stamped("created_at"),
    ],
)
.key(&["id"])
.indexes(&[index("ix_drift_alerts_item", "item_id, window_id")]);

/// A calibration as one of those that are held beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftWindow {
    /// The run that calibrated.
    pub run_id: String,
    /// When it did.
    pub fitted_at: DateTime<Utc>,
    /// First and last instant of the answers.
    pub answers: (DateTime<Utc>, DateTime<Utc>),
    /// Whose answers, and which.
    pub population: Json,
    /// What was estimated of every item.
    pub items: Vec<WindowItem>,
    /// What moved since the calibration before.
    pub alerts: Vec<DriftAlert>,
}

/// An item in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowItem {
    /// Text id of the item.
    pub item_id: String,
    /// Discrimination.
    pub a: WindowEstimate,
    /// Difficulty.
    pub b: WindowEstimate,
    /// Guessing probability.
    pub c: WindowEstimate,
    /// Answers.
    pub n: Option<u32>,
    /// How it differs between groups, where they were compared.
    pub dif: Option<Json>,
}

/// An estimate with its 95 % interval; `None` = not known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WindowEstimate {
    /// The estimate.
    pub value: Option<f64>,
    /// Lower end.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
}

/// An item that moved.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftAlert {
    /// Text id of the item.
    pub item_id: String,
    /// What moved: `delta_a`, `delta_b`, `delta_c`.
    pub metric: &'static str,
    /// By how much, on the scale of the calibration before.
    pub value: f64,
    /// The change beyond which it is told.
    pub threshold: Option<f64>,
    /// `minor`, `moderate`, `severe`.
    pub severity: &'static str,
}

impl Tx {
    /// Writes a window in the place of the one of the same run, if there is one. What moved is open until the next
    /// calibration, which says what moved since: alerts of earlier runs are over then. Rows that others wrote stay as
    /// they are.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_drift_window(&mut self, window: &DriftWindow) -> Result<(), Error> {
        let mut session = self.session();
        let id = match forget(&mut session, &window.run_id).await? {
            Some(id) => renewed(&mut session, id, window).await?,
            None => add_window(&mut session, window).await?,
        };
        let items: Vec<Value<'_>> =
            window.items.iter().flat_map(|item| item_values(item, id, &window.run_id)).collect();
        ITEM_CALIBRATION.upsert().run(&mut session, &items).await?;
        let alerts: Vec<Value<'_>> =
            window.alerts.iter().flat_map(|alert| alert_values(alert, id, window)).collect();
        DRIFT_ALERTS.insert().run(&mut session, &alerts).await?;
        let over = "UPDATE drift_alerts SET resolved_at = $2 WHERE resolved_at IS NULL AND run_id <> $1 \
             AND run_id IN (SELECT run_id FROM mirt_fit_meta WHERE fitted_at < $2)";
        session
            .execute(over, &[Value::text(&window.run_id), Value::time(window.fitted_at)])
            .await?;
        Ok(())
    }
}

/// Takes away what a run wrote before, but for its window, whose id it gives.
async fn forget(session: &mut Session<'_>, run_id: &str) -> Result<Option<i64>, Error> {
    let of_run = [Value::text(run_id)];
    let read = |row: &Row<'_>| row.int(0);
    let sql = "SELECT CAST(MIN(window_id) AS BIGINT) FROM item_calibration WHERE run_id = $1";
    let window: Option<Option<i64>> = session.fetch_first(sql, &of_run, read).await?;
    session.execute("DELETE FROM drift_alerts WHERE run_id = $1", &of_run).await?;
    session.execute("DELETE FROM item_calibration WHERE run_id = $1", &of_run).await?;
    Ok(window.flatten())
}

/// The window of the same run, as it is now: a calibration that is repeated changes no id.
async fn renewed(session: &mut Session<'_>, id: i64, window: &DriftWindow) -> Result<i64, Error> {
    let sql = "UPDATE drift_windows SET start_at = $2, end_at = $3, population_tags = $4, created_at = $5 WHERE id = $1";
    let values = [
        Value::int(id),
        Value::time(window.answers.0),
        Value::time(window.answers.1),
        Value::json(&window.population),
        Value::time(window.fitted_at),
    ];
    session.execute(sql, &values).await?;
    Ok(id)
}

async fn add_window(session: &mut Session<'_>, window: &DriftWindow) -> Result<i64, Error> {
    let values: [Value<'_>; DRIFT_WINDOWS.width()] = [
        Value::time(window.answers.0),
        Value::time(window.answers.1),
        Value::json(&window.population),
        Value::time(window.fitted_at),
    ];
    let insert = DRIFT_WINDOWS.insert().on_conflict("RETURNING CAST(id AS BIGINT)");
    let read = |row: &Row<'_>| row.required(0, row.int(0)?);
    Ok(session.fetch_first(&insert.sql(), &values, read).await?.unwrap_or_default())
}

fn item_values<'a>(
    item: &'a WindowItem,
    window_id: i64,
    run_id: &'a str,
) -> [Value<'a>; ITEM_CALIBRATION.width()] {
    let WindowItem { item_id, a, b, c, n, dif } = item;
    [
        Value::text(item_id),
        Value::int(window_id),
        Value::Real(a.value),
        Value::Real(b.value),
        Value::Real(c.value),
        Value::Real(a.lower),
        Value::Real(a.upper),
        Value::Real(b.lower),
        Value::Real(b.upper),
        Value::Real(c.lower),
        Value::Real(c.upper),
        Value::Int4(n.and_then(|n| i32::try_from(n).ok())),
        Value::Json(dif.as_ref()),
        Value::text(run_id),
    ]
}

fn alert_values<'a>(
    alert: &'a DriftAlert,
    window_id: i64,
    window: &'a DriftWindow,
) -> [Value<'a>; DRIFT_ALERTS.width()] {
    [
        Value::text(&alert.item_id),
        Value::int(window_id),
        Value::text(alert.metric),
        Value::Real(Some(alert.value)),
        Value::Real(alert.threshold),
        Value::text(alert.severity),
        Value::text(&window.run_id),
        Value::time(window.fitted_at),
    ]
}
