//! Items with more than two categories, alone or together with right and wrong answers.
//!
//! The words are those of the rest of the crate: [`Responses`] and a [`Spec`] go into [`fit()`], a [`Fit`]
//! comes out; [`score`] takes abilities from known curves, [`diagnose`] compares answers with them, and
//! [`link`] carries one scale to another. Calibrations run over the same chunks, quadrature and search as
//! those of right and wrong answers.
//!
//! | model | probability of category k of 0..m |
//! |---|---|
//! | graded response (Samejima 1969) | P(Y ≥ k) = logistic(aθ + d_k), b_k = −d_k/a |
//! | generalised partial credit (Muraki 1992) | P(k) ∝ exp(kaθ + d_k), b_k = −(d_k − d_{k−1})/a |
//! | partial credit (Masters 1982) | the same with a = 1 |
//! | rating scale (Andrich 1978) | the same with b_jk = b_j + τ_k, Σ τ = 0, τ common to items of one length |
//! | nominal (Bock 1972) | P(k) ∝ exp(a_kθ + d_k), a_0 = d_0 = 0 |
//!
//! There is no constant 1.7. With two categories the first and second are the 2PL, the third and fourth the
//! Rasch model.

mod anchor;
mod categories;
mod collapse;
mod covariance;
mod curve;
mod curves;
mod dependence;
mod diagnose;
mod error;
mod estimates;
mod fit;
mod item_errors;
mod link;
mod link_graph;
mod linked;
mod m2;
mod model;
mod objective;
mod parameter_map;
mod prior_terms;
mod quantification;
mod responses;
mod result;
mod score;
mod scores_of_answers;
mod spec;
mod standard_errors;
mod start;
mod sx2;

pub use anchor::Anchor;
pub use collapse::Category;
pub use covariance::{Covariance, Parameter, ParameterKind};
pub use curves::{CategoryCurves, Form};
pub use dependence::local_dependence;
pub use diagnose::{
    CategoryDiagnosis, DiagnoseSpec, Diagnosis, ItemDiagnosis, diagnose, diagnose_within,
};
pub use error::Error;
pub use fit::{fit, fit_groups, fit_in_chunks};
pub use item_errors::ItemErrors;
pub use link::{LinkItem, LinkedAnchor, Linking, MATTERS, link};
pub use link_graph::{LinkEdge, ScaleMap, ScalePath, scale_paths};
pub use m2::{M2Kind, limited_information_fit};
pub use model::{ItemModel, UnknownItemModel};
pub use responses::Responses;
pub use result::{Fit, ItemFit, RatingScale};
pub use score::{KnownItem, Score, Scores, estimate_ability, score};
pub use spec::{Spec, Start, StartItem};
