//! Survival models on the command line.

mod args;
mod curves;
mod fit;
mod predict;

use std::process::ExitCode;

use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::{FitSurvivalArgs, FitSurvivalCurvesArgs, PredictSurvivalArgs};

pub(super) const COMMANDS: &[ModelCommand] = &[
    ModelCommand::of::<FitSurvivalArgs>(),
    ModelCommand::of::<FitSurvivalCurvesArgs>(),
    ModelCommand::of::<PredictSurvivalArgs>(),
];

impl ModelArgs for FitSurvivalArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "survival";
    const ABOUT: &'static str = "Time to an event: Cox regression and parametric relatives";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::run(self, output)
    }
}

impl ModelArgs for FitSurvivalCurvesArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "survival-curves";
    const ABOUT: &'static str =
        "Survival without covariates: Kaplan-Meier, Nelson-Aalen, log-rank, competing ends";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        curves::run(self, output)
    }
}

impl ModelArgs for PredictSurvivalArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = "survival";
    const ABOUT: &'static str = "Survival curves, risks and ranks from a stored survival fit";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        predict::run(self, output)
    }
}
