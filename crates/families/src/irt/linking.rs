//! How a calibration gets onto the scale of its anchors, or of the calibration before.

use std::collections::BTreeSet;
use std::str::FromStr;

use seedtest_irt::{
    Anchor, AnchorDrift, Covariance, DriftTest, Fit, ItemErrors, ItemParameters, LinkItem,
    LinkMethod, LinkSpec, Linking, Model, doubtful_anchors,
};
use seedtest_wire::{AnchorJson, DriftingAnchor, LinkingConstants, ReferenceJson};

use super::anchors::{Anchors, Known};
use crate::error::Error;

/// With fewer held anchors, which one has moved cannot be told.
pub(super) const FEWEST_TESTED: usize = 4;

/// How results get onto the scale of the anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkingChoice {
    /// Fixed anchors with answers are held; without one, Stocking–Lord to the calibration before,
    /// where there is one.
    #[default]
    Auto,
    /// Fixed-parameter calibration: the anchors are held, the ability distribution is estimated.
    Fixed,
    /// Anchors and the calibration before are ignored.
    None,
    /// A free calibration, then a linking.
    Method(LinkMethod),
}

/// What happens to anchors that drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DriftChoice {
    /// They are left out of a linking, and named where they are held.
    #[default]
    Test,
    /// They are not tested.
    None,
}

/// What is wanted of anchors, or of the calibration before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing.
    Free,
    /// They are held.
    Held,
    /// A free calibration is linked to them.
    Linked(LinkMethod),
}

/// What a calibration is to do about its scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plan {
    /// Nothing.
    Free,
    /// The anchors are held.
    Held,
    /// A free calibration is linked to these items.
    Linked { method: LinkMethod, target: Target },
}

/// Known items that a free calibration is linked to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    known: Vec<Known>,
    /// Where they come from.
    source: Source,
    /// Whether a change of their parameters is a change of the items, not of the model.
    same_model: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Source {
    Anchors,
    Reference(Option<String>),
}

impl LinkingChoice {
    /// Name as written on the command line and over HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed => "fixed",
            Self::None => "none",
            Self::Method(method) => method.name(),
        }
    }

    /// What is wanted where so many anchors can be used.
    pub(super) fn way(self, n_anchors: usize) -> Way {
        match self {
            Self::None => Way::Free,
            Self::Auto | Self::Fixed if n_anchors > 0 => Way::Held,
            Self::Auto | Self::Fixed => Way::Linked(LinkMethod::default()),
            Self::Method(method) => Way::Linked(method),
        }
    }

    /// What can be carried out with the usable anchors and the calibration before.
    pub(super) fn plan(
        self,
        anchors: &mut Anchors,
        reference: Option<&ReferenceJson>,
        model: Model,
        items: &[Box<str>],
    ) -> Result<Plan, Error> {
        let n_anchors = anchors.fixed.len();
        let method = match self.way(n_anchors) {
            Way::Free => return Ok(Plan::Free),
            Way::Held => return Ok(Plan::Held),
            Way::Linked(method) => method,
        };
        let needed = fewest(model);
        if n_anchors >= needed {
            let known = anchors.fixed.clone();
            let target = Target { known, source: Source::Anchors, same_model: true };
            return Ok(Plan::Linked { method, target });
        }
        if let Some(reference) = reference {
            let known = known_of(reference, items)?;
            let source = Source::Reference(reference.run_id.clone());
            let named = reference.model.as_deref();
            let same_model = named.is_none_or(|name| name.parse() == Ok(model));
            return Ok(Plan::Linked { method, target: Target { known, source, same_model } });
        }
        if self != Self::Auto {
            let (name, needed) = (self.name(), if self == Self::Fixed { 1 } else { needed });
            anchors.warnings.push(format!(
                "linking {name} needs {needed} anchors with parameters and answers, there are \
                 {n_anchors}: results are on the scale of this calibration"
            ));
        }
        Ok(Plan::Free)
    }
}

/// The items of the calibration before that can carry a scale; those with a negative a cannot.
fn known_of(reference: &ReferenceJson, ids: &[Box<str>]) -> Result<Vec<Known>, Error> {
    let carries = |item: &&AnchorJson| item.params.is_some_and(|params| params.a > 0.0);
    let items = reference.items.iter().filter(carries);
    let items: Vec<AnchorJson> =
        items.map(|item| AnchorJson { fixed: true, ..item.clone() }).collect();
    Ok(Anchors::read(&items, ids)?.fixed)
}

