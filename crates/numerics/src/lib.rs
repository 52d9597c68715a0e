//! Quadrature, special functions, counter-based random numbers and convergence verdicts.
//!
//! Nothing here reads a clock, the environment or a global generator, and the elementary functions
//! do not call the platform's mathematics library: equal inputs give equal bytes everywhere.

mod cholesky;
mod elementary;
mod gamma;
mod logistic;
mod normal;
mod observer;
mod philox;
mod quadrature;
mod stream;
mod verdict;

pub use cholesky::Cholesky;
pub use elementary::{exp, ln};
pub use gamma::{chi_square_sf, gamma_p, gamma_q, ln_beta, ln_gamma};
pub use logistic::{log1pexp, logistic, logit, logsumexp};
pub use normal::{normal_cdf, normal_ln_pdf, normal_pdf, normal_quantile};
pub use observer::{Control, Observer, Progress, Silent};
pub use philox::philox4x32;
pub use quadrature::{Quadrature, QuadratureError, Rule};
pub use stream::Stream;
pub use verdict::{Loading, Status, Verdict};
