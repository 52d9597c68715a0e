//! An ability, and where it stands in a class.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One estimate of a student's ability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AbilityPoint {
    /// Day the answers behind the estimate end.
    pub date: NaiveDate,
    /// Ability θ on the scale of the fitted model (0 = average of the reference group, 1 = one of
    /// its standard deviations).
    pub theta: f64,
    /// Posterior standard deviation or standard error of θ; above 0 where known.
    pub se: Option<f64>,
}

/// Share (0..1) of `class` whose ability lies below `theta`; ties count half, so that the middle
/// of a class is at 0.5 (the mid-rank definition). `None` for an empty class.
pub fn empirical_percentile(theta: f64, class: &[f64]) -> Option<f64> {
    if class.is_empty() {
        return None;
    }
    let below = class.iter().filter(|&&other| other < theta).count() as f64;
    let ties = class.iter().filter(|&&other| other == theta).count() as f64;
    Some((below + ties / 2.0) / class.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::empirical_percentile;

    #[test]
    fn the_middle_of_a_class_is_at_one_half() {
        assert_eq!(empirical_percentile(0.0, &[-1.0, 0.0, 1.0]), Some(0.5));
        assert_eq!(empirical_percentile(0.3, &[0.3, 0.3]), Some(0.5));
        assert_eq!(empirical_percentile(2.0, &[-1.0, 0.0, 1.0, 1.5]), Some(1.0));
        assert_eq!(empirical_percentile(2.0, &[]), None);
    }
}
