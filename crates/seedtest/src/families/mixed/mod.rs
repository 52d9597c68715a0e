//! Linear and generalised linear mixed models on the command line.

mod args;
mod fit;
mod predict;
mod summary;

use std::process::ExitCode;

use seedtest_families::mixed::Scale;

use self::predict::Model;
use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::{FitGlmmArgs, FitLmmArgs, PredictGlmmArgs, PredictLmmArgs, ScaleChoice};

pub(super) const COMMANDS: &[ModelCommand] = &[
    ModelCommand::of::<FitLmmArgs>(),
    ModelCommand::of::<FitGlmmArgs>(),
    ModelCommand::of::<PredictLmmArgs>(),
    ModelCommand::of::<PredictGlmmArgs>(),
];

impl ModelArgs for FitLmmArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "lmm";
    const ABOUT: &'static str =
        "Linear mixed model: fixed effects, variances, modes of every level";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::linear(self, output)
    }
}

impl ModelArgs for FitGlmmArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "glmm";
    const ABOUT: &'static str = "Generalised linear mixed model: right answers, shares, counts";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::generalised(self, output)
    }
}

impl ModelArgs for PredictLmmArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = "lmm";
    const ABOUT: &'static str = "Predictions from a stored linear mixed model";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        predict::run(&self.shared, Model::Linear, Scale::Response, output)
    }
}

impl ModelArgs for PredictGlmmArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = "glmm";
    const ABOUT: &'static str = "Predictions from a stored generalised linear mixed model";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        let scale = match self.scale {
            ScaleChoice::Response => Scale::Response,
            ScaleChoice::Link => Scale::Link,
        };
        predict::run(&self.shared, Model::Generalised, scale, output)
    }
}
