//! Segments on the command line.

mod args;
mod fit;
mod predict;

use std::process::ExitCode;

use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::{FitClusterArgs, PredictClusterArgs};

pub(super) const COMMANDS: &[ModelCommand] =
    &[ModelCommand::of::<FitClusterArgs>(), ModelCommand::of::<PredictClusterArgs>()];

const NAME: &str = "cluster";
const ALIASES: &[&str] = &["clustering", "segments"];

impl ModelArgs for FitClusterArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = NAME;
    const ALIASES: &'static [&'static str] = ALIASES;
    const ABOUT: &'static str =
        "Segments of learners: how many there are, how sure, who belongs where";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::run(self, output)
    }
}

impl ModelArgs for PredictClusterArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = NAME;
    const ALIASES: &'static [&'static str] = ALIASES;
    const ABOUT: &'static str = "Segments of new rows from a stored fit";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        predict::run(self, output)
    }
}
