#![doc = include_str!("../README.md")]
//!
//! # How it works
//!
//! For the Gaussian family the students' effects integrate out: the no-U-turn sampler moves in the
//! four to six parameters of the population only, and students with the same weeks share their
//! matrices ([`fit()`]). Given each draw a student's line is normal, and is drawn from that
//! ([`Fit::students`]).

#![cfg_attr(test, allow(clippy::disallowed_methods))] // tests measure against the platform

mod adaptation;
#[cfg(test)]
mod calibration_tests;
mod checkpoint;
mod conflict;
mod data;
mod density;
#[cfg(test)]
mod density_tests;
mod diagnostics;
mod draws;
mod error;
mod exact;
mod explained_variance;
mod family;
mod features;
mod fit;
mod goal;
mod identification;
mod joint;
mod joint_students;
mod layout;
mod leave_one_out;
mod marginal;
mod matrix;
mod measured;
mod mode;
mod normal_table;
mod nuts;
mod pattern_sums;
mod phi_sums;
mod pooled;
mod predictive_checks;
mod prior;
mod prior_density;
mod sensitivity;
mod spec;
mod starts;
mod stored;
mod students;
mod tail_quantile;
mod units;
mod verdict;

pub use adaptation::Adaptation;
pub use checkpoint::{Checkpoint, SavedChain, SavedState};
pub use conflict::PriorConflict;
pub use data::GrowthData;
pub use diagnostics::{Diagnostics, ParameterSummary};
pub use draws::{Draw, Parameter};
pub use error::Error;
pub use explained_variance::ExplainedVariance;
pub use family::{Effects, Family};
pub use features::{Features, predict_features};
pub use fit::{Fit, ScoreSummary, fit, resume};
pub use goal::{Goal, GoalPrediction};
pub use leave_one_out::LeaveOneStudentOut;
pub use nuts::Transition;
pub use predictive_checks::{PredictiveCheck, Statistic};
pub use prior::{Place, Prior, PriorSet, Priors};
pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
pub use sensitivity::ParameterSensitivity;
pub use spec::{Sampling, Spec};
pub use stored::{predict_students, predict_students_within, students_at};
