#![doc = include_str!("../README.md")]

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
