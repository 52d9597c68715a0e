//! Symmetric matrices in square tiles: the part of the system that elimination of the largest
//! grouping factor leaves.

mod cholesky;
mod matrix;
mod pattern;

pub(crate) use cholesky::{NotPositiveDefinite, TileCholesky};
pub(crate) use matrix::TileMatrix;
pub(crate) use pattern::Pattern;
