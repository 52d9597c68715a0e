//! Where a student wants to be.

use chrono::Duration;
use seedtest_store::{AttemptRow, Store};
use serde_json::{Value, json};

use super::{close, post};
use crate::platform::school::store_answers;
use crate::platform::theta::{store_overall, store_topic};
use crate::platform::{BACKENDS, Platform, at};
use crate::service::json as read;

/// Six weeks of ten answers each by twelve students who get better, each at a pace of their own, from
/// two right to at most eight; those of even number in subject 7, the others in subject 8.
async fn store_school(store: &Store) {
    let students: Vec<String> = (0..12).map(|s| format!("s{s}")).collect();
    let items: Vec<String> = (0..10).map(|i| format!("q{i}")).collect();
    let mut rows = Vec::new();
    for (number, user_id) in students.iter().enumerate() {
        for week in 0..6 {
            let right = 2 + number % 4 + week * (1 + number % 3) / 4;
            for (i, item_id) in items.iter().enumerate() {
                rows.push(AttemptRow {
                    user_id,
                    item_id,
                    topic_id: Some("t1"),
                    session_id: None,
                    subject_id: Some(if number % 2 == 0 { "7" } else { "8" }),
                    completed_at: at("2025-02-03T10:00:00Z")
                        + Duration::days(7 * week as i64)
                        + Duration::minutes(i as i64),
                    correct: Some(i < right),
                    response_time_ms: None,
                    used_hints: None,
                    source: None,
                    points: None,
                    max_points: None,
                });
            }
        }
    }
    let mut tx = store.begin().await.unwrap();
    tx.write_attempts(&rows).await.unwrap();
    tx.commit().await.unwrap();
}

/// Runs the growth job to its end.
async fn fit_growth(platform: &Platform) {
    let service = &platform.service;
    let settings =
        json!({"n-samples": 1000, "n-chains": 2, "target": "0.5", "target-scale": "theta"});
    let start = service.post("/v1/runs?job=fit-bayesian-growth", settings.to_string()).await;
    let (status, run) = read(start).await;
    assert_eq!(status, 202, "{run}");
    let path = format!("/v1/runs/{}", run["run_id"].as_str().unwrap());
    for _ in 0..600 {
        let (_, run) = read(service.get(&path).await).await;
        match run["run_status"].as_str() {
            Some("queued" | "running") => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            Some("done") => return,
            _ => panic!("{run}"),
        }
    }
    panic!("the growth job does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_posterior_of_the_growth_fit_speaks_for_the_student_and_the_day() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let store = &platform.service.store;
        store_school(store).await;
        fit_growth(&platform).await;
        // In the week the job's goal stands for, the answer is that of the job, up to the draws that
        // were not kept: a thousand of two thousand, so a Monte Carlo error far below 0.02.
        let ask = async |day: &str, more: Value| {
            let mut request = json!({"student_id": "s3", "target_score": 0.5, "target_date": day});
            request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (status, found) = post(&platform, "/goal/attainment", &request).await;
            assert_eq!(status, 200, "{found}");
            found
        };
        let now = ask("2025-03-12", json!({})).await;
        assert_eq!((&now["method"], &now["scope"]), (&json!("posterior"), &json!("all")), "{now}");
        let week = "2025-03-10".parse().unwrap();
        let kpis = store.student_weekly_kpi("s3", week, week, 1).await.unwrap().remove(0).kpis;
        for (key, of_job) in [("probability", "P"), ("uncertainty", "sigma")] {
            let (found, stored) = (now[key].as_f64().unwrap(), kpis[of_job].as_f64().unwrap());
            assert!((found - stored).abs() < 0.02, "{key}: {found} is not {stored}");
        }
        let [lower, upper] = [0, 1].map(|at| now["confidence_interval"][at].as_f64().unwrap());
        let probability = now["probability"].as_f64().unwrap();
        assert!(lower < probability && probability < upper, "{now}");

        // Everybody gets better, so that a goal out of reach comes nearer.
        let high = json!({"target_score": 2.5});
        let (soon, later) = (ask("2025-03-12", high.clone()).await, ask("2025-04-09", high).await);
        let of = |found: &Value| found["probability"].as_f64().unwrap();
        assert!(of(&later) > of(&soon) && of(&soon) < probability, "{soon} {later}");
        assert_eq!(later["target_date"], "2025-04-09");
        let mine = ask("2025-03-12", json!({"subject_id": "8"})).await;
        assert_eq!(
            (&mine["scope"], &mine["probability"]),
            (&json!("subject"), &now["probability"])
        );
        let topic = ask("2025-03-12", json!({"subject_id": "t1"})).await;
        assert_eq!(
            (&topic["scope"], &topic["probability"]),
            (&json!("topic"), &now["probability"])
        );
        let other = ask("2025-03-12", json!({"subject_id": "7"})).await;
        assert_eq!(other["scope"], "all");
        assert!(other["warnings"][0].as_str().unwrap().contains("no answers with this subject"));
        assert_eq!(other["probability"], now["probability"]);
    }
}

