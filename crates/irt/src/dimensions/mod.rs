//! Whether one ability is enough: polychoric (of two categories, tetrachoric) correlations, their
//! eigenvalues, and what these are by chance ([`parallel_analysis`]) or under a calibration of one dimension
//! ([`second_dimension`]).

mod bivariate_normal;
mod eigenvalues;
mod parallel;
mod polychoric;
mod second;
mod tables;

pub use bivariate_normal::bivariate_normal_cdf;
pub use eigenvalues::symmetric_eigenvalues;
pub(crate) use eigenvalues::symmetric_eigenvectors;
pub use parallel::{NoDimensions, ParallelAnalysis, ParallelSpec, Rank, parallel_analysis};
pub use polychoric::{polychoric, polychoric_correlations};
pub use second::{SecondDimension, second_dimension};
