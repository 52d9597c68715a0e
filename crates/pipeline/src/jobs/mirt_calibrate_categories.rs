//! `mirt-calibrate` of items with several categories.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use seedtest_families::irt::{
    CategoriesSpec, ScoredLog, ScoredRow, calibrate_categories, categories_digest, category_model,
    request_of_scores,
};
use seedtest_families::record;
use seedtest_irt::Priors;
use seedtest_irt::polytomous::ItemModel;
use seedtest_numerics::Silent;
use seedtest_store::{
    Calibration, FitMeta, ItemParams, ItemParamsRow, LogFilter, QuestionItem, ScoredAnswer, Store,
    UserAbility,
};
use seedtest_wire::{AnchorJson, CategoriesResponse, CategoryItemJson, ReferenceJson};
use serde_json::{Value, json};

use super::mirt_calibrate::{CalibrateSettings, group_by_student, report_dif, text};
use crate::calendar::day_at;
use crate::error::Error;
use crate::items::irt_of;
use crate::models::CALIBRATION_VERSION;
use crate::registry::{JobLog, Outcome, Refit, Settings, Work};
use crate::remote::Service;

/// The model of several categories that the settings ask for.
pub(super) fn model_of(settings: &Settings) -> Option<ItemModel> {
    settings.text("model").and_then(category_model)
}

/// Answers and what to make of them.
struct Prepared {
    log: ScoredLog,
    spec: CategoriesSpec,
    digest: String,
    newest: Option<FitMeta>,
    linked_before: DateTime<Utc>,
    span: [DateTime<Utc>; 2],
}

pub(super) async fn run(work: Work<'_, '_>, model: ItemModel) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = CalibrateSettings::read(settings)?;
    let now = clock.now();
    let Some(prepared) = prepare(store, &own, model, now, log).await? else {
        log.plain("No observations found; exiting.");
        return Ok(Outcome::noop());
    };
    let Prepared { log: answers, spec, digest, newest, linked_before, span } = &prepared;
    if own.dry_run {
        log.dry_run("Skipping the calibration and DB updates");
        let (n, k) = (answers.len(), spec.anchors.len());
        log.dry_run(&format!("Would calibrate {n} observations with {k} anchors"));
        return Ok(Outcome::default());
    }
    let same = newest.as_ref().filter(|meta| {
        text(meta, "input_digest") == Some(digest.as_str())
            && day_at(store.time_zone(), meta.fitted_at) == day_at(store.time_zone(), now)
    });
    // What the groups differ in is asked for besides.
    if let Some(meta) = same.filter(|_| !own.dif) {
        let run = &meta.run_id;
        log.info(&format!("Same answers and settings as run {run} of today; nothing to do"));
        return Ok(Outcome::noop());
    }
    let run_id = now.format("fit-%Y%m%d-%H%M%S").to_string();
    let (found, fit): (CategoriesResponse, _) = if let Some(service) = Service::of(settings, "IRT")?
    {
        log.info("Calling R IRT service...");
        let request = request_of_scores(answers, spec);
        let answer = service.post("/irt/calibrate", &request, log).await?;
        (serde_json::from_value(answer)?, None)
    } else {
        let fit = || calibrate_categories(answers, spec, &mut Silent);
        let fitted = tokio::task::block_in_place(fit)?;
        let nameless = fitted.response(answers, spec, "");
        let record = record(&nameless, fitted.summary(spec.seed))?;
        (fitted.response(answers, spec, &run_id), Some(record))
    };
    for warning in &found.warnings {
        log.warn(warning);
    }
    report_dif(&serde_json::to_value(&found.dif)?, log);
    let metrics = &found.fit_meta.metrics;
    log.info(&format!(
        "log-likelihood {:.4}, {} items, {} skipped, {} students, converged={}",
        metrics.loglik,
        found.item_params.len(),
        found.skipped.len(),
        found.abilities.len(),
        metrics.converged
    ));
    let provenance = json!({
        "input_digest": digest,
        "lookback_days": own.days,
        "answers_from": span[0].to_rfc3339(),
        "answers_to": span[1].to_rfc3339(),
        "group": settings.text("group").filter(|_| own.group.is_some()),
        "topic_id": own.topic,
        "subject_id": own.subject,
        "duplicates": settings.text("duplicates"),
        "priors": settings.text("priors"),
        "linked_to_runs_before": linked_before.to_rfc3339(),
    });
    let rows = calibration(&found, run_id, now, &provenance)?;
    let mut tx = store.begin().await?;
    tx.write_calibration(&rows).await?;
    let mut updated = 0u64;
    if own.update_bank {
        for item in &rows.items {
            let irt = irt_of(&item.params, Some(&rows.model), &rows.version);
            updated += u64::from(tx.write_question_irt(&item.item_id, &irt).await?);
        }
    }
    tx.commit().await?;
    let (items, abilities) = (rows.items.len(), rows.abilities.len());
    log.plain(&format!("Calibration upsert completed: {items} items, {abilities} abilities"));
    if own.update_bank {
        log.plain(&format!("question.meta.irt updated for {updated} items"));
    }
    log.plain("✅ IRT calibration completed successfully");
    let rows = (items + abilities + 1) as u64;
    Ok(Outcome { rows, not_converged: !metrics.converged, fit, ..Outcome::default() })
}

