//! What happens to anchors whose parameters have moved.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftArg {
    Test,
    None,
}
