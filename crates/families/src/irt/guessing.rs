//! Guessing probabilities that are known before a calibration.

use std::collections::BTreeMap;

use seedtest_irt::FixedGuessing;
use serde::Serialize;

/// Guessing probabilities as they are given, by item id.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Guessing {
    /// Of every item that `by_item` does not name; `None` = 0.
    pub common: Option<f64>,
    /// Of single items.
    pub by_item: BTreeMap<String, f64>,
}

impl Guessing {
    /// The same with codes of these items, which are in byte order, and the number of names that are no item of it.
    pub(super) fn coded(&self, items: &[Box<str>]) -> (FixedGuessing, usize) {
        let code = |id: &str| items.binary_search_by(|item| (**item).cmp(id)).ok();
        let items: Vec<(u32, f64)> =
            self.by_item.iter().filter_map(|(id, c)| Some((code(id)? as u32, *c))).collect();
        let unknown = self.by_item.len() - items.len();
        (FixedGuessing { common: self.common.unwrap_or(0.0), items }, unknown)
    }
}
