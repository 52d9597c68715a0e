//! Items with several categories whose curves are known before a calibration.

use seedtest_irt::ItemParameters;
use seedtest_irt::polytomous::{Anchor, CategoryCurves, ItemErrors, ItemModel, KnownItem};
use seedtest_wire::{AnchorJson, ParamsSe};

use super::known::{self, KnownItems, bad};
use super::scored_log::ScoredLog;
use crate::error::Error;

/// An item whose curves are known, and how well.
pub(super) type KnownCurves = known::Known<Anchor, ItemErrors>;
/// Anchors and seeds whose items have answers, with codes of the log.
pub(super) type CategoryAnchors = KnownItems<Anchor, ItemErrors>;

impl CategoryAnchors {
    pub(super) fn read(given: &[AnchorJson], log: &ScoredLog) -> Result<Self, Error> {
        let curves = |anchor: &AnchorJson| curves_of(anchor).map_err(|what| bad(anchor, &what));
        let known = |anchor: &AnchorJson, item: u32, known: KnownItem| {
            let errors = errors_of(anchor, &known).map_err(|what| bad(anchor, &what))?;
            let KnownItem { curves, scores, .. } = known;
            Ok(KnownCurves { anchor: Anchor { item, scores, curves, fixed: anchor.fixed }, errors })
        };
        Self::read_with(given, &log.items, curves, known)
    }
}

/// The curves of an item, of right and wrong answers or of several categories, with the errors of their parameters where
/// those are known; `None` where it has no parameters.
///
/// # Errors
/// For parameters that cannot be used.
pub fn known_curves(item: &AnchorJson) -> Result<Option<(KnownItem, Option<ItemErrors>)>, Error> {
    let Some(known) = curves_of(item).map_err(|what| bad(item, &what))? else { return Ok(None) };
    let errors = errors_of(item, &known).map_err(|what| bad(item, &what))?;
    Ok(Some((known, errors)))
}

/// The curves of an anchor; `None` where it has no parameters.
fn curves_of(anchor: &AnchorJson) -> Result<Option<KnownItem>, String> {
    let known = match (&anchor.curves, anchor.params) {
        (Some(curves), _) => curves.known()?,
        (None, None) => return Ok(None),
        (None, Some(params)) => {
            if !(0.0..1.0).contains(&params.c) {
                return Err(format!("has c = {}, outside 0 ≤ c < 1", params.c));
            }
            let model = if params.c > 0.0 { ItemModel::ThreePl } else { ItemModel::TwoPl };
            let item = ItemParameters { a: params.a, b: params.b, c: params.c };
            KnownItem { curves: CategoryCurves::from(item), scores: vec![0, 1], model }
        }
    };
    if let Some(what) = known.fault() {
        return Err(format!("cannot be used: {what}"));
    }
    match known.curves.slope() {
        Some(a) if a <= 0.0 => Err(format!("has a = {a}, which is not above 0")),
        _ => Ok(Some(known)),
    }
}

/// How well the curves of an anchor are known.
fn errors_of(anchor: &AnchorJson, known: &KnownItem) -> Result<Option<ItemErrors>, String> {
    let curves = &known.curves;
    if let Some(se) = anchor.curves.as_ref().and_then(|curves| curves.se.as_ref()) {
        let errors = ItemErrors::from(se);
        if let Some(what) = errors.fault() {
            return Err(format!("has {what}"));
        }
        let fits = (errors.slopes.is_empty() || errors.slopes.len() == curves.slopes().len())
            && (errors.intercepts.is_empty()
                || errors.intercepts.len() == curves.intercepts().len());
        if !errors.covariance.is_empty() && !fits {
            return Err("has standard errors of another number of categories".into());
        }
        return Ok(Some(errors).filter(|errors| !errors.covariance.is_empty()));
    }
    let Some(se) = anchor.se else { return Ok(None) };
    let params = (curves.slopes()[0], curves.difficulties().first().copied().unwrap_or(0.0));
    of_plain(params, se)
}

/// Errors of (a, b) as those of (a, d), d = −ab; c counts as exact.
fn of_plain((a, b): (f64, f64), se: ParamsSe) -> Result<Option<ItemErrors>, String> {
    let Some(of_b) = se.b else { return Ok(None) };
    let both = se.cov_ab.unwrap_or(0.0);
    if ![se.a.unwrap_or(0.0), of_b].iter().all(|se| se.is_finite() && *se >= 0.0) {
        return Err("has a standard error that is none".into());
    }
    let of_d = |variance: f64| a * a * of_b * of_b + b * b * variance + 2.0 * a * b * both;
    Ok(Some(match se.a {
        None => {
            let variance = of_d(0.0);
            let intercepts = vec![variance.sqrt()];
            ItemErrors { intercepts, covariance: vec![vec![variance]], ..ItemErrors::default() }
        }
        Some(of_a) => {
            let (variance, with) = (of_a * of_a, -b * of_a * of_a - a * both);
            let of_d = of_d(variance).max(0.0);
            ItemErrors {
                slopes: vec![of_a],
                intercepts: vec![of_d.sqrt()],
                covariance: vec![vec![variance], vec![with, of_d]],
                ..ItemErrors::default()
            }
        }
    }))
}
