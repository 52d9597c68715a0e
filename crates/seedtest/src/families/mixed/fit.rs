//! `seedtest fit lmm` and `seedtest fit glmm`.

use std::path::Path;
use std::process::ExitCode;

use seedtest_families::Outcome;
use seedtest_families::glmm::Generalised;
use seedtest_families::lmm::Linear;
use seedtest_families::mixed::{Defaults, Kind, Spec, column_names, fit};
use seedtest_survival::Silent;
use seedtest_wire::MixedFitRequest;

use super::args::{FamilyChoice, FitArgs, FitGlmmArgs, FitLmmArgs, IntervalsChoice, LinkChoice};
use super::summary::print;
use crate::commands::json_file::write_json;
use crate::commands::rows_read::last_line;
use crate::ending::{ending_of_fit, no_fit};
use crate::failure::Failure;
use crate::families::column::{Wanted, read_for_formula, read_to_predict};
use crate::families::typed::{MIXED, typed};
use crate::output::Output;

pub(super) fn linear(args: &FitLmmArgs, output: &Output) -> Result<ExitCode, Failure> {
    let request = MixedFitRequest { reml: Some(!args.ml), ..request(&args.shared) };
    run(&request, Linear::DEFAULTS, &args.shared, output)
}

pub(super) fn generalised(args: &FitGlmmArgs, output: &Output) -> Result<ExitCode, Failure> {
    let family = match args.family {
        FamilyChoice::Binomial => "binomial",
        FamilyChoice::Poisson => "poisson",
        FamilyChoice::NegativeBinomial => "negative_binomial",
        FamilyChoice::Gaussian => "gaussian",
    };
    let link = args.link.map(|link| match link {
        LinkChoice::Logit => "logit",
        LinkChoice::Probit => "probit",
        LinkChoice::Cloglog => "cloglog",
        LinkChoice::Log => "log",
        LinkChoice::Identity => "identity",
    });
    let request = MixedFitRequest {
        family: Some(family.to_owned()),
        link: link.map(str::to_owned),
        quadrature: args.agq,
        ..request(&args.shared)
    };
    run(&request, Generalised::DEFAULTS, &args.shared, output)
}

/// The request that means what was typed, without its rows.
fn request(args: &FitArgs) -> MixedFitRequest {
    let intervals = match args.intervals {
        IntervalsChoice::Wald => "wald",
        IntervalsChoice::Profile => "profile",
        IntervalsChoice::Bootstrap => "bootstrap",
        IntervalsChoice::None => "none",
    };
    MixedFitRequest {
        formula: args.formula.clone(),
        weights: args.weights.clone(),
        factors: Some(args.factors.clone()),
        strict: Some(args.strict),
        intervals: Some(intervals.to_owned()),
        confidence: Some(args.confidence),
        replicates: Some(args.replicates),
        seed: Some(args.seed),
        against: args.against.clone(),
        by_level: Some(args.by_level),
        max_iter: args.max_iter,
        residuals: Some(args.residuals),
        ..MixedFitRequest::default()
    }
}

fn run(
    request: &MixedFitRequest,
    defaults: Defaults,
    args: &FitArgs,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let in_flags = |error| typed(error, MIXED);
    let spec = Spec::of(request, defaults).map_err(in_flags)?;
    let wanted = Wanted {
        formula: Some(&spec.formula),
        naming: spec.naming_columns()?,
        numbers: spec.weights.iter().cloned().collect(),
        names_of: column_names,
    };
    let table = read_for_formula(&args.data, &wanted, output)?;
    let read = |path: &Path| read_to_predict(path, wanted.naming.clone(), output);
    let newdata = args.newdata.as_deref().map(read).transpose()?;
    match fit(&table, newdata.as_ref(), &spec, &mut Silent).map_err(in_flags)? {
        Outcome::TooLittle(noop) => no_fit(&noop, &noop.reason, args.json.as_deref(), output),
        Outcome::Fitted(fitted) => {
            let run_id = fitted.default_run_id();
            let mut response = fitted.response(&run_id);
            if let Some(path) = args.json.as_deref() {
                let stored = serde_json::to_value(fitted.stored(&run_id));
                response.model = Some(stored.map_err(seedtest_families::Error::from)?);
                write_json(&response, path, output)?;
            } else {
                print(&response, fitted.model.covariance(), output)?;
                last_line(&response.rows, output)?;
            }
            // A singular fit is an optimum; that it is one is among the warnings.
            if response.fit_meta.converged {
                return Ok(ExitCode::SUCCESS);
            }
            Ok(ending_of_fit(&response.fit_meta.verdict, args.json.as_deref(), output))
        }
    }
}
