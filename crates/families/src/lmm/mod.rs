//! Linear mixed models.

mod family;

pub(crate) use family::ENTRY;
pub use family::{Linear, Lmm, PROGRESS_PATH};
