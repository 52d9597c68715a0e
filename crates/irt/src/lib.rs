#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! [`fit`] estimates the items, [`score`](score()) and [`score_answers`] the students, [`link()`] puts two calibrations on
//! one scale, [`diagnose`](diagnose()) says how well items and students fit; [`polytomous`], [`dif`], [`dimensions`] and [`cat`] are
//! modules of their own. The probability of a right answer is P(θ) = c + (1 − c)·logistic(a(θ − b)) with
//! discrimination a, difficulty b and guessing c; there is no 1.7 constant.

#![cfg_attr(test, allow(clippy::disallowed_methods))] // tests measure against the platform

mod ability;
mod acceleration;
mod anchor;
mod answer_chunks;
mod byte_order;
pub mod cat;
mod chunk_step;
mod classical;
mod codes;
mod covariance;
mod curvature;
mod curves;
mod dependence;
mod design;
mod diagnose;
pub mod dif;
pub mod dimensions;
mod disjoint_sets;
mod drift;
mod drift_test;
mod equating;
mod error;
mod expectation;
#[cfg(test)]
mod expectation_tests;
mod fit;
mod flags;
mod forms;
mod grid;
mod groups;
mod guessing;
mod identification;
mod information_product;
#[cfg(test)]
mod information_product_tests;
mod isolated;
mod item_parameters;
mod item_step;
mod latent;
mod layout;
mod likelihood;
mod link;
mod link_error;
mod link_methods;
mod link_search;
mod linkage;
mod linked;
mod m2;
mod maximization;
mod missing_information;
mod model;
pub mod multidimensional;
mod newton;
mod parameters;
mod passes;
mod person_fit;
mod plausible;
pub mod polytomous;
mod posterior;
mod priors;
mod priors_json;
mod reliability;
mod rescale;
mod residual_fit;
mod responses;
mod result;
mod score;
mod score_error;
mod screening;
mod search;
mod spec;
mod standard_errors;
mod start;
mod step_statistics;
mod sum_scores;
mod sx2;
mod topics;
mod verdict;
mod warm_curvature;

pub use anchor::Anchor;
pub use classical::{ClassicalItem, ItemSums};
pub use covariance::{Covariance, ItemErrors, Parameter, ParameterKind};
pub use dependence::{
    DependenceSpec, DependentPair, LocalDependence, NoDependenceTest, local_dependence,
};
pub use design::{Warning, doubtful_anchors};
pub use diagnose::{DiagnoseSpec, Diagnosis, ItemDiagnosis, NoSX2, diagnose, diagnose_within};
pub use drift::{Drift, DriftReason, DriftThresholds, ItemDrift, Severity, compare};
pub use drift_test::{AnchorDrift, DriftTest};
pub use equating::{
    AnchoredScores, EquatedObservedScore, EquatedScore, EquatingError, ScoreDistribution,
    ScoreMoments, Smoothed, chained_equipercentile, equate_true_scores, equating_table,
    equipercentile, equipercentile_errors, expected_score, frequency_estimation, linear_equating,
    mean_equating,
};
pub use error::Error;
pub use fit::{fit, fit_groups, fit_in_chunks, fit_in_passes, used_items};
pub use flags::Flag;
pub use forms::FormDifference;
pub use groups::Groups;
pub use guessing::FixedGuessing;
pub use item_parameters::ItemParameters;
pub use link::{LinkItem, LinkMethod, LinkSpec, Linking, link};
pub use link_error::LinkError;
pub use m2::{M2, M2Spec, NoM2, limited_information_fit};
pub use model::{Model, UnknownModel};
pub use parameters::Bound;
pub use passes::{ChunkAnswers, Pass, PassSums, Unreadable};
pub use person_fit::PersonFit;
pub use plausible::{PlausibleValues, plausible_values};
pub use priors::{GuessingPrior, LogNormal, Normal, Priors};
pub use reliability::{
    AbilityReliability, InformationPoint, Reliability, ability_grid, information_points,
    reliability_of, test_information,
};
pub use residual_fit::{MeanSquares, Q3};
pub use responses::Responses;
pub use result::{
    Ability, Fit, GroupFit, ItemFit, LatentFit, NoErrors, UnscoredReason, UnscoredStudent,
};
pub use score::{Prior, Score, ScoreMethod, ScoreSpec, Scores, Unbounded, score, score_answers};
pub use score_error::ScoreError;
pub use screening::{SkipReason, SkippedItem};
pub use spec::{Latent, SeedPrior, Spec, Start, StartGroup, StartItem};
pub use standard_errors::{SeMethod, StandardErrors};
pub use sum_scores::{SumScore, score_distribution, sum_score_table};
pub use sx2::SX2;
pub use topics::{TopicAbility, TopicSpec, topic_abilities};

pub use seedtest_numerics::{Control, Loading, Observer, Progress, Rule, Silent, Status, Verdict};
