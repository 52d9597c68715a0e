//! The verification queries operators run by hand (docs/contract/operations.md O10), unchanged, on
//! an empty and on a filled PostgreSQL database.

use chrono::{Days, NaiveDate, Utc};
use seedtest_store::{Backend, Calibration, ItemParams, KpiPatch, UserAbility};
use serde_json::{Value as Json, json};

use crate::attempts::at;
use crate::backends::{Database, migrated};

/// Name, query, rows on the filled database. Every query returns its columns as texts.
const QUERIES: &[(&str, &str, usize)] = &[
    (
        "newest Bayesian fit",
        "SELECT run_id, formula, posterior_summary, diagnostics, fitted_at
         FROM growth_brms_meta ORDER BY fitted_at DESC LIMIT 1",
        1,
    ),
    (
        "week effect",
        "SELECT run_id, fitted_at, posterior_summary->'week' AS week_effect
         FROM growth_brms_meta ORDER BY fitted_at DESC LIMIT 1",
        1,
    ),
    (
        "goal probability",
        "SELECT user_id, week_start, kpis->>'P' AS probability, kpis->>'sigma' AS sigma, updated_at
         FROM weekly_kpi WHERE kpis ? 'P' AND (kpis->>'P')::float > 0.5
         ORDER BY (kpis->>'P')::float DESC LIMIT 10",
        1,
    ),
    (
        "stored Bayesian probability",
        "SELECT user_id FROM weekly_kpi WHERE kpis->>'P_source' = 'brms'",
        1,
    ),
    (
        "I_t of four weeks",
        "SELECT user_id, week_start, kpis->'I_t' AS improvement FROM weekly_kpi
         WHERE week_start >= CURRENT_DATE - INTERVAL '4 weeks' ORDER BY week_start DESC LIMIT 20",
        2,
    ),
    (
        "θ in features",
        "SELECT user_id, topic_id, date, theta_estimate, theta_sd, attempts, correct
         FROM features_topic_daily WHERE date >= CURRENT_DATE - INTERVAL '7 days'
         AND theta_estimate IS NOT NULL",
        1,
    ),
    (
        "θ in features under its other name",
        "SELECT user_id FROM features_topic_daily WHERE theta_mean = 0.25",
        1,
    ),
    (
        "linking constants",
        "SELECT run_id, model_spec->'linking_constants' AS linking_constants, fitted_at
         FROM mirt_fit_meta ORDER BY fitted_at DESC LIMIT 5",
        1,
    ),
    ("anchors", "SELECT id, question_text FROM question WHERE meta->'tags' @> '[\"anchor\"]'", 1),
    (
        "forecasts",
        "SELECT run_id FROM prophet_fit_meta
         WHERE jsonb_array_length(forecast) = 2 AND jsonb_array_length(changepoints) = 1",
        1,
    ),
    (
        "newest anomalies",
        "SELECT run_id, week, score, flag, metric FROM anomalies ORDER BY detected_at DESC LIMIT 10",
        1,
    ),
    (
        "survival coefficients",
        "SELECT coefficients, hazard_ratios, run_at FROM survival_fit_meta
         ORDER BY fitted_at DESC LIMIT 1",
        1,
    ),
    ("users at risk", "SELECT user_id FROM weekly_kpi WHERE (kpis->>'S')::float > 0.7", 1),
    (
        "newest reports",
        "SELECT user_id, week_start, format, url, generated_at FROM report_artifact
         ORDER BY generated_at DESC LIMIT 10",
        1,
    ),
    (
        "reports per week",
        "SELECT week_start, COUNT(*) FROM report_artifacts
         WHERE generated_at >= NOW() - INTERVAL '30 days' GROUP BY week_start",
        1,
    ),
    (
        "goals of the report",
        "SELECT student_id, interest, target_score FROM interest_goal_report",
        1,
    ),
    ("ability summary", "SELECT mean, sd, updated_at FROM ability_estimates", 2),
];

const COUNTS: &[(&str, &str, &str)] = &[
    ("fits", "SELECT COUNT(*)::text FROM growth_brms_meta", "1"),
    (
        "features",
        "SELECT COUNT(*)::text FROM features_topic_daily WHERE theta_estimate IS NOT NULL",
        "1",
    ),
    ("anchors", "SELECT COUNT(*)::text FROM question WHERE meta->'tags' @> '[\"anchor\"]'", "1"),
    (
        "items",
        "SELECT COUNT(*)::text || ' ' || (MAX(fitted_at) IS NULL) FROM mirt_item_params",
        "1 false",
    ),
    (
        "abilities",
        "SELECT COUNT(*)::text || ' ' || (MAX(fitted_at) IS NULL) FROM mirt_ability",
        "2 false",
    ),
];

