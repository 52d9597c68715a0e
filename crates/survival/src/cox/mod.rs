//! Proportional hazards (Cox 1972).

mod baseline;
mod concordance;
#[cfg(test)]
mod derivative_tests;
mod elastic_net;
mod exact;
mod fit;
mod gram;
mod likelihood;
mod pairs;
mod panel;
mod partial;
mod predict;
mod proportionality;
mod refit;
mod residuals;
mod result;
mod robust;
mod score;
mod screening;
mod spec;
mod sums;
mod ties;

pub use baseline::Baseline;
pub use concordance::{Concordance, concordance};
pub use elastic_net::{Path, PathPoint, PathSpec, PathValidation, elastic_net};
pub use fit::{fit, fit_at};
pub use predict::{SurvivalAt, rank_percentiles};
pub use proportionality::{Proportionality, Term, Transform, proportionality};
pub use residuals::{Residuals, residuals};
pub use result::{Coefficient, Estimate, Fit, GlobalTests, NoEstimate};
pub use spec::Spec;
pub use ties::Ties;
