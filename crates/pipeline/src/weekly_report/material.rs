use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use seedtest_kpi::Window;
use seedtest_report::{AbilityPoint, Provenance};
use seedtest_responses::ResponseLog;
use seedtest_store::{
    Ability, AbilityPoint as StoredPoint, FitMeta, ItemParamsRow, LogFilter, Store,
    SurvivalRiskRow, WeeklyKpi,
};

use crate::error::Error;

const ACCURACY_WEEKS: u32 = 12;
const ABILITY_WEEKS: u32 = 8;

/// Everything the reports of one week are made from, read once for all students.
pub(super) struct Material {
    pub(super) week: NaiveDate,
    pub(super) as_of: NaiveDate,
    pub(super) generated_at: String,
    pub(super) log: ResponseLog,
    pub(super) kpis: HashMap<String, WeeklyKpi>,
    pub(super) kpis_before: HashMap<String, WeeklyKpi>,
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
        let end = day_after(as_of);
        let from = before(as_of, 7 * ACCURACY_WEEKS + 28);
        let log = store
            .load_log(&LogFilter {
                from: Some(midnight(from)),
                to: Some(end),
                ..LogFilter::default()
            })
            .await?
            .log;
        let first = before(as_of, 7 * ABILITY_WEEKS);
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
            kpis: by_user(store.weekly_kpi(week).await?),
            kpis_before: by_user(store.weekly_kpi(before(week, 7)).await?),
            abilities,
            class_thetas,
            items: by_item(store.latest_item_params().await?),
            churn: by_student(store.survival_risks().await?),
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

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

fn day_after(date: NaiveDate) -> DateTime<Utc> {
    midnight(date.succ_opt().unwrap_or(date))
}

fn before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
}

fn by_user(rows: Vec<WeeklyKpi>) -> HashMap<String, WeeklyKpi> {
    rows.into_iter().map(|row| (row.user_id.clone(), row)).collect()
}

fn by_student(rows: Vec<SurvivalRiskRow>) -> HashMap<String, SurvivalRiskRow> {
    rows.into_iter().map(|row| (row.user_id.clone(), row)).collect()
}

fn by_item(rows: Vec<ItemParamsRow>) -> HashMap<String, ItemParamsRow> {
    rows.into_iter().map(|row| (row.item_id.clone(), row)).collect()
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