/// Calibrates again what a stored run calibrated.
pub(super) async fn refit(work: Work<'_, '_>, model: ItemModel) -> Result<Refit, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let own = CalibrateSettings::read(settings)?;
    let Some(prepared) = prepare(store, &own, model, clock.now(), log).await? else {
        return Ok(Err("its answers are gone".to_string()));
    };
    let Prepared { log: answers, spec, .. } = &prepared;
    let fit = || calibrate_categories(answers, spec, &mut Silent);
    let fitted = tokio::task::block_in_place(fit)?;
    Ok(Ok(record(&fitted.response(answers, spec, ""), fitted.summary(spec.seed))?))
}

async fn prepare(
    store: &Store,
    own: &CalibrateSettings,
    model: ItemModel,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Option<Prepared>, Error> {
    let filter = LogFilter {
        from: (own.days > 0).then(|| now - Duration::days(i64::from(own.days))),
        to: Some(now),
        topic_id: own.topic.clone(),
        subject_id: own.subject.clone(),
        newest: own.newest,
        ..LogFilter::default()
    };
    let answers = store.scored_answers(&filter).await?;
    let (Some(first), Some(last)) = (answers.first(), answers.last()) else { return Ok(None) };
    let span = [first.completed_at, last.completed_at];
    let scored = scored(&answers, log);
    if scored.rows.is_empty() {
        return Ok(None);
    }
    let mut answered = ScoredLog::of_rows(&scored.rows, own.duplicates)
        .with_maxima(scored.maxima.iter().map(|(item, n)| (item.as_str(), *n)))?;
    if let Some(of) = own.group {
        let group_of = store.student_groups(of, now).await?;
        let named = group_by_student(answered.students(), &group_of, log);
        answered = answered.with_groups(&named, own.reference_group.as_deref())?;
    }
    log.info(&format!("Loaded {} observations, model {model}", answered.len()));
    let questions = store.question_items().await?;
    let tagged = questions.iter().filter(|item| item.anchor);
    let anchors = tagged.filter(|item| item.tagged_at.is_none_or(|at| at <= now));
    let base = seedtest_irt::polytomous::Spec::new(model);
    let weak = own.model.priors != Priors::none();
    let mut spec = CategoriesSpec {
        model: seedtest_irt::polytomous::Spec {
            priors: if weak { Priors::weak() } else { base.priors },
            min_n: own.model.min_n,
            max_iter: own.model.max_iter,
            ..base
        },
        duplicates: own.duplicates,
        anchors: anchors.map(anchor).collect::<Result<_, _>>()?,
        linking: own.linking,
        drift: own.drift,
        dif: own.dif,
        version: CALIBRATION_VERSION.to_string(),
        ..CategoriesSpec::default()
    };
    let digest = categories_digest(&answered, &spec)?;
    let newest = store.fit_meta_before(now + Duration::microseconds(1)).await?;
    // The same input again is linked to what it was linked to the first time: the same numbers.
    let same = newest.as_ref().filter(|meta| text(meta, "input_digest") == Some(digest.as_str()));
    let linked_before = same
        .and_then(|meta| text(meta, "linked_to_runs_before"))
        .and_then(|text| text.parse().ok())
        .unwrap_or(now);
    spec.reference = reference(&store.item_params_before(linked_before).await?);
    Ok(Some(Prepared { log: answered, spec, digest, newest, linked_before, span }))
}

/// Scores of answers with the highest of their items.
#[derive(Default)]
struct Scored<'a> {
    rows: Vec<ScoredRow<'a>>,
    maxima: BTreeMap<String, u8>,
}

