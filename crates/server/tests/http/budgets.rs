//! Requests whose work would not fit: refused before it begins, with the product that is too large; and steps
//! that take long: they end with the time of their request.

use std::time::{Duration, Instant};

use seedtest_server::{Config, Limits};
use serde_json::{Value, json};

use crate::service::{Service, config, json as read};

/// Rows of a survival model with a few columns.
fn survival_rows(n: usize) -> Vec<Value> {
    (0..n)
        .map(|row| {
            json!({
                "student": format!("s{row}"), "time": 1 + row % 50, "event": u8::from(row % 3 == 0),
                "x": (row * 37 % 101) as f64 / 101.0, "z": (row * 17 % 89) as f64 / 89.0,
                "level": format!("l{row}"),
            })
        })
        .collect()
}

async fn refused(service: &Service, path: &str, request: &Value, product: &[&str]) {
    let began = Instant::now();
    let (status, body) = read(service.post(path, request.to_string()).await).await;
    assert!(matches!(status, 413 | 422 | 400), "{path} {status}: {body:.400}");
    let message = body["message"].as_str().unwrap();
    for part in product {
        assert!(message.contains(part), "{path}: {message}");
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{path} took {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_does_not_fit_is_refused_with_its_product() {
    let service = Service::start(config()).await;
    let rows = survival_rows(3_000);
    let times: Vec<u32> = (1..=60_000).collect();
    let predict = json!({"rows": rows, "formula": "Surv(time, event) ~ x", "time_points": times});
    refused(&service, "/survival/predict", &predict, &["3000 rows", "60000 times"]).await;
    let levels = json!({"rows": survival_rows(8_000), "formula": "Surv(time, event) ~ x + level"});
    refused(&service, "/survival/fit", &levels, &["8000 rows", "columns"]).await;
    let path = json!({
        "rows": rows, "formula": "Surv(time, event) ~ x + z",
        "regularization": {"alpha": 1.0, "n_lambda": 1_000_000_000_u64},
    });
    refused(&service, "/survival/fit", &path, &["1000000000 penalties"]).await;
    let curves = json!({"rows": survival_rows(8_000), "group": "level"});
    refused(&service, "/survival/curves", &curves, &["8000 groups"]).await;
    let factors: Vec<Value> = (0..400_u64)
        .map(|row| {
            let level = |of: u64| format!("v{}", (row * (2 * of + 3) + row / 7) % 13);
            let mut object: serde_json::Map<String, Value> =
                (0..12).map(|of| (format!("f{of}"), json!(level(of)))).collect();
            object.extend([
                ("y".into(), json!(row % 7)),
                ("g".into(), json!(format!("g{}", row % 20))),
            ]);
            Value::Object(object)
        })
        .collect();
    let names: Vec<String> = (0..12).map(|of| format!("f{of}")).collect();
    let interactions =
        json!({"rows": factors, "formula": format!("y ~ {} + (1|g)", names.join("*"))});
    refused(&service, "/lmm/fit", &interactions, &["columns"]).await;
    let slopes =
        json!({"rows": factors, "formula": format!("y ~ 1 + ({}|g)", names[..4].join("*"))});
    refused(&service, "/lmm/fit", &slopes, &["effects"]).await;
    let poly = json!({"rows": rows, "formula": "Surv(time, event) ~ poly(x, 500)"});
    refused(&service, "/survival/fit", &poly, &["poly"]).await;
    let draws: Vec<Value> = (0..60)
        .map(|n| json!({"student": format!("s{}", n % 10), "week": n / 10, "score": f64::from(n * 7 % 11)}))
        .collect();
    let draws = json!({"rows": draws, "n_chains": 50, "n_samples": 9_000_000});
    refused(&service, "/growth/fit", &draws, &[]).await;
    let points: Vec<Value> = (0..8_000).map(|n| json!({"a": n, "b": n * 7 % 1_001})).collect();
    let clusters = json!({"rows": points, "k": 7_900, "method": "kmeans"});
    refused(&service, "/cluster/fit", &clusters, &["8000 rows", "7900 clusters"]).await;
    assert_eq!(service.get("/healthz").await.status(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_budget_is_a_setting() {
    let limits = Limits { fit_memory: 1 << 10, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let request = json!({"rows": survival_rows(60), "formula": "Surv(time, event) ~ x"});
    refused(&service, "/survival/fit", &request, &["the work may take 1.0 KiB"]).await;
    let generous = Service::start(config()).await;
    let (status, body) = read(generous.post("/survival/fit", request.to_string()).await).await;
    assert_eq!(status, 200, "{body:.300}");
}

/// Rows of a mixed model whose two factors have so many levels, each beside many of the other.
fn crossed(n: usize, levels: usize) -> Vec<Value> {
    let level = |row: usize, by: u64| {
        let mixed = (row as u64 + by).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
    };
    let level = |row: usize, by: u64| level(row, by) % levels as u64;
    (0..n).map(|i| json!({"y": i % 2, "a": level(i, 7_919), "b": level(i, 104_729)})).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_systems_of_mixed_models_are_counted_with_all_their_copies() {
    let limits = Limits { fit_memory: 64 << 20, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let formula = "y ~ 1 + (1 | a) + (1 | b)";
    // A triangle of 1 500 levels takes 9 MiB, of which several stand beside each other.
    let large = json!({"rows": crossed(9_000, 1_500), "formula": formula, "intervals": "none"});
    for path in ["/lmm/fit", "/glmm/fit"] {
        refused(&service, path, &large, &["smaller grouping factors"]).await;
    }
    // What fits alone does not fit beside its replicates.
    let mut small = json!({"rows": crossed(6_000, 900), "formula": formula, "intervals": "none"});
    small["max_seconds"] = json!(0.1);
    let (status, body) = read(service.post("/lmm/fit", small.to_string()).await).await;
    assert!(matches!(status, 200 | 504), "{status}: {body:.300}");
    small["intervals"] = json!("bootstrap");
    refused(&service, "/lmm/fit", &small, &["smaller grouping factors"]).await;
}

/// The example of a body that names a stored fit, or the first.
fn example(document: &Value, path: &str, of_stored: bool) -> String {
    let body = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
    let examples = body["examples"].as_object().unwrap().values().map(|example| &example["value"]);
    let wanted = |value: &&Value| !of_stored || value["run_id"].is_string();
    examples.into_iter().find(wanted).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn predictions_and_exact_ties_are_counted_too() {
    let generous = Service::start(config()).await;
    let (_, document) = read(generous.get("/openapi.json").await).await;
    let limits = Limits { fit_memory: 64, ..Limits::default() };
    let strict = Service::on(Config { limits, ..config() }, generous.store.clone()).await;
    for (fit, ask, product) in [
        ("/survival/fit", "/survival/predict", "times"),
        ("/lmm/fit", "/lmm/predict", "rows to predict"),
        ("/glmm/fit", "/glmm/predict", "rows to predict"),
        ("/prophet/fit", "/prophet/predict", "points"),
        ("/cluster/fit", "/cluster/predict", "clusters"),
        ("/growth/fit", "/growth/predict", "draws"),
    ] {
        let fitted = read(generous.post(fit, example(&document, fit, false)).await).await;
        assert_eq!(fitted.0, 200, "{fit}: {:.300}", fitted.1);
        let mut question: Value = serde_json::from_str(&example(&document, ask, true)).unwrap();
        question["run_id"] = fitted.1["run_id"].clone();
        let (status, answer) = read(generous.post(ask, question.to_string()).await).await;
        assert_eq!(status, 200, "{ask}: {answer:.300}");
        let (status, answer) = read(strict.post(ask, question.to_string()).await).await;
        let message = answer["message"].as_str().unwrap();
        assert!(status == 413 && message.contains(product), "{ask} {status}: {message}");
    }
    // Scores of a body that is not answered at once.
    let answers: Vec<Value> =
        (0..4_000).map(|n| json!({"user_id": n / 4, "item_id": "q", "y": n % 2})).collect();
    let score = json!({"item_params": {"q": {"a": 1, "b": 0}}, "responses": answers});
    refused(&strict, "/irt/score", &score, &["4000 answers"]).await;
    let limits = Limits { fit_memory: 2 << 20, ..Limits::default() };
    let small = Service::start(Config { limits, ..config() }).await;
    let mut ties = exact_ties(3_000);
    ties["reasons"] = json!(false);
    refused(&small, "/survival/fit", &ties, &["1501 tied events", "columns"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_sent_takes_no_more_than_a_stored_one() {
    let service = Service::start(config()).await;
    let rows: Vec<Value> = (0..60)
        .map(|n| json!({"y": f64::from(n * 7 % 11), "f": format!("v{}", n % 3), "g": n % 6}))
        .collect();
    let fit = json!({"rows": rows, "formula": "y ~ f + (1|g)", "keep_model": true});
    let (status, fitted) = read(service.post("/lmm/fit", fit.to_string()).await).await;
    assert_eq!(status, 200, "{fitted:.300}");
    let model = ["stored_model", "model"].into_iter().find_map(|key| fitted.get(key)).unwrap();
    // Twelve factors of twenty levels, crossed.
    let names: Vec<String> = (0..12).map(|of| format!("f{of}")).collect();
    let levels: Vec<String> = (0..20).map(|level| format!("v{level}")).collect();
    let mut bomb = model.clone();
    bomb["state"]["encoder"]["formula"] = json!(format!("y ~ {}", names.join("*")));
    bomb["state"]["encoder"]["fixed"] = json!(vec![levels; 12]);
    bomb["state"]["encoder"]["random"] = json!([]);
    let row: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), json!("v1"))).collect();
    let request = json!({"model": bomb, "newdata": vec![Value::Object(row); 50]});
    refused(&service, "/lmm/predict", &request, &["50 rows to predict", "columns"]).await;
}

/// A Cox model with exact ties whose first point takes minutes.
fn exact_ties(n: usize) -> Value {
    let rows: Vec<Value> = (0..n)
        .map(|row| {
            let x = |of: usize| ((row * (2 * of + 7) + row / 5) % 103) as f64 / 103.0;
            let mut object: serde_json::Map<String, Value> =
                (0..12).map(|of| (format!("x{of}"), json!(x(of)))).collect();
            object.extend([
                ("time".into(), json!(1 + row % 2)),
                ("event".into(), json!(u8::from(row % 2 == 0))),
            ]);
            Value::Object(object)
        })
        .collect();
    let names: Vec<String> = (0..12).map(|of| format!("x{of}")).collect();
    json!({"rows": rows, "formula": format!("Surv(time, event) ~ {}", names.join(" + ")), "ties": "exact"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_takes_long_ends_with_the_time_of_its_request() {
    let limits = Limits { workers: 2, ..Limits::default() };
    let service = Service::start(Config { limits, ..config() }).await;
    let mut slow = exact_ties(6_000);
    slow["max_seconds"] = json!(1.0);
    let text = slow.to_string();
    let began = Instant::now();
    let both = async {
        tokio::join!(
            service.post("/survival/fit", text.clone()),
            service.post("/survival/fit", text.clone())
        )
    };
    let small = async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        let rows = json!({"rows": survival_rows(40), "formula": "Surv(time, event) ~ x", "quality": false});
        let asked = Instant::now();
        let (status, body) = read(service.post("/survival/fit", rows.to_string()).await).await;
        assert_eq!(status, 200, "{body:.300}");
        asked.elapsed()
    };
    let ((first, second), waited) = tokio::join!(both, small);
    let took = began.elapsed();
    for answer in [first, second] {
        let (status, body) = read(answer).await;
        let truncated = body["truncated"] == true;
        assert!(status == 504 || status == 200 && truncated, "{status}: {body:.300}");
    }
    // Generous: the machine of a test has other things to do. Without an end in the middle it is minutes.
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(waited < Duration::from_secs(15), "a small fit waited {waited:?}");
}
