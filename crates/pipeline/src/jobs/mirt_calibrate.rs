use std::str::FromStr;

use chrono::{DateTime, Duration, Utc};
use seedtest_families::FitRecord;
use seedtest_families::irt::{self, input_digest};
use seedtest_irt::{Model, Priors, Spec};
use seedtest_responses::Duplicates;
use seedtest_store::{
    Calibration, ItemParams, LoadedLog, LogFilter, LogSource, QuestionItem, Store, UserAbility,
};
use seedtest_wire::AnchorJson;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::item_bank::irt_of;
use crate::item_drift::{drift, report_drift};
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome};
use crate::models::{CALIBRATION_VERSION, CalibrationTask, Fitted, InProcess, Models};
use crate::registry::{JobEntry, Kind, Setting};
use crate::remote::{CalibrationRows, ItemRow, Service};
use crate::settings::Settings;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "mirt-calibrate",
    aliases: &["calibrate-irt", "calibrate-irt-weekly", "calibrate-irt-nightly"],
    summary: "Item parameters and abilities from the response log",
    schedule: Some("0 3 * * *"),
    settings: &[
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["MIRT_LOOKBACK_DAYS", "IRT_CALIB_LOOKBACK_DAYS"],
            default: Some("30"),
            kind: Kind::Count,
            help: "Answers of this many days, 0 = all; unless set, all when these days are empty",
        },
        Setting {
            key: "model",
            flag: true,
            env: &["MIRT_MODEL", "IRT_MODEL"],
            default: Some("2PL"),
            kind: Kind::Choice(&["Rasch", "1PL", "2PL", "3PL"]),
            help: "Item response model",
        },
        Setting {
            key: "topic-id",
            flag: true,
            env: &["MIRT_TOPIC_ID", "IRT_TOPIC_ID"],
            default: None,
            kind: Kind::Text,
            help: "Only answers under this topic",
        },
        Setting {
            key: "subject-id",
            flag: true,
            env: &["MIRT_SUBJECT_ID", "IRT_SUBJECT_ID"],
            default: None,
            kind: Kind::Text,
            help: "Only answers of this subject (exam)",
        },
        Setting {
            key: "max-obs",
            flag: true,
            env: &["MIRT_MAX_OBS"],
            default: Some("0"),
            kind: Kind::Count,
            help: "Only the newest N answers, 0 = all",
        },
        Setting {
            key: "duplicates",
            flag: true,
            env: &["MIRT_DUPLICATES"],
            default: Some("first"),
            kind: Kind::Choice(&["first", "last", "all"]),
            help: "Which answer counts when a student answered an item more than once",
        },
        Setting {
            key: "priors",
            flag: true,
            env: &["MIRT_PRIORS"],
            default: Some("weak"),
            kind: Kind::Choice(&["weak", "none"]),
            help: "weak keeps items with few answers from running to infinity",
        },
        Setting {
            key: "linking",
            flag: true,
            env: &["MIRT_LINKING"],
            default: Some("auto"),
            kind: Kind::Choice(&[
                "auto",
                "fixed",
                "stocking_lord",
                "haebara",
                "mean_sigma",
                "mean_mean",
                "none",
            ]),
            help: "How results get onto the scale of the tagged anchors",
        },
        Setting {
            key: "min-answers",
            flag: true,
            env: &["MIRT_MIN_ANSWERS"],
            default: Some("2"),
            kind: Kind::Count,
            help: "Items with fewer answers are skipped",
        },
        Setting {
            key: "update-question-meta",
            flag: true,
            env: &["IRT_UPDATE_QUESTION_META"],
            default: Some("false"),
            kind: Kind::Switch,
            help: "Copy the parameters into question.meta.irt, anchors excepted",
        },
        Setting {
            key: "base-url",
            flag: false,
            env: &["R_IRT_BASE_URL"],
            default: None,
            kind: Kind::Text,
            help: "Calibrate at this address instead of in this process",
        },
        Setting {
            key: "timeout-secs",
            flag: false,
            env: &["R_IRT_TIMEOUT_SECS"],
            default: Some("20"),
            kind: Kind::Count,
            help: "Seconds to wait for that service",
        },
        Setting {
            key: "token",
            flag: false,
            env: &["R_IRT_INTERNAL_TOKEN"],
            default: None,
            kind: Kind::Secret,
            help: "Token for that service",
        },
        Setting {
            key: "max-retries",
            flag: false,
            env: &["MIRT_MAX_RETRIES"],
            default: Some("3"),
            kind: Kind::Count,
            help: "Calls before giving up",
        },
        Setting {
            key: "retry-delay-secs",
            flag: false,
            env: &["MIRT_RETRY_DELAY_SECS"],
            default: Some("5.0"),
            kind: Kind::Number,
            help: "Wait before the second call; k times as long before call k + 1",
        },
        DRY_RUN,
    ],
    reads: &["attempt_ext", "attempt", "responses", "exam_results", "question"],
    writes: &["mirt_item_params", "mirt_ability", "mirt_fit_meta"],
    job: Job::MirtCalibrate,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let now = clock.now();
    let Some((loaded, spec)) = prepare(store, settings, now, log).await? else {
        log.plain("No observations found; exiting.").map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    announce(&loaded, &spec, settings, log).map_err(Error::log)?;

    let answers = loaded.log.answers(spec.duplicates);
    let (n, k) = (answers.item.len(), spec.anchors.len());
    if settings.switch("dry-run") {
        log.dry_run("Skipping R IRT service call and DB updates").map_err(Error::log)?;
        let message = format!("Would calibrate {n} observations with {k} anchors");
        log.dry_run(&message).map_err(Error::log)?;
        return Ok(Outcome::default());
    }
    let digest = input_digest(&loaded.log, &answers, &spec)?;
    if let Some(run_id) = same_run_today(store, &digest, now).await? {
        let message = format!("Same answers and settings as run {run_id} of today; nothing to do");
        log.info(&message).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    }
    let run_id = now.format("fit-%Y%m%d-%H%M%S").to_string();
    let task = CalibrationTask { loaded: &loaded, answers: &answers, spec: &spec, run_id: &run_id };
    let Fitted { response: rows, record: fit } = match Service::irt(settings) {
        Some(service) => service.calibrate(task, log).await?,
        None => InProcess.calibrate(task, log).await?,
    };
    for warning in &rows.warnings {
        log.warn(warning).map_err(Error::log)?;
    }
    let constants = rows.linking_constants();
    log.info(&format!("Linking constants received: {constants}")).map_err(Error::log)?;
    let drift = drift(&store.latest_item_params().await?, &rows);
    report_drift(drift.as_ref(), log).map_err(Error::log)?;
    let provenance = json!({
        "input_digest": digest,
        "source": format!("{:?}", loaded.source),
        "lookback_days": settings.count("lookback-days"),
        "topic_id": settings.text("topic-id"),
        "subject_id": settings.text("subject-id"),
        "duplicates": settings.text("duplicates"),
        "priors": settings.text("priors"),
    });
    let dropped = json!({
        "dropped_duplicates": answers.dropped_duplicates,
        "dropped_unknown": answers.dropped_unknown,
        "skipped": rows.skipped,
        "drift": drift,
    });
    let rows = calibration(rows, &spec, run_id, now, (&provenance, &dropped));
    let mut tx = store.begin().await?;
    tx.write_calibration(&rows).await?;
    let (items, abilities) = (rows.items.len(), rows.abilities.len());
    let updated = if settings.switch("update-question-meta") {
        let mut updated = 0u64;
        for item in &rows.items {
            let irt = irt_of(&item.params, Some(&rows.model), &rows.version);
            updated += u64::from(tx.write_question_irt(&item.item_id, &irt).await?);
        }
        Some(updated)
    } else {
        None
    };
    tx.commit().await?;

    log.plain(&format!("Calibration upsert completed: {items} items, {abilities} abilities"))
        .map_err(Error::log)?;
    log.plain("Linking constants stored in fit_meta.model_spec.linking_constants")
        .map_err(Error::log)?;
    if let Some(n) = updated {
        log.plain(&format!("question.meta.irt updated for {n} items")).map_err(Error::log)?;
    }
    log.plain("✅ IRT calibration completed successfully").map_err(Error::log)?;
    Ok(Outcome { rows: (items + abilities + 1) as u64, fit, ..Outcome::default() })
}

