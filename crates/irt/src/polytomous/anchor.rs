//! Items whose curves are known.

use serde::{Deserialize, Serialize};

use super::categories::MOST_CATEGORIES;
use super::curves::{CategoryCurves, Form};
use super::error::Error;
use super::model::ItemModel;

/// Known curves of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// Item code in the responses.
    pub item: u32,
    /// Scores that the categories stand for, increasing; empty = 0, 1, 2, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<u8>,
    /// The curves.
    pub curves: CategoryCurves,
    /// `true`: the curves are held fixed and carry the scale. `false`: they are start values.
    pub fixed: bool,
}

impl Anchor {
    /// Scores of the categories.
    pub(crate) fn category_scores(&self) -> Vec<u8> {
        if self.scores.is_empty() {
            return (0..self.curves.n_categories() as u8).collect();
        }
        self.scores.clone()
    }

    fn validate(&self, n_items: usize) -> Result<(), Error> {
        let item = self.item;
        if item as usize >= n_items {
            return Err(crate::error::Error::AnchorItem { item, n_items }.into());
        }
        if let Some(what) = self.curves.fault() {
            return Err(Error::Anchor { item, what });
        }
        let n = self.curves.n_categories();
        let wrong = |what: String| Err(Error::Anchor { item, what });
        if n > MOST_CATEGORIES {
            return wrong(format!("{n} categories, at most {MOST_CATEGORIES} are possible"));
        }
        if self.scores.is_empty() {
            return Ok(());
        }
        if self.scores.len() != n {
            return wrong(format!("{} scores for {n} categories", self.scores.len()));
        }
        if self.scores.windows(2).any(|pair| pair[0] >= pair[1]) {
            return wrong(format!("the scores {:?} do not increase", self.scores));
        }
        Ok(())
    }
}

/// Checks every anchor and that no item has two; returns them by item.
pub(crate) fn by_item(anchors: &[Anchor], n_items: usize) -> Result<Vec<Option<&Anchor>>, Error> {
    let mut found = vec![None; n_items];
    for anchor in anchors {
        anchor.validate(n_items)?;
        let slot = &mut found[anchor.item as usize];
        if slot.is_some() {
            return Err(crate::error::Error::DuplicateAnchor { item: anchor.item }.into());
        }
        *slot = Some(anchor);
    }
    Ok(found)
}

impl Anchor {
    /// The model whose curves these are.
    pub(crate) fn model(&self) -> ItemModel {
        let model = match self.curves.form() {
            Form::Guessing => ItemModel::ThreePl,
            Form::Nominal => ItemModel::Nrm,
            Form::Graded => ItemModel::Grm,
            Form::Adjacent | Form::Rating => ItemModel::Gpcm,
        };
        model.of_categories(self.curves.n_categories()).unwrap_or(model)
    }
}
