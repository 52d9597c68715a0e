//! Requests of the HTTP contract, from the parsed request to the response: what the server and
//! whoever repeats a stored request both call.

mod calibrate;
mod error;
mod repeat;
mod rows;
mod run;
mod score;

pub use calibrate::{CalibrateAnswer, answer_calibrate};
pub use error::RequestError;
pub(crate) use repeat::repeat_request;
pub use run::{FitEnd, FitRun, NewFit, fit_run_id};
pub use score::{ScoreAnswer, answer_score};
