//! Daily features.

use chrono::NaiveDate;
use seedtest_store::{Error, FeaturesWritten, StudentGroup, TopicDayFeatures};

use crate::attempts::at;
use crate::backends::{Database, on_both};

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, number).unwrap()
}

fn feature(user_id: &str, number: u32) -> TopicDayFeatures {
    TopicDayFeatures {
        user_id: user_id.into(),
        topic_id: "t".into(),
        date: day(number),
        attempts: 4,
        correct: 3,
        avg_time_ms: Some(1_500),
        rt_median: None,
        hints: 1,
        theta_estimate: Some(0.125),
        theta_sd: None,
        improvement: Some(-0.5),
        last_seen_at: at(60),
    }
}

async fn write(database: &Database, rows: &[TopicDayFeatures], second: i64) -> FeaturesWritten {
    let mut tx = database.store.begin().await.unwrap();
    let written = tx.write_features(rows, at(second)).await.unwrap();
    tx.commit().await.unwrap();
    written
}

async fn computed(database: &Database) -> Vec<String> {
    let sql = "SELECT CAST(computed_at AS TEXT) FROM features_topic_daily ORDER BY user_id, date";
    let rows = database.rows(sql).await;
    rows.into_iter().map(|mut row| row.swap_remove(0).unwrap()).collect()
}

#[tokio::test]
async fn unchanged_rows_keep_the_time_of_their_computation() {
    on_both(async |database| {
        let mut rows = vec![feature("a", 1), feature("a", 2), feature("b", 1)];
        let written = write(&database, &rows, 100).await;
        assert_eq!(written, FeaturesWritten { changed: 3, unchanged: 0 });
        let before = computed(&database).await;
        assert_eq!(database.store.features(day(1), day(2)).await.unwrap(), rows);

        rows[1].improvement = None;
        let written = write(&database, &rows, 200).await;
        assert_eq!(written, FeaturesWritten { changed: 1, unchanged: 2 });
        let after = computed(&database).await;
        assert_eq!((&after[0], &after[2]), (&before[0], &before[2]));
        assert_ne!(after[1], before[1]);
        assert_eq!(database.store.features(day(2), day(2)).await.unwrap(), rows[1..2]);
    })
    .await;
}

#[tokio::test]
async fn both_engines_keep_three_decimals() {
    on_both(async |database| {
        let row = TopicDayFeatures { theta_estimate: Some(-0.123_456), ..feature("a", 1) };
        write(&database, std::slice::from_ref(&row), 100).await;
        let rows = database.store.features(day(1), day(1)).await.unwrap();
        assert_eq!(rows[0].theta_estimate, Some(-0.123));
        let written = write(&database, &[row], 200).await;
        assert_eq!(written, FeaturesWritten { changed: 0, unchanged: 1 });
    })
    .await;
}

#[tokio::test]
async fn new_features_are_stored_as_written_ones() {
    on_both(async |database| {
        let thetas = [Some(-0.123_456), Some(999.999), Some(-999.999), Some(0.0), None];
        let rows: Vec<_> = (1..)
            .zip(thetas)
            .map(|(n, theta)| TopicDayFeatures {
                theta_estimate: theta,
                avg_time_ms: None,
                rt_median: Some(i32::MAX as u32),
                ..feature("a", n)
            })
            .collect();
        let mut tx = database.store.begin().await.unwrap();
        assert!(tx.claim_days_without_features(day(1), day(5)).await.unwrap());
        assert_eq!(tx.insert_features(&rows, at(100)).await.unwrap(), 5);
        assert!(!tx.claim_days_without_features(day(5), day(6)).await.unwrap());
        assert!(tx.claim_days_without_features(day(6), day(6)).await.unwrap());
        tx.commit().await.unwrap();
        let written = write(&database, &rows, 200).await;
        assert_eq!(written, FeaturesWritten { changed: 0, unchanged: 5 });
        let mut tx = database.store.begin().await.unwrap();
        assert!(tx.insert_features(&rows[..1], at(300)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_number_the_column_cannot_hold_is_named() {
    on_both(async |database| {
        for bad in [f64::NAN, f64::INFINITY, 1000.0] {
            let rows =
                [feature("a", 1), TopicDayFeatures { theta_sd: Some(bad), ..feature("b", 1) }];
            let mut tx = database.store.begin().await.unwrap();
            let error = tx.write_features(&rows, at(0)).await.unwrap_err();
            assert!(matches!(error, Error::BadValue { row: 1, column: "theta_sd", .. }), "{error}");
        }
        assert!(database.store.features(day(1), day(1)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn exam_documents_and_sessions_are_visits() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO session (id, user_id, started_at, ended_at) VALUES
                   ('s1', 'amy', '2024-01-01T10:00:00.000000Z', '2024-01-01T11:00:00.000000Z'),
                   ('s2', 'amy', '2024-01-02T10:00:00.000000Z', NULL),
                   ('s3', NULL, '2024-01-02T10:00:00.000000Z', NULL),
                   ('s4', 'ben', '2024-02-02T10:00:00.000000Z', NULL);
                 INSERT INTO exam_results (session_id, user_id, result_json, created_at, updated_at)
                 VALUES ('e1', 'ben', '{}', '2024-01-03T10:00:00.000000Z', '2024-01-04T10:00:00.000000Z')",
            )
            .await;
        let from = "2024-01-01T00:00:00Z".parse().unwrap();
        let to = "2024-02-01T00:00:00Z".parse().unwrap();
        let visits = database.store.visits(from, to).await.unwrap();
        let mut found: Vec<String> = visits
            .into_iter()
            .map(|row| format!("{} {:?} {}", row.user_id, row.session_id.unwrap(), row.at))
            .collect();
        found.sort();
        let expected = [
            "amy \"s1\" 2024-01-01 11:00:00 UTC",
            "amy \"s2\" 2024-01-02 10:00:00 UTC",
            "ben \"e1\" 2024-01-04 10:00:00 UTC",
        ];
        assert_eq!(found, expected);
    })
    .await;
}

#[tokio::test]
async fn the_newest_session_in_a_class_says_the_group() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO classroom (id, org_id, name, grade) VALUES
                   ('c7', 'o', '7a', 7), ('c8', 'o', '8a', 8), ('cx', 'o', 'club', NULL);
                 INSERT INTO session (id, user_id, classroom_id, started_at) VALUES
                   ('s1', 'amy', 'c7', '2024-01-01T10:00:00.000000Z'),
                   ('s2', 'amy', 'c8', '2024-01-03T10:00:00.000000Z'),
                   ('s3', 'amy', NULL, '2024-01-04T10:00:00.000000Z'),
                   ('s4', 'ben', 'c7', '2024-01-01T10:00:00.000000Z'),
                   ('s5', 'ben', 'cx', '2024-01-02T10:00:00.000000Z'),
                   ('s6', 'cy', NULL, '2024-01-02T10:00:00.000000Z')",
            )
            .await;
        let of = async |group, before: &str| {
            let found =
                database.store.student_groups(group, before.parse().unwrap()).await.unwrap();
            let mut found: Vec<String> =
                found.into_iter().map(|(user_id, group)| format!("{user_id} {group}")).collect();
            found.sort();
            found.join(", ")
        };
        let end = "2024-02-01T00:00:00Z";
        assert_eq!(of(StudentGroup::Grade, end).await, "amy 8, ben 7");
        assert_eq!(of(StudentGroup::Classroom, end).await, "amy c8, ben cx");
        assert_eq!(of(StudentGroup::Grade, "2024-01-02T00:00:00Z").await, "amy 7, ben 7");
    })
    .await;
}
