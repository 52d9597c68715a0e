//! Requests of the HTTP contract, from the parsed request to the response: what the server and
//! whoever repeats a stored request both call.

mod calibrate;
mod error;
mod fitted;
mod growth;
mod repeat;
mod rows;
mod run;
mod score;
mod survival;

pub use calibrate::{CalibrateAnswer, answer_calibrate};
pub use error::RequestError;
pub use fitted::FitAnswer;
pub use growth::{GROWTH, answer_growth_fit, stored_growth};
pub(crate) use repeat::repeat_request;
pub use run::{FitEnd, FitRun, NewFit, fit_run_id};
pub use score::{ScoreAnswer, answer_score};
pub use survival::{SURVIVAL, answer_survival_fit, stored_survival};
