//! What the reports of a week are made from.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use seedtest_kpi::{WeeklyKpis, Window};
use seedtest_report::{AbilityPoint, Provenance};
use seedtest_responses::ResponseLog;
use seedtest_store::{
    Ability, AbilityPoint as StoredPoint, FitMeta, ItemParamsRow, LogFilter, Store,
    SurvivalRiskRow, WeeklyKpi,
};

use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;

const ACCURACY_WEEKS: u32 = 12;
const ABILITY_WEEKS: u32 = 8;

/// Everything the reports of one week are made from, read once for all students.
pub(super) struct Material {
    pub(super) week: NaiveDate,
    pub(super) as_of: NaiveDate,
    pub(super) generated_at: String,
    pub(super) log: ResponseLog,
    pub(super) kpis: HashMap<String, WeeklyKpis>,
    pub(super) kpis_before: HashMap<String, WeeklyKpis>,
    pub(super) abilities: HashMap<String, Vec<AbilityPoint>>,
    /// Newest abilities of the class, sorted.
    pub(super) class_thetas: Vec<f64>,
    pub(super) items: HashMap<String, ItemParamsRow>,
    pub(super) provenance: Option<Provenance>,
    /// Newest churn risk by student.
    pub(super) churn: HashMap<String, SurvivalRiskRow>,
}

impl Material {
    pub(super) async fn read(
        store: &Store,
        week: NaiveDate,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let as_of = seedtest_kpi::as_of(week, now.date_naive());
        let end = end_of(as_of);
        let from = days_before(as_of, 7 * ACCURACY_WEEKS + 28);
        let log = store
            .load_log(&LogFilter {
                from: Some(midnight(from)),
                to: Some(end),
                ..LogFilter::default()
            })
            .await?
            .log;
        let first = days_before(as_of, 7 * ABILITY_WEEKS);
        let history = store.ability_history(midnight(first), end).await?;
        let abilities = ability_points(&history, &store.latest_abilities().await?);
        let mut class_thetas: Vec<f64> =
            abilities.values().filter_map(|points| points.last()).map(|p| p.theta).collect();
        class_thetas.sort_unstable_by(f64::total_cmp);
        Ok(Self {
            week,
            as_of,
            generated_at: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            log,
            kpis: kpis_of(store.weekly_kpi(week).await?),
            kpis_before: kpis_of(store.weekly_kpi(days_before(week, 7)).await?),
            abilities,
            class_thetas,
            items: by_id(store.latest_item_params().await?, |row| &row.item_id),
            churn: by_id(store.survival_risks().await?, |row| &row.user_id),
            provenance: store.latest_fit_meta().await?.map(|meta| provenance(&meta)),
        })
    }

    /// The last `weeks` weeks up to the day of interest.
    pub(super) fn weeks(&self, weeks: u32) -> Window {
        let days = self.as_of.signed_duration_since(self.week).num_days() as u32 + 1;
        Window::ending(self.as_of, days + 7 * (weeks - 1))
    }

    pub(super) fn accuracy_window(&self) -> Window {
        self.weeks(ACCURACY_WEEKS)
    }

    pub(super) fn month(&self) -> Window {
        Window::ending(self.as_of, 28)
    }
}

fn by_id<T>(rows: Vec<T>, id: fn(&T) -> &String) -> HashMap<String, T> {
    rows.into_iter().map(|row| (id(&row).clone(), row)).collect()
}

fn kpis_of(rows: Vec<WeeklyKpi>) -> HashMap<String, WeeklyKpis> {
    rows.into_iter().map(|row| (row.user_id, WeeklyKpis::read(&row.kpis))).collect()
}

/// One point a day: the newest fit of each day of the history. A student whose only fits are
/// younger than the history (a report about the past) gets the newest one.
fn ability_points(
    history: &[StoredPoint],
    newest: &[Ability],
) -> HashMap<String, Vec<AbilityPoint>> {
    let mut points: HashMap<String, Vec<AbilityPoint>> = HashMap::new();
    for row in history {
        let list = points.entry(row.user_id.clone()).or_default();
        let date = row.fitted_at.date_naive();
        if list.last().is_some_and(|last| last.date == date) {
            list.pop();
        }
        list.push(AbilityPoint { date, theta: row.theta, se: row.se });
    }
    for row in newest {
        let date = row.fitted_at.date_naive();
        points
            .entry(row.user_id.clone())
            .or_insert_with(|| vec![AbilityPoint { date, theta: row.theta, se: row.se }]);
    }
    points
}

fn provenance(meta: &FitMeta) -> Provenance {
    let count =
        |key: &str| meta.model_spec.get(key).and_then(serde_json::Value::as_u64).map(|n| n as u32);
    Provenance {
        run_id: meta.run_id.clone(),
        model: meta.model_spec["model"].as_str().unwrap_or_default().to_string(),
        log_likelihood: meta.metrics["loglik"].as_f64(),
        n_items: count("n_items"),
        n_students: count("n_users"),
        converged: meta.metrics["converged"].as_bool(),
        fitted_at: Some(meta.fitted_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
    }
}
