//! Who may ask: the tokens of callers.

pub(crate) mod tokens;
