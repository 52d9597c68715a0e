//! Why a KPI has no value.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a KPI has no value. The codes are those stored in `weekly_kpi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No answer of known correctness in the recent window.
    NoAttemptsRecent,
    /// No answer of known correctness in the window before it.
    NoAttemptsPrevious,
    /// No right answer with a recorded response time in the recent window.
    NoResponseTimesRecent,
    /// No right answer with a recorded response time in the window before it.
    NoResponseTimesPrevious,
    /// Response times are not recorded at all.
    NoResponseTimes,
    /// Nothing was answered wrong before, so there is nothing to recover.
    NothingToRecover,
    /// None of the items answered wrong was tried again.
    NoRetry,
    /// Fewer than two distinct times of activity.
    SingleTime,
    /// No activity in the window.
    NoActivity,
    /// The model that estimates this number has not been fitted for this student.
    #[serde(rename = "not_estimated_yet")]
    NotEstimated,
    /// The estimate carries no usable standard error.
    NoStandardError,
    /// The scores say nothing of how the student grows.
    SlopeOfPrior,
}

/// A reason code this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown reason code '{code}'")]
pub struct UnknownReason {
    /// The code as given.
    pub code: String,
}

impl Reason {
    /// Every reason, in the order of declaration.
    pub const ALL: [Self; 12] = [
        Self::NoAttemptsRecent,
        Self::NoAttemptsPrevious,
        Self::NoResponseTimesRecent,
        Self::NoResponseTimesPrevious,
        Self::NoResponseTimes,
        Self::NothingToRecover,
        Self::NoRetry,
        Self::SingleTime,
        Self::NoActivity,
        Self::NotEstimated,
        Self::NoStandardError,
        Self::SlopeOfPrior,
    ];

    /// The stable code of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoAttemptsRecent => "no_attempts_recent",
            Self::NoAttemptsPrevious => "no_attempts_previous",
            Self::NoResponseTimesRecent => "no_response_times_recent",
            Self::NoResponseTimesPrevious => "no_response_times_previous",
            Self::NoResponseTimes => "no_response_times",
            Self::NothingToRecover => "nothing_to_recover",
            Self::NoRetry => "no_retry",
            Self::SingleTime => "single_time",
            Self::NoActivity => "no_activity",
            Self::NotEstimated => "not_estimated_yet",
            Self::NoStandardError => "no_standard_error",
            Self::SlopeOfPrior => "slope_of_prior",
        }
    }
}

impl FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.code() == code)
            .ok_or_else(|| UnknownReason { code: code.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn codes_round_trip_and_match_the_serialised_form() {
        for reason in Reason::ALL {
            assert_eq!(reason.code().parse(), Ok(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
        assert!("no_such_code".parse::<Reason>().is_err());
    }
}
