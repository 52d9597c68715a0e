//! How well predicted risks agree with what happened, on data the model has not seen.
//!
//! Rows that were censored are stood in for by rows like them that were not: every row with a known
//! outcome is weighted by one over the probability of not having been censored by then (inverse
//! probability of censoring, Graf et al. 1999), estimated by Kaplan–Meier.

mod auc;
mod brier;
mod calibration;
mod censoring;
mod cross_validation;
mod uno;

pub use auc::time_dependent_auc;
pub use brier::{brier_score, integrated_brier_score};
pub use calibration::{Calibration, CalibrationGroup, calibration};
pub use cross_validation::{CrossValidation, Quality, cross_validate, cross_validate_model};
pub use uno::uno_concordance;
