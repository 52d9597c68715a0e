//! What holds in every model where a request, a flag or a setting says nothing.

/// Seed of the random numbers.
pub const DEFAULT_SEED: u64 = 42;

/// Probability inside intervals.
pub const DEFAULT_LEVEL: f64 = 0.95;
