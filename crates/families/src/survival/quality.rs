//! Quality on left-out students.

use seedtest_survival::quality::{CrossValidation, Quality, cross_validate, cross_validate_model};
use seedtest_survival::{Data, Error as ModelError, Row, Silent, aft};

use super::discrete::Discrete;
use super::elastic_net::fit_elastic_net;
use super::kernels::{aft_spec, independent};
use super::spec::{Penalty, Spec};

const FOLDS: usize = 5;

/// Quality on left-out students; `None` with a warning where it is not known.
pub(super) fn quality(data: &Data<'_>, spec: &Spec, warnings: &mut Vec<String>) -> Option<Quality> {
    if !spec.quality {
        return None;
    }
    match measured(data, spec) {
        Ok(quality) => Some(quality),
        Err(error) => {
            warnings.push(format!("quality is not known: {error}"));
            None
        }
    }
}

fn measured(data: &Data<'_>, spec: &Spec) -> Result<Quality, ModelError> {
    let method = CrossValidation { horizon: spec.horizon_days, folds: FOLDS, seed: spec.seed };
    if let Some(distribution) = spec.family.distribution() {
        return cross_validate_model(data, &method, |training| {
            let fit = aft::fit(&independent(training), &aft_spec(distribution), &mut Silent)?;
            Ok(move |row: &Row<'_>, time: f64| fit.survival_of(row, time))
        });
    }
    if let Some(link) = spec.family.link() {
        return cross_validate_model(data, &method, |training| {
            let fit = Discrete::fit(&independent(training), link, spec.period_days, &mut Silent)?;
            Ok(move |row: &Row<'_>, time: f64| fit.survival(row, time))
        });
    }
    let Penalty::ElasticNet(net) = spec.penalty else {
        return cross_validate(data, &spec.cox(), &method);
    };
    // The penalty is chosen again in every fold, from the students who stay in.
    cross_validate_model(data, &method, |training| {
        let fit = fit_elastic_net(training, spec, &net, &mut Silent)?.fit;
        Ok(move |row: &Row<'_>, time: f64| fit.survival_of(row, 0.0, time))
    })
}
