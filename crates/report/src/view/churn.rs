//! What the churn risk of a student rests on.

use serde::{Deserialize, Serialize};

/// What the risk S of a student rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChurnDetail {
    /// Whole days without activity.
    pub days_silent: u32,
    /// Rate of falling silent against a student with average figures, > 0; `None` for a student who
    /// is silent already.
    pub hazard_ratio: Option<f64>,
    /// What each factor adds to the logarithm of `hazard_ratio`; together exactly that logarithm.
    pub reasons: Vec<ChurnReason>,
}

/// One factor of the risk.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChurnReason {
    /// The factor.
    pub factor: ChurnFactor,
    /// Its value for this student, in the unit of the factor.
    pub value: f64,
    /// What it adds to the logarithm of the hazard ratio.
    pub contribution: f64,
}

/// A factor of the churn model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnFactor {
    /// A_t, 0..1.
    Engagement,
    /// E_t, 0..1.
    Efficiency,
    /// R_t, 0..1.
    Recovery,
    /// Mean gap between two times of activity, in days.
    MeanGap,
    /// Sessions in 28 days.
    Sessions,
    /// Hints per answer.
    Hints,
    /// Seconds per session.
    Dwell,
    /// Ability θ.
    Ability,
    /// Change of θ per week.
    AbilitySlope,
    /// Whole days without activity.
    DaysSilent,
    /// That another factor is not known for this student.
    NotKnown,
}

impl ChurnFactor {
    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engagement => "engagement",
            Self::Efficiency => "efficiency",
            Self::Recovery => "recovery",
            Self::MeanGap => "mean_gap",
            Self::Sessions => "sessions",
            Self::Hints => "hints",
            Self::Dwell => "dwell",
            Self::Ability => "ability",
            Self::AbilitySlope => "ability_slope",
            Self::DaysSilent => "days_silent",
            Self::NotKnown => "not_known",
        }
    }

    /// The factor behind a covariate of the churn data set; `None` for one this version does not
    /// know.
    pub fn of_covariate(name: &str) -> Option<Self> {
        Some(match name {
            "A_t" => Self::Engagement,
            "E_t" => Self::Efficiency,
            "R_t" => Self::Recovery,
            "mean_gap_days_28d" => Self::MeanGap,
            "sessions_28d" => Self::Sessions,
            "hints_28d" => Self::Hints,
            "dwell_seconds_28d" => Self::Dwell,
            "theta" => Self::Ability,
            "theta_slope" => Self::AbilitySlope,
            "days_silent" => Self::DaysSilent,
            _ if name.ends_with("_missing") => Self::NotKnown,
            _ => return None,
        })
    }
}
