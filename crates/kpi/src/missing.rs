//! Why a KPI has no value.

/// Why a KPI has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
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
    /// No wrong answer in the previous window, so there is nothing to recover.
    NothingToRecover,
    /// None of the items answered wrong was tried again in the recent window.
    NoRetry,
    /// Fewer than two distinct times of activity.
    SingleTime,
    /// No activity in the window.
    NoActivity,
    /// The model that estimates this number has not been fitted for this student.
    NotEstimated,
    /// The estimate carries no usable standard error.
    NoStandardError,
    /// The number is a spread or bound of a posterior, and none stands behind the value beside it.
    NoPosterior,
    /// The growth that the number rests on is that of its prior: the scores say nothing of it.
    SlopeOfPrior,
}

impl Missing {
    /// Every reason.
    pub const ALL: [Self; 13] = [
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
        Self::NoPosterior,
        Self::SlopeOfPrior,
    ];

    /// The reason with this code.
    pub fn find(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missing| missing.code() == code)
    }

    /// The stable code written to `weekly_kpi` and looked up by the report.
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
            Self::NoPosterior => "no_posterior",
            Self::SlopeOfPrior => "slope_of_prior",
        }
    }
}

/// A KPI value, or why there is none.
pub type Kpi = Result<f64, Missing>;
