//! How a calibration of categories gets onto the scale of its anchors, or of the calibration before.

use std::collections::BTreeSet;

use seedtest_irt::polytomous::{
    Anchor, Covariance, Fit, LinkItem, LinkedAnchor, Linking, Parameter, ParameterKind, Spec,
    Start, link,
};
use seedtest_irt::{DriftTest, LinkError, LinkMethod, LinkSpec};
use seedtest_wire::{AnchorJson, CategoryDriftJson, LinkingConstants, ReferenceJson};

use super::categories_anchors::{CategoryAnchors, KnownCurves};
use super::linking::{DriftChoice, LinkingChoice, Way, drift_told, held_told, not_linked};
use super::scored_log::ScoredLog;
use crate::error::Error;

/// What a calibration is to do about its scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum CategoryPlan {
    /// Nothing.
    Free,
    /// The anchors are held.
    Held,
    /// A free calibration is linked to these items.
    Linked(Target),
}

/// Known items that a free calibration is linked to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    method: LinkMethod,
    known: Vec<KnownCurves>,
    /// Whether they come from the calibration before; else they are anchors.
    of_reference: bool,
    /// The run of that calibration, where it is known.
    run_id: Option<String>,
}

/// A calibration on its scale, with what was found on the way.
pub(super) struct OnScale {
    pub(super) fit: Fit,
    pub(super) constants: LinkingConstants,
    pub(super) drifting: Vec<CategoryDriftJson>,
}

impl CategoryPlan {
    /// What can be carried out with the usable anchors and the calibration before.
    pub(super) fn of(
        choice: LinkingChoice,
        anchors: &mut CategoryAnchors,
        reference: Option<&ReferenceJson>,
        log: &ScoredLog,
    ) -> Result<Self, Error> {
        let n_anchors = anchors.fixed.len();
        let method = match choice.way(n_anchors) {
            Way::Free => return Ok(Self::Free),
            Way::Held => return Ok(Self::Held),
            Way::Linked(method) => method,
        };
        if n_anchors > 0 {
            let known = anchors.fixed.clone();
            return Ok(Self::Linked(Target { method, known, of_reference: false, run_id: None }));
        }
        if let Some(reference) = reference {
            let items: Vec<AnchorJson> = reference
                .items
                .iter()
                .map(|item| AnchorJson { fixed: true, ..item.clone() })
                .collect();
            // An item of the calibration before that cannot carry a scale is no fault of the caller.
            let usable =
                |item: &AnchorJson| CategoryAnchors::read(std::slice::from_ref(item), log).is_ok();
            let items: Vec<AnchorJson> = items.into_iter().filter(usable).collect();
            let known = CategoryAnchors::read(&items, log)?.fixed;
            let run_id = reference.run_id.clone();
            return Ok(Self::Linked(Target { method, known, of_reference: true, run_id }));
        }
        if choice != LinkingChoice::Auto {
            anchors.warnings.push(format!(
                "linking {} needs anchors with parameters and answers, there are none: results are on the \
                 scale of this calibration",
                choice.name()
            ));
        }
        Ok(Self::Free)
    }

    pub(super) fn is_held(&self) -> bool {
        *self == Self::Held
    }

    /// Whether the covariance of the estimates is needed.
    pub(super) fn needs_covariance(&self) -> bool {
        *self != Self::Free
    }

    pub(super) fn anchors_of_the_fit(&self, anchors: &CategoryAnchors) -> Vec<Anchor> {
        anchors.of_the_fit(self.is_held(), |anchor| anchor.item)
    }

    /// Carries a fit to its scale.
    pub(super) fn apply(
        self,
        fit: Fit,
        drift: DriftChoice,
        items: &[Box<str>],
        warnings: &mut Vec<String>,
    ) -> Result<OnScale, Error> {
        let as_it_is = |fit: Fit, constants| OnScale { fit, constants, drifting: Vec::new() };
        match self {
            Self::Free => Ok(as_it_is(fit, LinkingConstants::none())),
            Self::Held => {
                let constants = held(&fit);
                Ok(as_it_is(fit, constants))
            }
            Self::Linked(target) => target.link(fit, drift, items, warnings),
        }
    }
}

