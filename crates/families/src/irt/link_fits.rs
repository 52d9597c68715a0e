//! One calibration of right and wrong answers on the scale of another: the same call for the `link` command and others.

use std::collections::HashMap;

use seedtest_irt::{
    Covariance, DriftTest, ItemErrors, ItemParameters, LinkError, LinkItem, LinkMethod, LinkSpec,
    Linking, Model, link,
};
use seedtest_wire::{CalibrateResponse, LinkResponse};

/// Two linked calibrations.
#[derive(Debug, Clone)]
pub struct LinkedFits {
    /// The linking; its codes are positions in `ids`.
    pub linking: Linking,
    /// Every item of both in byte order.
    pub ids: Vec<String>,
    /// Constants, drift of the common items, and items and abilities on the old scale.
    pub response: LinkResponse,
}

/// Why two calibrations cannot be linked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct NotLinked {
    /// What is wrong, and with which item.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Puts the results of the calibration `new` on the scale of `old`; `tests_drift`: whether common items that drift are
/// left out.
///
/// # Errors
/// [`NotLinked`] for too few common items and for parameters that cannot be used.
pub fn link_fits(
    new: &CalibrateResponse,
    old: &CalibrateResponse,
    (method, tests_drift): (LinkMethod, bool),
) -> Result<LinkedFits, NotLinked> {
    let ids = common_order(new, old);
    let items = common_items(new, old, &ids);
    let covariances = (covariance(new, &ids), covariance(old, &ids));
    let spec = LinkSpec {
        method,
        same_unit: is_rasch(new) && is_rasch(old),
        drift: tests_drift.then(DriftTest::default),
        ..LinkSpec::default()
    };
    let linking = link(&items, &spec, (covariances.0.as_ref(), covariances.1.as_ref()))
        .map_err(|error| failed(&error, &ids))?;
    let warnings: Vec<String> = other_model(model_of(new), model_of(old)).into_iter().collect();
    let response = LinkResponse::new(&linking, new, &ids, covariances.0.as_ref());
    let response = response.with_warnings(warnings);
    Ok(LinkedFits { linking, ids: ids.into_iter().map(str::to_owned).collect(), response })
}

/// The parameters of a calibration by item id.
pub fn parameters_of_fit(fit: &CalibrateResponse) -> HashMap<&str, ItemParameters> {
    fit.item_params
        .iter()
        .map(|item| {
            let params = item.params;
            (item.item_id.as_str(), ItemParameters { a: params.a, b: params.b, c: params.c })
        })
        .collect()
}

fn failed(error: &LinkError, ids: &[&str]) -> NotLinked {
    let code = match error {
        LinkError::DuplicateAnchor { item } | LinkError::Parameter { item, .. } => Some(*item),
        _ => None,
    };
    let item = code.map_or(String::new(), |code| format!(" (item {})", ids[code as usize]));
    NotLinked { message: format!("{error}{item}"), hint: error.hint().to_owned() }
}

/// Every item id of the two calibrations in byte order: their codes in the linking.
fn common_order<'a>(new: &'a CalibrateResponse, old: &'a CalibrateResponse) -> Vec<&'a str> {
    let of = |fit: &'a CalibrateResponse| {
        let covered = fit.covariance.iter().flat_map(|c| c.item_ids.iter());
        covered.chain(fit.item_params.iter().map(|item| &item.item_id)).map(String::as_str)
    };
    let mut ids: Vec<&str> = of(new).chain(of(old)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn code(ids: &[&str], id: &str) -> Option<u32> {
    ids.binary_search(&id).ok().map(|position| position as u32)
}

fn common_items(new: &CalibrateResponse, old: &CalibrateResponse, ids: &[&str]) -> Vec<LinkItem> {
    let old = parameters_of_fit(old);
    let mut items: Vec<LinkItem> = parameters_of_fit(new)
        .into_iter()
        .filter_map(|(id, new)| Some(LinkItem { item: code(ids, id)?, new, old: *old.get(id)? }))
        .collect();
    items.sort_by_key(|item| item.item);
    items
}

fn is_rasch(fit: &CalibrateResponse) -> bool {
    model_of(fit) == Some(Model::Rasch)
}

fn model_of(fit: &CalibrateResponse) -> Option<Model> {
    fit.fit_meta.model_spec.model.parse().ok()
}

/// What is said of calibrations whose models are free in different parameters.
fn other_model(new: Option<Model>, old: Option<Model>) -> Option<String> {
    let (new, old) = new.zip(old)?;
    let differs = |is_free: fn(Model) -> bool| is_free(new) != is_free(old);
    let discriminates = |model| matches!(model, Model::TwoPl | Model::ThreePl);
    let guesses = |model| model == Model::ThreePl;
    let parameter = if differs(discriminates) {
        "discriminations"
    } else if differs(guesses) {
        "guessing probabilities"
    } else {
        return None;
    };
    Some(format!(
        "the new calibration is {new} and the old one {old}: items of the one have {parameter} of their own and \
         those of the other do not, which the constants average out and the test may call drift; calibrate both \
         with one model"
    ))
}

/// The covariance with codes of the linking; of a calibration that did not keep it, the errors of
/// each item by itself. Both code lists are in byte order, so the rows stay sorted.
fn covariance(fit: &CalibrateResponse, ids: &[&str]) -> Option<Covariance> {
    match fit.covariance.as_ref() {
        Some(kept) => kept.coded(|id| code(ids, id)),
        None => item_errors(fit, ids),
    }
}

fn item_errors(fit: &CalibrateResponse, ids: &[&str]) -> Option<Covariance> {
    let known = fit.item_params.iter();
    let mut errors: Vec<(u32, ItemErrors)> =
        known.filter_map(|item| Some((code(ids, &item.item_id)?, item.se?.into()))).collect();
    errors.sort_by_key(|(item, _)| *item);
    (!errors.is_empty()).then(|| Covariance::of_errors(&errors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibrations_of_other_models_are_told() {
        let said = |new, old| other_model(Some(new), Some(old));
        let text = said(Model::TwoPl, Model::Rasch).unwrap();
        assert!(text.contains("2PL") && text.contains("Rasch") && text.contains("discriminations"));
        assert!(said(Model::OnePl, Model::ThreePl).unwrap().contains("discriminations"));
        assert!(said(Model::ThreePl, Model::TwoPl).unwrap().contains("guessing"));
        for (new, old) in [(Model::Rasch, Model::OnePl), (Model::TwoPl, Model::TwoPl)] {
            assert_eq!(said(new, old), None);
        }
        assert_eq!(other_model(None, Some(Model::Rasch)), None);
    }
}
