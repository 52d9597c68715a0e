//! A calibration on another scale.

use crate::covariance::{Covariance, ItemErrors, ParameterKind};
use crate::item_parameters::ItemParameters;
use crate::result::{Ability, Fit, GroupFit, ItemFit, LatentFit};

impl Fit {
    /// The same calibration on the scale θ* = slope·θ + intercept: a* = a/slope,
    /// b* = slope·b + intercept, c* = c; standard errors and covariance follow, with the constants
    /// taken as exact. Log-likelihood and verdict do not change.
    #[must_use]
    pub fn on_scale(&self, slope: f64, intercept: f64) -> Self {
        let ability = |ability: &Ability| Ability {
            theta: slope * ability.theta + intercept,
            se: slope * ability.se,
            ..*ability
        };
        let latent = |latent: &LatentFit| LatentFit {
            mean: slope * latent.mean + intercept,
            sd: slope * latent.sd,
            mean_se: latent.mean_se.map(|se| slope * se),
            sd_se: latent.sd_se.map(|se| slope * se),
            ..*latent
        };
        let group = |of: &GroupFit| GroupFit { latent: latent(&of.latent), ..*of };
        Self {
            items: self.items.iter().map(|item| item_on_scale(item, slope, intercept)).collect(),
            abilities: self.abilities.iter().map(ability).collect(),
            latent: latent(&self.latent),
            groups: self.groups.iter().map(group).collect(),
            covariance: self.covariance.as_ref().map(|covariance| covariance.on_scale(slope)),
            ..self.clone()
        }
    }
}

fn item_on_scale(item: &ItemFit, slope: f64, intercept: f64) -> ItemFit {
    let ItemParameters { a, b, c } = ItemParameters::from(item).on_scale(slope, intercept);
    let se = item.se.map(|se| ItemErrors {
        a: se.a.map(|a| a / slope),
        b: se.b.map(|b| b * slope),
        ..se
    });
    ItemFit { a, b, c, se, ..item.clone() }
}

impl Covariance {
    fn on_scale(&self, slope: f64) -> Self {
        let factors: Vec<f64> = self
            .parameters
            .iter()
            .map(|parameter| match parameter.kind {
                ParameterKind::A => 1.0 / slope,
                ParameterKind::B | ParameterKind::Mean | ParameterKind::Sd => slope,
                ParameterKind::C => 1.0,
            })
            .collect();
        self.scaled(&factors)
    }
}
