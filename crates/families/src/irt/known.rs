//! Items whose parameters are known before a calibration: of right and wrong answers, and of several categories.

use std::collections::BTreeSet;

use seedtest_wire::AnchorJson;

use crate::error::Error;

/// An item whose parameters are known, and how well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known<A, E> {
    pub(super) anchor: A,
    /// Errors of the parameters; `None` = they count as exact.
    pub(super) errors: Option<E>,
}

/// Anchors and seeds whose items have answers, with codes of the log.
#[derive(Debug, Clone)]
pub(super) struct KnownItems<A, E> {
    /// Items whose parameters are known.
    pub(super) fixed: Vec<Known<A, E>>,
    /// Items with start values.
    pub(super) seeds: Vec<A>,
    pub(super) warnings: Vec<String>,
}

impl<A, E> KnownItems<A, E> {
    /// Reads what is given for the items of a log. `params` reads the parameters of an item, `None` where it has none;
    /// `known` makes of them what is known of the item with a code.
    ///
    /// # Errors
    /// For an item that is given twice, and what the two refuse.
    pub(super) fn read_with<P>(
        given: &[AnchorJson],
        items: &[Box<str>],
        params: impl Fn(&AnchorJson) -> Result<Option<P>, Error>,
        known: impl Fn(&AnchorJson, u32, P) -> Result<Known<A, E>, Error>,
    ) -> Result<Self, Error> {
        let mut read = Self { fixed: Vec::new(), seeds: Vec::new(), warnings: Vec::new() };
        let mut seen = BTreeSet::new();
        let (mut without_params, mut without_answers) = (0usize, Vec::new());
        for anchor in given {
            if !seen.insert(anchor.item_id.as_str()) {
                return Err(bad(anchor, "is given twice"));
            }
            let Some(params) = params(anchor)? else {
                without_params += usize::from(anchor.fixed);
                continue;
            };
            let Ok(code) = items.binary_search_by(|id| (**id).cmp(anchor.item_id.as_str())) else {
                without_answers.push(anchor.item_id.as_str());
                continue;
            };
            let known = known(anchor, code as u32, params)?;
            if anchor.fixed {
                read.fixed.push(known);
            } else {
                read.seeds.push(known.anchor);
            }
        }
        if without_params > 0 {
            let text = format!("{without_params} anchors have no parameters and fix nothing");
            read.warnings.push(text);
        }
        if !without_answers.is_empty() {
            read.warnings.push(nobody_answered(&without_answers));
        }
        if read.fixed.is_empty() && given.iter().any(|anchor| anchor.fixed) {
            read.warnings.push("no fixed anchor is left to carry the scale".into());
        }
        Ok(read)
    }

    /// Seeds, and where anchors are held these too, by item code.
    pub(super) fn of_the_fit(&self, held: bool, code: impl Fn(&A) -> u32) -> Vec<A>
    where
        A: Clone,
    {
        let fixed = self.fixed.iter().filter(|_| held).map(|known| &known.anchor);
        let mut given: Vec<A> = self.seeds.iter().chain(fixed).cloned().collect();
        given.sort_by_key(code);
        given
    }
}

/// That anchors and seeds have no answers, with the first of their ids.
fn nobody_answered(ids: &[&str]) -> String {
    const NAMED: usize = 5;
    let named = ids[..ids.len().min(NAMED)].join(", ");
    let more = if ids.len() > NAMED { ", …" } else { "" };
    format!("{} anchors and seeds have no answers: {named}{more}", ids.len())
}

/// A refusal of an anchor by its id.
pub(super) fn bad(anchor: &AnchorJson, what: &str) -> Error {
    Error::BadAnchor { item_id: anchor.item_id.clone(), what: what.to_string() }
}
