//! `seedtest fit MODEL`: one model on one file, no database.

mod growth;
mod irt;
mod survival;
mod survival_curves;

use std::process::ExitCode;

use crate::cli::{FitArgs, FitModel, Global};
use crate::failure::Failure;
use crate::output::Output;

pub(crate) use irt::duplicates;

pub(crate) fn run(args: &FitArgs, _: &Global, output: &Output) -> Result<ExitCode, Failure> {
    match &args.model {
        FitModel::Irt(args) => irt::run(args, output),
        FitModel::Growth(args) => growth::run(args, output),
        FitModel::Survival(args) => survival::run(args, output),
        FitModel::SurvivalCurves(args) => survival_curves::run(args, output),
    }
}
