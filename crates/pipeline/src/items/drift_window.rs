//! A calibration as one of those that are held beside each other, for tools that watch for drift.

use chrono::{DateTime, Utc};
use seedtest_numerics::normal_quantile;
use seedtest_store::{Calibration, DriftAlert, DriftWindow, WindowEstimate, WindowItem};
use serde_json::{Map, Value, json};

use super::drift::{DriftRow, DriftTable};

/// The window of a calibration from the answers between two instants; `drift`: what moved since the one before, `dif`: how
/// items differ between groups, where they were compared.
pub(crate) fn drift_window(
    run: &Calibration,
    answers: (DateTime<Utc>, DateTime<Utc>),
    drift: Option<&DriftTable>,
    dif: &Value,
) -> DriftWindow {
    let mut population = Map::new();
    population.insert("run_id".into(), json!(run.run_id));
    for key in ["model", "topic_id", "subject_id", "group"] {
        population.insert(key.into(), run.model_spec.get(key).cloned().unwrap_or_default());
    }
    let moved = drift.into_iter().flat_map(|drift| &drift.items);
    let items = run.items.iter().map(|item| {
        let [a, b, c] = ["a", "b", "c"].map(|name| estimate(&item.params, name));
        let n = item.params["n"].as_u64().and_then(|n| u32::try_from(n).ok());
        WindowItem { item_id: item.item_id.clone(), a, b, c, n, dif: dif_of(dif, &item.item_id) }
    });
    DriftWindow {
        run_id: run.run_id.clone(),
        fitted_at: run.fitted_at,
        answers,
        population: Value::Object(population),
        items: items.collect(),
        alerts: moved.flat_map(alerts).collect(),
    }
}

/// A parameter with its 95 % interval; that of a probability ends where probabilities do.
fn estimate(params: &Value, name: &str) -> WindowEstimate {
    let value = params[name].as_f64();
    let half = params["se"][name].as_f64().map(|se| normal_quantile(0.975) * se);
    let end = |sign: f64| {
        let end = value? + sign * half?;
        Some(if name == "c" { end.clamp(0.0, 1.0) } else { end })
    };
    WindowEstimate { value, lower: end(-1.0), upper: end(1.0) }
}

/// What the comparisons of groups say of an item, one object a pair of groups.
fn dif_of(dif: &Value, item_id: &str) -> Option<Value> {
    let of_pair = |pair: &Value| {
        let item = pair["items"].as_array()?.iter().find(|item| item["item_id"] == item_id)?;
        let mut found = item.as_object()?.clone();
        found.remove("item_id");
        found.insert("reference".into(), pair["reference"].clone());
        found.insert("focal".into(), pair["focal"].clone());
        Some(Value::Object(found))
    };
    let found: Vec<Value> = dif.as_array()?.iter().filter_map(of_pair).collect();
    (!found.is_empty()).then(|| found.into())
}

fn alerts(row: &DriftRow) -> impl Iterator<Item = DriftAlert> + '_ {
    row.changes.iter().map(|change| DriftAlert {
        item_id: row.item_id.clone(),
        metric: change.reason.name(),
        value: change.value,
        threshold: change.threshold,
        severity: change.severity.name(),
    })
}

#[cfg(test)]
mod tests {
    use seedtest_irt::{DriftReason, Severity};
    use seedtest_store::ItemParams;

    use super::*;
    use crate::items::drift::DriftChange;

    fn run(params: Value) -> Calibration {
        Calibration {
            run_id: "fit-2".into(),
            fitted_at: DateTime::UNIX_EPOCH,
            model: "3PL".into(),
            version: "v1".into(),
            items: vec![ItemParams { item_id: "q1".into(), params }],
            abilities: Vec::new(),
            model_spec: json!({"model": "3PL", "topic_id": "algebra"}),
            metrics: Value::Null,
        }
    }

    #[test]
    fn intervals_are_those_of_the_errors_and_unknown_without() {
        let params = json!({"a": 1.5, "b": -0.5, "c": 0.02, "n": 200, "se": {"b": 0.1, "c": 0.05}});
        let answers = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let dif = json!([
            {"reference": "1", "focal": "2", "items": [{"item_id": "q1", "found": null}]},
            {"reference": "1", "focal": "3", "items": [{"item_id": "q2", "found": "uniform"}]},
        ]);
        let window = drift_window(&run(params), answers, None, &dif);
        let WindowItem { a, b, c, n, dif, .. } = &window.items[0];
        assert_eq!((a.value, a.lower, a.upper), (Some(1.5), None, None));
        // qnorm(0.975) of R 4.3 is 1.959964.
        let close = |found: Option<f64>, expected: f64| (found.unwrap() - expected).abs() < 1e-6;
        assert!(close(b.lower, -0.695_996_4) && close(b.upper, -0.304_003_6), "{b:?}");
        assert_eq!(c.lower, Some(0.0), "no probability is below 0");
        assert!(close(c.upper, 0.117_998_2), "{c:?}");
        assert_eq!(*n, Some(200));
        assert_eq!(*dif, Some(json!([{"reference": "1", "focal": "2", "found": null}])));
        assert_eq!(window.population["topic_id"], "algebra");
        assert!(window.alerts.is_empty());
    }

    #[test]
    fn every_change_beyond_a_threshold_is_an_alert() {
        let change = |reason, value, severity| DriftChange {
            reason,
            value,
            threshold: Some(0.25),
            severity,
        };
        let row = DriftRow {
            item_id: "q1".into(),
            delta_a: 0.3,
            delta_b: -0.6,
            statistic: None,
            df: 2,
            p_adjusted: None,
            severity: Severity::Severe,
            changes: vec![
                change(DriftReason::DeltaB, -0.6, Severity::Severe),
                change(DriftReason::DeltaA, 0.3, Severity::Moderate),
            ],
        };
        let found: Vec<DriftAlert> = alerts(&row).collect();
        let told: Vec<_> = found.iter().map(|of| (of.metric, of.value, of.severity)).collect();
        assert_eq!(told, [("delta_b", -0.6, "severe"), ("delta_a", 0.3, "moderate")]);
    }
}
