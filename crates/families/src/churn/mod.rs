//! Churn as a question for a survival model: who will fall silent for two weeks?
//!
//! This is the one place where what is recorded of students becomes the data set of that model, and the
//! model's answer the risk S of a student.

mod covariates;
mod data_set;
mod landmarks;
mod risk;
mod spec;

pub use covariates::{ABILITY_DAYS, AbilityOnDay, Values, covariate_names};
pub use data_set::{AtLandmark, ChurnData, StudentToday, landmark_rows, table_today};
pub use landmarks::{Landmark, landmarks};
pub use risk::{NoProbability, StudentRisk, Today};
pub use spec::{ChurnSpec, active_days, days_silent};

use crate::survival;

/// The survival model of churn: landmarks by their covariates, the silence of the threshold within as many
/// days, and what the risk of everybody is made of.
pub fn model_of(data: &ChurnData, spec: &ChurnSpec) -> survival::Spec {
    let threshold = f64::from(spec.threshold_days);
    survival::Spec {
        covariates: Some(data.covariates.clone()),
        event_threshold_days: threshold,
        horizon_days: threshold,
        reasons: survival::Reasons::Always,
        ..survival::Spec::default()
    }
}
