//! A series as rows of a request, for a service at another address.

use seedtest_forecast::time_text;
use seedtest_wire::Rows;
use serde_json::{Map, Value, json};

/// A series under the names of every known service.
pub fn rows_of(time: &[i64], y: &[f64]) -> Rows {
    let object = |(&time, &value): (&i64, &f64)| -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("ds".into(), json!(time_text(time)));
        object.insert("week_start".into(), json!(time_text(time)));
        object.insert("y".into(), json!(value));
        object.insert("I_t".into(), json!(value));
        object
    };
    time.iter().zip(y).map(object).collect()
}