async fn row_count(database: &Database, sql: &str) -> usize {
    let counted = format!("SELECT COUNT(*)::text FROM ({sql}) AS query");
    database.text(&counted).await.parse().unwrap()
}

#[tokio::test]
async fn the_queries_run_on_an_empty_database() {
    let database = migrated(Backend::Postgres).await;
    for (name, sql, _) in QUERIES {
        assert_eq!(row_count(&database, sql).await, 0, "{name}");
    }
    for (name, sql, _) in COUNTS {
        assert!(database.text(sql).await.starts_with('0'), "{name}");
    }
}

#[tokio::test]
async fn the_queries_find_what_was_written() {
    let database = migrated(Backend::Postgres).await;
    fill(&database).await;
    for (name, sql, rows) in QUERIES {
        assert_eq!(row_count(&database, sql).await, *rows, "{name}");
    }
    for (name, sql, count) in COUNTS {
        assert_eq!(database.text(sql).await, *count, "{name}");
    }
}

// The views under test ask the database what day it is.
#[allow(clippy::disallowed_methods)]
fn this_monday() -> NaiveDate {
    use chrono::Datelike;
    let today = Utc::now().date_naive();
    today - Days::new(u64::from(today.weekday().num_days_from_monday()))
}

fn patch(user_id: &str, keys: Json) -> KpiPatch {
    let Json::Object(patch) = keys else { panic!("a patch is an object") };
    KpiPatch { user_id: user_id.to_owned(), week_start: this_monday(), patch }
}

async fn fill(database: &Database) {
    let mut tx = database.store.begin().await.unwrap();
    tx.merge_weekly_kpi(&[
        patch("u1", json!({"I_t": 0.1, "P": 0.8, "sigma": 0.1, "P_source": "brms", "S": 0.9})),
        // An unknown P is stored as null and must not match.
        patch("u2", json!({"I_t": null, "P": null, "S": null})),
    ])
    .await
    .unwrap();
    tx.write_calibration(&Calibration {
        run_id: "irt-1".into(),
        fitted_at: at(0),
        model: "2PL".into(),
        version: "v1".into(),
        items: vec![ItemParams { item_id: "1".into(), params: json!({"a": 1.0, "b": 0.0}) }],
        abilities: ["u1", "u2"]
            .map(|user| UserAbility {
                user_id: user.into(),
                theta: 0.5,
                se: Some(0.25),
                n_answers: None,
            })
            .into(),
        model_spec: json!({"linking_constants": {"A": 1.0, "B": 0.0}}),
        metrics: json!({}),
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    database
        .execute(
            "INSERT INTO growth_brms_meta (run_id, formula, posterior_summary)
               VALUES ('brms-1', 'score ~ week', '{\"week\": {\"mean\": 0.1}}');
             INSERT INTO features_topic_daily (user_id, topic_id, date, theta_estimate, theta_sd)
               VALUES ('u1', 't', CURRENT_DATE, 0.25, 0.1);
             INSERT INTO question (id, content, meta) VALUES
               (1, 'What?', '{\"tags\": [\"anchor\"]}'), (2, 'Why?', '{\"tags\": []}');
             INSERT INTO prophet_fit_meta (run_id, metric, changepoints, forecast)
               VALUES ('prophet-1', 'I_t', '[{\"ds\": \"2024-01-01\", \"delta\": 1}]', '[1, 2]');
             INSERT INTO prophet_anomalies (run_id, week_start, metric, anomaly_score)
               VALUES ('prophet-1', '2024-01-01', 'I_t', 3.5);
             INSERT INTO survival_fit_meta (run_id, coefficients, hazard_ratios)
               VALUES ('survival-1', '{\"A_t\": -0.5}', '{\"A_t\": 0.6}');
             INSERT INTO interest_goal (user_id, topic_id, target_score) VALUES ('u1', 't', 150);
             INSERT INTO report_artifact (user_id, week_start, url)
               VALUES ('u1', '2024-01-01', 'https://example.org/report.html')",
        )
        .await;
}
