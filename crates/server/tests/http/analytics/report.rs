//! Reports to open.

use seedtest_server::{Config, Reports};
use serde_json::json;

use super::{post, store_kpis};
use crate::platform::school::store_answers;
use crate::platform::{BACKENDS, Platform};

const PATH: &str = "/report/generate";

#[tokio::test(flavor = "multi_thread")]
async fn a_weekly_report_is_written_and_entered() {
    for backend in BACKENDS {
        let dir = tempfile::tempdir().unwrap();
        let reports = Reports { dir: dir.path().into(), ..Reports::default() };
        let platform = Platform::with(backend, |config| Config { reports, ..config }).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        store_kpis(&platform, "amy", "2025-03-03", json!({"I_t": 0.25})).await;
        let request = json!({"student_id": "amy", "period": "weekly"});
        let (status, made) = post(&platform, PATH, &request).await;
        assert_eq!(status, 200, "{made}");
        assert_eq!(
            (&made["period"], &made["week_start"]),
            (&json!("weekly"), &json!("2025-03-03"))
        );
        let path = made["url"].as_str().unwrap().strip_prefix("file://").unwrap();
        let html = std::fs::read_to_string(path).unwrap();
        assert!(html.contains("<html") && html.contains("amy"), "{path}");
        let entered = store.report_artifacts("amy").await.unwrap();
        assert_eq!(entered.len(), 1);
        assert_eq!(json!(entered[0].url), made["url"]);
        assert_eq!(
            (json!(entered[0].sha256), entered[0].bytes),
            (made["sha256"].clone(), Some(html.len() as i64))
        );

        let again = json!({"student_id": "amy", "week": "2025-03-05", "lang": "en"});
        let (status, made) = post(&platform, PATH, &again).await;
        assert_eq!(status, 200, "{made}");
        assert_eq!(store.report_artifacts("amy").await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_get_the_address_they_are_reached_by() {
    let dir = tempfile::tempdir().unwrap();
    let base_url = Some("https://reports.example/r/".to_string());
    let reports = Reports { dir: dir.path().into(), base_url, ..Reports::default() };
    let platform = Platform::with(BACKENDS[0], |config| Config { reports, ..config }).await;
    store_kpis(&platform, "../amy", "2025-03-10", json!({"I_t": 0.25})).await;
    let (status, made) = post(&platform, PATH, &json!({"student_id": "../amy"})).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(made["url"], "https://reports.example/r/..%3D2famy/2025-03-10/report.html");
    assert!(dir.path().join("..=2famy/2025-03-10/report.html").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_its_weeks_and_is_entered_beside_them() {
    for backend in BACKENDS {
        let dir = tempfile::tempdir().unwrap();
        let reports = Reports { dir: dir.path().into(), ..Reports::default() };
        let platform = Platform::with(backend, |config| Config { reports, ..config }).await;
        let store = &platform.service.store;
        store_answers(store, "amy").await;
        store_kpis(&platform, "amy", "2025-03-03", json!({"I_t": 0.25})).await;
        for (period, start) in [("weekly", "2025-03-03"), ("monthly", "2025-03-01")] {
            let request = json!({"student_id": "amy", "period": period, "lang": "en"});
            let (status, made) = post(&platform, PATH, &request).await;
            assert_eq!(status, 200, "{made}");
            assert_eq!(
                (&made["period"], &made["week_start"]),
                (&json!(period), &json!(start)),
                "{made}"
            );
            let path = made["url"].as_str().unwrap().strip_prefix("file://").unwrap();
            let html = std::fs::read_to_string(path).unwrap();
            assert_eq!(html.contains("Monthly report"), period == "monthly", "{path}");
        }
        let entered = store.report_artifacts("amy").await.unwrap();
        assert_eq!(entered.len(), 2, "{entered:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_is_refused() {
    let platform = Platform::start(BACKENDS[0]).await;
    for (body, status, word) in [
        (json!({"student_id": "amy", "period": "monthly"}), 404, "not_found"),
        (json!({"student_id": "amy", "period": "yearly"}), 400, "invalid_parameter"),
        (json!({"student_id": "amy", "lang": "fr"}), 400, "invalid_parameter"),
        (json!({"student_id": "amy", "week": "now"}), 400, "invalid_parameter"),
        (json!({"student_id": "amy"}), 404, "not_found"),
        (json!({"student_id": "amy", "week": "2025-03-05"}), 404, "not_found"),
        (json!({}), 400, "malformed"),
    ] {
        let (found, answer) = post(&platform, PATH, &body).await;
        assert_eq!((found, &answer["error"]), (status, &json!(word)), "{body}: {answer}");
        assert!(answer["message"].is_string());
    }
}