/// The map that a calibration with its anchors held amounts to: from the scale on which its students are N(0, 1) to
/// that of the anchors. One with slopes of 1 keeps its unit.
fn held(fit: &Fit) -> LinkingConstants {
    let row = |kind| {
        let wanted = Parameter { item: None, kind, category: 0, group: None };
        fit.covariance.as_ref().and_then(|covariance| covariance.row_of(wanted))
    };
    let both = row(ParameterKind::Mean).zip(row(ParameterKind::Sd));
    let covariance = both.and_then(|(i, j)| Some(fit.covariance.as_ref()?.get(i, j)));
    let unit_of = has_unit_slopes(fit).then_some("slopes of 1");
    let n_anchors = fit.items.iter().filter(|item| item.anchor).count();
    LinkingConstants::held_in(fit.latent, covariance, unit_of, n_anchors)
}

fn has_unit_slopes(fit: &Fit) -> bool {
    fit.items.iter().filter(|item| !item.anchor).all(|item| item.model.has_unit_slope())
}

/// The free calibration of the same answers, started from one with its anchors held.
pub(super) fn free_of(fit: &Fit, model: &Spec) -> Spec {
    let sd = if has_unit_slopes(fit) { 1.0 } else { fit.latent.sd };
    let (slope, intercept) = (1.0 / sd, -fit.latent.mean / sd);
    let mut start = Start::from(fit);
    for item in &mut start.items {
        item.curves = item.curves.on_scale(slope, intercept);
    }
    (start.mean, start.sd) = (0.0, fit.latent.sd / sd);
    for group in &mut start.groups {
        (group.mean, group.sd) = (slope * group.mean + intercept, slope * group.sd);
    }
    let seeds = model.anchors.iter().filter(|anchor| !anchor.fixed).cloned().collect();
    Spec { anchors: seeds, start: Some(start), keep_covariance: true, ..model.clone() }
}

/// What the drift test says of held anchors, from a free calibration of the same answers.
pub(super) fn drift_of_held(
    free: Result<Fit, Error>,
    anchors: &[KnownCurves],
    items: &[Box<str>],
    warnings: &mut Vec<String>,
) -> Vec<CategoryDriftJson> {
    let method = LinkMethod::default();
    let target = Target { method, known: anchors.to_vec(), of_reference: false, run_id: None };
    let mut apart = Vec::new();
    let linked = free.and_then(|free| target.linking(&free, DriftChoice::Test, items, &mut apart));
    let linking = match linked {
        Ok(linking) => linking,
        Err(error) => {
            warnings.push(format!("drift of the anchors was not tested: {error}"));
            return Vec::new();
        }
    };
    let drifting: Vec<&LinkedAnchor> = linking.anchors.iter().filter(|of| of.drifts).collect();
    warnings.extend(held_told(&described(&drifting, items)));
    let json = |of: &&LinkedAnchor| drift_json(of, &items[of.item as usize]);
    drifting.iter().map(|of| CategoryDriftJson { kept: true, ..json(of) }).collect()
}

impl Target {
    fn linking(
        &self,
        fit: &Fit,
        drift: DriftChoice,
        items: &[Box<str>],
        warnings: &mut Vec<String>,
    ) -> Result<Linking, Error> {
        let common = self.common(fit, items, warnings);
        let same_unit =
            has_unit_slopes(fit) && common.iter().all(|item| item.old.slope() == Some(1.0));
        let spec = LinkSpec {
            method: self.method,
            same_unit,
            drift: (drift == DriftChoice::Test).then(DriftTest::default),
            ..LinkSpec::default()
        };
        let errors: Vec<_> = self
            .known
            .iter()
            .filter_map(|known| Some((known.anchor.item, known.errors.as_ref()?)))
            .collect();
        let old = Covariance::of_items(&errors);
        link(&common, &spec, (fit.covariance.as_ref(), old.as_ref()))
            .map_err(|error| named(error, items))
    }