/// Fewest anchors of a linking: a Rasch scale lacks only an origin.
fn fewest(model: Model) -> usize {
    if model == Model::Rasch { 1 } else { 2 }
}

impl Plan {
    /// Whether the covariance of the estimates is needed: a linking has errors only where it can
    /// see those of the items.
    pub(super) fn needs_covariance(&self) -> bool {
        *self != Self::Free
    }

    pub(super) fn is_held(&self) -> bool {
        *self == Self::Held
    }

    pub(super) fn anchors_of_the_fit(&self, anchors: &Anchors) -> Vec<Anchor> {
        anchors.of_the_fit(self.is_held(), |anchor| anchor.item)
    }

    /// Carries a fit to its scale.
    pub(super) fn apply(
        self,
        fit: Fit,
        drift: DriftChoice,
        item_ids: &[Box<str>],
        warnings: &mut Vec<String>,
    ) -> Result<(Fit, LinkingConstants), Error> {
        match self {
            Self::Free => Ok((fit, LinkingConstants::none())),
            Self::Held => {
                let n = fit.items.iter().filter(|item| item.anchor).count();
                let constants = LinkingConstants::held(&fit, n);
                Ok((fit, constants))
            }
            Self::Linked { method, target } => {
                target.link(fit, (method, drift), item_ids, warnings)
            }
        }
    }
}

/// What the drift test says of held anchors, from a free calibration of the same answers.
pub(super) fn drift_of_held(
    free: Result<Fit, seedtest_irt::Error>,
    anchors: &[Known],
    item_ids: &[Box<str>],
    warnings: &mut Vec<String>,
) -> Vec<DriftingAnchor> {
    let linking = match free.map_err(Error::from).and_then(|free| link_held(&free, anchors)) {
        Ok(linking) => linking,
        Err(error) => {
            warnings.push(format!("drift of the anchors was not tested: {error}"));
            return Vec::new();
        }
    };
    let drifting: Vec<&AnchorDrift> =
        linking.anchors.iter().filter(|anchor| anchor.drifts).collect();
    warnings.extend(held_told(&described(&drifting, item_ids)));
    let held = |anchor: &&AnchorDrift| DriftingAnchor {
        kept: true,
        ..DriftingAnchor::new(&item_ids[anchor.item as usize], anchor)
    };
    drifting.iter().map(held).collect()
}

fn link_held(free: &Fit, anchors: &[Known]) -> Result<Linking, Error> {
    let spec = spec(LinkMethod::default(), free, DriftChoice::Test);
    let (items, old) = (link_items(free, anchors), errors(anchors));
    Ok(seedtest_irt::link(&items, &spec, (free.covariance.as_ref(), old.as_ref()))?)
}

impl Target {
    fn link(
        self,
        fit: Fit,
        (method, drift): (LinkMethod, DriftChoice),
        item_ids: &[Box<str>],
        warnings: &mut Vec<String>,
    ) -> Result<(Fit, LinkingConstants), Error> {
        let items = link_items(&fit, &self.known);
        let of_reference = matches!(self.source, Source::Reference(_));
        if of_reference && items.len() < fewest(fit.spec.model) {
            warnings.push(format!(
                "{} items in common with the calibration before: results are on the scale of this \
                 calibration",
                items.len()
            ));
            return Ok((fit, LinkingConstants::none()));
        }
        warnings.extend(self.doubts(&fit));
        let drift = if self.same_model { drift } else { DriftChoice::None };
        let spec = spec(method, &fit, drift);
        let old = errors(&self.known);
        let linking =
            match seedtest_irt::link(&items, &spec, (fit.covariance.as_ref(), old.as_ref())) {
                Ok(linking) => linking,
                Err(error) if of_reference => {
                    warnings.push(not_linked(&error));
                    return Ok((fit, LinkingConstants::none()));
                }
                Err(error) => return Err(error.into()),
            };
        warnings.extend(findings(&linking, item_ids));
        let mut constants = LinkingConstants::of(&linking, |code| &item_ids[code as usize]);
        let mut linked = fit.linked(&linking);
        if let Source::Reference(run_id) = self.source {
            constants.reference = run_id;
        } else {
            let codes: BTreeSet<u32> = items.iter().map(|anchor| anchor.item).collect();
            for item in &mut linked.items {
                item.anchor = codes.contains(&item.item);
            }
        }
        Ok((linked, constants))
    }

