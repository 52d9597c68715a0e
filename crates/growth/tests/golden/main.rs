//! Posteriors against those of brms; `reference/growth.R` makes the figures and says how.

#![allow(clippy::unwrap_used)] // clippy exempts tests, but not the helpers they share
#![allow(clippy::disallowed_methods)] // tolerances are no results

mod brms;
mod gaussian;
mod joint;
mod table;
