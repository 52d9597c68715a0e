//! A calibration of categories on the scale of another one, with the errors of the link.

use super::covariance::{Covariance, Parameter, ParameterKind};
use super::curves::CategoryCurves;
use super::item_errors::ItemErrors;
use super::link::{Linking, parameters, place_of};
use super::result::{Fit, ItemFit, RatingScale};
use crate::result::{Ability, GroupFit, LatentFit, NoErrors};

/// Step of central differences in parameters and constants.
const STEP: f64 = 1e-5;

impl Linking {
    /// Covariance matrix of (A, B); zeros where no errors are known.
    fn of_constants(&self) -> [[f64; 2]; 2] {
        let known = self.slope_se.zip(self.intercept_se).zip(self.covariance);
        known.map_or([[0.0; 2]; 2], |((slope, intercept), both)| {
            [[slope * slope, both], [both, intercept * intercept]]
        })
    }

    /// Errors of the linked parameters of an item with these curves on the new scale, by the delta method from
    /// its own errors, those of the constants, and the covariance of both. `covariance` is that of the new
    /// calibration as it was given to [`link`](super::link()).
    #[must_use]
    pub fn carry(&self, item: u32, new: &CategoryCurves, covariance: &Covariance) -> ItemErrors {
        let rows = covariance.rows_of_item(item);
        let places: Vec<usize> = rows.clone().map(|row| place_of(covariance, row, new)).collect();
        let linked = |curves: &CategoryCurves, constants: [f64; 2]| -> Vec<f64> {
            let moved = curves.on_scale(constants[0], constants[1]);
            let all = parameters(&moved);
            let own = places.iter().map(|at| all[*at]);
            own.chain(moved.difficulties()).collect()
        };
        let here = [self.slope, self.intercept];
        let slope_of = |up: Vec<f64>, down: Vec<f64>, step: f64| -> Vec<f64> {
            up.iter().zip(&down).map(|(up, down)| (up - down) / (2.0 * step)).collect()
        };
        let own = parameters(new);
        let by_own = places.iter().map(|&at| {
            let step = STEP * (1.0 + own[at].abs());
            let moved = |by: f64| linked(&new.with_parameter(at, own[at] + by), here);
            slope_of(moved(step), moved(-step), step)
        });
        let by_constants = (0..2).map(|i| {
            let moved = |by: f64| {
                let mut constants = here;
                constants[i] += by;
                linked(new, constants)
            };
            slope_of(moved(STEP), moved(-STEP), STEP)
        });
        let columns: Vec<Vec<f64>> = by_own.chain(by_constants).collect();
        let n_own = places.len();
        let of_constants = self.of_constants();
        let joint = |i: usize, j: usize| match (i.checked_sub(n_own), j.checked_sub(n_own)) {
            (None, None) => covariance.get(rows.start + i, rows.start + j),
            (Some(i), Some(j)) => of_constants[i][j],
            (None, Some(c)) => self.with_new.get(rows.start + i).map_or(0.0, |with| with[c]),
            (Some(c), None) => self.with_new.get(rows.start + j).map_or(0.0, |with| with[c]),
        };
        let entry = |x: usize, y: usize| {
            let mut sum = 0.0;
            for (i, of_i) in columns.iter().enumerate() {
                for (j, of_j) in columns.iter().enumerate() {
                    sum += of_i[x] * joint(i, j) * of_j[y];
                }
            }
            sum
        };
        let error = |x: usize| entry(x, x).max(0.0).sqrt();
        let of_kind = |kind: ParameterKind| -> Vec<f64> {
            let own = rows.clone().enumerate();
            own.filter(|(_, row)| covariance.parameters[*row].kind == kind)
                .map(|(x, _)| error(x))
                .collect()
        };
        let n_difficulties = new.difficulties().len();
        ItemErrors {
            slopes: of_kind(ParameterKind::A),
            intercepts: of_kind(ParameterKind::D),
            difficulties: (n_own..n_own + n_difficulties).map(error).collect(),
            guessing: of_kind(ParameterKind::C).first().copied(),
            covariance: (0..n_own).map(|x| (0..=x).map(|y| entry(x, y)).collect()).collect(),
        }
    }

