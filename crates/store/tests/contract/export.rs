//! Tables given out.

use chrono::NaiveDate;
use seedtest_store::{
    AttemptRow, ExportFilter, ExportTable, ExportValue, KpiPatch, Roster, RosterClass,
    RosterEnrolment, RosterRemovals, Store, TopicDayFeatures,
};
use serde_json::json;

use crate::attempts::{at, attempt};
use crate::backends::on_both;

async fn given(store: &Store, table: ExportTable, filter: &ExportFilter) -> Vec<Vec<ExportValue>> {
    let mut rows = Vec::new();
    let take = |row| {
        rows.push(row);
        true
    };
    store.export(table, filter, take).await.unwrap();
    rows
}

fn texts(rows: &[Vec<ExportValue>], column: usize) -> Vec<&str> {
    fn text(value: &ExportValue) -> &str {
        match value {
            ExportValue::Text(Some(text)) => text,
            other => panic!("{other:?}"),
        }
    }
    rows.iter().map(|row| text(&row[column])).collect()
}

async fn fill(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    let rows = [
        attempt("b", "q2", 2),
        AttemptRow { response_time_ms: Some(1500), correct: None, ..attempt("a", "q1", 2) },
        attempt("가", "q1", 1),
        attempt("B", "q1", 2),
    ];
    tx.write_attempts(&rows).await.unwrap();
    let week = |day| NaiveDate::from_ymd_opt(2024, 1, day).unwrap();
    let patch = |user_id: &str, day| KpiPatch {
        user_id: user_id.into(),
        week_start: week(day),
        patch: serde_json::Map::from_iter([("I_t".to_owned(), json!(0.25))]),
    };
    tx.merge_weekly_kpi(&[patch("b", 8), patch("b", 1), patch("a", 15)]).await.unwrap();
    let features = TopicDayFeatures {
        user_id: "a".into(),
        topic_id: "t".into(),
        date: week(3),
        attempts: 4,
        correct: 3,
        avg_time_ms: Some(900),
        rt_median: None,
        hints: 0,
        theta_estimate: Some(0.125),
        theta_sd: None,
        improvement: None,
        last_seen_at: at(7),
    };
    tx.write_features(&[features], at(8)).await.unwrap();
    let roster = Roster {
        classes: vec![RosterClass {
            class_id: "c1".into(),
            school_id: None,
            name: "3학년 2반".into(),
            grade: None,
        }],
        enrolments: vec![RosterEnrolment { user_id: "b".into(), class_id: "c1".into() }],
        ..Roster::default()
    };
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn rows_come_in_one_order_on_both_engines() {
    on_both(async |database| {
        let store = &database.store;
        fill(store).await;
        let all = given(store, ExportTable::Answers, &ExportFilter::default()).await;
        // By time, and by the bytes of the ids.
        assert_eq!(texts(&all, 0), ["가", "B", "a", "b"]);
        assert_eq!(texts(&all, 1), ["q1", "q1", "q1", "q2"]);
        assert_eq!(
            all[2][6..],
            [
                ExportValue::Truth(None),
                ExportValue::Integer(Some(1500)),
                ExportValue::Integer(None)
            ]
        );
        assert_eq!(all[0][5], ExportValue::Time(Some(at(1))));
        let kpis = given(store, ExportTable::Kpis, &ExportFilter::default()).await;
        assert_eq!(texts(&kpis, 0), ["a", "b", "b"]);
        assert_eq!(kpis[1][1], ExportValue::Date(NaiveDate::from_ymd_opt(2024, 1, 1)));
        assert_eq!(kpis[1][2], ExportValue::Json(Some(json!({"I_t": 0.25}))));
        let features = given(store, ExportTable::Features, &ExportFilter::default()).await;
        assert_eq!(features[0][8], ExportValue::Number(Some(0.125)));
        for table in [ExportTable::Abilities, ExportTable::Items] {
            assert!(given(store, table, &ExportFilter::default()).await.is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn rows_of_a_span_of_a_student_and_of_a_class() {
    on_both(async |database| {
        let store = &database.store;
        fill(store).await;
        let of = async |table, filter: ExportFilter| given(store, table, &filter).await.len();
        let student = || ExportFilter { user_id: Some("b".into()), ..ExportFilter::default() };
        assert_eq!(of(ExportTable::Answers, student()).await, 1);
        assert_eq!(of(ExportTable::Kpis, student()).await, 2);
        for class in ["c1", "3학년 2반"] {
            let class = ExportFilter { class: Some(class.into()), ..ExportFilter::default() };
            assert_eq!(of(ExportTable::Answers, class.clone()).await, 1);
            assert_eq!(of(ExportTable::Features, class).await, 0);
        }
        let day = |day| NaiveDate::from_ymd_opt(2024, 1, day);
        let span = ExportFilter {
            first: day(2),
            last: day(8),
            from: Some(at(2)),
            before: Some(at(3)),
            ..ExportFilter::default()
        };
        assert_eq!(of(ExportTable::Kpis, span.clone()).await, 1);
        assert_eq!(of(ExportTable::Answers, span).await, 3);
        let mut seen = 0;
        let one = |_| {
            seen += 1;
            false
        };
        store.export(ExportTable::Answers, &ExportFilter::default(), one).await.unwrap();
        assert_eq!(seen, 1);
    })
    .await;
}
