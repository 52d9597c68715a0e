//! Simulated series.

use seedtest_numerics::Stream;

pub(crate) const DAY: i64 = 86_400;
pub(crate) const WEEK: i64 = 7 * DAY;
/// 2024-01-01, a Monday.
pub(crate) const START: i64 = 19_723 * DAY;

pub(crate) fn weeks(n: usize) -> Vec<i64> {
    (0..n as i64).map(|w| START + w * WEEK).collect()
}

pub(crate) fn days(n: usize) -> Vec<i64> {
    (0..n as i64).map(|d| START + d * DAY).collect()
}

/// A line with normal noise: 0.5 + slope·t/n + 0.05 z.
pub(crate) fn line(n: usize, slope: f64, number: u64) -> Vec<f64> {
    let mut stream = Stream::new(77, number);
    (0..n).map(|t| 0.5 + slope * t as f64 / n as f64 + 0.05 * stream.normal()).collect()
}
