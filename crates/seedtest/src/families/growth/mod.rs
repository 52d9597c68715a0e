//! Growth on the command line.

mod args;
mod deadline;
mod draws_file;
mod fit;
mod predict;

use std::process::ExitCode;

use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::{FitGrowthArgs, PredictGrowthArgs};

pub(super) const COMMANDS: &[ModelCommand] =
    &[ModelCommand::of::<FitGrowthArgs>(), ModelCommand::of::<PredictGrowthArgs>()];

impl ModelArgs for FitGrowthArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "growth";
    const ABOUT: &'static str = "Growth over weeks and the probability to reach a goal";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::run(self, output)
    }
}

impl ModelArgs for PredictGrowthArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = "growth";
    const ABOUT: &'static str =
        "Probability to reach a goal, from a stored growth fit or one mean and standard deviation";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        predict::run(self, output)
    }
}
