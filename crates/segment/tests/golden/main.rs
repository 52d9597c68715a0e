//! Clusterings against the figures of scikit-learn and SciPy; `reference/segment.py` makes them.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod sklearn;
