//! Changes of a JSON body that leave it JSON, one place each.

use serde_json::{Map, Value, json};

/// `body` after `changes` changes; the same for the same `seed`.
pub(crate) fn mutated(body: &Value, seed: u64, changes: u32) -> Value {
    let mut body = body.clone();
    let mut draw = Draw(seed);
    for _ in 0..changes {
        let place = draw.below(places(&body));
        let donor = nth(&body, draw.below(places(&body))).clone();
        change(nth_mut(&mut body, place), donor, &mut draw);
    }
    body
}

fn change(place: &mut Value, donor: Value, draw: &mut Draw) {
    match (draw.below(8), &mut *place) {
        (0 | 1, Value::Object(object)) => change_keys(object, donor, draw),
        (0 | 1, Value::Array(list)) if !list.is_empty() => change_entries(list, draw),
        (2, _) => *place = donor,
        (3, _) => *place = json!([place.take()]),
        (4, Value::Number(number)) => {
            let number = number.as_f64().unwrap_or(0.0);
            *place = json!([-number, number * 1e6, number + 0.5, number.floor()][draw.below(4)]);
        }
        _ => *place = strange(draw),
    }
}

fn change_keys(object: &mut Map<String, Value>, donor: Value, draw: &mut Draw) {
    let keys: Vec<String> = object.keys().cloned().collect();
    if keys.is_empty() {
        object.insert("rows".into(), donor);
        return;
    }
    let key = &keys[draw.below(keys.len())];
    match draw.below(3) {
        0 => drop(object.remove(key)),
        1 => {
            let value = object.remove(key).unwrap_or_default();
            object.insert(NAMES[draw.below(NAMES.len())].into(), value);
        }
        _ => drop(object.insert(NAMES[draw.below(NAMES.len())].into(), donor)),
    }
}

fn change_entries(list: &mut Vec<Value>, draw: &mut Draw) {
    let (at, other) = (draw.below(list.len()), draw.below(list.len()));
    match draw.below(4) {
        0 => drop(list.remove(at)),
        1 => list.push(list[at].clone()),
        2 => list.swap(at, other),
        _ => list.truncate(at),
    }
}

fn strange(draw: &mut Draw) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!(1e-12),
        json!(-0.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(4_294_967_296_u64),
        json!(100_000),
        json!(0.5),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("latest"),
        json!("NaN"),
        json!("1e999"),
        json!("2025-02-29"),
        json!("9999-12-31T23:59:59Z"),
        json!("+262143-01-01"),
        json!("Surv(time, event) ~ ."),
        json!("score ~ week + (1|"),
        json!("'; DROP TABLE attempt_log; --"),
        json!("\u{10ffff}\u{200f}é"),
        json!("x".repeat(300)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!({"a": {"b": {"c": null}}}),
    ];
    values[draw.below(values.len())].clone()
}

/// Keys that some request has.
const NAMES: &[&str] = &[
    "a",
    "anchors",
    "b",
    "c",
    "chains",
    "cluster",
    "credible_interval",
    "data",
    "entry",
    "event",
    "family",
    "fixed",
    "formula",
    "gap_days",
    "horizon_days",
    "horizon_weeks",
    "is_correct",
    "item_id",
    "item_ids",
    "item_params",
    "items",
    "iter",
    "linking_method",
    "lookback_days",
    "max_iter",
    "max_seconds",
    "mean",
    "method",
    "model",
    "model_coefficients",
    "n",
    "n_chains",
    "n_samples",
    "n_warmup",
    "newdata",
    "observed_gap_days",
    "params",
    "prior_sd",
    "priors",
    "quadrature_points",
    "quality",
    "responses",
    "rows",
    "run_id",
    "score",
    "sd",
    "se",
    "seed",
    "strata",
    "student_id",
    "target_score",
    "theta",
    "ties",
    "time",
    "time_points",
    "tol",
    "user_features",
    "user_id",
    "version",
    "week",
    "week_start",
    "weeks",
    "weights",
];

/// Values in the tree below `value`, itself included.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(places).sum(),
        Value::Object(object) => object.values().map(places).sum(),
        _ => 0_usize,
    }
}

fn nth(value: &Value, n: usize) -> &Value {
    let mut before = 1;
    let mut found = value;
    if n > 0 {
        for child in children(value) {
            let inside = places(child);
            if n < before + inside {
                found = nth(child, n - before);
                break;
            }
            before += inside;
        }
    }
    found
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

fn nth_mut(value: &mut Value, n: usize) -> &mut Value {
    if n == 0 {
        return value;
    }
    let children: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(object) => object.values_mut().collect(),
        _ => Vec::new(),
    };
    let mut before = 1;
    for child in children {
        let inside = places(child);
        if n < before + inside {
            return nth_mut(child, n - before);
        }
        before += inside;
    }
    unreachable!("there are more places than that")
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}
