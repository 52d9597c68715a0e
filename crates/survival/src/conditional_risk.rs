//! The risk of those who have come so far.

use crate::error::Error;

/// Probability of the event between two times, given none up to the first, `elapsed`: 1 − S(then)/S(now),
/// kept within 0 and 1.
///
/// # Errors
/// [`Error::NotEstimable`] when nobody is left at `elapsed`.
pub fn conditional_risk(elapsed: f64, now: f64, then: f64) -> Result<f64, Error> {
    if now == 0.0 {
        let reason = "the model leaves nobody without the event by then";
        return Err(Error::NotEstimable { what: "risk", at: elapsed, reason });
    }
    Ok((1.0 - then / now).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::conditional_risk;

    #[test]
    fn half_of_those_who_are_left() {
        assert_eq!(conditional_risk(3.0, 0.5, 0.25).ok(), Some(0.5));
        assert_eq!(conditional_risk(3.0, 0.5, 0.5).ok(), Some(0.0));
        assert!(conditional_risk(3.0, 0.0, 0.0).is_err());
    }
}
