//! `seedtest predict MODEL`: from a stored fit, no database.

mod growth;
mod survival;

use std::process::ExitCode;

use crate::cli::{PredictArgs, PredictModel};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(args: &PredictArgs, output: &Output) -> Result<ExitCode, Failure> {
    match &args.model {
        PredictModel::Growth(args) => growth::run(args, output),
        PredictModel::Survival(args) => survival::run(args, output),
    }
}
