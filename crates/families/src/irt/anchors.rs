//! Items whose parameters are known before a calibration.

use std::collections::BTreeSet;

use seedtest_irt::Anchor;
use seedtest_responses::ResponseLog;
use seedtest_wire::AnchorJson;

use crate::error::Error;

/// Anchors and seeds whose items have answers, with codes of the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Anchors {
    /// Items whose parameters are known.
    pub(super) fixed: Vec<Anchor>,
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
            let Some(params) = anchor.params else {
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
            if anchor.fixed { read.fixed.push(known) } else { read.seeds.push(known) }
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

fn bad(anchor: &AnchorJson, what: &str) -> Error {
    Error::BadAnchor { item_id: anchor.item_id.clone(), what: what.to_string() }
}
