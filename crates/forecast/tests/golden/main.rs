//! Fits against the figures of Python's prophet; `reference/forecast.py` makes them and says how.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share

mod prophet;
