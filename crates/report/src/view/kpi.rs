//! The KPIs of one student and week.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Reason;

/// One number of the week, how sure we are of it, and why it is missing if it is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Kpi {
    /// The value; `None` when it cannot be computed.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval, where one is known.
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval, where one is known.
    pub upper: Option<f64>,
    /// Count behind the value: answers (I_t), right answers with a time (E_t), retries (R_t),
    /// answers (A_t) or days looked at (active days); see [`KpiKind`].
    pub n: Option<u32>,
    /// Why there is no value.
    pub reason: Option<Reason>,
    /// The day of the fit behind it, where that is before the last day the report is about.
    pub as_of: Option<NaiveDate>,
}

impl Kpi {
    /// A known value with nothing else known about it.
    pub fn known(value: f64) -> Self {
        Self { value: Some(value), ..Self::default() }
    }

    /// No value, and why.
    pub fn unknown(reason: Reason) -> Self {
        Self { reason: Some(reason), ..Self::default() }
    }
}

impl From<Result<f64, Reason>> for Kpi {
    fn from(result: Result<f64, Reason>) -> Self {
        result.map_or_else(Self::unknown, Self::known)
    }
}

/// The KPIs of one student and week.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct KpiCards {
    /// I_t, improvement index, −1..1.
    #[serde(rename = "I_t")]
    pub improvement: Kpi,
    /// E_t before it is cut to 0..1: the share by which the median time of right answers fell;
    /// negative = slower, at most 1.
    #[serde(rename = "E_t")]
    pub efficiency: Kpi,
    /// R_t, recovery, 0..1.
    #[serde(rename = "R_t")]
    pub recovery: Kpi,
    /// A_t, engagement, 0..1.
    #[serde(rename = "A_t")]
    pub engagement: Kpi,
    /// P, probability of reaching the goal, 0..1, only where a goal is set. Not shown while it has no
    /// value and the reason is [`Reason::NotEstimated`].
    #[serde(rename = "P")]
    pub goal: Kpi,
    /// S, churn risk, 0..1, high is bad. Not shown while it has no value and the reason is
    /// [`Reason::NotEstimated`].
    #[serde(rename = "S")]
    pub churn: Kpi,
    /// Distinct study sessions in 28 days.
    pub sessions: Kpi,
    /// Days with answers among the last 28.
    pub active_days: Kpi,
}

/// Which KPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KpiKind {
    /// I_t.
    Improvement,
    /// E_t.
    Efficiency,
    /// R_t.
    Recovery,
    /// A_t.
    Engagement,
    /// P.
    Goal,
    /// S.
    Churn,
    /// Sessions in 28 days.
    Sessions,
    /// Days with answers among the last 28.
    ActiveDays,
}

impl KpiKind {
    /// Every KPI in the order a report shows them.
    pub const ALL: [Self; 8] = [
        Self::Improvement,
        Self::Engagement,
        Self::Recovery,
        Self::Efficiency,
        Self::Goal,
        Self::Churn,
        Self::Sessions,
        Self::ActiveDays,
    ];

    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Improvement => "improvement",
            Self::Efficiency => "efficiency",
            Self::Recovery => "recovery",
            Self::Engagement => "engagement",
            Self::Goal => "goal",
            Self::Churn => "churn",
            Self::Sessions => "sessions",
            Self::ActiveDays => "active_days",
        }
    }

    /// Smallest and largest possible value.
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Improvement => (-1.0, 1.0),
            Self::Efficiency => (f64::NEG_INFINITY, 1.0),
            Self::Recovery | Self::Engagement | Self::Goal | Self::Churn => (0.0, 1.0),
            Self::Sessions => (0.0, f64::INFINITY),
            Self::ActiveDays => (0.0, 28.0),
        }
    }

    /// The range a chart shows; `None` for counts. Time per answer may grow without bound, and a
    /// chart stops at twice as long.
    pub(crate) fn drawn_range(self) -> Option<(f64, f64)> {
        match self {
            Self::Improvement | Self::Efficiency => Some((-1.0, 1.0)),
            Self::Recovery | Self::Engagement | Self::Goal | Self::Churn => Some((0.0, 1.0)),
            Self::Sessions | Self::ActiveDays => None,
        }
    }
}

impl KpiCards {
    /// The KPI of this kind.
    pub fn get(&self, kind: KpiKind) -> &Kpi {
        match kind {
            KpiKind::Improvement => &self.improvement,
            KpiKind::Efficiency => &self.efficiency,
            KpiKind::Recovery => &self.recovery,
            KpiKind::Engagement => &self.engagement,
            KpiKind::Goal => &self.goal,
            KpiKind::Churn => &self.churn,
            KpiKind::Sessions => &self.sessions,
            KpiKind::ActiveDays => &self.active_days,
        }
    }

    /// Whether a report shows this KPI: it has a value, or there is something to say about why it
    /// has none. A number whose model is not fitted yet is left out.
    pub fn is_shown(&self, kind: KpiKind) -> bool {
        let kpi = self.get(kind);
        kpi.value.is_some() || !matches!(kpi.reason, None | Some(Reason::NotEstimated))
    }
}
