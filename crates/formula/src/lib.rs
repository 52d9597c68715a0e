//! R formulas for all models: text → terms → model matrix, grouping factors, offsets and response.
//!
//! ```
//! use seedtest_formula::{Formula, Frame};
//! let mut frame = Frame::new();
//! frame.push_numeric("score", vec![0.2, 0.4, 0.5, 0.9])?;
//! frame.push_numeric("week", vec![1.0, 2.0, 1.0, 2.0])?;
//! frame.push_text("gender", &["F", "F", "M", "M"])?;
//! let design = Formula::parse("score ~ week + gender")?.design(&frame)?;
//! assert_eq!(design.fixed.names, ["(Intercept)", "week", "genderM"]);
//! assert_eq!(design.fixed.column(2), [0.0, 0.0, 1.0, 1.0]);
//! # Ok::<(), seedtest_formula::Error>(())
//! ```
//!
//! Differences from R: levels sort by bytes (R: by locale), levels that no complete row has are
//! dropped, a `.` leaves out grouping factors, strata, clusters and offsets, of the functions that depend
//! on the whole column only `poly`, `bs` and `ns` are known,
//! a term that computes to infinity or NaN is an error instead of a dropped row, and a response that
//! is repeated on the right is no term.

mod basis;
mod coding;
mod design;
mod encoder;
mod error;
mod evaluate;
mod expression;
mod factor;
mod formula;
mod frame;
mod function;
mod missing;
mod model_matrix;
mod number;
mod parser;
mod part;
mod polynomial;
mod random;
mod response;
mod size;
mod spline;
mod terms;
mod token;

pub use design::{Design, RandomDesign};
pub use encoder::{Encoded, Encoder};
pub use error::{Error, Fault, SyntaxError};
pub use factor::{Factor, MISSING};
pub use formula::Formula;
pub use frame::{Column, Frame};
pub use missing::Dropped;
pub use model_matrix::ModelMatrix;
pub use part::Part;
pub use random::RandomTerm;
pub use response::Response;
pub use size::Size;
