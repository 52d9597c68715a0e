//! Items whose parameters are known.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Known parameters of an item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Item code in the responses.
    pub item: u32,
    /// Discrimination, > 0.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Guessing probability, 0 ≤ c < 1.
    #[serde(default)]
    pub c: f64,
    /// `true`: the parameters are held fixed and carry the scale. `false`: a seed, that is start
    /// values, and centres of the priors of [`Spec::seed_prior`](crate::Spec::seed_prior) where
    /// there are some.
    pub fixed: bool,
}

impl Anchor {
    fn validate(&self, n_items: usize) -> Result<(), Error> {
        if self.item as usize >= n_items {
            return Err(Error::AnchorItem { item: self.item, n_items });
        }
        let checks = [
            ("a", self.a, self.a.is_finite() && self.a > 0.0, "finite and positive"),
            ("b", self.b, self.b.is_finite(), "finite"),
            ("c", self.c, (0.0..1.0).contains(&self.c), "at least 0 and below 1"),
        ];
        for (field, value, ok, required) in checks {
            if !ok {
                return Err(Error::Anchor { item: self.item, field, value, required });
            }
        }
        Ok(())
    }
}

/// Checks every anchor and that no item has two; returns them by item.
pub(crate) fn by_item(anchors: &[Anchor], n_items: usize) -> Result<Vec<Option<Anchor>>, Error> {
    let mut found = vec![None; n_items];
    for anchor in anchors {
        anchor.validate(n_items)?;
        let slot = &mut found[anchor.item as usize];
        if slot.is_some() {
            return Err(Error::DuplicateAnchor { item: anchor.item });
        }
        *slot = Some(*anchor);
    }
    Ok(found)
}
