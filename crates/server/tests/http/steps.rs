//! Steps that go on: a large body whose time is up after a second or two, and one whose caller hangs up. What works
//! on it has to notice by itself, in the middle of its step; the full work takes minutes in the builds of tests.
//!
//! How long it takes to notice is not measured, since a machine of tests has other things to do: whoever has not
//! noticed after [`NOTICE`] is given up, which the answer says.

use std::fmt::Write as _;
use std::time::Duration;

use seedtest_server::{Config, Limits};
use seedtest_store::{RunFilter, RunStatus};
use serde_json::{Value, json};

use crate::service::{SECRET, Service, config, json as read};

/// Far less than the full work, far more than a step that looks about takes on a busy machine.
const NOTICE: Duration = Duration::from_secs(25);

/// A request: what it is about, the family in the ledger (none for a question), the route, the body.
type Case = (&'static str, Option<&'static str>, &'static str, Value);

/// A number between 0 and 1 that looks like chance.
fn noise(row: usize, of: usize) -> f64 {
    let mixed = (row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (of as u64 + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 40) as f64 / (1u64 << 24) as f64
}

fn rows(n: usize, row: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..n).map(row).collect()
}

/// Times with eight covariates.
fn survival_rows(n: usize, times: usize) -> Vec<Value> {
    rows(n, |i| {
        let mut row = json!({"time": 1 + (noise(i, 90) * times as f64) as usize, "event": u8::from(noise(i, 91) < 0.4)});
        for of in 0..8 {
            row[format!("x{of}")] = json!((noise(i, of) * 1e4).round() / 1e4);
        }
        row
    })
}

/// All products of up to three of eight covariates: 92 columns.
fn products() -> String {
    let names: Vec<String> = (0..8).map(|of| format!("x{of}")).collect();
    let mut text = names.join(" + ");
    for a in 0..8 {
        for b in a + 1..8 {
            let _ = write!(text, " + x{a}:x{b}");
            for c in b + 1..8 {
                let _ = write!(text, " + x{a}:x{b}:x{c}");
            }
        }
    }
    text
}

/// Answers of students to items, crossed so that factors fill up.
fn crossed(n: usize, students: usize, items: usize) -> Vec<Value> {
    rows(n, |i| {
        let (student, item) =
            ((noise(i, 1) * students as f64) as usize, (noise(i, 2) * items as f64) as usize);
        json!({"student": student, "item": item, "week": i % 9, "y": (noise(i, 3) * 100.0).round() / 10.0,
               "correct": u8::from(noise(i, 4) < 0.2 + 0.6 * noise(student, 5))})
    })
}

fn answers(students: usize, items: usize) -> Vec<Value> {
    rows(students * items, |i| {
        let (student, item) = (i / items, i % items);
        let right = noise(i, 6) < 0.15 + 0.7 * noise(student, 7) * (1.0 - 0.6 * noise(item, 8));
        json!({"user_id": format!("u{student}"), "item_id": format!("q{item}"), "is_correct": u8::from(right),
               "group": if student % 2 == 0 { "a" } else { "b" }})
    })
}

fn cases() -> Vec<Case> {
    let surv = format!("Surv(time, event) ~ {}", products());
    let days = rows(3_000, |i| {
        let day =
            chrono::NaiveDate::from_ymd_opt(2014, 1, 1).unwrap() + chrono::Days::new(i as u64);
        json!({"ds": day.to_string(), "y": (i % 7) as f64 + 3.0 * noise(i, 1) + 0.01 * i as f64})
    });
    let scores = rows(6_000, |i| {
        json!({"student": format!("s{}", i / 12), "week": i % 12,
               "score": (noise(i / 12, 1) + 0.02 * (i % 12) as f64 + 0.2 * noise(i, 2) * 1e4).round() / 1e4})
    });
    let points = rows(12_000, |i| {
        let mut row = json!({});
        for of in 0..8 {
            row[format!("f{of}")] = json!(((noise(i, of) + (i % 3) as f64) * 1e4).round() / 1e4);
        }
        row
    });
    let params: Value =
        (0..40).map(|q| (format!("q{q}"), json!({"a": 1.2, "b": noise(q, 1), "c": 0.2}))).collect();
    vec![
        (
            "a log-logistic model",
            Some("survival"),
            "/survival/fit",
            json!({"rows": survival_rows(12_000, 400), "formula": surv, "family": "loglogistic"}),
        ),
        (
            "discrete hazards",
            Some("survival"),
            "/survival/fit",
            json!({"rows": survival_rows(12_000, 60), "formula": surv, "family": "discrete_cloglog"}),
        ),
        (
            "exact ties",
            Some("survival"),
            "/survival/fit",
            json!({"rows": survival_rows(6_000, 2), "formula": surv, "ties": "exact"}),
        ),
        (
            "an elastic net",
            Some("survival"),
            "/survival/fit",
            json!({"rows": survival_rows(8_000, 400), "formula": surv, "regularization": {"alpha": 0.5, "n_lambda": 200}}),
        ),
        (
            "a linear mixed model",
            Some("lmm"),
            "/lmm/fit",
            json!({"rows": crossed(20_000, 2_500, 2_500), "formula": "y ~ week + (1 | student) + (1 | item)",
                   "intervals": "profile"}),
        ),
        (
            "a mixed model of answers",
            Some("glmm"),
            "/glmm/fit",
            json!({"rows": crossed(20_000, 3_000, 3_000),
                   "formula": "correct ~ week + (1 | student) + (1 | item)", "family": "binomial"}),
        ),
        (
            "a forecast",
            Some("prophet"),
            "/prophet/fit",
            json!({"rows": days, "periods": 365, "options": {"n_changepoints": 100, "yearly_seasonality": 30}}),
        ),
        (
            "clusters",
            Some("clustering"),
            "/cluster/fit",
            json!({"rows": points, "method": "gaussian_mixture"}),
        ),
        (
            "growth",
            Some("growth"),
            "/growth/fit",
            json!({"rows": scores, "family": "student", "n_samples": 6_000, "target_score": 1}),
        ),
        (
            "a calibration",
            Some("irt"),
            "/irt/calibrate",
            json!({"observations": answers(1_500, 40), "model": "3PL", "max_iter": 100_000, "tol": 1e-300,
                   "quality": true, "fit_statistics": true}),
        ),
        (
            "scores",
            None,
            "/irt/score",
            json!({"item_params": params, "responses": answers(2_000, 40), "method": "WLE"}),
        ),
        (
            "curves",
            None,
            "/survival/curves",
            json!({"rows": rows(20_000, |i| json!({"time": 1 + i * 7 % 1_999, "event": i % 2, "g": i % 400})), "group": "g"}),
        ),
    ]
}

async fn service() -> Service {
    let limits = Limits { workers: 2, notice: NOTICE, ..Limits::default() };
    Service::start(Config { limits, ..config() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_ends_with_the_time_of_its_request() {
    let service = service().await;
    for (name, _, path, mut body) in cases() {
        body["max_seconds"] = json!(1.5);
        let (status, answer) = read(service.post(path, body.to_string()).await).await;
        let told = answer["message"].as_str().unwrap_or_default();
        assert!(
            !told.contains("in the middle of a step"),
            "{name} did not notice that its time was up"
        );
        // A small part may be done in time, where the machine is quick.
        assert!(matches!(status, 200 | 504), "{name}: {status} {answer:.300}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_ends_with_its_caller() {
    let service = service().await;
    for (name, family, path, body) in cases() {
        let Some(family) = family else { continue };
        let filter = RunFilter { name: Some(family), actor: None, limit: 1 };
        let known =
            service.store.runs(filter).await.unwrap().first().map(|run| run.start.run_id.clone());
        let request = service.client.post(service.url(path)).bearer_auth(SECRET);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let asked = tokio::spawn(request.send());
        let newest = async || {
            let run = service.store.runs(filter).await.unwrap().into_iter().next();
            run.filter(|run| Some(&run.start.run_id) != known.as_ref())
        };
        // It is at work, for a moment.
        while newest().await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert!(!asked.is_finished(), "{name} was answered before it was entered");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        asked.abort();
        let _ = asked.await;
        let looks = 40 * NOTICE.as_secs();
        let mut ended = None;
        for _ in 0..looks {
            ended = newest().await.filter(|run| run.end.is_some());
            if ended.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let status = ended.map(|run| run.status);
        // Done before it was known that nobody waits, where the machine is quick.
        let ends = [RunStatus::Cancelled, RunStatus::Done];
        assert!(status.is_some_and(|status| ends.contains(&status)), "{name} goes on: {status:?}");
    }
}
