//! Importance sampling with Pareto-smoothed weights (Vehtari, Simpson, Gelman, Yao & Gabry 2024) and
//! what it answers: leave-one-out prediction and sensitivity to prior and likelihood.

mod cumulative_divergence;
mod generalized_pareto;
mod leave_one_out;
mod pareto_smoothing;
mod power_scaling;

pub use generalized_pareto::GeneralizedPareto;
pub use leave_one_out::{LeaveOneOut, LeaveOneOutPoint, leave_one_out_point};
pub use pareto_smoothing::{ParetoSmoothed, pareto_smooth, relative_efficiency};
pub use power_scaling::{Sensitivity, power_scaling_sensitivity};
