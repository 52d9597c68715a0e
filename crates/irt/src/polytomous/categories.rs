//! Which items can take part in a calibration, with which categories.

use super::anchor::Anchor;
use super::collapse::ItemCategories;
use super::error::Error;
use super::model::ItemModel;
use super::responses::Responses;
use super::spec::Spec;
use crate::codes::{CodeBook, CodedAnswers};
use crate::screening::{Screening, SkipReason, SkippedItem, UNUSED, no_usable_item};

/// Most categories of an item.
pub(crate) const MOST_CATEGORIES: usize = 32;

/// The used items with their categories and models.
pub(crate) struct UsedItems {
    pub(crate) screening: Screening,
    /// Of each used item.
    pub(crate) categories: Vec<ItemCategories>,
    pub(crate) models: Vec<ItemModel>,
}

impl UsedItems {
    /// Leaves out items with one category or fewer than `min_n` answers. Fixed anchors always stay.
    pub(crate) fn new(
        data: &Responses<'_>,
        spec: &Spec,
        anchors: &[Option<&Anchor>],
    ) -> Result<Self, Error> {
        let counts = counts_by_score(data);
        let models = spec.models(data.n_items)?;
        let mut used = Self {
            screening: Screening {
                items: Vec::new(),
                position: vec![UNUSED; data.n_items],
                counts: Vec::new(),
                skipped: Vec::new(),
                n_answers: 0,
            },
            categories: Vec::new(),
            models: Vec::new(),
        };
        for (item, counts) in (0u32..).zip(&counts) {
            if !counts.is_empty() {
                let anchor = anchors[item as usize].filter(|anchor| anchor.fixed);
                used.take(item, counts, (models[item as usize], spec.min_n), anchor)?;
            }
        }
        if used.screening.items.is_empty() {
            return Err(no_usable_item(&used.screening.skipped).into());
        }
        Ok(used)
    }

    fn take(
        &mut self,
        item: u32,
        counts: &[u32],
        (model, min_n): (ItemModel, u32),
        anchor: Option<&Anchor>,
    ) -> Result<(), Error> {
        let unknown = |score| Error::UnknownScore { item, score };
        let categories = match anchor {
            None => ItemCategories::observed(counts),
            Some(anchor) => {
                ItemCategories::given(&anchor.category_scores(), counts).map_err(unknown)?
            }
        };
        let n = categories.n();
        let reason = if n < min_n { SkipReason::TooFewAnswers } else { SkipReason::OneCategory };
        if anchor.is_none() && (n < min_n || categories.len() < 2) {
            self.screening.skipped.push(SkippedItem { item, n, reason });
            return Ok(());
        }
        if categories.len() > MOST_CATEGORIES {
            return Err(Error::TooManyCategories { item, categories: categories.len() });
        }
        let model = match anchor {
            Some(anchor) => anchor.model(),
            None => model.of_categories(categories.len()).ok_or(Error::TwoCategories {
                item,
                categories: categories.len(),
                model,
            })?,
        };
        let screening = &mut self.screening;
        screening.position[item as usize] = screening.items.len() as u32;
        screening.items.push(item);
        screening.counts.push((n, categories.counts.last().copied().unwrap_or(0)));
        screening.n_answers += n as usize;
        self.categories.push(categories);
        self.models.push(model);
        Ok(())
    }

    /// The answers to used items as codes.
    pub(crate) fn coded<'a>(&self, data: &Responses<'a>) -> CodedAnswers<'a> {
        let book = CodeBook::new(self.categories.iter().map(ItemCategories::len));
        let code = |(&item, &score): (&u32, &u8)| match self.screening.position[item as usize] {
            UNUSED => UNUSED,
            position => {
                let category = self.categories[position as usize].category(score);
                category.map_or(UNUSED, |category| book.first(position) + category as u32)
            }
        };
        let code = data.item.iter().zip(data.score).map(code).collect();
        CodedAnswers { student: data.student, code, book }
    }
}

/// Answers of every item by score; empty for items without any.
fn counts_by_score(data: &Responses<'_>) -> Vec<Vec<u32>> {
    let mut counts: Vec<Vec<u32>> = vec![Vec::new(); data.n_items];
    for (&item, &score) in data.item.iter().zip(data.score) {
        let (counts, score) = (&mut counts[item as usize], usize::from(score));
        if counts.len() <= score {
            counts.resize(score + 1, 0);
        }
        counts[score] += 1;
    }
    counts
}