    /// What is doubtful about the items that carry the scale.
    fn doubts(&self, fit: &Fit) -> Vec<String> {
        let answered: Vec<(Anchor, u32)> = self
            .known
            .iter()
            .filter_map(|known| {
                let at = fit.items.binary_search_by_key(&known.anchor.item, |fit| fit.item).ok()?;
                Some((known.anchor, fit.items[at].n))
            })
            .collect();
        let doubts = doubtful_anchors(&answered).into_iter().map(|doubt| doubt.text());
        match self.source {
            Source::Anchors => doubts.collect(),
            Source::Reference(_) => {
                let of_reference =
                    |text: String| text.replace("fixed anchors", "items of the calibration before");
                doubts.map(of_reference).collect()
            }
        }
    }
}

fn spec(method: LinkMethod, fit: &Fit, drift: DriftChoice) -> LinkSpec {
    LinkSpec {
        method,
        same_unit: fit.spec.model == Model::Rasch,
        drift: (drift == DriftChoice::Test).then(DriftTest::default),
        ..LinkSpec::default()
    }
}

fn findings(linking: &Linking, item_ids: &[Box<str>]) -> Vec<String> {
    let of = |wanted: fn(&&AnchorDrift) -> bool| -> Vec<&AnchorDrift> {
        linking.anchors.iter().filter(|anchor| anchor.drifts).filter(wanted).collect()
    };
    let (dropped, left) = (of(|anchor| !anchor.kept), of(|anchor| anchor.kept));
    drift_told(&described(&dropped, item_ids), &described(&left, item_ids))
}

/// What is said of anchors that drift: those that were left out, and those that were not; empty = none.
pub(super) fn drift_told(dropped: &str, left: &str) -> Vec<String> {
    let told = |named: &str, what: &str| (!named.is_empty()).then(|| format!("{what}: {named}"));
    let dropped = told(dropped, "anchors left out of the linking for drift");
    let left = told(left, "more anchors drift than can be left out, the linking rests on them too");
    dropped.into_iter().chain(left).collect()
}

/// What is said of anchors that drift and were held all the same; empty = none.
pub(super) fn held_told(named: &str) -> Option<String> {
    (!named.is_empty()).then(|| {
        format!(
            "anchors that drift are held all the same, since they are fixed: {named}; leave them out of the \
             anchors, or link by stocking_lord, which does"
        )
    })
}

/// That results stay on their own scale, and why.
pub(super) fn not_linked(error: &dyn std::fmt::Display) -> String {
    format!(
        "not linked to the calibration before, results are on the scale of this calibration: {error}"
    )
}

fn described(anchors: &[&AnchorDrift], item_ids: &[Box<str>]) -> String {
    let one = |anchor: &&AnchorDrift| {
        let id = &item_ids[anchor.item as usize];
        let statistic = anchor.statistic.unwrap_or(f64::NAN);
        format!("{id} (Δb {:+.2}, Wald {statistic:.1} on {})", anchor.b_difference, anchor.df)
    };
    anchors.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn link_items(fit: &Fit, known: &[Known]) -> Vec<LinkItem> {
    known
        .iter()
        .filter_map(|Known { anchor, .. }| {
            let at = fit.items.binary_search_by_key(&anchor.item, |item| item.item).ok()?;
            let old = ItemParameters { a: anchor.a, b: anchor.b, c: anchor.c };
            Some(LinkItem { item: anchor.item, new: ItemParameters::from(&fit.items[at]), old })
        })
        .collect()
}

/// The errors of known items; `None` where all count as exact.
fn errors(known: &[Known]) -> Option<Covariance> {
    let mut with: Vec<(u32, ItemErrors)> =
        known.iter().filter_map(|known| Some((known.anchor.item, known.errors?))).collect();
    with.sort_by_key(|(item, _)| *item);
    (!with.is_empty()).then(|| Covariance::of_errors(&with))
}

impl FromStr for LinkingChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "fixed" => Ok(Self::Fixed),
            "none" => Ok(Self::None),
            other => other.parse().map(Self::Method).map_err(|_| {
                let known = "auto, fixed, none, stocking_lord, haebara, mean_sigma or mean_mean";
                Error::option("linking", &text, known)
            }),
        }
    }
}

impl FromStr for DriftChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "test" => Ok(Self::Test),
            "none" => Ok(Self::None),
            other => Err(Error::field("drift", format!("{other:?} is none of test, none"))),
        }
    }
}
