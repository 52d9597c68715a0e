//! Item response models for every caller: answers in, item parameters and abilities out.

mod anchors;
mod calibration;
mod digest;
mod linking;
mod log;
mod quality;
mod request;
mod score;
mod start;

pub use calibration::{CalibratedLog, CalibrationRequest, calibrate, input_digest};
pub use linking::LinkingChoice;
pub use request::{CalibrateAnswer, answer_calibrate};
pub use score::{ScoreAnswer, answer_score};

/// Name of the family in routes, runs and the ledger.
pub const NAME: &str = "irt";
