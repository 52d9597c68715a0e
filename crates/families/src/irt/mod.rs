//! Item response models: answers in, item parameters and abilities out.

mod anchors;
mod digest;
mod family;
mod fit;
mod linking;
mod log;
mod quality;
mod request;
mod response;
mod score;
mod spec;
mod start;

pub(crate) use family::ENTRY;
pub use family::Irt;
pub use fit::{Fitted, fit, input_digest};
pub use linking::LinkingChoice;
pub use request::request_of;
pub use score::{Scored, score};
pub use spec::Spec;
