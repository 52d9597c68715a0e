//! Proportional hazards (Cox 1972).

mod baseline;
mod concordance;
#[cfg(test)]
mod derivative_tests;
mod elastic_net;
mod exact;
mod fit;
mod folds;
mod gram;
mod likelihood;
mod newton;
mod pairs;
mod panel;
mod partial;
mod predict;
mod proportionality;
mod refit;
mod residuals;
mod result;
mod risk_sets;
mod robust;
mod score;
mod screening;
mod spec;
mod standard;
mod sums;
mod ties;
mod warning;

pub use baseline::Baseline;
pub use concordance::{Concordance, concordance};
pub use elastic_net::{Path, PathPoint, PathSpec, PathValidation, elastic_net};
pub use fit::{fit, fit_at};
pub(crate) use folds::{folds, split};
pub use predict::{SurvivalAt, rank_percentiles};
pub use proportionality::{Proportionality, Transform, proportionality};
pub use residuals::{Residuals, residuals};
pub use result::{ChiSquare, Coefficient, Estimate, Fit, GlobalTests, NoEstimate};
pub(crate) use risk_sets::RiskSets;
pub(crate) use robust::{numbered, sandwich};
pub use spec::Spec;
pub(crate) use standard::{Moments, moments};
pub use ties::Ties;
pub use warning::Warning;
