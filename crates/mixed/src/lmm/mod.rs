//! Linear mixed models.

mod fit;
mod predict;
mod problem;
mod result;
mod satterthwaite;
mod spec;
#[cfg(test)]
mod tests;

pub use fit::fit;
pub use result::Fit;
pub use spec::Spec;
