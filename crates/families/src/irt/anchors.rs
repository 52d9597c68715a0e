//! Items whose parameters are known before a calibration.

use std::collections::BTreeSet;

use seedtest_irt::{Anchor, ItemErrors};
use seedtest_responses::ResponseLog;
use seedtest_wire::{AnchorJson, AnchorParams};

use crate::error::Error;

/// An item whose parameters are known, and how well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    pub(super) anchor: Anchor,
    /// Errors of the parameters; `None` = they count as exact.
    pub(super) errors: Option<ItemErrors>,
}

/// Anchors and seeds whose items have answers, with codes of the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    /// Items whose parameters are known.
    pub(super) fixed: Vec<Known>,
    /// Items with start values.
    pub(super) seeds: Vec<Anchor>,
    pub(super) warnings: Vec<String>,
}

impl Anchors {
    pub(super) fn read(given: &[AnchorJson], log: &ResponseLog) -> Result<Self, Error> {
        let mut read = Self::default();
        let mut seen = BTreeSet::new();
        let (mut without_params, mut without_answers) = (0usize, 0usize);
        for anchor in given {
            if !seen.insert(anchor.item_id.as_str()) {
                return Err(bad(anchor, "is given twice"));
            }
            let Some(params) = params_of(anchor)? else {
                without_params += usize::from(anchor.fixed);
                continue;
            };
            if !(params.a.is_finite() && params.a > 0.0) {
                return Err(bad(anchor, &format!("has a = {}, which is not above 0", params.a)));
            }
            if !params.b.is_finite() {
                return Err(bad(anchor, &format!("has b = {}", params.b)));
            }
            if !(0.0..1.0).contains(&params.c) {
                return Err(bad(anchor, &format!("has c = {}, outside 0 ≤ c < 1", params.c)));
            }
            let Ok(code) = log.items().binary_search_by(|id| (**id).cmp(&*anchor.item_id)) else {
                without_answers += 1;
                continue;
            };
            let known = Anchor {
                item: code as u32,
                a: params.a,
                b: params.b,
                c: params.c,
                fixed: anchor.fixed,
            };
            if anchor.fixed {
                let errors = anchor.se.map(|se| usable(se.into())).transpose();
                let errors = errors.map_err(|what| bad(anchor, &what))?;
                read.fixed.push(Known { anchor: known, errors });
            } else {
                read.seeds.push(known);
            }
        }
        if without_params > 0 {
            let text = format!("{without_params} anchors have no parameters and fix nothing");
            read.warnings.push(text);
        }
        if without_answers > 0 {
            read.warnings.push(format!("{without_answers} anchors and seeds have no answers"));
        }
        Ok(read)
    }
}

/// The parameters of an item of right and wrong answers; they may be lists of one.
fn params_of(anchor: &AnchorJson) -> Result<Option<AnchorParams>, Error> {
    let Some(lists) = &anchor.curves else { return Ok(anchor.params) };
    let known = lists.known().map_err(|what| bad(anchor, &what))?;
    let curves = &known.curves;
    if let (Some(a), &[b]) = (curves.slope(), &curves.difficulties()[..]) {
        return Ok(Some(AnchorParams { a, b, c: curves.guessing() }));
    }
    let n = curves.n_categories();
    let what = format!("has {n} categories: calibrate scores, model grm, gpcm, pcm, rsm or nrm");
    Err(bad(anchor, &what))
}

/// Errors that can be counted in.
fn usable(errors: ItemErrors) -> Result<ItemErrors, String> {
    for (name, se) in [("a", errors.a), ("b", errors.b), ("c", errors.c)] {
        if let Some(se) = se.filter(|se| !(se.is_finite() && *se >= 0.0)) {
            return Err(format!("has a standard error of {name} of {se}"));
        }
    }
    Ok(errors)
}

fn bad(anchor: &AnchorJson, what: &str) -> Error {
    Error::BadAnchor { item_id: anchor.item_id.clone(), what: what.to_string() }
}
