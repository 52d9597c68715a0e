//! Which kernel fits which family.

use seedtest_survival::{Data, Error as ModelError, Observer, Warning, aft, cox};
use seedtest_wire::PenaltyPathJson;

use super::discrete::Discrete;
use super::elastic_net::fit_elastic_net;
use super::names::Family;
use super::spec::{Penalty, Spec};
use super::stored::Model;

/// What is said of weights like those of inverse probabilities.
const NO_COUNTS: &str = "weights are no counts of rows: standard errors are robust ones (sandwich, every row on its own)";

/// A fitted family.
pub(super) struct FittedModel {
    pub(super) fitted: Model,
    /// Mixture and penalty of an elastic net.
    pub(super) elastic_net: Option<(f64, f64)>,
    pub(super) path: Option<PenaltyPathJson>,
}

impl FittedModel {
    fn plain(fitted: Model) -> Self {
        Self { fitted, elastic_net: None, path: None }
    }
}

/// Fits the family that is asked for.
pub(super) fn fit_model(
    data: &Data<'_>,
    spec: &Spec,
    observer: &mut dyn Observer,
    warnings: &mut Vec<String>,
) -> Result<FittedModel, ModelError> {
    let name = spec.family.name();
    if spec.family != Family::Cox && spec.penalty != Penalty::Automatic {
        warnings.push(format!("penalties are for cox only, {name} was fitted without"));
    }
    let is_net = matches!(spec.penalty, Penalty::ElasticNet(_)) && spec.family == Family::Cox;
    if data.cluster.is_none() && !data.weights_are_counts() && !is_net {
        warnings.push(NO_COUNTS.to_owned());
    }
    if let Some(distribution) = spec.family.distribution() {
        let fit = aft::fit(data, &aft_spec(distribution), observer)?;
        warnings.extend(fit.warnings.iter().map(warning_text));
        return Ok(FittedModel::plain(Model::Parametric(Box::new(fit))));
    }
    if let Some(link) = spec.family.link() {
        let discrete = Discrete::fit(data, link, spec.period_days, observer)?;
        warnings.extend(discrete.fit.warnings.iter().map(warning_text));
        return Ok(FittedModel::plain(Model::Discrete(Box::new(discrete))));
    }
    let Penalty::ElasticNet(net) = spec.penalty else {
        let fit = cox::fit(data, &spec.cox(), observer)?;
        warnings.extend(fit.warnings.iter().map(warning_text));
        return Ok(FittedModel::plain(Model::Cox(Box::new(fit))));
    };
    let penalized = fit_elastic_net(data, spec, &net, observer)?;
    warnings.extend(penalized.fit.warnings.iter().map(warning_text));
    warnings.push("coefficients of an elastic net have no standard errors".into());
    Ok(FittedModel {
        elastic_net: Some((net.alpha, penalized.lambda())),
        path: Some(penalized.json(&net)),
        fitted: Model::Cox(Box::new(penalized.fit)),
    })
}

/// The rows as a model without clusters takes them.
pub(super) fn independent<'a>(data: &Data<'a>) -> Data<'a> {
    Data { cluster: None, ..data.clone() }
}

pub(super) fn aft_spec(distribution: aft::Distribution) -> aft::Spec {
    aft::Spec { distribution, ..aft::Spec::default() }
}

fn warning_text(warning: &Warning) -> String {
    let text = format!("{warning}; {}", warning.hint());
    match warning {
        Warning::DegenerateEventDefinition { .. } => {
            format!("degenerate_event_definition: {text}")
        }
        // The contract's code for it is that of degenerate events.
        Warning::Separation { .. } => {
            format!("separation: {text} (code degenerate_event_definition)")
        }
        _ => text,
    }
}
