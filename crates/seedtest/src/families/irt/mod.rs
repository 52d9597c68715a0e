//! Item response models on the command line.

mod args;
mod categories;
mod dif;
mod dimensions;
mod fit;
mod items_table;
mod page;
mod quality;

use std::process::ExitCode;

use super::command::{ModelArgs, ModelCommand, Verb};
use crate::failure::Failure;
use crate::output::Output;
use args::FitIrtArgs;

pub(super) const COMMANDS: &[ModelCommand] = &[ModelCommand::of::<FitIrtArgs>()];

impl ModelArgs for FitIrtArgs {
    const VERB: Verb = Verb::Fit;
    const NAME: &'static str = "irt";
    const ABOUT: &'static str = "Item response theory: item parameters and abilities";

    fn run(&self, output: &Output) -> Result<ExitCode, Failure> {
        fit::run(self, output)
    }
}
