//! Goals and exam results the platform recorded, and reports that were published.

use seedtest_store::{Cohort, ExamItem, ExamResult, ReportArtifact, ReportPeriod};
use serde_json::json;

use crate::attempts::at;
use crate::backends::on_both;

#[tokio::test]
async fn goals_are_those_of_the_student_and_may_say_little() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO interest_goal (user_id, topic_id, target_level, priority, subject_id, \
                 target_score, target_date) VALUES ('a', 't2', 0.5, 7, 'math', 150, '2025-06-30'); \
                 INSERT INTO interest_goal (user_id, topic_id) VALUES ('a', 't1'), ('b', 't3');",
            )
            .await;
        let goals = database.store.interest_goals("a").await.unwrap();
        let topics: Vec<_> = goals.iter().map(|goal| &*goal.topic_id).collect();
        assert_eq!(topics, ["t1", "t2"]);
        assert_eq!((goals[0].target_level, goals[0].target_date), (None, None));
        let full = &goals[1];
        assert_eq!((full.target_level, full.target_score), (Some(0.5), Some(150.0)));
        assert_eq!(full.target_date, "2025-06-30".parse().ok());
        assert_eq!((full.subject_id.as_deref(), full.priority), (Some("math"), Some(7)));
        assert!(database.store.interest_goals("c").await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_report_made_again_replaces_the_one_before() {
    on_both(async |database| {
        let report = |url: &str, day, week: &str| ReportArtifact {
            user_id: "a".into(),
            period: ReportPeriod::Weekly,
            start: week.parse().unwrap(),
            format: "html".into(),
            url: url.into(),
            generated_at: at(day),
            sha256: Some("00".into()),
            bytes: Some(7),
            key: Some(format!("reports/a/{week}/report.html")),
            content_digest: Some("01".into()),
        };
        for (url, day, week) in
            [("one", 1, "2024-01-01"), ("two", 2, "2024-01-08"), ("three", 3, "2024-01-01")]
        {
            let mut tx = database.store.begin().await.unwrap();
            tx.put_report_artifact(&report(url, day, week)).await.unwrap();
            tx.commit().await.unwrap();
        }
        let found = database.store.report_artifacts("a").await.unwrap();
        assert_eq!(found, [report("two", 2, "2024-01-08"), report("three", 3, "2024-01-01")]);
        assert!(database.store.report_artifacts("b").await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_result_is_found_by_its_session() {
    on_both(async |database| {
        let store = &database.store;
        let result = ExamResult {
            id: None,
            session_id: "v1".into(),
            user_id: Some("a".into()),
            org_id: Some(7),
            exam_id: None,
            status: "ready".into(),
            result_json: json!({"questions": [
                {"question_id": 3, "topic": "t1", "is_correct": true},
                {"question_id": "4"},
                {"question_id": "five", "is_correct": true},
            ]}),
            created_at: at(1),
            updated_at: Some(at(2)),
        };
        let mut tx = store.begin().await.unwrap();
        tx.write_exam_results(std::slice::from_ref(&result)).await.unwrap();
        tx.commit().await.unwrap();
        let found = store.exam_result("v1").await.unwrap().unwrap();
        assert_eq!(ExamResult { id: None, ..found.clone() }, result);
        let item = |item_id: &str, topic: Option<&str>, correct| ExamItem {
            item_id: item_id.into(),
            topic_id: topic.map(Into::into),
            correct,
        };
        assert_eq!(found.answers(), [item("3", Some("t1"), Some(true)), item("4", None, None)]);
        assert_eq!(store.exam_result("v2").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_cohort_is_the_students_with_one_property() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO classroom (id, org_id, name) VALUES ('c1', '7', 'one'), ('c2', '8', 'two'); \
                 INSERT INTO session (id, user_id, org_id, classroom_id) \
                 VALUES ('s1', 'amy', 3, 'c1'), ('s2', 'ben', NULL, 'c2'); \
                 INSERT INTO roster_class (class_id, name) VALUES ('c2', 'two'); \
                 INSERT INTO roster_enrolment (user_id, class_id) VALUES ('zoe', 'c2'); \
                 INSERT INTO user_segment (user_id, segment_label) VALUES ('zoe', 'steady'), ('amy', 'new');",
            )
            .await;
        let store = &database.store;
        for (cohort, value, users) in [
            (Cohort::User, "amy", "amy"),
            (Cohort::Organisation, "3", "amy"),
            (Cohort::Organisation, "7", "amy"),
            (Cohort::Organisation, "8", "ben"),
            (Cohort::Classroom, "c2", "ben zoe"),
            (Cohort::Segment, "steady", "zoe"),
            (Cohort::Segment, "x' OR '1'='1", ""),
        ] {
            let found = store.students_of(cohort, value).await.unwrap();
            let found = found.into_iter().collect::<Vec<_>>().join(" ");
            assert_eq!(found, users, "{cohort:?} {value}");
            assert_eq!(Cohort::of_column(cohort.column()), Some(cohort));
        }
        assert_eq!(Cohort::of_column("org_id = org_id OR 1"), None);
    })
    .await;
}
