//! Items one by one: their curves, and what was observed of the answers that the curves were fitted to.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use seedtest_families::irt::{ScoredLog, ScoredRow, ShownItem, category_model};
use seedtest_irt::Normal;
use seedtest_irt::polytomous::KnownItem;
use seedtest_report::{CalibratedItem, ItemPage, ItemRow, Lang, ObservedShare};
use seedtest_responses::ResponseLog;
use seedtest_store::{FitMeta, ItemParamsRow, ScoredAnswer, Store};
use seedtest_wire::ItemCurvesJson;
use serde_json::Value;

use super::material::Material;
use crate::error::Error;
use crate::items::{Populations, answers_of, duplicates_of};

/// Groups of students by ability on the page of an item, and fewest answers a group has.
const GROUPS: usize = 6;
const FEWEST_ANSWERS: usize = 10;
/// Most items drawn one by one.
const MOST_ITEMS: usize = 6;

/// The answers of the newest calibration with the abilities that it gave.
///
/// Neither those of the weeks of a report nor abilities of other days would do: a student who has learnt since
/// answers better than the ability says, and one who answered before answers worse.
#[derive(Default)]
pub(super) struct Calibrated {
    /// Abilities of those who answered an item, and whether they were right, by item id.
    answers: HashMap<String, Vec<(f64, bool)>>,
    /// The same with scores, where it was a calibration of scores.
    scores: HashMap<String, Vec<(f64, u8)>>,
}

/// Items drawn one by one: of right and wrong answers, and of several categories.
#[derive(Default)]
pub(super) struct Drawn {
    pub(super) plain: Vec<ItemPage>,
    pub(super) categories: Vec<CalibratedItem>,
}

impl Calibrated {
    /// Reads the answers of the calibration of a report.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn read(store: &Store, calibration: Option<&FitMeta>) -> Result<Self, Error> {
        let Some(meta) = calibration else { return Ok(Self::default()) };
        let (fitted, next) = (meta.fitted_at, meta.fitted_at + Duration::microseconds(1));
        let log = store.load_log(&answers_of(meta, next)).await?.log;
        let thetas = thetas(store, fitted, next).await?;
        let model = meta.model_spec.get("model").and_then(Value::as_str);
        let scores = if model.and_then(category_model).is_some() {
            let scored = store.scored_answers(&answers_of(meta, next)).await?;
            scores_by_item(&scored, meta, &thetas)
        } else {
            HashMap::new()
        };
        Ok(Self { answers: by_item(&log, meta, &thetas), scores })
    }
}

/// Abilities and points of those whose answers to an item were calibrated.
fn scores_by_item(
    answers: &[ScoredAnswer],
    meta: &FitMeta,
    thetas: &HashMap<String, f64>,
) -> HashMap<String, Vec<(f64, u8)>> {
    let whole = |points: &f64| points.fract() == 0.0 && (0.0..=254.0).contains(points);
    let rows = answers.iter().filter_map(|answer| {
        let score = answer.points.filter(whole)? as u8;
        Some(ScoredRow { student: &answer.user_id, item: &answer.item_id, score })
    });
    let rows: Vec<ScoredRow<'_>> = rows.collect();
    let log = ScoredLog::of_rows(&rows, duplicates_of(Some(meta)));
    let mut scores: HashMap<String, Vec<(f64, u8)>> = HashMap::new();
    for (student, item, score) in log.answers() {
        if let Some(theta) = thetas.get(student) {
            scores.entry(item.to_owned()).or_default().push((*theta, score));
        }
    }
    scores
}

