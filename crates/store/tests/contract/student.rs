//! What is stored of one student.

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_store::{AbilityUpdate, ExamResult, KpiPatch, Store, TopicTheta};
use serde_json::json;

use crate::attempts::at;
use crate::backends::on_both;

fn topic(user_id: &str, topic_id: &str, theta: f64, fitted_at: DateTime<Utc>) -> TopicTheta {
    TopicTheta {
        user_id: user_id.into(),
        topic_id: topic_id.into(),
        theta,
        se: None,
        model: "2PL".into(),
        version: None,
        run_id: None,
        fitted_at,
    }
}

async fn store_abilities(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    for (user_id, theta, day) in [("a", 0.1, 1), ("a", 0.2, 2), ("a", 0.3, 3), ("b", 0.9, 2)] {
        let update = AbilityUpdate {
            user_id: user_id.into(),
            theta,
            se: 0.5,
            model: "2PL".into(),
            fitted_at: at(day),
            n_answers: None,
        };
        tx.write_ability_update(&update).await.unwrap();
    }
    let topics =
        [topic("a", "t2", 0.5, at(2)), topic("a", "t1", 0.4, at(2)), topic("b", "t1", 1.0, at(3))];
    tx.write_topic_thetas(&topics).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn abilities_of_a_student_come_newest_first_and_bounded() {
    on_both(async |database| {
        let store = &database.store;
        store_abilities(store).await;
        let found = async |from, to, most| {
            let rows = store.student_abilities("a", at(from), at(to), most).await.unwrap();
            rows.iter().map(|row| row.theta).collect::<Vec<_>>()
        };
        assert_eq!(found(0, 9, 9).await, [0.3, 0.2, 0.1]);
        assert_eq!(found(1, 3, 9).await, [0.2, 0.1]);
        assert_eq!(found(0, 9, 1).await, [0.3]);
        let topics = store.student_topic_thetas("a", at(0), at(9), 9).await.unwrap();
        let topics: Vec<_> = topics.iter().map(|row| &*row.topic_id).collect();
        assert_eq!(topics, ["t1", "t2"]);
        assert!(store.student_abilities("c", at(0), at(9), 9).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn weeks_and_visits_are_those_of_the_student() {
    on_both(async |database| {
        let store = &database.store;
        let week = |day| NaiveDate::from_ymd_opt(2024, 1, day).unwrap();
        let row = |user_id: &str, day| KpiPatch {
            user_id: user_id.into(),
            week_start: week(day),
            patch: serde_json::Map::new(),
        };
        let exam = |session: &str, user: &str| ExamResult {
            id: None,
            session_id: session.into(),
            user_id: Some(user.into()),
            org_id: None,
            exam_id: None,
            status: "ready".into(),
            result_json: json!({}),
            created_at: at(5),
            updated_at: None,
        };
        let mut tx = store.begin().await.unwrap();
        tx.merge_weekly_kpi(&[row("a", 1), row("a", 8), row("a", 15), row("b", 8)]).await.unwrap();
        tx.write_exam_results(&[exam("s1", "a"), exam("s2", "b")]).await.unwrap();
        assert_eq!(tx.student_weekly_kpi("a", week(1), week(8)).await.unwrap().len(), 2);
        tx.commit().await.unwrap();
        let weeks = store.student_weekly_kpi("a", week(1), week(29), 2).await.unwrap();
        assert_eq!(weeks.iter().map(|row| row.week_start).collect::<Vec<_>>(), [week(15), week(8)]);
        let visits = store.student_visits("a", at(5), at(6)).await.unwrap();
        assert_eq!(visits.len(), 1);
        assert_eq!((visits[0].session_id.as_deref(), visits[0].at), (Some("s1"), at(5)));
        assert!(store.student_visits("a", at(6), at(9)).await.unwrap().is_empty());
    })
    .await;
}
