//! From files of a lake to rows of the database.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_ingest::{Table, TableColumn, TableFile};
use seedtest_store::{Calibration, UserAbility};
use serde_json::{Map, Value};

use super::files::Lake;
use crate::error::Error;
use crate::jobs::calibration_of;
use crate::remote::CalibrationRows;

const FITS: &str = "mirt_fit_meta";
const ABILITIES: &str = "mirt_ability";
const KPIS: &str = "weekly_kpi";

/// Calibrations with their abilities.
#[derive(Default)]
pub(super) struct Calibrations {
    pub(super) fits: Vec<Calibration>,
    pub(super) without_ability: usize,
}

/// A KPI row.
pub(super) struct KpiRow {
    pub(super) user_id: String,
    pub(super) week_start: NaiveDate,
    pub(super) kpis: Map<String, Value>,
}

/// A column of texts or numbers of a file.
struct Columns<'a> {
    key: &'a str,
    table: &'a Table,
}

impl Columns<'_> {
    fn wrong(&self, row: usize, column: &str, what: &str) -> Error {
        let reason = format!("{}: row {}: {column} {what}", self.key, row + 1);
        Error::Lake { reason, hint: "write the table again by seedtest_spark" }
    }

    /// A text, or a number as it is written.
    fn text(&self, column: &str, row: usize) -> Option<String> {
        match self.table.column(column)? {
            TableColumn::Numeric(numbers) => {
                let number = numbers.get(row).copied().filter(|number| !number.is_nan())?;
                Some(number.to_string())
            }
            TableColumn::Text { levels, codes } => {
                let code = *codes.get(row)? as usize;
                levels.get(code).map(ToString::to_string)
            }
        }
    }

    fn needed(&self, column: &str, row: usize) -> Result<String, Error> {
        self.text(column, row).ok_or_else(|| self.wrong(row, column, "is missing"))
    }

    fn number(&self, column: &str, row: usize) -> Option<f64> {
        match self.table.column(column)? {
            TableColumn::Numeric(numbers) => {
                numbers.get(row).copied().filter(|number| !number.is_nan())
            }
            TableColumn::Text { .. } => None,
        }
    }
}

pub(super) async fn calibrations(lake: &Lake) -> Result<Calibrations, Error> {
    let mut found = Calibrations::default();
    let mut fits: BTreeMap<String, (CalibrationRows, DateTime<Utc>, String)> = BTreeMap::new();
    for key in lake.files(FITS).await? {
        let TableFile { table, .. } =
            lake.rows(&key, &["run_id", "version", "response", "fitted_at"]).await?;
        let columns = Columns { key: &key, table: &table };
        for row in 0..table.n_rows {
            let response = columns.needed("response", row)?;
            let rows = serde_json::from_str(&response).map_err(|error| {
                columns.wrong(row, "response", &format!("is no calibration: {error}"))
            })?;
            let at = columns.needed("fitted_at", row)?;
            let at = DateTime::parse_from_rfc3339(&at)
                .map_err(|_| columns.wrong(row, "fitted_at", "is no instant"))?;
            let model = columns.needed("model", row)?;
            fits.insert(columns.needed("run_id", row)?, (rows, at.to_utc(), model));
        }
    }
    let mut abilities: BTreeMap<String, Vec<UserAbility>> = BTreeMap::new();
    for key in lake.files(ABILITIES).await? {
        let TableFile { table, .. } = lake.rows(&key, &["user_id", "run_id"]).await?;
        let columns = Columns { key: &key, table: &table };
        for row in 0..table.n_rows {
            let (user_id, run_id) =
                (columns.needed("user_id", row)?, columns.needed("run_id", row)?);
            let Some(theta) = columns.number("theta", row) else {
                found.without_ability += 1;
                continue;
            };
            let n_answers = columns.number("n", row).map(|n| n as u32);
            let se = columns.number("se", row);
            let of_run = abilities.entry(run_id).or_default();
            of_run.push(UserAbility { user_id, theta, se, n_answers });
        }
    }
    for (run_id, (rows, fitted_at, model)) in fits {
        let of_run = abilities.remove(&run_id).unwrap_or_default();
        found.fits.push(calibration_of(rows, of_run, &model, (run_id, fitted_at)));
    }
    if let Some((run_id, of_run)) = abilities.into_iter().next() {
        let reason =
            format!("{} abilities are of {run_id:?}, which {FITS} does not have", of_run.len());
        return Err(Error::Lake { reason, hint: "bring all folders of a calibration" });
    }
    Ok(found)
}

pub(super) async fn kpis(lake: &Lake) -> Result<Vec<KpiRow>, Error> {
    let mut found = Vec::new();
    for key in lake.files(KPIS).await? {
        let TableFile { table, .. } = lake.rows(&key, &["user_id", "kpis", "week_start"]).await?;
        let columns = Columns { key: &key, table: &table };
        for row in 0..table.n_rows {
            let week = columns.needed("week_start", row)?;
            let week_start = week
                .parse()
                .map_err(|_| columns.wrong(row, "week_start", &format!("is {week:?}, no day")))?;
            let kpis = serde_json::from_str(&columns.needed("kpis", row)?).map_err(|error| {
                columns.wrong(row, "kpis", &format!("is no row of KPIs: {error}"))
            })?;
            found.push(KpiRow { user_id: columns.needed("user_id", row)?, week_start, kpis });
        }
    }
    Ok(found)
}
