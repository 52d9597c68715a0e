//! Quality on left-out students.

use seedtest_formula::Factor;
use seedtest_numerics::Interrupt;
use seedtest_survival::quality::{CrossValidation, Quality, cross_validate, cross_validate_model};
use seedtest_survival::{Data, Error as ModelError, Row, aft};

use super::discrete::Discrete;
use super::elastic_net::fit_elastic_net;
use super::kernels::{aft_spec, independent};
use super::spec::{Penalty, Spec};

const FOLDS: usize = 5;

/// Quality on left-out students; `None` with a warning where it is not known. `strata`: those of the rows, with their
/// names.
pub(super) fn quality(
    data: &Data<'_>,
    strata: Option<&Factor>,
    spec: &Spec,
    interrupt: &Interrupt,
    warnings: &mut Vec<String>,
) -> Option<Quality> {
    if !spec.quality {
        return None;
    }
    let found = measured(data, spec, interrupt);
    match found.and_then(|quality| Ok(interrupt.check().map(|()| quality)?)) {
        Ok(quality) => Some(quality),
        Err(error) => {
            warnings.push(format!("quality is not known: {}", said(&error, strata)));
            None
        }
    }
}

/// What is said of an error; a stratum goes by its name in the data.
fn said(error: &ModelError, strata: Option<&Factor>) -> String {
    let ModelError::UnknownStratum { stratum } = error else { return error.to_string() };
    let name = strata.and_then(|strata| strata.levels().get(*stratum as usize));
    let name = name.map_or_else(|| stratum.to_string(), Clone::clone);
    format!("without some of the students nobody of stratum `{name}` had the event")
}

fn measured(data: &Data<'_>, spec: &Spec, interrupt: &Interrupt) -> Result<Quality, ModelError> {
    interrupt.check()?;
    let method = CrossValidation { horizon: spec.horizon_days, folds: FOLDS, seed: spec.seed };
    if let Some(distribution) = spec.family.distribution() {
        return cross_validate_model(data, &method, |training| {
            let fit =
                aft::fit(&independent(training), &aft_spec(distribution), &mut interrupt.clone())?;
            Ok(move |row: &Row<'_>, time: f64| fit.survival_of(row, time))
        });
    }
    if let Some(link) = spec.family.link() {
        return cross_validate_model(data, &method, |training| {
            let fit = Discrete::fit(
                &independent(training),
                link,
                spec.period_days,
                &mut interrupt.clone(),
            )?;
            Ok(move |row: &Row<'_>, time: f64| fit.survival(row, time))
        });
    }
    let Penalty::ElasticNet(net) = spec.penalty else {
        return cross_validate(data, &spec.cox(), &method, interrupt);
    };
    // The penalty is chosen again in every fold, from the students who stay in.
    cross_validate_model(data, &method, |training| {
        let fit = fit_elastic_net(training, spec, &net, &mut interrupt.clone())?.fit;
        Ok(move |row: &Row<'_>, time: f64| fit.survival_of(row, 0.0, time))
    })
}
