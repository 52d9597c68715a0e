//! Comparisons among students of equal score.

use std::collections::BTreeMap;

use super::logistic::{LogisticDif, Row, logistic_regression};
use super::mantel_haenszel::{MantelHaenszel, Strata};

/// Fewest students of each group for a regression.
const FEWEST: usize = 30;

/// Answers of the students of two groups, student by student.
pub(super) struct Students {
    pub(super) rows: Vec<StudentRow>,
    /// Number of items that both groups answered.
    pub(super) n_items: usize,
}

/// Answers of one student to compared items: item and category, each item once.
pub(super) struct StudentRow {
    pub(super) is_focal: bool,
    pub(super) answers: Vec<(u32, u8)>,
}

impl Students {
    pub(super) fn n_incomplete(&self) -> usize {
        self.rows.iter().filter(|row| row.answers.len() < self.n_items).count()
    }

    /// Compares an item among students who answered the same matching items with the same sum. The item itself
    /// belongs to them, as ETS has it.
    pub(super) fn mantel_haenszel(
        &self,
        item: u32,
        n_categories: usize,
        matches: &dyn Fn(u32) -> bool,
    ) -> Option<MantelHaenszel> {
        let mut forms: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut strata = Strata::new(n_categories);
        for row in &self.rows {
            let Some(category) = row.category(item) else { continue };
            let matching =
                row.answers.iter().filter(|(other, _)| *other == item || matches(*other));
            let score = matching.clone().map(|(_, k)| u32::from(*k)).sum();
            let next = forms.len() as u32;
            let form = if row.answers.len() == self.n_items {
                // Whoever answered everything has one form, whatever the matching items.
                u32::MAX
            } else {
                *forms.entry(matching.map(|(other, _)| *other).collect()).or_insert(next)
            };
            strata.add((form, score), usize::from(category), row.is_focal);
        }
        strata.compare()
    }

    /// Regression over the students who answered everything.
    pub(super) fn logistic(
        &self,
        item: u32,
        n_categories: usize,
        matches: &dyn Fn(u32) -> bool,
    ) -> Option<LogisticDif> {
        let complete = self.rows.iter().filter(|row| row.answers.len() == self.n_items);
        let rows: Vec<Row> = complete
            .filter_map(|row| {
                let matching =
                    row.answers.iter().filter(|(other, _)| *other == item || matches(*other));
                let score = matching.map(|(_, k)| f64::from(*k)).sum();
                let category = usize::from(row.category(item)?);
                Some(Row { score, category, is_focal: row.is_focal })
            })
            .collect();
        let n_focal = rows.iter().filter(|row| row.is_focal).count();
        if n_focal < FEWEST || rows.len() - n_focal < FEWEST {
            return None;
        }
        logistic_regression(&rows, n_categories)
    }
}

impl StudentRow {
    fn category(&self, item: u32) -> Option<u8> {
        let at = self.answers.binary_search_by_key(&item, |answer| answer.0).ok()?;
        Some(self.answers[at].1)
    }
}
