#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::disallowed_methods))] // tests measure against the platform

mod beta;
mod budget;
mod cholesky;
mod defaults;
mod diagnostics;
mod elementary;
mod exact_sums;
mod gamma;
mod importance;
mod interrupt;
mod logistic;
mod newton;
mod noncentral;
mod normal;
mod observer;
mod philox;
mod powers;
mod quadrature;
mod quantile;
mod simd;
mod stream;
mod student;
mod student_chunks;
pub mod tiles;
mod verdict;
pub mod whole_line;
mod xxhash64;

pub use beta::{beta_cdf, beta_quantile};
pub use budget::{Budget, Cost, TooLarge};
pub use cholesky::Cholesky;
pub use defaults::{DEFAULT_LEVEL, DEFAULT_SEED};
pub use diagnostics::{
    bulk_ess, energy_bfmi, mcse_mean, mcse_quantile, mcse_sd, mean_ess, quantile_ess, split_rhat,
    tail_ess,
};
pub use elementary::{exp, exp_m1, ln, ln_1p};
pub use exact_sums::ExactSums;
pub use gamma::{chi_square_sf, digamma, gamma_p, gamma_q, ln_beta, ln_gamma};
pub use importance::{
    GeneralizedPareto, LeaveOneOut, LeaveOneOutPoint, ParetoSmoothed, Sensitivity,
    leave_one_out_point, pareto_smooth, power_scaling_sensitivity, relative_efficiency,
};
pub use interrupt::{Interrupt, Interrupted};
pub use logistic::{log1pexp, logistic, logistic_pair, logit, logsumexp};
pub use newton::{Derivatives, Ending, LogLikelihood, Newton, Optimum, Rescue, max_abs};
pub use noncentral::{noncentral_chi_square_cdf, noncentrality};
pub use normal::{normal_cdf, normal_ln_pdf, normal_pdf, normal_quantile};
pub use observer::{Control, Observer, Progress, Silent};
pub use philox::philox4x32;
pub use powers::{cube_root, hypot, square};
pub use quadrature::{Quadrature, QuadratureError, Rule};
pub use quantile::quantile;
pub use simd::vectorized;
pub use stream::Stream;
pub use student::{student_quantile, student_two_sided};
pub use student_chunks::{chunk_count, chunk_of, chunks_of_codes, chunks_of_ids};
pub use verdict::{Loading, Status, Verdict};
pub use xxhash64::xxhash64;