    /// Items of both sides whose categories are the same.
    fn common(&self, fit: &Fit, items: &[Box<str>], warnings: &mut Vec<String>) -> Vec<LinkItem> {
        let mut apart = Vec::new();
        let both = self.known.iter().filter_map(|known| {
            let new = fit.item(known.anchor.item)?;
            let old = &known.anchor;
            let scores = new.categories.iter().map(|category| category.score);
            let alike =
                new.curves.form() == old.curves.form() && scores.eq(old.scores.iter().copied());
            if !alike {
                apart.push(items[new.item as usize].to_string());
                return None;
            }
            let (new_curves, old_curves) = (new.curves.clone(), old.curves.clone());
            Some(LinkItem { item: new.item, new: new_curves, old: old_curves })
        });
        let both = both.collect();
        if !apart.is_empty() {
            warnings.push(format!(
                "other models or categories than here, left out of the linking: {}",
                apart.join(", ")
            ));
        }
        both
    }

    fn link(
        self,
        fit: Fit,
        drift: DriftChoice,
        items: &[Box<str>],
        warnings: &mut Vec<String>,
    ) -> Result<OnScale, Error> {
        let linking = match self.linking(&fit, drift, items, warnings) {
            Ok(linking) => linking,
            Err(error) if self.of_reference => {
                warnings.push(not_linked(&error));
                let constants = LinkingConstants::none();
                return Ok(OnScale { fit, constants, drifting: Vec::new() });
            }
            Err(error) => return Err(error),
        };
        let of = |kept: bool| -> Vec<&LinkedAnchor> {
            linking.anchors.iter().filter(|of| of.drifts && of.kept == kept).collect()
        };
        let (dropped, left) = (of(false), of(true));
        warnings.extend(drift_told(&described(&dropped, items), &described(&left, items)));
        let json = |of: &&LinkedAnchor| drift_json(of, &items[of.item as usize]);
        let drifting = dropped.iter().chain(&left).map(json).collect();
        let mut linked = fit.linked(&linking);
        if !self.of_reference {
            let carried: BTreeSet<u32> = linking.anchors.iter().map(|of| of.item).collect();
            for item in &mut linked.items {
                item.anchor = carried.contains(&item.item);
            }
        }
        let constants = constants_of(&linking, self.run_id, |code| &items[code as usize]);
        Ok(OnScale { fit: linked, constants, drifting })
    }
}

/// The constants of a linking as JSON.
pub(super) fn constants_of<'a>(
    linking: &Linking,
    reference: Option<String>,
    id: impl Fn(u32) -> &'a str,
) -> LinkingConstants {
    let dropped = linking.anchors.iter().filter(|anchor| !anchor.kept);
    LinkingConstants {
        a: linking.slope,
        b: linking.intercept,
        slope: linking.slope,
        intercept: linking.intercept,
        method: linking.method.name().to_string(),
        n_anchors: linking.n_anchors,
        slope_se: linking.slope_se,
        intercept_se: linking.intercept_se,
        covariance: linking.covariance,
        dropped_anchors: dropped.map(|anchor| id(anchor.item).to_string()).collect(),
        reference,
        ..LinkingConstants::none()
    }
}

/// What a linking found of an anchor, whose id is `item`.
pub(super) fn drift_json(of: &LinkedAnchor, item: &str) -> CategoryDriftJson {
    CategoryDriftJson {
        item_id: item.to_string(),
        distance: of.distance,
        statistic: of.statistic,
        df: of.df,
        p_adjusted: of.p_adjusted,
        kept: of.kept,
    }
}

fn described(anchors: &[&LinkedAnchor], items: &[Box<str>]) -> String {
    let one = |of: &&LinkedAnchor| {
        let id = &items[of.item as usize];
        let statistic = of.statistic.unwrap_or(f64::NAN);
        let points = 100.0 * of.distance;
        format!("{id} ({points:.1} % of its score, Wald {statistic:.1} on {})", of.df)
    };
    anchors.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A refusal with the id of its item.
fn named(error: LinkError, items: &[Box<str>]) -> Error {
    match error {
        LinkError::Curves { item, side, what } => Error::BadAnchor {
            item_id: items[item as usize].to_string(),
            what: format!("cannot carry the {side} scale: {what}"),
        },
        other => other.into(),
    }
}
