//! Scores of one form as scores of another.

mod anchored;
mod conversion;
mod distribution;
mod error;
mod smoothing;
mod table;
mod true_score;

pub use anchored::{AnchoredScores, chained_equipercentile, frequency_estimation};
pub use conversion::{equipercentile, equipercentile_errors, linear_equating, mean_equating};
pub use distribution::{ScoreDistribution, ScoreMoments};
pub use error::EquatingError;
pub use smoothing::Smoothed;
pub use table::{EquatedObservedScore, equating_table};
pub use true_score::{EquatedScore, equate_true_scores, expected_score};
