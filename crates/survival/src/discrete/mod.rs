//! Hazards in periods (Cox 1972; Prentice & Gloeckler 1978; Singer & Willett 1993).

mod at_risk;
mod fit;
mod link;
mod result;

pub use fit::discrete_hazard;
pub use link::Link;
pub use result::{DiscreteCoefficient, DiscreteFit, PeriodLevel};
