//! Proportional hazards (Cox 1972).

mod baseline;
mod concordance;
mod exact;
mod fit;
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
mod ties;
mod warning;

pub use baseline::Baseline;
pub use concordance::{Concordance, concordance};
pub use fit::fit;
pub use predict::{SurvivalAt, rank_percentiles};
pub use proportionality::{Proportionality, Transform, proportionality};
pub use residuals::{Residuals, residuals};
pub use result::{ChiSquare, Coefficient, Estimate, Fit, GlobalTests, NoEstimate};
pub use spec::Spec;
pub use ties::Ties;
pub use warning::Warning;
