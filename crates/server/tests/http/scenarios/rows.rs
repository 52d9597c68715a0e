//! Data that scenarios make up instead of writing it out, the same for the same seed.

use serde_json::{Map, Value, json};

/// Replaces every `{"$rows": KIND, …}` and `{"$repeat": TEXT, "times": N}` in a body.
pub(crate) fn made_up(body: &Value) -> Value {
    match body {
        Value::Object(object) if object.contains_key("$rows") => rows(object),
        Value::Object(object) if object.contains_key("$repeat") => {
            let text = object["$repeat"].as_str().unwrap();
            Value::String(text.repeat(count(object, "times", 1)))
        }
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.clone(), made_up(value))).collect()
        }
        Value::Array(list) => list.iter().map(made_up).collect(),
        plain => plain.clone(),
    }
}

fn rows(of: &Map<String, Value>) -> Value {
    let mut draw = Draw(count(of, "seed", 1) as u64);
    let students = count(of, "students", 40);
    let rows = match of["$rows"].as_str().unwrap() {
        "answers" => answers(&mut draw, students, count(of, "items", 6)),
        "matrix" => return matrix(&mut draw, students, count(of, "items", 6)),
        "scores" => scores(&mut draw, students, count(of, "weeks", 6)),
        "silences" => silences(&mut draw, students),
        "series" => {
            series(&mut draw, count(of, "weeks", 60), of.get("spike").and_then(Value::as_u64))
        }
        "learners" => learners(&mut draw, students, count(of, "groups", 3)),
        other => panic!("no rows are called {other}"),
    };
    rows.into_iter().map(|row| Value::Object(changed(row, of))).collect()
}

fn count(of: &Map<String, Value>, key: &str, default: usize) -> usize {
    of.get(key).map_or(default, |n| n.as_u64().unwrap() as usize)
}

/// The row with the keys of `rename` called otherwise and those of `add` put in.
fn changed(row: Map<String, Value>, of: &Map<String, Value>) -> Map<String, Value> {
    let name = |key: &str| of.get("rename").and_then(|names| names.get(key)?.as_str());
    let mut row: Map<String, Value> = row
        .into_iter()
        .map(|(key, value)| (name(&key).unwrap_or(&key).to_string(), value))
        .collect();
    if let Some(Value::Object(more)) = of.get("add") {
        row.extend(more.clone());
    }
    row
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("rows are objects") };
    object
}

/// `user_id`, `item_id`, `is_correct`, `responded_at`; later students are abler, later items harder.
fn answers(draw: &mut Draw, students: usize, items: usize) -> Vec<Map<String, Value>> {
    let mut rows = Vec::new();
    for student in 0..students {
        for item in 0..items {
            rows.push(object(json!({
                "user_id": format!("u{student}"),
                "item_id": format!("q{item}"),
                "is_correct": draw.answer(student, students, item, items),
                "responded_at": "2025-01-06T10:00:00Z",
            })));
        }
    }
    rows
}

/// The same answers as rows of 0 and 1.
fn matrix(draw: &mut Draw, students: usize, items: usize) -> Value {
    let row = |draw: &mut Draw, student| -> Value {
        (0..items).map(|item| u8::from(draw.answer(student, students, item, items))).collect()
    };
    (0..students).map(|student| row(draw, student)).collect()
}

/// `student_id`, `week`, `score`: students on lines of their own, with scatter.
fn scores(draw: &mut Draw, students: usize, weeks: usize) -> Vec<Map<String, Value>> {
    let mut rows = Vec::new();
    for student in 0..students {
        let (level, slope) = (draw.spread(0.4), 0.05 + draw.spread(0.05));
        for week in 0..weeks {
            let score = level + slope * week as f64 + draw.spread(0.2);
            let student = format!("s{student}");
            rows.push(object(json!({"student_id": student, "week": week, "score": score})));
        }
    }
    rows
}

/// `user_id`, `observed_gap_days`, `event`, `A_t`, `mean_gap_days_28d`: the less engaged fall silent
/// sooner.
fn silences(draw: &mut Draw, students: usize) -> Vec<Map<String, Value>> {
    let row = |student: usize| {
        let engagement = draw.uniform();
        let days = -(1.0 - draw.uniform()).ln() * (4.0 + 30.0 * engagement) + 0.5;
        object(json!({
            "user_id": format!("u{student}"),
            "observed_gap_days": days.min(30.0),
            "event": u8::from(days < 30.0),
            "A_t": engagement,
            "mean_gap_days_28d": 1.0 + 6.0 * draw.uniform(),
        }))
    };
    (0..students).map(row).collect()
}

/// `ds`, `y`: a Monday each, on a line from 0.5 upwards by 0.01 a week with scatter up to 0.01; the week
/// `spike` is 1 above.
fn series(draw: &mut Draw, weeks: usize, spike: Option<u64>) -> Vec<Map<String, Value>> {
    let first = chrono::NaiveDate::from_ymd_opt(2023, 1, 2).unwrap();
    let row = |week: u64| {
        let day = first + chrono::Days::new(7 * week);
        let above = if spike == Some(week) { 1.0 } else { 0.0 };
        let y = 0.5 + 0.01 * week as f64 + draw.spread(0.01) + above;
        object(json!({"ds": day.to_string(), "y": y}))
    };
    (0..weeks as u64).map(row).collect()
}

/// `user_id`, `engagement`, `sessions`, `gap`: students in turn of each of the groups, which lie far from
/// each other.
fn learners(draw: &mut Draw, students: usize, groups: usize) -> Vec<Map<String, Value>> {
    let row = |student: usize| {
        let group = (student % groups) as f64;
        object(json!({
            "user_id": format!("u{student}"),
            "engagement": 0.2 + 0.2 * group + draw.spread(0.03),
            "sessions": 2.0 + 5.0 * group + draw.spread(0.8),
            "gap": 12.0 - 3.0 * group + draw.spread(0.5),
        }))
    };
    (0..students).map(row).collect()
}

/// A linear congruential generator (Knuth, MMIX): scenarios need rows, not good random numbers.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / f64::from(1_u32 << 31)
    }

    /// Between −`half` and `half`.
    fn spread(&mut self, half: f64) -> f64 {
        half * (2.0 * self.uniform() - 1.0)
    }

    fn answer(&mut self, student: usize, students: usize, item: usize, items: usize) -> bool {
        let able = student as f64 / students as f64;
        let hard = item as f64 / items as f64;
        self.uniform() < 0.5 + 0.8 * (able - hard)
    }
}
