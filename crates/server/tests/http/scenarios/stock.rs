//! What the database holds before the first request of a scenario.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_store::{AbilityUpdate, KpiPatch, Store, TopicTheta};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::platform::school::{store_answers, store_items};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Stock {
    /// Students with the forty answers of [`store_answers`].
    answers_of: Vec<String>,
    /// Whether the twenty items of those answers have parameters.
    items: bool,
    /// Rows of `weekly_kpi`.
    weeks: Vec<WeeklyRow>,
    /// Rows of `student_topic_theta`; without a topic rows of `mirt_ability`.
    thetas: Vec<AbilityRow>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WeeklyRow {
    user_id: String,
    week_start: NaiveDate,
    kpis: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AbilityRow {
    user_id: String,
    topic_id: Option<String>,
    theta: f64,
    se: f64,
    fitted_at: DateTime<Utc>,
}

impl Stock {
    pub(crate) async fn store(&self, store: &Store) {
        for user in &self.answers_of {
            store_answers(store, user).await;
        }
        if self.items {
            store_items(store).await;
        }
        let mut tx = store.begin().await.unwrap();
        let weeks: Vec<KpiPatch> = self.weeks.iter().map(WeeklyRow::row).collect();
        tx.merge_weekly_kpi(&weeks).await.unwrap();
        for theta in &self.thetas {
            if let Some(topic) = &theta.topic_id {
                tx.write_topic_thetas(&[theta.of_topic(topic)]).await.unwrap();
            } else {
                tx.write_ability_update(&theta.of_all()).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }
}

impl WeeklyRow {
    fn row(&self) -> KpiPatch {
        KpiPatch {
            user_id: self.user_id.clone(),
            week_start: self.week_start,
            patch: self.kpis.clone(),
        }
    }
}

impl AbilityRow {
    fn of_topic(&self, topic: &str) -> TopicTheta {
        TopicTheta {
            user_id: self.user_id.clone(),
            topic_id: topic.into(),
            theta: self.theta,
            se: Some(self.se),
            model: "2PL".into(),
            version: None,
            run_id: None,
            fitted_at: self.fitted_at,
        }
    }

    fn of_all(&self) -> AbilityUpdate {
        AbilityUpdate {
            user_id: self.user_id.clone(),
            theta: self.theta,
            se: self.se,
            model: "2PL".into(),
            fitted_at: self.fitted_at,
            n_answers: None,
        }
    }
}
