#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! [`cox`] relates the hazard to covariates; [`kaplan_meier()`], [`log_rank()`] and [`aalen_johansen()`]
//! describe it without; [`aft`] and [`discrete_hazard`] are the fully parametric relatives;
//! [`quality`] judges predictions on rows a model has not seen.

#![cfg_attr(test, allow(clippy::disallowed_methods))] // tests measure against the platform

mod aalen_johansen;
pub mod aft;
mod chi_square;
mod clusters;
mod conditional_risk;
pub mod cox;
mod data;
mod discrete;
mod error;
mod folds;
mod formula_data;
mod jackknife;
mod kaplan_meier;
mod linear_map;
mod log_rank;
mod overlaps;
mod parametric_verdict;
pub mod quality;
mod radix;
mod risk_sets;
mod risk_table;
mod sandwich;
mod separation;
mod simd;
mod standard;
mod tasks;
mod warning;

pub use aalen_johansen::{CumulativeIncidence, aalen_johansen};
pub use chi_square::ChiSquare;
pub use conditional_risk::conditional_risk;
pub use data::{Covariate, Data, Row};
pub use discrete::{DiscreteCoefficient, DiscreteFit, Link, PeriodLevel, discrete_hazard};
pub use error::Error;
pub use formula_data::FormulaData;
pub use kaplan_meier::{
    Bounds, SurvivalCurve, kaplan_meier, kaplan_meier_robust, restricted_mean_robust,
};
pub use log_rank::{LogRank, log_rank};
pub use overlaps::refuse_overlaps;
pub use warning::Warning;

pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
