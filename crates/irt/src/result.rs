//! What a calibration finds.

use seedtest_numerics::{Rule, Verdict};
use serde::{Deserialize, Serialize};

use crate::covariance::{Covariance, ItemErrors, Parameter};
use crate::design::Warning;
use crate::item_parameters::ItemParameters;
use crate::parameters::Bound;
use crate::priors::Normal;
use crate::screening::SkippedItem;
use crate::spec::{Spec, Start, StartGroup, StartItem};
use crate::standard_errors::SeMethod;

/// A calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// What was fitted.
    pub spec: Spec,
    /// Calibrated and anchored items, by item code.
    pub items: Vec<ItemFit>,
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
    #[serde(default)]
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

impl Fit {
    /// Mean and standard deviation of the ability over all students; with groups, of all of them together.
    pub fn population(&self) -> Normal {
        pooled_population(self.latent, &self.groups)
    }
}

/// Mean and standard deviation of the ability over the students of all groups together.
pub(crate) fn pooled_population(latent: LatentFit, groups: &[GroupFit]) -> Normal {
    if groups.is_empty() {
        return Normal { mean: latent.mean, sd: latent.sd };
    }
    let n = groups.iter().map(|group| group.n_students as f64).sum::<f64>();
    let average = |of: fn(&LatentFit) -> f64| {
        groups.iter().map(|group| group.n_students as f64 * of(&group.latent)).sum::<f64>() / n
    };
    let mean = average(|latent| latent.mean);
    let square = average(|latent| latent.mean * latent.mean + latent.sd * latent.sd);
    Normal { mean, sd: (square - mean * mean).sqrt() }
}

impl From<&Fit> for Start {
    fn from(fit: &Fit) -> Self {
        let items = fit
            .items
            .iter()
            .map(|i| StartItem { item: i.item, parameters: ItemParameters::from(i) })
            .collect();
        let covariance = fit.covariance.clone();
        let groups = fit.groups.iter().map(|of| {
            let LatentFit { mean, sd, .. } = of.latent;
            StartGroup { group: of.group, mean, sd }
        });
        let LatentFit { mean, sd, .. } = fit.latent;
        Self { items, mean, sd, groups: groups.collect(), covariance, newton: true }
    }
}

/// Distribution of the ability in the calibrated group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LatentFit {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Whether the mean was estimated.
    pub mean_estimated: bool,
    /// Whether the standard deviation was estimated.
    pub sd_estimated: bool,
    /// Standard error of the mean; `None` unless estimated and computed.
    pub mean_se: Option<f64>,
    /// Standard error of the standard deviation; `None` unless estimated and computed.
    pub sd_se: Option<f64>,
}

/// One group of students.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GroupFit {
    /// Group code.
    pub group: u32,
    /// Students with a usable answer.
    pub n_students: usize,
    /// Whether this group fixes the scale.
    pub reference: bool,
    /// Its ability distribution.
    pub latent: LatentFit,
}

/// One calibrated item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemFit {
    /// Item code.
    pub item: u32,
    /// Answers.
    pub n: u32,
    /// Right answers.
    pub n_right: u32,
    /// Discrimination. Negative when able students fail the item more often.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability; 0 unless the model has one.
    pub c: f64,
    /// Standard errors.
    pub se: Option<ItemErrors>,
    /// Why there are no standard errors; `None` when there are.
    pub se_missing: Option<NoErrors>,
    /// Whether the parameters were held fixed.
    pub anchor: bool,
    /// Correlation of the answer with the student's share of right answers to all other items;
    /// `None` when one of the two does not vary.
    #[serde(default)]
    pub item_rest: Option<f64>,
    /// Whether students who do well on the other items get this one wrong more often, beyond chance:
    /// a reversed key looks like this, whatever sign a prior leaves to a.
    #[serde(default)]
    pub check_key: bool,
    /// Parameters that stand at the edge of the range the program searches: they are extremes of
    /// the program, not estimates.
    pub at_bound: Vec<Bound>,
}

impl From<&ItemFit> for ItemParameters {
    fn from(item: &ItemFit) -> Self {
        Self { a: item.a, b: item.b, c: item.c }
    }
}

/// Why an item has no standard errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoErrors {
    /// They were not asked for.
    NotComputed,
    /// The time was up before they were computed.
    OutOfTime,
    /// The parameters were held fixed.
    Fixed,
    /// A parameter stands at the edge of the range the program searches.
    AtBound,
    /// The information matrix says that the data do not determine a parameter of this item.
    Unidentified,
}

/// Ability of one student: mean and standard deviation of its posterior (EAP).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ability {
    /// Student code.
    pub student: u32,
    /// Posterior mean.
    pub theta: f64,
    /// Posterior standard deviation.
    pub se: f64,
    /// Answers used.
    pub n: u32,
}

/// A student without an ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnscoredStudent {
    /// Student code.
    pub student: u32,
    /// Why.
    pub reason: UnscoredReason,
}

/// Why a student has no ability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnscoredReason {
    /// The student has no answer at all.
    NoAnswers,
    /// Every item the student answered was skipped.
    OnlySkippedItems,
}