/// Whole points are scores; right and wrong are 1 and 0 of items that have no points anywhere.
fn scored<'a>(answers: &'a [ScoredAnswer], log: &mut JobLog<'_>) -> Scored<'a> {
    let with_points: HashSet<&str> =
        answers.iter().filter(|of| of.points.is_some()).map(|of| of.item_id.as_str()).collect();
    let whole = |points: f64| {
        (points.fract() == 0.0 && (0.0..=254.0).contains(&points)).then_some(points as u8)
    };
    let mut found = Scored::default();
    let (mut fractional, mut apart, mut unknown) = (0usize, 0usize, 0usize);
    for answer in answers {
        let item = answer.item_id.as_str();
        let score = match (answer.points, answer.correct) {
            (Some(points), _) => {
                let score = whole(points);
                fractional += usize::from(score.is_none());
                score
            }
            (None, Some(_)) if with_points.contains(item) => {
                apart += 1;
                None
            }
            (None, Some(correct)) => Some(u8::from(correct)),
            (None, None) => {
                unknown += 1;
                None
            }
        };
        let Some(score) = score else { continue };
        if let Some(highest) = answer.max_points.and_then(whole) {
            let slot = found.maxima.entry(item.to_owned()).or_default();
            *slot = highest.max(*slot);
        }
        found.rows.push(ScoredRow { student: &answer.user_id, item, score });
    }
    // A maximum that is below a score on another answer is none.
    for row in &found.rows {
        if let Some(highest) = found.maxima.get_mut(row.item) {
            *highest = row.score.max(*highest);
        }
    }
    for (n, what) in [
        (fractional, "have points that are no whole number from 0 to 254"),
        (apart, "are right or wrong on items that have points elsewhere"),
        (unknown, "are of unknown correctness"),
    ] {
        if n > 0 {
            log.warn(&format!("{n} answers {what}: they were left out"));
        }
    }
    found
}

/// A tagged item holds the scale by its parameters.
fn anchor(question: &QuestionItem) -> Result<AnchorJson, Error> {
    let model = question.irt.as_ref().and_then(|irt| irt.get("model"));
    let given =
        json!({"item_id": question.item_id, "params": question.irt, "model": model, "fixed": true});
    Ok(serde_json::from_value(given)?)
}

/// The calibrations before, as what a new one is linked to.
fn reference(rows: &[ItemParamsRow]) -> Option<ReferenceJson> {
    let item = |row: &ItemParamsRow| {
        let model = row.params.get("model").cloned().unwrap_or_else(|| json!(row.model));
        let given = json!({"item_id": row.item_id, "params": row.params, "model": model,
            "se": row.params.get("se"), "fixed": true});
        serde_json::from_value::<AnchorJson>(given).ok()
    };
    let newest = rows.iter().max_by_key(|row| row.fitted_at)?;
    Some(ReferenceJson {
        run_id: newest.run_id.clone(),
        model: newest.model.clone(),
        items: rows.iter().filter_map(item).collect(),
    })
}

/// What is stored.
fn calibration(
    found: &CategoriesResponse,
    run_id: String,
    now: DateTime<Utc>,
    provenance: &Value,
) -> Result<Calibration, Error> {
    let meta = &found.fit_meta;
    let mut model_spec = object(serde_json::to_value(&meta.model_spec)?);
    model_spec.extend(object(provenance.clone()));
    let mut metrics = object(serde_json::to_value(&meta.metrics)?);
    metrics.insert("verdict".into(), serde_json::to_value(&meta.verdict)?);
    metrics.insert("skipped".into(), serde_json::to_value(&found.skipped)?);
    metrics.insert("dropped_duplicates".into(), json!(meta.left_out.repeated));
    metrics.insert("dropped_unknown".into(), json!(meta.left_out.unknown));
    metrics.insert("drifting".into(), serde_json::to_value(&meta.drifting)?);
    if let Some(dif) = &found.dif {
        metrics.insert("dif".into(), serde_json::to_value(dif)?);
    }
    if !found.groups.is_empty() {
        metrics.insert("groups".into(), serde_json::to_value(&found.groups)?);
    }
    Ok(Calibration {
        run_id,
        fitted_at: now,
        model: meta.model.clone(),
        version: CALIBRATION_VERSION.to_string(),
        items: found.item_params.iter().map(item).collect(),
        abilities: found
            .abilities
            .iter()
            .map(|row| UserAbility {
                user_id: row.user_id.clone(),
                theta: row.theta,
                se: Some(row.se),
                n_answers: Some(row.n),
            })
            .collect(),
        model_spec: Value::Object(model_spec),
        metrics: Value::Object(metrics),
    })
}

/// An item as it is stored: with two categories a, b, c as those of right and wrong answers, with more their lists, model
/// and scores.
fn item(item: &CategoryItemJson) -> ItemParams {
    let (params, se) = (&item.params, item.se.as_ref());
    let scores: Vec<u8> = item.categories.iter().map(|category| category.score).collect();
    let mut stored = if let ([a], [b], true) = (&params.a[..], &params.b[..], scores == [0, 1]) {
        let se = se.map(|se| json!({"a": se.a.first(), "b": se.b.first(), "c": se.c}));
        json!({"a": a, "b": b, "c": params.c, "se": se})
    } else {
        json!({"a": params.a, "b": params.b, "d": params.d, "scores": scores, "se": se})
    };
    stored["model"] = json!(item.model);
    stored["n"] = json!(item.n);
    if item.check_key {
        stored["check_key"] = json!(true);
    }
    ItemParams { item_id: item.item_id.clone(), params: stored }
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => serde_json::Map::new(),
    }
}
