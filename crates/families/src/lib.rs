//! Model families: from a request to a fit, its response, what is stored of it, and predictions.
//!
//! One folder a family. The command line, the jobs and the service call the same functions; they
//! differ in where the data come from and where the results go. Nothing here reads a file, a
//! database or a clock.

mod digest;
mod error;
mod fitted;
pub mod growth;
pub mod irt;
mod record;
mod repeat;
mod rows;
pub mod survival;
mod two_threads;

pub use digest::result_digest;
pub use error::{Error, Kind};
pub use fitted::FitAnswer;
pub use record::FitRecord;
pub use repeat::repeat_request;
pub use two_threads::on_two_threads;
