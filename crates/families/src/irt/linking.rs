//! How a calibration gets onto the scale of its anchors.

use std::str::FromStr;

use seedtest_irt::{Anchor, Fit, ItemParameters, LinkItem, LinkMethod, LinkSpec};
use seedtest_wire::LinkingConstants;

use super::anchors::Anchors;
use crate::error::Error;

/// How results get onto the scale of the anchors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkingChoice {
    /// Stocking–Lord with two or more fixed anchors that have answers, else nothing.
    #[default]
    Auto,
    /// Fixed-parameter calibration: the anchors are held, the ability distribution is estimated.
    Fixed,
    /// The anchors are ignored.
    None,
    /// A free calibration, then a linking; anchors that drift are left out of it.
    Method(LinkMethod),
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

    /// The choice that can be carried out with this many usable anchors.
    pub(super) fn resolve(self, n_anchors: usize, warnings: &mut Vec<String>) -> Self {
        let needed = match self {
            Self::None => return Self::None,
            Self::Auto if n_anchors == 0 => return Self::None,
            Self::Auto | Self::Method(_) => 2,
            Self::Fixed => 1,
        };
        if n_anchors < needed {
            let name = self.name();
            warnings.push(format!(
                "linking {name} needs {needed} anchors with parameters and answers, there are \
                 {n_anchors}: results are on the scale of this calibration"
            ));
            return Self::None;
        }
        if self == Self::Auto { Self::Method(LinkMethod::StockingLord) } else { self }
    }

    pub(super) fn anchors_of_the_fit(self, anchors: &Anchors) -> Vec<Anchor> {
        let mut given = anchors.seeds.clone();
        if self == Self::Fixed {
            given.extend(&anchors.fixed);
        }
        given.sort_by_key(|anchor| anchor.item);
        given
    }

    /// Carries a free fit to the scale of the anchors.
    pub(super) fn apply(
        self,
        fit: Fit,
        anchors: &mut Anchors,
        item_ids: &[Box<str>],
    ) -> Result<(Fit, LinkingConstants), Error> {
        let method = match self {
            Self::Auto | Self::None => return Ok((fit, LinkingConstants::identity("none", 0))),
            Self::Fixed => {
                let n = anchors.fixed.len();
                return Ok((fit, LinkingConstants::identity("fixed", n)));
            }
            Self::Method(method) => method,
        };
        let items = link_items(&fit, &anchors.fixed);
        let spec = LinkSpec { method, purify: Some(LinkSpec::PURIFY), ..LinkSpec::default() };
        let linking = seedtest_irt::link(&items, &spec, (fit.covariance.as_ref(), None))?;
        let constants = LinkingConstants::of(&linking, item_ids);
        if !constants.dropped_anchors.is_empty() {
            let dropped = constants.dropped_anchors.join(", ");
            anchors.warnings.push(format!("anchors left out of the linking for drift: {dropped}"));
        }
        let mut linked = fit.on_scale(linking.slope, linking.intercept);
        for item in &mut linked.items {
            item.anchor = items.iter().any(|anchor| anchor.item == item.item);
        }
        Ok((linked, constants))
    }
}

fn link_items(fit: &Fit, anchors: &[Anchor]) -> Vec<LinkItem> {
    anchors
        .iter()
        .filter_map(|anchor| {
            let item = fit.items.iter().find(|item| item.item == anchor.item)?;
            let old = ItemParameters { a: anchor.a, b: anchor.b, c: anchor.c };
            Some(LinkItem { item: anchor.item, new: ItemParameters::from(item), old })
        })
        .collect()
}

impl FromStr for LinkingChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "fixed" => Ok(Self::Fixed),
            "none" => Ok(Self::None),
            other => Ok(Self::Method(other.parse()?)),
        }
    }
}