/// Calibrates again what a stored run calibrated.
pub(super) async fn refit(context: Context<'_, '_>) -> Result<Result<FitRecord, String>, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let Some((loaded, spec)) = prepare(store, settings, clock.now(), log).await? else {
        return Ok(Err("its answers are gone".to_string()));
    };
    let answers = loaded.log.answers(spec.duplicates);
    let task = CalibrationTask { loaded: &loaded, answers: &answers, spec: &spec, run_id: "" };
    let fitted = InProcess.calibrate(task, log).await?;
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

/// The answers and what to make of them; `None` when there are no answers.
async fn prepare(
    store: &Store,
    settings: &Settings,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Option<(LoadedLog, irt::Spec)>, Error> {
    let loaded = load(store, settings, now, log).await?;
    if loaded.log.is_empty() {
        return Ok(None);
    }
    let questions = store.question_items().await?;
    let spec = irt::Spec {
        model: model(settings)?,
        duplicates: duplicates(settings),
        anchors: questions.iter().filter_map(anchor).collect(),
        linking: settings.text("linking").unwrap_or("auto").parse()?,
        covariance: true,
        ..irt::Spec::default()
    };
    Ok(Some((loaded, spec)))
}

/// Loads the answers of the lookback. The default lookback is a default, not a wish: when the log
/// has answers but none of them is that young, the whole log is used and the log line says so.
async fn load(
    store: &Store,
    settings: &Settings,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<LoadedLog, Error> {
    let days = settings.count("lookback-days").unwrap_or(0).min(36_500);
    let from = (days > 0).then(|| now - Duration::days(days as i64));
    let mut filter = LogFilter {
        from,
        to: Some(now),
        topic_id: settings.text("topic-id").map(str::to_string),
        subject_id: settings.text("subject-id").map(str::to_string),
        newest: settings.count("max-obs").filter(|&n| n > 0),
        ..LogFilter::default()
    };
    let mut loaded = store.load_log(&filter).await?;
    if loaded.log.is_empty() && from.is_some() && settings.is_default("lookback-days") {
        filter.from = None;
        loaded = store.load_log(&filter).await?;
        if !loaded.log.is_empty() {
            let message = format!(
                "no answer in the last {days} days; using the whole log (set --lookback-days to choose)"
            );
            log.warn(&message).map_err(Error::log)?;
        }
    }
    Ok(loaded)
}

fn announce(
    loaded: &LoadedLog,
    spec: &irt::Spec,
    settings: &Settings,
    log: &mut JobLog<'_>,
) -> std::io::Result<()> {
    let source = match loaded.source {
        LogSource::AttemptExt | LogSource::PlatformAttempt => "attempt VIEW",
        LogSource::Responses => "responses table",
    };
    let n = loaded.log.len();
    log.info(&format!("Loaded {n} observations from {source}"))?;
    let skipped = loaded.skipped;
    let n_skipped = skipped.without_student + skipped.without_item + skipped.without_time;
    if n_skipped > 0 {
        log.warn(&format!("{n_skipped} rows without student, item or time were left out"))?;
    }
    if let Some(topic) = settings.text("topic-id") {
        log.info(&format!("Filtering by topic_id={topic}"))?;
    }
    if let Some(subject) = settings.text("subject-id") {
        log.info(&format!("Filtering by subject_id={subject}"))?;
    }
    log.info(&format!("Total observations: {n}"))?;
    let k = spec.anchors.len();
    log.info(&format!("Loaded {k} anchors/seeds from question.meta"))?;
    log.info(&format!("Model: {}, Anchors: {k}", spec.model.model))
}

/// Tagged items hold the scale; untagged ones with parameters are start values. An item with
/// neither is no anchor.
fn anchor(question: &QuestionItem) -> Option<AnchorJson> {
    let params = question.irt.as_ref().and_then(|irt| serde_json::from_value(irt.clone()).ok());
    let known = question.anchor || params.is_some();
    known.then(|| AnchorJson { item_id: question.item_id.clone(), params, fixed: question.anchor })
}

fn model(settings: &Settings) -> Result<Spec, Error> {
    let model = settings.text("model").unwrap_or("2PL");
    let model = Model::from_str(model).map_err(|error| Error::Usage(error.to_string()))?;
    let base = Spec::new(model);
    let weak = settings.text("priors").is_some_and(|text| text.eq_ignore_ascii_case("weak"));
    let priors = if weak { Priors { c: base.priors.c, ..Priors::weak() } } else { base.priors };
    let min_n = settings.count("min-answers").unwrap_or(2).min(u64::from(u32::MAX)) as u32;
    Ok(Spec { priors, min_n, keep_covariance: true, ..base })
}

fn duplicates(settings: &Settings) -> Duplicates {
    match settings.text("duplicates").map(str::to_ascii_lowercase).as_deref() {
        Some("last") => Duplicates::Last,
        Some("all") => Duplicates::All,
        _ => Duplicates::First,
    }
}

/// The run of the same UTC day that had the same input, if there is one.
async fn same_run_today(
    store: &Store,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    let newest = store.latest_fit_meta().await?;
    Ok(newest
        .filter(|meta| meta.fitted_at.date_naive() == now.date_naive())
        .filter(|meta| meta.model_spec.get("input_digest").and_then(Value::as_str) == Some(digest))
        .map(|meta| meta.run_id))
}

/// What is stored; `extra` goes into the specification and into the metrics.
fn calibration(
    rows: CalibrationRows,
    spec: &irt::Spec,
    run_id: String,
    now: DateTime<Utc>,
    extra: (&Value, &Value),
) -> Calibration {
    let constants = rows.linking_constants().clone();
    let meta = &rows.fit_meta;
    let mut model_spec = object(&meta["model_spec"]);
    model_spec.entry("model").or_insert_with(|| json!(spec.model.model.name()));
    model_spec.insert("n_items".into(), json!(rows.item_params.len()));
    model_spec.insert("n_users".into(), json!(rows.abilities.len()));
    model_spec.insert("linking_constants".into(), constants);
    model_spec.extend(object(extra.0));
    let mut metrics = object(&meta["metrics"]);
    metrics.insert("verdict".into(), meta["verdict"].clone());
    metrics.extend(object(extra.1));
    let item = |item: ItemRow| {
        let mut params = object(&item.params);
        params.insert("se".into(), item.se);
        params.extend(item.n.map(|n| ("n".to_string(), json!(n))));
        ItemParams { item_id: item.item_id, params: Value::Object(params) }
    };
    Calibration {
        run_id,
        fitted_at: now,
        model: spec.model.model.to_string(),
        version: CALIBRATION_VERSION.to_string(),
        items: rows.item_params.into_iter().map(item).collect(),
        abilities: rows
            .abilities
            .into_iter()
            .map(|row| UserAbility { user_id: row.user_id, theta: row.theta, se: row.se })
            .collect(),
        model_spec: Value::Object(model_spec),
        metrics: Value::Object(metrics),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