/// The abilities of one instant.
async fn thetas(
    store: &Store,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<HashMap<String, f64>, Error> {
    let points = store.ability_history(from, to).await?;
    Ok(points.into_iter().map(|point| (point.user_id, point.theta)).collect())
}

fn by_item(
    log: &ResponseLog,
    meta: &FitMeta,
    thetas: &HashMap<String, f64>,
) -> HashMap<String, Vec<(f64, bool)>> {
    let counted = log.answers(duplicates_of(Some(meta)));
    let theta_of: Vec<Option<f64>> =
        log.students().iter().map(|id| thetas.get(&**id).copied()).collect();
    let mut answers: HashMap<String, Vec<(f64, bool)>> = HashMap::new();
    for ((&student, &item), &correct) in
        counted.student.iter().zip(&counted.item).zip(&counted.correct)
    {
        if let Some(theta) = theta_of[student as usize] {
            let item = &log.items()[item as usize];
            answers.entry(item.to_string()).or_default().push((theta, correct == 1));
        }
    }
    answers
}

/// The flagged items with what was observed of them; where none is flagged, those with most answers. Items that the
/// newest calibration has not are left out: their curves are of other answers.
pub(super) fn item_pages(
    material: &Material,
    calibrated: &Calibrated,
    rows: &[ItemRow],
    lang: Lang,
) -> Drawn {
    let run = material.calibration.as_ref().map(|fit| fit.run_id.as_str());
    let ids: HashMap<String, &ItemParamsRow> = material
        .items
        .values()
        .filter(|row| row.run_id.is_none() || row.run_id.as_deref() == run)
        .map(|row| (material.people.item(&row.item_id, lang), row))
        .collect();
    let mut wanted: Vec<&ItemRow> = rows.iter().filter(|row| ids.contains_key(&row.item)).collect();
    wanted.sort_by(|a, b| {
        let flag = |row: &ItemRow| row.flag().map_or((1, None), |flag| (0, Some(flag)));
        flag(a).cmp(&flag(b)).then_with(|| b.n.cmp(&a.n)).then_with(|| a.item.cmp(&b.item))
    });
    wanted.truncate(MOST_ITEMS);
    let population = Populations::of_everybody(material.calibration.as_ref());
    let mut drawn = Drawn::default();
    for (row, stored) in wanted.into_iter().filter_map(|row| Some((row, ids.get(&row.item)?))) {
        drawn.plain.extend(item_page(calibrated, row, stored));
        drawn.categories.extend(category_page(calibrated, row, stored, population));
    }
    drawn
}

/// The page of an item whose parameters are lists.
fn category_page(
    calibrated: &Calibrated,
    shown: &ItemRow,
    row: &ItemParamsRow,
    population: Normal,
) -> Option<CalibratedItem> {
    if !row.params.get("d").is_some_and(Value::is_array) {
        return None;
    }
    let known: KnownItem = ItemCurvesJson::of_value(&row.params).ok()?.known().ok()?;
    let answered = calibrated.scores.get(&row.item_id).cloned().unwrap_or_default();
    let drawn = ShownItem::of(row.item_id.clone(), &known, answered, population);
    let observed = drawn.observed.iter();
    Some(CalibratedItem {
        item: shown.item.clone(),
        model: known.model.to_string(),
        n: shown.n,
        slopes: known.curves.slopes().iter().map(|a| (*a, None)).collect(),
        difficulties: known.curves.difficulties().iter().map(|b| (*b, None)).collect(),
        observed: observed
            .filter_map(|&(theta, n, share)| ObservedShare::of(theta, n, share))
            .collect(),
        curve: drawn.curve,
        information: drawn.information,
        ..CalibratedItem::default()
    })
}

fn item_page(calibrated: &Calibrated, shown: &ItemRow, row: &ItemParamsRow) -> Option<ItemPage> {
    let number = |key: &str| row.params.get(key).and_then(Value::as_f64);
    Some(ItemPage {
        item: shown.item.clone(),
        a: number("a")?,
        b: number("b")?,
        c: number("c").unwrap_or(0.0).clamp(0.0, 0.99),
        observed: groups(calibrated.answers.get(&row.item_id).cloned().unwrap_or_default()),
    })
}

/// Groups of about the same size by ability: mean θ, answers, right ones.
fn groups(mut answers: Vec<(f64, bool)>) -> Vec<(f64, u32, u32)> {
    answers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = answers.len().div_ceil(GROUPS).max(FEWEST_ANSWERS);
    let group = |of: &[(f64, bool)]| {
        let mean = of.iter().map(|(theta, _)| theta).sum::<f64>() / of.len() as f64;
        (mean, of.len() as u32, of.iter().filter(|(_, right)| *right).count() as u32)
    };
    answers.chunks(size).filter(|of| of.len() >= FEWEST_ANSWERS).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn groups_are_by_ability_and_not_too_small() {
        let answers: Vec<(f64, bool)> =
            (0..65_i32).rev().map(|i| (f64::from(i), i % 2 == 0)).collect();
        let found = groups(answers);
        assert_eq!(found.len(), 6, "11 each, and the last ten");
        assert_eq!(found[0], (5.0, 11, 6));
        assert!(found.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(groups(vec![(0.0, true); 9]).is_empty());
    }
}
