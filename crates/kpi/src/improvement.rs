//! Improvement I_t, its standard error and its trend.

use seedtest_numerics::hypot;

use crate::missing::Missing;
use crate::theta::Theta;

const FULL_EXPOSURE: f64 = 30.0;
const MIN_ANSWERS_FOR_THETA: u32 = 5;
const Z95: f64 = 1.96;
const MAX_PENALTY: f64 = 0.5;

/// Right answers out of the answers of known correctness in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowScore {
    /// Answers of known correctness.
    pub n: u32,
    /// Right ones among them.
    pub right: u32,
}

impl WindowScore {
    /// Share of right answers; `None` without answers.
    pub fn accuracy(self) -> Option<f64> {
        (self.n > 0).then(|| f64::from(self.right) / f64::from(self.n))
    }

    /// Half-width of the 95 % Wilson interval over 1.96 (Wilson 1927): a standard error of the
    /// accuracy that does not vanish when all answers are right or all are wrong.
    fn wilson_se(self) -> Option<f64> {
        let p = self.accuracy()?;
        let n = f64::from(self.n);
        let z2 = Z95 * Z95;
        Some((p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n))
    }
}

/// Which path computed I_t.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Difference of abilities.
    ThetaDelta,
    /// Difference of accuracies.
    AccuracyDelta,
}

impl Method {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::ThetaDelta, Self::AccuracyDelta];

    /// The value of the key `method` in `weekly_kpi`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ThetaDelta => "theta_delta",
            Self::AccuracyDelta => "accuracy_delta",
        }
    }
}

/// Which way a student goes, as far as the data can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// The 95 % interval of I_t lies above 0.
    Improving,
    /// It holds 0.
    Stable,
    /// It lies below 0.
    Declining,
}

impl Trend {
    /// The word of the contract (docs/contract/http-api.md H15).
    pub fn code(self) -> &'static str {
        match self {
            Self::Improving => "improving",
            Self::Stable => "stable",
            Self::Declining => "declining",
        }
    }
}

/// The improvement index and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Improvement {
    /// I_t in −1..1.
    pub value: f64,
    /// Standard error of I_t from both windows (Wilson-based on the accuracy path), with exposure
    /// and penalty taken as fixed; `None` on the θ path when a standard error is unknown.
    pub se: Option<f64>,
    /// Which path computed it.
    pub method: Method,
    /// Factor in 0..1 for the number of recent answers.
    pub exposure: f64,
    /// Factor in 0.5..1 for how sure the recent level is.
    pub confidence: f64,
}

impl Improvement {
    /// Whether I_t differs from 0 by more than 1.96 standard errors; `None` without one.
    pub fn trend(&self) -> Option<Trend> {
        let reach = Z95 * self.se?;
        Some(match self.value {
            value if value > reach => Trend::Improving,
            value if value < -reach => Trend::Declining,
            _ => Trend::Stable,
        })
    }
}

/// Improvement index I_t: the change between two windows, shrunk when there are fewer than 30
/// recent answers (exposure) and by up to a half when the recent level is uncertain (penalty).
///
/// With at least 5 recent answers and an ability in both windows the change is one of θ, else of
/// accuracy.
///
/// # Errors
/// The accuracy path needs at least one answer in each window.
pub fn improvement(
    recent: WindowScore,
    previous: WindowScore,
    theta: Option<(Theta, Theta)>,
) -> Result<Improvement, Missing> {
    let exposure = (f64::from(recent.n) / FULL_EXPOSURE).min(1.0);
    match theta {
        Some((recent_theta, previous_theta)) if recent.n >= MIN_ANSWERS_FOR_THETA => {
            Ok(theta_delta(recent_theta, previous_theta, exposure))
        }
        _ => accuracy_delta(recent, previous, exposure),
    }
}

fn theta_delta(recent: Theta, previous: Theta, exposure: f64) -> Improvement {
    let confidence = penalty(recent.se.unwrap_or(0.0));
    let factor = exposure * confidence;
    let spread = recent.se.zip(previous.se).map(|(r, p)| hypot(r, p));
    Improvement {
        value: ((recent.theta - previous.theta) * factor).clamp(-1.0, 1.0),
        se: spread.map(|s| s * factor),
        method: Method::ThetaDelta,
        exposure,
        confidence,
    }
}

fn accuracy_delta(
    recent: WindowScore,
    previous: WindowScore,
    exposure: f64,
) -> Result<Improvement, Missing> {
    let p_recent = recent.accuracy().ok_or(Missing::NoAttemptsRecent)?;
    let p_previous = previous.accuracy().ok_or(Missing::NoAttemptsPrevious)?;
    let wald = (p_recent * (1.0 - p_recent) / f64::from(recent.n)).sqrt();
    let confidence = penalty(wald);
    let factor = exposure * confidence;
    let spread = recent.wilson_se().zip(previous.wilson_se()).map(|(r, p)| hypot(r, p));
    Ok(Improvement {
        value: ((p_recent - p_previous) * factor).clamp(-1.0, 1.0),
        se: spread.map(|s| s * factor),
        method: Method::AccuracyDelta,
        exposure,
        confidence,
    })
}

fn penalty(se: f64) -> f64 {
    1.0 - (Z95 * se).min(MAX_PENALTY)
}
