//! Whether items work alike in two groups of students (differential item functioning).
//!
//! [`dif`] compares every item of a reference and a focal group in several ways at once: among students of
//! equal score ([`MantelHaenszel`], [`LogisticDif`]) and under a response model whose other items carry the scale
//! ([`ModelDif`]: likelihood ratio, Wald, areas between the curves). Everything is signed so that below 0 means:
//! harder for the focal group.

mod area;
mod compare;
mod error;
mod holm;
mod logistic;
mod mantel_haenszel;
mod matching;
mod model;
mod result;
mod shared_categories;
mod spec;

pub use area::{Area, CovarianceOfItem, lord, raju_area};
pub use compare::dif;
pub use error::DifError;
pub use logistic::{LogisticDif, Test};
pub use mantel_haenszel::{Class, MantelHaenszel, Odds};
pub use model::{ModelDif, NoModelDif};
pub use result::{Dif, GroupImpact, ItemDif, JoinedCategories, Kind, NoComparison};
pub use spec::{AnchorChoice, DifSpec};
