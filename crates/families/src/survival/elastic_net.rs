//! A Cox model with one penalty of a path.

use std::collections::BTreeMap;

use seedtest_survival::cox::{self, Fit, Path, PathSpec};
use seedtest_survival::{Data, Error as ModelError, Observer, Status};
use seedtest_wire::PenaltyPathJson;

use super::spec::{ElasticNet, Lambda, Spec};

/// A Cox model with the coefficients of one penalty of a path.
pub(super) struct Penalized {
    pub(super) fit: Fit,
    path: Path,
    /// Position of the penalty.
    chosen: usize,
}

/// Fits the path, chooses a penalty and puts a baseline under its coefficients.
pub(super) fn fit_elastic_net(
    data: &Data<'_>,
    spec: &Spec,
    net: &ElasticNet,
    observer: &mut dyn Observer,
) -> Result<Penalized, ModelError> {
    let at = match net.lambda {
        Lambda::At(lambda) => Some(vec![lambda]),
        Lambda::Min | Lambda::OneSe => None,
    };
    let path_spec = PathSpec {
        ties: spec.ties,
        alpha: net.alpha,
        folds: at.is_none().then_some(net.folds),
        lambda: at,
        n_lambda: net.n_lambda,
        seed: spec.seed,
        ..PathSpec::default()
    };
    let path = cox::elastic_net(data, &path_spec, observer)?;
    let last = path.points.len() - 1;
    let chosen = path.cross_validation.as_ref().map_or(last, |validation| match net.lambda {
        Lambda::OneSe => validation.one_se,
        Lambda::Min | Lambda::At(_) => validation.best,
    });
    let point = &path.points[chosen];
    let mut fit = cox::fit_at(data, &spec.cox(), &point.coefficients)?;
    let reason = match (path.truncated, point.converged) {
        (true, _) => Some("stopped by the caller"),
        (false, false) => Some("the largest number of steps was reached"),
        (false, true) => None,
    };
    if let Some(reason) = reason {
        fit.verdict.status = Status::Truncated { reason: reason.into() };
    }
    Ok(Penalized { fit, path, chosen })
}

impl Penalized {
    /// The penalty that was chosen.
    pub(super) fn lambda(&self) -> f64 {
        self.path.points[self.chosen].lambda
    }

    /// The whole path.
    pub(super) fn json(&self, net: &ElasticNet) -> PenaltyPathJson {
        let points = &self.path.points;
        let column = |j: usize| points.iter().map(|point| point.coefficients[j]).collect();
        let names = self.path.names.iter().cloned().enumerate();
        let validation = self.path.cross_validation.as_ref();
        let nonzero = |c: &[f64]| c.iter().filter(|b| **b != 0.0).count();
        PenaltyPathJson {
            alpha: net.alpha,
            chosen: self.chosen,
            lambda: points.iter().map(|point| point.lambda).collect(),
            n_nonzero: points.iter().map(|point| nonzero(&point.coefficients)).collect(),
            coefficients: names.map(|(j, name)| (name, column(j))).collect::<BTreeMap<_, _>>(),
            loglik: points.iter().map(|point| point.log_likelihood).collect(),
            deviance: validation.map(|v| v.deviance.clone()),
            deviance_se: validation.map(|v| v.deviance_se.clone()),
            min: validation.map(|v| v.best),
            one_se: validation.map(|v| v.one_se),
        }
    }
}
