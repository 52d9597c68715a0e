//! One calibration of items with several categories on the scale of another: the same call for the `link` command and
//! others.

use std::collections::BTreeMap;

use seedtest_irt::polytomous::{
    CategoryCurves, Covariance, ItemErrors, KnownItem, LinkItem, Linking, link,
};
use seedtest_irt::{DriftTest, LinkError, LinkMethod, LinkSpec};
use seedtest_wire::{
    ItemCurvesJson, LinkCategoriesResponse, LinkedAbility, LinkedCurvesItem, json_fault,
};
use serde_json::Value;

use super::categories_linking::{constants_of, drift_json};
use super::link_fits::NotLinked;

/// Codes of item ids.
type Code<'a> = &'a dyn Fn(&str) -> u32;

/// One side of a linking: the items and abilities of a calibration.
#[derive(Debug, Clone)]
pub struct CategoryFit {
    items: BTreeMap<String, (KnownItem, Option<ItemErrors>)>,
    abilities: Vec<(String, f64, f64)>,
}

impl CategoryFit {
    /// Reads the JSON of a calibration.
    ///
    /// # Errors
    /// In words, when it is none, or an item of it cannot be used.
    pub fn of_json(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| json_fault(&error))?;
        let list =
            |key: &str| value.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut items = BTreeMap::new();
        for entry in list("item_params") {
            let Some(id) = entry.get("item_id").and_then(Value::as_str) else {
                return Err("an item without item_id".into());
            };
            let read =
                ItemCurvesJson::of_value(entry).map_err(|what| format!("item {id} {what}"))?;
            let errors = read.se.as_ref().map(ItemErrors::from);
            if let Some(what) = errors.as_ref().and_then(ItemErrors::fault) {
                return Err(format!("item {id} has {what}"));
            }
            let known = read.known().map_err(|what| format!("item {id} {what}"))?;
            items.insert(id.to_string(), (known, errors));
        }
        if items.is_empty() {
            return Err("no item_params".into());
        }
        let ability = |row: &Value| {
            let number = |key: &str| row.get(key).and_then(Value::as_f64);
            Some((row.get("user_id")?.as_str()?.to_string(), number("theta")?, number("se")?))
        };
        Ok(Self { items, abilities: list("abilities").iter().filter_map(ability).collect() })
    }
}

/// Puts the results of the calibration `new` on the scale of `old`; `tests_drift`: whether common items that drift are
/// left out.
///
/// # Errors
/// [`NotLinked`] for too few common items and for curves that cannot be used.
pub fn link_category_fits(
    new: &CategoryFit,
    old: &CategoryFit,
    (method, tests_drift): (LinkMethod, bool),
) -> Result<LinkCategoriesResponse, NotLinked> {
    let mut ids: Vec<&str> = new.items.keys().chain(old.items.keys()).map(String::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    let code = |id: &str| ids.binary_search(&id).unwrap_or(0) as u32;
    let (items, apart) = common(new, old, &code);
    let (of_new, of_old) = (covariance(new, &code), covariance(old, &code));
    let unit =
        |side: &CategoryFit| side.items.values().all(|(item, _)| item.model.has_unit_slope());
    let spec = LinkSpec {
        method,
        same_unit: unit(new) && unit(old),
        drift: tests_drift.then(DriftTest::default),
        ..LinkSpec::default()
    };
    let linking = link(&items, &spec, (of_new.as_ref(), of_old.as_ref()))
        .map_err(|error| failed(&error, &ids, &apart))?;
    Ok(response(&linking, new, of_new.as_ref(), (&ids, &code), &apart))
}

/// Items of both sides whose categories are the same, and the ids of those whose are not.
fn common(new: &CategoryFit, old: &CategoryFit, code: Code<'_>) -> (Vec<LinkItem>, Vec<String>) {
    let (mut items, mut apart) = (Vec::new(), Vec::new());
    for (id, (new, _)) in &new.items {
        let Some((old, _)) = old.items.get(id) else { continue };
        if new.curves.form() != old.curves.form() || new.scores != old.scores {
            apart.push(id.clone());
            continue;
        }
        let (new, old) = (new.curves.clone(), old.curves.clone());
        items.push(LinkItem { item: code(id), new, old });
    }
    (items, apart)
}

fn covariance(side: &CategoryFit, code: Code<'_>) -> Option<Covariance> {
    let errors: Vec<(u32, &ItemErrors)> = side
        .items
        .iter()
        .filter_map(|(id, (_, errors))| Some((code(id), errors.as_ref()?)))
        .collect();
    Covariance::of_items(&errors)
}

/// `apart`: items of both sides whose models or categories differ, which are no common items.
fn failed(error: &LinkError, ids: &[&str], apart: &[String]) -> NotLinked {
    if let (LinkError::TooFewAnchors { .. }, Some(first)) = (error, apart.first()) {
        let message = format!(
            "{error}: {} items are on both sides with other models or categories, the first is {first}",
            apart.len()
        );
        let hint = "calibrate both forms with one model, and with the same scores".to_owned();
        return NotLinked { message, hint };
    }
    let code = match error {
        LinkError::DuplicateAnchor { item } | LinkError::Curves { item, .. } => Some(*item),
        _ => None,
    };
    let item = code.map_or(String::new(), |code| format!(" (item {})", ids[code as usize]));
    NotLinked { message: format!("{error}{item}"), hint: error.hint().to_owned() }
}

fn response(
    linking: &Linking,
    new: &CategoryFit,
    covariance: Option<&Covariance>,
    (ids, code): (&[&str], Code<'_>),
    apart: &[String],
) -> LinkCategoriesResponse {
    let item = |(id, (item, errors)): (&String, &(KnownItem, Option<ItemErrors>))| {
        let curves: CategoryCurves = item.curves.on_scale(linking.slope, linking.intercept);
        let known = errors.as_ref().filter(|errors| !errors.covariance.is_empty()).and(covariance);
        let se = known.map(|of| linking.carry(code(id), &item.curves, of));
        LinkedCurvesItem {
            item_id: id.clone(),
            model: item.model.to_string(),
            params: (&curves).into(),
            scores: item.scores.clone(),
            se: se.as_ref().map(Into::into),
        }
    };
    let named = |code: u32| ids[code as usize];
    let anchors = linking.anchors.iter().map(|of| drift_json(of, named(of.item)));
    let warnings = (!apart.is_empty()).then(|| {
        format!("other models or categories on the two scales, left out: {}", apart.join(", "))
    });
    LinkCategoriesResponse {
        status: "success".to_string(),
        ok: true,
        linking_constants: constants_of(linking, None, named),
        anchors: anchors.collect(),
        item_params: new.items.iter().map(item).collect(),
        abilities: new
            .abilities
            .iter()
            .map(|(user_id, theta, se)| LinkedAbility {
                user_id: user_id.clone(),
                theta: linking.slope * theta + linking.intercept,
                se: linking.ability_error(*theta, *se),
            })
            .collect(),
        warnings: warnings.into_iter().collect(),
    }
}
