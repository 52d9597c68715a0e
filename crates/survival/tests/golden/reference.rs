//! Comparison with figures of R.

use serde_json::Value;

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().unwrap_or_else(|| panic!("no list: {value}"));
    list.iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Asserts that numbers agree with those of R to `tolerance`, relative to the larger of the number
/// and `scale`.
pub(crate) fn assert_close(what: &str, ours: &[f64], theirs: &[f64], tolerance: f64, scale: f64) {
    assert_eq!(ours.len(), theirs.len(), "{what}: number of values");
    for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let far = (ours - theirs).abs() / theirs.abs().max(scale);
        assert!(far <= tolerance, "{what}[{at}]: {ours} against {theirs}, off by {far:e}");
    }
}
