//! A calibration on the scale of another one, with the errors of the link.

use crate::covariance::{Covariance, ItemErrors, Parameter, ParameterKind};
use crate::item_parameters::ItemParameters;
use crate::link::Linking;
use crate::result::{Ability, Fit, GroupFit, ItemFit, LatentFit};

/// Derivatives of one linked estimate: by itself on the new scale, and by (A, B).
#[derive(Debug, Clone, Copy)]
struct Derivatives {
    own: f64,
    constants: [f64; 2],
}

impl Linking {
    /// Derivatives of a linked estimate whose value on the new scale is `value`: a* = a/A,
    /// b* = A·b + B, c* = c, μ* = A·μ + B, σ* = A·σ.
    fn derivatives(&self, kind: ParameterKind, value: f64) -> Derivatives {
        let slope = self.slope;
        let (own, constants) = match kind {
            ParameterKind::A => (1.0 / slope, [-value / (slope * slope), 0.0]),
            ParameterKind::B | ParameterKind::Mean => (slope, [value, 1.0]),
            ParameterKind::C => (1.0, [0.0; 2]),
            ParameterKind::Sd => (slope, [value, 0.0]),
        };
        Derivatives { own, constants }
    }

    /// u·V·wᵀ with the covariance matrix of (A, B); 0 where no errors are known.
    fn between(&self, u: [f64; 2], w: [f64; 2]) -> f64 {
        let Some(v) = self.variance() else { return 0.0 };
        u[0] * (v[0][0] * w[0] + v[0][1] * w[1]) + u[1] * (v[1][0] * w[0] + v[1][1] * w[1])
    }

    /// Covariance of the linked estimates (delta method): their own, that of the constants, and
    /// the covariance of both, since the anchors are among the estimates.
    ///
    /// `covariance` is that of the new calibration as it was given to [`link`](crate::link());
    /// `value` gives each estimate on the new scale. Of a covariance by item only the blocks of the
    /// items are kept: what the link adds between items is left out.
    #[must_use]
    pub fn carry(&self, covariance: &Covariance, value: impl Fn(Parameter) -> f64) -> Covariance {
        let derivatives: Vec<Derivatives> = covariance
            .parameters
            .iter()
            .map(|&parameter| self.derivatives(parameter.kind, value(parameter)))
            .collect();
        let with = |row: usize, u: [f64; 2]| {
            self.with_new.get(row).map_or(0.0, |with| with[0] * u[0] + with[1] * u[1])
        };
        covariance.mapped(|i, j, own| {
            let (x, y) = (derivatives[i], derivatives[j]);
            // What is not determined has a variance of zero, and keeps it.
            if covariance.get(i, i) <= 0.0 || covariance.get(j, j) <= 0.0 {
                return 0.0;
            }
            x.own * y.own * own
                + x.own * with(i, y.constants)
                + y.own * with(j, x.constants)
                + self.between(x.constants, y.constants)
        })
    }

    /// Standard error on the old scale of an ability on the new one: the spread of its posterior
    /// and the error of the constants. The items' parameters count as known, as in any score.
    pub fn ability_error(&self, theta: f64, se: f64) -> f64 {
        let u = [theta, 1.0];
        (self.slope * self.slope * se * se + self.between(u, u)).sqrt()
    }
}

impl Fit {
    /// The same calibration on the scale that a linking leads to, with the errors of the linking:
    /// those of items, abilities and ability distribution follow by the delta method from the joint
    /// covariance of the estimates and the constants. `linking` must have been found with this
    /// fit's covariance on the new side. Log-likelihood and verdict do not change.
    #[must_use]
    pub fn linked(&self, linking: &Linking) -> Self {
        let moved = self.on_scale(linking.slope, linking.intercept);
        let Some(own) = &self.covariance else {
            return Self { abilities: self.linked_abilities(linking), ..moved };
        };
        let value = |parameter: Parameter| self.value(parameter);
        let covariance = linking.carry(own, value);
        let items = moved.items.into_iter().map(|item| with_errors(item, &covariance)).collect();
        let group = |(own, moved): (&GroupFit, &GroupFit)| {
            let latents = (own.latent, moved.latent);
            let latent = linked_latent(linking, &covariance, Some(own.group), latents);
            GroupFit { latent, ..*moved }
        };
        let groups: Vec<GroupFit> = self.groups.iter().zip(&moved.groups).map(group).collect();
        let latent = groups.iter().find(|group| group.reference).map_or_else(
            || linked_latent(linking, &covariance, None, (self.latent, moved.latent)),
            |group| group.latent,
        );
        let abilities = self.linked_abilities(linking);
        Self { items, latent, groups, abilities, covariance: Some(covariance), ..moved }
    }

    /// An estimate by its name.
    fn value(&self, Parameter { item, kind, group }: Parameter) -> f64 {
        let of_item = |item: u32| {
            let at = self.items.binary_search_by_key(&item, |fit| fit.item).ok()?;
            Some(ItemParameters::from(&self.items[at]))
        };
        let own = item.and_then(of_item);
        let of_group = self.groups.iter().find(|of| Some(of.group) == group);
        let latent = of_group.map_or(self.latent, |of| of.latent);
        match kind {
            ParameterKind::A => own.map_or(1.0, |item| item.a),
            ParameterKind::B => own.map_or(0.0, |item| item.b),
            ParameterKind::C => own.map_or(0.0, |item| item.c),
            ParameterKind::Mean => latent.mean,
            ParameterKind::Sd => latent.sd,
        }
    }

    fn linked_abilities(&self, linking: &Linking) -> Vec<Ability> {
        let linked = |ability: &Ability| Ability {
            theta: linking.slope * ability.theta + linking.intercept,
            se: linking.ability_error(ability.theta, ability.se),
            ..*ability
        };
        self.abilities.iter().map(linked).collect()
    }
}

/// The ability distribution of a group on the old scale, from those on the new one and carried over. A
/// mean and standard deviation that were given on the new scale are estimates on the old one: their errors
/// are those of the constants.
fn linked_latent(
    linking: &Linking,
    covariance: &Covariance,
    group: Option<u32>,
    (own, moved): (LatentFit, LatentFit),
) -> LatentFit {
    let se = |kind, value| {
        let constants = linking.derivatives(kind, value).constants;
        let of_constants = linking.between(constants, constants);
        covariance
            .standard_error_of(Parameter { item: None, kind, group })
            .or((of_constants > 0.0).then(|| of_constants.sqrt()))
    };
    LatentFit {
        mean_se: se(ParameterKind::Mean, own.mean),
        sd_se: se(ParameterKind::Sd, own.sd),
        ..moved
    }
}

fn with_errors(item: ItemFit, covariance: &Covariance) -> ItemFit {
    let errors: Option<ItemErrors> = item.se.map(|_| covariance.errors(item.item));
    ItemFit { se: errors, ..item }
}