    /// Standard error on the old scale of an ability on the new one: the spread of its posterior and the error
    /// of the constants. The items' parameters count as known, as in any score.
    pub fn ability_error(&self, theta: f64, se: f64) -> f64 {
        (self.slope * self.slope * se * se + self.spread_at(theta)).sqrt()
    }

    /// Variance of A·θ + B at an ability.
    fn spread_at(&self, theta: f64) -> f64 {
        let v = self.of_constants();
        v[0][0] * theta * theta + 2.0 * v[0][1] * theta + v[1][1]
    }
}

impl Fit {
    /// The same calibration on the scale that a linking leads to, with the errors of the linking. `linking` must
    /// have been found with this fit's covariance on the new side. Log-likelihood and verdict do not change; the
    /// covariance of the estimates is not carried over but for that of the parameters of each item.
    #[must_use]
    pub fn linked(&self, linking: &Linking) -> Self {
        let ability = |of: &Ability| Ability {
            theta: linking.slope * of.theta + linking.intercept,
            se: linking.ability_error(of.theta, of.se),
            ..*of
        };
        let several = !self.groups.is_empty();
        let group = |of: &GroupFit| {
            let latent = self.linked_latent(linking, several.then_some(of.group), of.latent);
            GroupFit { latent, ..*of }
        };
        let groups: Vec<GroupFit> = self.groups.iter().map(group).collect();
        let reference = groups.iter().find(|group| group.reference).map(|group| group.latent);
        Self {
            items: self.items.iter().map(|item| self.linked_item(linking, item)).collect(),
            rating_scales: self.rating_scales.iter().map(|of| linked_scale(linking, of)).collect(),
            abilities: self.abilities.iter().map(ability).collect(),
            latent: reference.unwrap_or_else(|| self.linked_latent(linking, None, self.latent)),
            groups,
            covariance: None,
            ..self.clone()
        }
    }

    fn linked_item(&self, linking: &Linking, item: &ItemFit) -> ItemFit {
        let known = item.se.as_ref().and(self.covariance.as_ref());
        let se = known.map(|covariance| linking.carry(item.item, &item.curves, covariance));
        let se_missing = match &se {
            Some(_) => None,
            None => item.se_missing.or(Some(NoErrors::NotComputed)),
        };
        let moved = |mean: f64| linking.slope * mean + linking.intercept;
        let mut categories = item.categories.clone();
        for category in &mut categories {
            category.mean_ability = category.mean_ability.map(moved);
        }
        let curves = item.curves.on_scale(linking.slope, linking.intercept);
        ItemFit { categories, curves, se, se_missing, ..item.clone() }
    }

    /// An ability distribution on the old scale. A mean and standard deviation that were given on the new scale
    /// are estimates on the old one: their errors are those of the constants.
    fn linked_latent(&self, linking: &Linking, group: Option<u32>, own: LatentFit) -> LatentFit {
        let (slope, v) = (linking.slope, linking.of_constants());
        let error = |kind: ParameterKind, by: [f64; 2]| {
            let wanted = Parameter::of_population(kind, group);
            let row = self.covariance.as_ref().and_then(|of| Some((of, of.row_of(wanted)?)));
            let mut variance = 0.0;
            if let Some((covariance, row)) = row {
                let with = linking.with_new.get(row).copied().unwrap_or_default();
                variance += slope * slope * covariance.get(row, row);
                variance += 2.0 * slope * (by[0] * with[0] + by[1] * with[1]);
            }
            for i in 0..2 {
                for j in 0..2 {
                    variance += by[i] * v[i][j] * by[j];
                }
            }
            (variance > 0.0).then(|| variance.sqrt())
        };
        LatentFit {
            mean: slope * own.mean + linking.intercept,
            sd: slope * own.sd,
            mean_se: error(ParameterKind::Mean, [own.mean, 1.0]),
            sd_se: error(ParameterKind::Sd, [own.sd, 0.0]),
            ..own
        }
    }
}

/// Distances of steps grow with the unit; their errors are known where the unit stays.
fn linked_scale(linking: &Linking, scale: &RatingScale) -> RatingScale {
    let same_unit = linking.slope == 1.0 && linking.slope_se.is_none_or(|se| se == 0.0);
    RatingScale {
        thresholds: scale.thresholds.iter().map(|tau| linking.slope * tau).collect(),
        se: scale.se.clone().filter(|_| same_unit),
        ..scale.clone()
    }
}
