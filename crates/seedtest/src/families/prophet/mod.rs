//! Forecasts on the command line.

mod args;
mod fit;
mod predict;

use std::process::ExitCode;

use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::{FitProphetArgs, PredictProphetArgs};

pub(super) const COMMANDS: &[ModelCommand] =
    &[ModelCommand::of::<FitProphetArgs>(), ModelCommand::of::<PredictProphetArgs>()];

const NAME: &str = "prophet";
const ALIASES: &[&str] = &["forecast"];

impl ModelArgs for FitProphetArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = NAME;
    const ALIASES: &'static [&'static str] = ALIASES;
    const ABOUT: &'static str =
        "Forecast of a series with anomalies: Prophet's model, or a simpler one that is closer";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::run(self, output)
    }
}

impl ModelArgs for PredictProphetArgs {
    const VERB: Verb = Verb::Predict;
    const NAME: &'static str = NAME;
    const ALIASES: &'static [&'static str] = ALIASES;
    const ABOUT: &'static str = "Points to come of a stored forecast";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        predict::run(self, output)
    }
}
