//! Work on other threads, and how it is stopped.

mod ahead;
mod cancel;

pub use cancel::Cancel;

pub(crate) use ahead::ahead;
