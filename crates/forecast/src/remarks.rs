//! What is said of a series and its forecast.

use seedtest_numerics::whole_line::log10;

use crate::anomaly::FEWEST_POINTS;
use crate::cross_validation::Score;
use crate::data::History;
use crate::date::time_text;
use crate::forecast::Point;
use crate::step::Step;

/// A warning that the models were compared on fewer forecasts than there could be.
pub(crate) fn cut_short(scores: &[Score]) -> String {
    let points = scores.first().map_or(0, |score| score.points);
    format!(
        "the time was up before all models were compared: the choice and the intervals rest on {points} \
         held-out points; raise `max_seconds`"
    )
}

/// A warning that anomalies were judged by one fit, in which they took part.
pub(crate) fn judged_once() -> String {
    "the time was up before what is unusual was judged by a fit without it; raise `max_seconds`"
        .to_string()
}

/// A warning where every observation is the same.
pub(crate) fn unvaried(history: &History) -> Option<String> {
    let first = history.y[0];
    history.y.iter().all(|y| *y == first).then(|| {
        let value = number_text(first);
        format!("every observation is {value}: nothing varies that an interval could show")
    })
}

/// A warning where what Prophet's model leaves over goes on from point to point: its intervals take every point as new,
/// and a level that walks is further off the further ahead.
pub(crate) fn follows_itself(history: &[Point], left_out: &[usize]) -> Option<String> {
    /// So much larger than its standard error, 1 / √n, it is once in 100 series of new points.
    const LARGE: f64 = 2.326;
    let of = |(row, point): (usize, &Point)| {
        let known = !left_out.contains(&row);
        point.actual.zip(point.yhat).filter(|_| known).map(|(y, yhat)| y - yhat)
    };
    let left: Vec<f64> = history.iter().enumerate().filter_map(of).collect();
    let squares: f64 = left.iter().map(|r| r * r).sum();
    let products: f64 = left.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = products / squares;
    (left.len() >= FEWEST_POINTS && correlation * (left.len() as f64).sqrt() > LARGE).then(|| {
        format!(
            "what prophet leaves over goes on from point to point (autocorrelation {correlation:.2}), and its \
             intervals take every point as new: what comes may lie further off than they say"
        )
    })
}

/// What to say of the rows that are left out.
pub(crate) fn left_out_text(history: &History, rows: &[usize]) -> Option<String> {
    const NAMED: usize = 3;
    let name = |&row: &usize| {
        format!("{} ({})", time_text(history.time[row]), number_text(history.y[row]))
    };
    let mut names: Vec<String> = rows.iter().take(NAMED).map(name).collect();
    if rows.len() > NAMED {
        names.push(format!("{} more", rows.len() - NAMED));
    }
    let named = names.join(", ");
    (!rows.is_empty()).then(|| {
        format!("no forecast rests on what is too far from the rest, and was gone at the next point: {named}")
    })
}

/// A warning where the points of a series keep to no step.
pub(crate) fn irregular(step: &Step, time: &[i64]) -> Option<String> {
    if step.is_kept_by(time) {
        return None;
    }
    let distances = || time.windows(2).map(|pair| pair[1] - pair[0]);
    let text = |distance: Option<i64>| Step::Seconds(distance.unwrap_or(1)).measure();
    Some(format!(
        "the points are at irregular distances ({} to {}); those to come are taken at the median distance, {}, unless `freq` names another",
        text(distances().min()),
        text(distances().max()),
        step.measure()
    ))
}

/// A number among others that are as little as `apart` from each other, with the digits that tell them from each
/// other: `1000000123.4` where 100 are between them.
pub fn number_text_among(value: f64, apart: f64) -> String {
    const WIDEST: f64 = 1e15;
    const MOST_DIGITS: f64 = 15.0;
    /// Digits of what is between two numbers.
    const DIGITS: f64 = 3.0;
    let size = value.abs();
    let is_usual = size < LARGEST || !value.is_finite() || apart.is_nan() || apart <= 0.0;
    if is_usual {
        return number_text(value);
    }
    if size >= WIDEST {
        let digits = (log10(size / apart) + DIGITS).clamp(DIGITS, MOST_DIGITS);
        return format!("{value:.*e}", digits as usize);
    }
    let decimals = (DIGITS - log10(apart).floor() - 1.0).clamp(0.0, 4.0);
    format!("{value:.*}", decimals as usize)
}

/// Numbers from here on have an exponent.
const LARGEST: f64 = 1e9;

/// A number with the digits a reader needs, whatever its size: `0.0512`, `1.2e-12`.
pub fn number_text(value: f64) -> String {
    const SMALLEST: f64 = 1e-3;
    let size = value.abs();
    if value != 0.0 && !(SMALLEST..LARGEST).contains(&size) && value.is_finite() {
        return format!("{value:.3e}");
    }
    format!("{value:.4}")
}
