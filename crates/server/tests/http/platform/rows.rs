//! Rows that a platform writes and lists: classes, sessions and goals by role, lists in pages.

use reqwest::header::LINK;
use serde_json::{Value, json};

use super::{BACKENDS, Platform, claims};
use crate::service::json as read;

const PREFIX: &str = "/api/seedtest";
const SCOPES: &str = "exam:read exam:write reports:view";

fn token(platform: &Platform, user: &str, said: &Value) -> String {
    let mut claims = claims(user, SCOPES);
    for (name, value) in said.as_object().unwrap() {
        claims[name] = value.clone();
    }
    platform.key.sign(&claims)
}

async fn post(platform: &Platform, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = platform.service.url(&format!("{PREFIX}{path}"));
    let request = platform.service.client.post(url).bearer_auth(token).json(body);
    read(request.send().await.unwrap()).await
}

/// Every row of a list, page by page.
async fn all(platform: &Platform, token: &str, path: &str) -> Vec<Value> {
    let mut path = format!("{PREFIX}{path}");
    let mut rows = Vec::new();
    loop {
        let url = platform.service.url(&path);
        let answer = platform.service.client.get(url).bearer_auth(token).send().await.unwrap();
        let link = answer.headers().get(LINK).map(|link| link.to_str().unwrap().to_owned());
        let (status, page) = read(answer).await;
        assert_eq!(status, 200, "{page}");
        rows.extend(page.as_array().unwrap().iter().cloned());
        let Some(link) = link else { return rows };
        link.strip_prefix('<').unwrap().split_once('>').unwrap().0.clone_into(&mut path);
    }
}

