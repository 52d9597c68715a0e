//! Items whose parameters are known before a calibration.

use seedtest_irt::{Anchor, ItemErrors};
use seedtest_wire::{AnchorJson, AnchorParams, asymptote_warnings};

use super::known::{self, KnownItems, bad};
use crate::error::Error;

/// An item whose parameters are known, and how well.
pub(super) type Known = known::Known<Anchor, ItemErrors>;
/// Anchors and seeds whose items have answers, with codes of the log.
pub(super) type Anchors = KnownItems<Anchor, ItemErrors>;

impl Anchors {
    pub(super) fn read<'g>(given: &'g [AnchorJson], items: &[Box<str>]) -> Result<Self, Error> {
        let known = |anchor: &AnchorJson, item: u32, AnchorParams { a, b, c, .. }| {
            let errors = anchor.se.filter(|_| anchor.fixed).map(|se| usable(se.into()));
            let errors = errors.transpose().map_err(|what| bad(anchor, &what))?;
            Ok(Known { anchor: Anchor { item, a, b, c, fixed: anchor.fixed }, errors })
        };
        let mut read = Self::read_with(given, items, usable_params, known)?;
        let upper = |anchor: &'g AnchorJson| {
            let params = usable_params(anchor).ok()??;
            Some((anchor.item_id.as_str(), params.c, params.d?))
        };
        let mut warnings = asymptote_warnings(given.iter().filter_map(upper));
        warnings.append(&mut read.warnings);
        Ok(Self { warnings, ..read })
    }
}

/// The parameters of an item, if it has some.
fn usable_params(anchor: &AnchorJson) -> Result<Option<AnchorParams>, Error> {
    let Some(params) = params_of(anchor)? else { return Ok(None) };
    if !(params.a.is_finite() && params.a > 0.0) {
        return Err(bad(anchor, &format!("has a = {}, which is not above 0", params.a)));
    }
    if !params.b.is_finite() {
        return Err(bad(anchor, &format!("has b = {}", params.b)));
    }
    if !(0.0..1.0).contains(&params.c) {
        return Err(bad(anchor, &format!("has c = {}, outside 0 ≤ c < 1", params.c)));
    }
    Ok(Some(params))
}

/// The parameters of an item of right and wrong answers; they may be lists of one.
fn params_of(anchor: &AnchorJson) -> Result<Option<AnchorParams>, Error> {
    let Some(lists) = &anchor.curves else { return Ok(anchor.params) };
    let known = lists.known().map_err(|what| bad(anchor, &what))?;
    let curves = &known.curves;
    if let (Some(a), &[b]) = (curves.slope(), &curves.difficulties()[..]) {
        return Ok(Some(AnchorParams { a, b, c: curves.guessing(), d: None }));
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
