//! Which of the usual seasonalities are in the model, and their Fourier series.

use serde::{Deserialize, Serialize};

use crate::date::DAY;
use crate::spec::{Mode, Spec, Toggle};
use crate::trigonometry::sin_cos_turns;

/// A seasonality with everything decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedSeasonality {
    /// Its name.
    pub name: String,
    /// Days of a period.
    pub period: f64,
    /// Harmonics.
    pub order: usize,
    /// Standard deviation of the prior of its coefficients.
    pub prior_scale: f64,
    /// How it enters.
    pub mode: Mode,
    /// Name of the condition under which it applies.
    pub condition: Option<String>,
}

/// Whether the times of a history say anything of the phases of other times: each of these is near one
/// of the history's, or between two that are near enough to each other for the highest harmonic.
pub(crate) fn covers(history: &[i64], other: &[i64], period: f64, order: usize) -> bool {
    let phase = |time: &i64| (*time as f64 / DAY as f64 / period).rem_euclid(1.0);
    let mut seen: Vec<f64> = history.iter().map(phase).collect();
    seen.sort_unstable_by(f64::total_cmp);
    let Some((&first, &last)) = seen.first().zip(seen.last()) else { return false };
    // Two points for each wave of the highest harmonic, an eighth of it from one.
    let (widest, near) = (0.5 / order as f64, 0.125 / order as f64);
    other.iter().map(phase).all(|at| {
        let next = seen.partition_point(|p| *p < at);
        let after = seen.get(next).map_or(first + 1.0, |p| *p) - at;
        let before = at - next.checked_sub(1).map_or(last - 1.0, |i| seen[i]);
        before + after <= widest || before.min(after) <= near
    })
}

/// Prophet's rule: yearly with two years, weekly with two weeks of points closer than a week, daily
/// with two days of points closer than a day. `time` is in ascending order.
pub(crate) fn resolve(spec: &Spec, time: &[i64]) -> Vec<FittedSeasonality> {
    let span = time.last().zip(time.first()).map_or(0, |(last, first)| last - first);
    let spacing = time.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(i64::MAX);
    let usual = [
        ("yearly", 365.25, 10, spec.yearly, span >= 730 * DAY),
        ("weekly", 7.0, 3, spec.weekly, span >= 14 * DAY && spacing < 7 * DAY),
        ("daily", 1.0, 4, spec.daily, span >= 2 * DAY && spacing < DAY),
    ];
    let mut resolved = Vec::new();
    for (name, period, usual_order, toggle, is_identified) in usual {
        let given = spec.seasonalities.iter().any(|s| s.name == name);
        let order = match toggle {
            Toggle::Auto => (is_identified && !given).then_some(usual_order),
            Toggle::On => Some(usual_order),
            Toggle::Off => None,
            Toggle::Order(order) => Some(order),
        };
        let Some(order) = order.filter(|_| !given) else { continue };
        resolved.push(FittedSeasonality {
            name: name.to_string(),
            period,
            order,
            prior_scale: spec.seasonality_prior_scale,
            mode: spec.seasonality_mode,
            condition: None,
        });
    }
    resolved.extend(spec.seasonalities.iter().map(|s| FittedSeasonality {
        name: s.name.clone(),
        period: s.period,
        order: s.order,
        prior_scale: s.prior_scale.unwrap_or(spec.seasonality_prior_scale),
        mode: s.mode.unwrap_or(spec.seasonality_mode),
        condition: s.condition.clone(),
    }));
    resolved
}

impl FittedSeasonality {
    /// Sine and cosine of every harmonic, columns one after another; 0 where the condition does not
    /// hold.
    pub(crate) fn columns(&self, time: &[i64], holds: Option<&[bool]>, out: &mut Vec<f64>) {
        let n = time.len();
        let start = out.len();
        out.resize(start + 2 * self.order * n, 0.0);
        let columns = &mut out[start..];
        for (row, &time) in time.iter().enumerate() {
            if holds.is_some_and(|h| !h[row]) {
                continue;
            }
            let turns = time as f64 / DAY as f64 / self.period;
            // Higher harmonics by the addition theorem: a rotation by the first.
            let (sin, cos) = sin_cos_turns(turns);
            let (mut s, mut c) = (sin, cos);
            for harmonic in 0..self.order {
                columns[2 * harmonic * n + row] = s;
                columns[(2 * harmonic + 1) * n + row] = c;
                (s, c) = (s * cos + c * sin, c * cos - s * sin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, covers};

    #[test]
    fn phases_that_were_never_seen_are_not_covered() {
        let daily: Vec<i64> = (0..21).map(|d| d * DAY).collect();
        let twice: Vec<i64> = (0..8).flat_map(|w| [7 * w, 7 * w + 3]).map(|d| d * DAY).collect();
        let weekly = |history: &[i64], other: &[i64]| covers(history, other, 7.0, 3);
        assert!(weekly(&daily, &[22 * DAY + 3600, 29 * DAY + DAY / 2]));
        assert!(weekly(&twice, &[70 * DAY, 73 * DAY]));
        assert!(!weekly(&twice, &[70 * DAY, 71 * DAY]));
        // The hours of a school day say nothing of its evening.
        let hours: Vec<i64> =
            (0..5).flat_map(|d| (9..16).map(move |h| d * DAY + h * 3600)).collect();
        let hour = |h: i64| 6 * DAY + h * 3600;
        assert!(covers(&hours, &[hour(9), hour(12), hour(15)], 1.0, 4));
        assert!(!covers(&hours, &[hour(16)], 1.0, 4));
    }
}
