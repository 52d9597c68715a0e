//! What linear and generalised linear mixed models share: rows in, fit, figures and predictions out.
//!
//! The families [`crate::lmm`] and [`crate::glmm`] differ in their defaults only ([`Kind`]).

mod cost;
#[cfg(test)]
mod doubt_tests;
mod family;
mod fit;
mod hand_made;
mod intervals;
mod model;
mod new_rows;
mod people;
mod predict;
mod response;
mod rows;
mod spec;
mod stored;
#[cfg(test)]
mod tests;

pub use family::{Data, Kind, Mixed};
pub(crate) use family::{fit_route, predict_route, read_predict};
pub use fit::{Fitted, fit};
pub use model::Model;
pub use people::{item_difficulties, recommended_items, student_abilities};
pub use predict::{predict, predict_table};
pub use rows::column_names;
pub(crate) use spec::{ANSWERS, PROGRESS};
pub use spec::{Defaults, Intervals, MissingValues, ModelSpec, Scale, Spec};
pub use stored::Stored;
