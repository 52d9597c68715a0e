//! What a calibration of categories finds.

use seedtest_numerics::{Rule, Status, Verdict};
use serde::{Deserialize, Serialize};

use super::collapse::Category;
use super::covariance::{Covariance, Parameter};
use super::curves::CategoryCurves;
use super::item_errors::ItemErrors;
use super::model::ItemModel;
use super::spec::{Spec, Start, StartItem};
use crate::design::Warning;
use crate::posterior::{default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::reliability::{
    AbilityReliability, InformationPoint, empirical, information_points_of, marginal_of,
};
use crate::result::{Ability, GroupFit, LatentFit, NoErrors, UnscoredStudent, pooled_population};
use crate::screening::SkippedItem;
use crate::spec::StartGroup;
use crate::standard_errors::SeMethod;

/// A calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was fitted.
    pub spec: Spec,
    /// Calibrated and anchored items, by item code.
    pub items: Vec<ItemFit>,
    /// The rating scales of items with the rating scale model, one a number of categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rating_scales: Vec<RatingScale>,
    /// What is doubtful about the design.
    pub warnings: Vec<Warning>,
    /// Items with answers that were left out, by item code.
    pub skipped: Vec<SkippedItem>,
    /// Abilities of the students with a usable answer, by student code.
    pub abilities: Vec<Ability>,
    /// Students without a usable answer, by student code.
    pub unscored: Vec<UnscoredStudent>,
    /// Distribution of the ability; with groups, in the reference group.
    pub latent: LatentFit,
    /// Distribution of the ability in each group, by code; empty without groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupFit>,
    /// The quadrature that was used: that of `spec`, or a wider one.
    pub quadrature: Rule,
    /// Marginal log-likelihood of the used answers (priors not included).
    pub log_likelihood: f64,
    /// Log density of the priors at the solution.
    pub log_prior: f64,
    /// Number of estimated parameters.
    pub n_parameters: usize,
    /// Answers used.
    pub n_answers: usize,
    /// Students with a usable answer.
    pub n_students: usize,
    /// −2·log-likelihood + 2·parameters.
    pub aic: f64,
    /// −2·log-likelihood + ln(students)·parameters.
    pub bic: f64,
    /// How the standard errors were computed; `None` = they were not.
    pub se_method: Option<SeMethod>,
    /// Covariance of the estimates, if it was to be kept.
    pub covariance: Option<Covariance>,
    /// Parameters that the answers do not determine: at the edge of the searched range or without
    /// information.
    #[serde(default)]
    pub undetermined: Vec<Parameter>,
    /// Convergence, with numbers and the next action.
    pub verdict: Verdict,
}

/// One calibrated item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemFit {
    /// Item code.
    pub item: u32,
    /// Answers.
    pub n: u32,
    /// Its model.
    pub model: ItemModel,
    /// Its categories, by score.
    pub categories: Vec<Category>,
    /// Scores up to the highest that nobody has: the categories above them have moved down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collapsed: Vec<u8>,
    /// Its curves.
    pub curves: CategoryCurves,
    /// Standard errors.
    pub se: Option<ItemErrors>,
    /// Why there are no standard errors; `None` when there are.
    pub se_missing: Option<NoErrors>,
    /// Whether the curves were held fixed.
    pub anchor: bool,
    /// Correlation of the share of the highest score with that of the student's other answers; `None` when
    /// one of the two does not vary.
    pub item_rest: Option<f64>,
    /// Whether students who do well on the other items do worse on this one, beyond chance: a reversed key or
    /// a reversed scale looks like this. Never of nominal categories.
    pub check_key: bool,
    /// The lowest score whose students do worse on their other answers than those with the score below, beyond chance.
    /// The abilities of a calibration would not do: the item's own answer draws them in the order of the scores. Never
    /// of nominal categories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub falls_at: Option<u8>,
    /// Parameters that stand at the edge of the range the program searches.
    #[serde(default)]
    pub at_bound: Vec<Parameter>,
}

impl ItemFit {
    /// Whether students of a category do worse on their other answers than those of the category below, beyond
    /// chance, although the model takes the categories as ordered: they may be numbered in another order than they mean.
    pub fn is_out_of_order(&self) -> bool {
        self.falls_at.is_some()
    }
}

/// The rating scale of items with so many categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatingScale {
    /// Number of categories.
    pub categories: usize,
    /// Codes of its items.
    pub items: Vec<u32>,
    /// Distances τ of the steps from the item's own difficulty; they add to 0.
    pub thresholds: Vec<f64>,
    /// Their standard errors; `None` where they were not computed.
    pub se: Option<Vec<f64>>,
}

impl Fit {
    /// Mean and standard deviation of the ability over all students; with groups, of all of them together.
    pub fn population(&self) -> Normal {
        pooled_population(self.latent, &self.groups)
    }

    /// Reliabilities of its abilities.
    pub fn reliability(&self) -> AbilityReliability {
        let population = self.population();
        let nodes = nodes_for(&default_quadrature(), population);
        let abilities: Vec<(f64, f64)> = self.abilities.iter().map(|a| (a.theta, a.se)).collect();
        AbilityReliability {
            marginal: marginal_of(|theta| self.information(theta), &nodes, population.sd),
            empirical: empirical(&abilities),
        }
    }

    /// Information of all items at the given abilities, for a student who answers every item.
    pub fn information_points(&self, thetas: &[f64]) -> Vec<InformationPoint> {
        information_points_of(|theta| self.information(theta), thetas)
    }

    fn information(&self, theta: f64) -> f64 {
        self.items.iter().map(|item| item.curves.information(theta)).sum()
    }

    /// Names of the parameters that the answers do not determine, such as `d2[q7]`; `id` gives the
    /// id of an item code.
    pub fn undetermined_names(&self, id: impl Fn(u32) -> String) -> Vec<String> {
        self.undetermined.iter().map(|parameter| parameter.name(&id)).collect()
    }

    /// The verdict with the ids of items in place of their codes.
    pub fn verdict_by_id(&self, id: impl Fn(u32) -> String) -> Verdict {
        let mut verdict = self.verdict.clone();
        if let Status::Unidentified { parameters } = &mut verdict.status {
            *parameters = self.undetermined_names(id);
        }
        verdict
    }

    /// The fit of an item.
    pub fn item(&self, item: u32) -> Option<&ItemFit> {
        let at = self.items.binary_search_by_key(&item, |fit| fit.item).ok()?;
        self.items.get(at)
    }
}

impl From<&Fit> for Start {
    fn from(fit: &Fit) -> Self {
        let item = |item: &ItemFit| StartItem { item: item.item, curves: item.curves.clone() };
        let groups = fit.groups.iter().map(|of| {
            let LatentFit { mean, sd, .. } = of.latent;
            StartGroup { group: of.group, mean, sd }
        });
        let LatentFit { mean, sd, .. } = fit.latent;
        Self { items: fit.items.iter().map(item).collect(), mean, sd, groups: groups.collect() }
    }
}
