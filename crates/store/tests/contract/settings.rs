//! The time zone of a database, and forgetting what was counted in another one.

use seedtest_store::{KpiKeys, KpiPatch, LogFilter, TopicDayFeatures};
use serde_json::{Value as Json, json};

use crate::attempts::attempt;
use crate::backends::on_both;

const KEYS: KpiKeys<'static> = KpiKeys {
    week: &["I_t", "A_t", "reasons"],
    goal: &["P", "P_source"],
    churn: &["S", "S_source"],
};

fn patch(user_id: &str, keys: Json) -> KpiPatch {
    let Json::Object(patch) = keys else { panic!("a patch is an object") };
    KpiPatch { user_id: user_id.to_owned(), week_start: "2025-03-03".parse().unwrap(), patch }
}

#[tokio::test]
async fn a_zone_is_kept_and_replaced() {
    on_both(async |database| {
        let store = &database.store;
        assert_eq!(store.stored_time_zone().await.unwrap(), None);
        assert!(!store.holds_days().await.unwrap());
        for zone in ["Asia/Seoul", "Europe/Berlin"] {
            let mut tx = store.begin().await.unwrap();
            tx.set_time_zone(zone).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(store.stored_time_zone().await.unwrap().as_deref(), Some(zone));
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_counts_its_days_where_its_database_does() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        tx.write_attempts(&[attempt("amy", "q", 0)]).await.unwrap();
        tx.commit().await.unwrap();
        let zone: seedtest_responses::TimeZone = "Asia/Seoul".parse().unwrap();
        let store = database.store.clone().in_time_zone(zone.clone());
        let log = store.load_log(&LogFilter::default()).await.unwrap().log;
        assert_eq!(log.time_zone(), &zone);
        let log = database.store.load_log(&LogFilter::default()).await.unwrap().log;
        assert_eq!(log.time_zone().name(), "UTC");
    })
    .await;
}

#[tokio::test]
async fn what_answers_can_give_again_is_forgotten_and_fits_stay() {
    on_both(async |database| {
        let store = &database.store;
        let day = TopicDayFeatures {
            user_id: "a".into(),
            topic_id: "t".into(),
            date: "2025-03-03".parse().unwrap(),
            attempts: 1,
            correct: 1,
            avg_time_ms: None,
            rt_median: None,
            hints: 0,
            theta_estimate: None,
            theta_sd: None,
            improvement: None,
            last_seen_at: "2025-03-03T10:00:00Z".parse().unwrap(),
        };
        let rows = [
            patch(
                "a",
                json!({"I_t": 0.1, "A_t": null, "reasons": {}, "P": 0.5,
                "P_source": "normal", "S": 0.2, "S_source": "heuristic"}),
            ),
            patch("b", json!({"I_t": 0.1, "P": 0.7, "P_source": "brms", "growth_slope": 0.1})),
            patch(
                "c",
                json!({"A_t": 0.1, "S": 0.4, "S_source": "survival", "P": null,
                "P_source": null}),
            ),
        ];
        let mut tx = store.begin().await.unwrap();
        tx.merge_weekly_kpi(&rows).await.unwrap();
        tx.write_features(std::slice::from_ref(&day), day.last_seen_at).await.unwrap();
        tx.commit().await.unwrap();
        assert!(store.holds_days().await.unwrap());
        let mut tx = store.begin().await.unwrap();
        tx.forget_days(KEYS).await.unwrap();
        tx.commit().await.unwrap();
        let left = store.weekly_kpi("2025-03-03".parse().unwrap()).await.unwrap();
        let left: Vec<_> =
            left.into_iter().map(|row| (row.user_id, Json::Object(row.kpis))).collect();
        let expected = [
            ("b".to_string(), json!({"P": 0.7, "P_source": "brms", "growth_slope": 0.1})),
            ("c".to_string(), json!({"S": 0.4, "S_source": "survival"})),
        ];
        assert_eq!(left, expected);
        assert_eq!(store.features(day.date, day.date).await.unwrap(), []);
    })
    .await;
}
