//! Which scores of an item are its categories.

use serde::{Deserialize, Serialize};

/// One category of a calibrated item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Category {
    /// The score it stands for.
    pub score: u8,
    /// Answers with it.
    pub n: u32,
    /// Mean ability of the students who gave them, under the calibration; `None` without answers. It increases
    /// with the score where the categories are in order.
    pub mean_ability: Option<f64>,
}

/// Scores of an item with their counts. A score that nobody has is no category: those above it move down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ItemCategories {
    /// Scores of the categories, increasing.
    pub(crate) scores: Vec<u8>,
    /// Answers with each.
    pub(crate) counts: Vec<u32>,
}

impl ItemCategories {
    /// The scores that occur.
    pub(crate) fn observed(counts: &[u32]) -> Self {
        let seen = counts.iter().enumerate().filter(|(_, n)| **n > 0);
        let (scores, counts) = seen.map(|(score, n)| (score as u8, *n)).unzip();
        Self { scores, counts }
    }

    /// Given scores, those without an answer as well. `Err` with a score that occurs and is none of them.
    pub(crate) fn given(scores: &[u8], counts: &[u32]) -> Result<Self, u8> {
        let other = counts
            .iter()
            .enumerate()
            .find(|(score, n)| **n > 0 && scores.binary_search(&(*score as u8)).is_err());
        if let Some((score, _)) = other {
            return Err(score as u8);
        }
        let count = |score: &u8| counts.get(usize::from(*score)).copied().unwrap_or(0);
        Ok(Self { scores: scores.to_vec(), counts: scores.iter().map(count).collect() })
    }

    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    pub(crate) fn n(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// Category of a score.
    pub(crate) fn category(&self, score: u8) -> Option<usize> {
        self.scores.binary_search(&score).ok()
    }

    /// Scores from 0 to the highest possible that are no category.
    pub(crate) fn missing(&self, maximum: Option<u8>) -> Vec<u8> {
        let highest = maximum.or(self.scores.last().copied()).unwrap_or(0);
        (0..=highest).filter(|score| self.category(*score).is_none()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::ItemCategories;

    #[test]
    fn scores_that_nobody_has_are_collapsed_and_said() {
        let found = ItemCategories::observed(&[4, 0, 7, 1]);
        assert_eq!((&*found.scores, &*found.counts), (&[0, 2, 3][..], &[4, 7, 1][..]));
        assert_eq!((found.category(2), found.category(1)), (Some(1), None));
        assert_eq!(found.missing(Some(5)), [1, 4, 5]);
        assert_eq!(found.missing(None), [1]);
    }

    #[test]
    fn known_categories_stay_without_answers_and_refuse_others() {
        let found = ItemCategories::given(&[0, 1, 3], &[2, 0]).unwrap();
        assert_eq!(found.counts, [2, 0, 0]);
        assert_eq!(ItemCategories::given(&[0, 1, 3], &[2, 0, 1]), Err(2));
    }
}