#[tokio::test]
async fn without_a_fit_the_ability_as_it_is_has_to_do() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        store_overall(&platform.service.store, "amy", 0.25, "2025-03-06T00:00:00Z").await;
        // Of 125 on the score scale, 100 + 50θ, and of the ability behind it.
        for target in [125.0, 0.5] {
            let request = json!({"student_id": "amy", "subject_id": "math", "target_score": target,
                "target_date": "2025-06-30"});
            let (status, found) = post(&platform, "/goal/attainment", &request).await;
            assert_eq!(status, 200, "{found}");
            // 1 − Φ(1), R: pnorm(1, lower.tail = FALSE).
            close(&found["probability"], 0.158_655);
            assert_eq!(found["confidence_interval"], Value::Null);
            assert_eq!(
                (&found["method"], &found["reason"]),
                (&json!("normal"), &json!("no_posterior"))
            );
            let warning = found["warnings"][0].as_str().unwrap();
            assert!(warning.starts_with("no growth fit is stored"), "{warning}");
        }
        let request = json!({"student_id": "zoe", "target_score": 1});
        let (status, found) = post(&platform, "/goal/attainment", &request).await;
        assert_eq!(status, 404, "nothing is known of zoe: {found}");
        store_answers(&platform.service.store, "zoe").await;
        let (_, found) = post(&platform, "/goal/attainment", &request).await;
        assert_eq!(found["probability"], Value::Null);
        assert_eq!(
            (&found["reason"], &found["target_date"]),
            (&json!("not_estimated_yet"), &json!("2025-03-12"))
        );
    }
}

#[tokio::test]
async fn topics_below_their_goal_come_next() {
    let platform = Platform::start(BACKENDS[0]).await;
    let store = &platform.service.store;
    store_topic(store, "t1", -0.5, "2025-03-01T00:00:00Z").await;
    let request = json!({"student_id": "amy"});
    let (status, found) = post(&platform, "/recommend/next-topics", &request).await;
    assert_eq!(status, 200, "{found}");
    let expected = json!([{"topic_id": "t1", "score": null, "reason": "no_standard_error", "theta": -0.5, "goal": 0.0}]);
    assert_eq!(found["topics"], expected);
    let request = json!({"student_id": "zoe"});
    let (status, none) = post(&platform, "/recommend/next-topics", &request).await;
    assert_eq!(status, 404, "nothing is known of zoe: {none}");
    store_answers(store, "zoe").await;
    let (_, none) = post(&platform, "/recommend/next-topics", &request).await;
    assert_eq!((&none["topics"], &none["reason"]), (&json!([]), &json!("no_topic_ability")));
}

#[tokio::test]
async fn bad_goals_are_refused() {
    let platform = Platform::start(BACKENDS[0]).await;
    for (path, body) in [
        ("/goal/attainment", json!({"student_id": "a"})),
        ("/goal/attainment", json!({"student_id": "a", "target_score": "much"})),
        ("/goal/attainment", json!({"student_id": "a", "target_score": 1, "target_date": "soon"})),
        (
            "/goal/attainment",
            json!({"student_id": "a", "target_score": 1, "target_date": "2025-03-11"}),
        ),
        (
            "/goal/attainment",
            json!({"student_id": "a", "target_score": 1, "target_date": "2999-01-01"}),
        ),
        ("/recommend/next-topics", json!({"student_id": "a", "k": 0})),
        ("/recommend/next-topics", json!({"student_id": "a", "k": 101})),
        ("/recommend/next-topics", json!({"k": 3})),
    ] {
        let (status, answer) = post(&platform, path, &body).await;
        assert_eq!((status, &answer["ok"]), (400, &json!(false)), "{path}: {answer}");
    }
}