fn texts<'r>(rows: &'r [Value], field: &str) -> Vec<&'r str> {
    rows.iter().map(|row| row[field].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_has_one_class_of_a_name_and_staff_of_others_do_not_add_any() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let olga = token(&platform, "olga", &json!({"role": "org_admin", "org_id": 1}));
        let class = json!({"id": "c7", "name": "7a", "grade": 7});
        let (status, row) = post(&platform, &olga, "/classrooms/", &class).await;
        assert_eq!((status, &row["org_id"]), (201, &json!("1")), "{row}");
        let again = json!({"id": "c8", "name": "7a"});
        let (status, refused) = post(&platform, &olga, "/classrooms", &again).await;
        assert_eq!((status, &refused["error"]), (409, &json!("conflict")));
        for (said, org, word) in [
            (json!({"role": "org_admin", "org_id": 1}), 2, "forbidden_org"),
            (json!({"role": "teacher", "org_id": 2}), 1, "forbidden_org"),
            (
                json!({"role": "teacher", "org_id": 1, "classroom_ids": ["c7"]}),
                1,
                "forbidden_class",
            ),
            (json!({"role": "teacher", "org_id": null}), 1, "missing_org"),
            (json!({"role": "student", "org_id": 1}), 1, "forbidden_owner"),
        ] {
            let token = token(&platform, "tom", &said);
            let body = json!({"name": "other", "org_id": org});
            let (status, refused) = post(&platform, &token, "/classrooms", &body).await;
            assert_eq!((status, &refused["message"]), (403, &json!(word)), "{said}: {refused}");
        }
        let root = token(&platform, "root", &json!({"role": "admin", "org_id": null}));
        for (name, bad) in [
            ("org_id", json!({"name": "x"})),
            ("name", json!({"org_id": 1, "name": " "})),
            ("grade", json!({"org_id": 1, "name": "x", "grade": 13})),
        ] {
            let (status, refused) = post(&platform, &root, "/classrooms", &bad).await;
            assert_eq!(status, 400, "{refused}");
            assert!(refused["message"].as_str().unwrap().contains(name), "{refused}");
        }
        let of_two = json!({"id": "d1", "name": "7a", "org_id": 2});
        assert_eq!(post(&platform, &root, "/classrooms", &of_two).await.0, 201);
        assert_eq!(texts(&all(&platform, &root, "/classrooms?limit=1").await, "id"), ["c7", "d1"]);
        assert_eq!(texts(&all(&platform, &olga, "/classrooms").await, "id"), ["c7"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_created_once_and_nobody_puts_a_student_where_they_have_no_say() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let amy = token(&platform, "amy", &json!({}));
        let session = json!({"id": "s1", "exam_id": 7, "started_at": "2025-03-10T09:00:00Z"});
        let (status, row) = post(&platform, &amy, "/sessions", &session).await;
        assert_eq!((status, &row["user_id"]), (201, &json!("amy")), "{row}");
        let (status, same) = post(&platform, &amy, "/sessions", &json!({"id": "s1"})).await;
        assert_eq!((status, &same), (200, &row));
        // Of somebody else's session one learns nothing, not even by its id.
        let eve = token(&platform, "eve", &json!({}));
        let (status, refused) = post(&platform, &eve, "/sessions", &json!({"id": "s1"})).await;
        assert_eq!((status, &refused["message"]), (403, &json!("forbidden_owner")));
        let placed =
            |org: i32, class: &str| json!({"id": "s2", "org_id": org, "classroom_id": class});
        for (body, word) in [
            (placed(9, "c1"), "forbidden_org"),
            (json!({"id": "s2", "classroom_id": "c1"}), "forbidden_class"),
            (json!({"id": "s2", "user_id": "eve"}), "forbidden_owner"),
        ] {
            let (status, refused) = post(&platform, &amy, "/sessions", &body).await;
            assert_eq!((status, &refused["message"]), (403, &json!(word)), "{body}");
        }
        // A teacher of another organisation does not get amy by a session.
        let tom = token(&platform, "tom", &json!({"role": "teacher", "org_id": 2}));
        let grab = json!({"id": "s3", "user_id": "amy", "org_id": 2});
        let (status, refused) = post(&platform, &tom, "/sessions", &grab).await;
        assert_eq!((status, &refused["message"]), (403, &json!("forbidden_org")));
        let root = token(&platform, "root", &json!({"role": "admin"}));
        for (id, user, org) in [("s4", "amy", 1), ("s5", "bob", 1), ("s6", "eve", 2)] {
            let body = json!({"id": id, "user_id": user, "org_id": org});
            assert_eq!(post(&platform, &root, "/sessions", &body).await.0, 201);
        }
        let ids = async |token: &str| {
            let rows = all(&platform, token, "/sessions?limit=1").await;
            texts(&rows, "id").join(" ")
        };
        assert_eq!(ids(&root).await, "s1 s4 s5 s6");
        assert_eq!(ids(&amy).await, "s1 s4");
        assert_eq!(ids(&tom).await, "s6");
        let ended = json!({"id": "s7", "started_at": "2025-03-10T09:00:00Z", "ended_at": "2025-03-10T08:00:00Z"});
        assert_eq!(post(&platform, &amy, "/sessions", &ended).await.0, 400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goals_and_features_are_written_again_and_listed_in_pages() {
    for backend in BACKENDS {
        let platform = Platform::start(backend).await;
        let amy = token(&platform, "amy", &json!({}));
        for (topic, score) in [("t2", 70), ("t1", 80), ("t1", 85)] {
            let goal = json!({"topic_id": topic, "target_score": score, "target_date": "2025-06-30", "priority": 9});
            assert_eq!(post(&platform, &amy, "/interest-goals/", &goal).await.0, 201);
        }
        // What is not named of a goal goes, but for its priority.
        let (_, row) = post(&platform, &amy, "/interest-goals", &json!({"topic_id": "t2"})).await;
        assert_eq!((&row["priority"], &row["target_score"]), (&json!(9), &Value::Null));
        let rows = all(&platform, &amy, "/interest-goals?limit=1").await;
        assert_eq!(texts(&rows, "topic_id"), ["t1", "t2"]);
        assert_eq!(rows[0]["target_score"], 85.0);
        let (status, refused) =
            post(&platform, &amy, "/interest-goals", &json!({"topic_id": "t", "priority": 101}))
                .await;
        assert_eq!((status, &refused["message"]), (400, &json!("invalid priority")));
        for (day, topic) in [("2025-03-11", "t1"), ("2025-03-10", "t2"), ("2025-03-10", "t1")] {
            let row = json!({"topic_id": topic, "date": day, "attempts": 4, "correct": 3, "theta_mean": 0.25});
            let (status, row) = post(&platform, &amy, "/features/daily", &row).await;
            assert_eq!((status, &row["theta_estimate"]), (201, &json!(0.25)), "{row}");
        }
        let keys = async |query: &str| {
            let rows = all(&platform, &amy, &format!("/features/daily?limit=1{query}")).await;
            let key = |row: &Value| {
                format!(
                    "{}{}",
                    &row["date"].as_str().unwrap()[8..],
                    row["topic_id"].as_str().unwrap()
                )
            };
            rows.iter().map(key).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(keys("").await, "10t1 10t2 11t1");
        assert_eq!(keys("&topic_id=t1").await, "10t1 11t1");
        assert_eq!(keys("&start=2025-03-11&end=2025-03-11").await, "11t1");
        let wrong = json!({"topic_id": "t", "date": "2025-03-10", "attempts": 1, "correct": 2});
        assert_eq!(post(&platform, &amy, "/features/daily", &wrong).await.0, 400);
    }
}
