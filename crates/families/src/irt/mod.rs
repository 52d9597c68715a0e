//! Item response models: answers in, item parameters and abilities out.

mod anchors;
mod categories;
mod cost;
mod dif;
mod digest;
mod equate;
mod family;
mod fit;
mod fit_statistics;
mod groups;
mod guessing;
mod linking;
mod log;
mod population;
mod quality;
mod request;
mod response;
mod score;
mod scored_log;
mod spec;
mod start;
mod words;

pub use categories::{CategoriesSpec, fit_categories};
pub use equate::{AnchorMethod, EquatingDesign, HighestScores, equate};
pub(crate) use family::ENTRY;
pub use family::Irt;
pub use fit::{Fitted, conflicts_told, fit, input_digest};
pub use guessing::Guessing;
pub use linking::{DriftChoice, LinkingChoice};
pub use population::{FittedPopulation, Priors};
pub use request::request_of;
pub use score::{Scored, score};
pub use scored_log::{ScoredColumns, ScoredLog};
pub use spec::Spec;
