//! Item response models: answers in, item parameters and abilities out.

mod anchors;
mod asked;
mod cat;
mod cat_words;
mod categories;
mod categories_anchors;
mod categories_linking;
mod categories_response;
mod categories_score;
mod cost;
mod dif;
mod digest;
mod dimensions;
mod dimensions_response;
mod equate;
mod family;
mod fit;
mod fit_statistics;
mod groups;
mod guessing;
mod known;
mod link_category_fits;
mod link_fits;
mod linking;
mod log;
mod passes;
#[cfg(test)]
mod passes_tests;
mod population;
mod quality;
mod request;
mod response;
mod response_parts;
mod rows_of_log;
mod score;
mod score_log;
mod scored_log;
mod scored_table;
mod shown;
mod spec;
mod start;
mod words;

pub use asked::{AUTO_PER_ITEM, Answered, Asked, Calibrated, CalibrationJson, category_model};
pub use cat::{CatBank, cat_next};
pub use categories::{CategoriesFitted, CategoriesSpec, calibrate_categories, categories_digest};
pub use categories_anchors::known_curves;
pub use categories_score::{ScoringAsked, largest_score, score_categories};
pub use dimensions::{DimensionsChoice, DimensionsFitted, DimensionsSpec, fit_dimensions};
pub use equate::{AnchorMethod, EquatingDesign, HighestScores, equate};
pub(crate) use family::ENTRY;
pub use family::Irt;
pub use fit::{Fitted, conflicts_told, fit, input_digest};
pub use guessing::Guessing;
pub use link_category_fits::{CategoryFit, link_category_fits};
pub use link_fits::{LinkedFits, NotLinked, link_fits, parameters_of_fit};
pub use linking::{DriftChoice, LinkingChoice};
pub use log::responses_of;
pub use passes::{
    ChunkAbility, ChunkSummary, FittedInPasses, PackedChunk, PassPlan, fit_in_passes,
    spec_of_passes,
};
pub use population::{FittedPopulation, Priors};
pub use quality::ItemFlags;
pub use request::{request_of, request_of_scores};
pub use rows_of_log::{rows_not_read, rows_of_counts, rows_of_log, rows_read};
pub use score::{Scored, score};
pub use score_log::{KnownParameters, LogScores, LogScoring, score_log};
pub use scored_log::{ScoredLog, ScoredRow};
pub use scored_table::ScoredColumns;
pub use shown::{Shown, ShownItem};
pub use spec::Spec;
