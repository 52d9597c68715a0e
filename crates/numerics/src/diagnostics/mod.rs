//! How far draws from Markov chains can be trusted (Vehtari, Gelman, Simpson, Carpenter & Bürkner
//! 2021, "Rank-normalization, folding, and localization").
//!
//! Chains are slices of draws, `chains[chain][draw]`. Where a figure does not exist (fewer than four
//! draws a chain, unequal lengths, a draw that is not finite, all draws equal) it is `None`.

mod chains;
mod effective_sample_size;
mod energy;
mod monte_carlo_error;
mod rank_normalization;
mod split_rhat;

pub(crate) use effective_sample_size::geyer_ess;
pub use effective_sample_size::{bulk_ess, mean_ess, quantile_ess, tail_ess};
pub use energy::energy_bfmi;
pub use monte_carlo_error::{mcse_mean, mcse_quantile, mcse_sd};
pub use split_rhat::split_rhat;
