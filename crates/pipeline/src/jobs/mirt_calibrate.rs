//! `mirt-calibrate`: item parameters and abilities.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use seedtest_families::irt::{self, DriftChoice, LinkingChoice, input_digest};
use seedtest_irt::{Model, Priors, Spec};
use seedtest_kpi::LOOKBACK_DAYS;
use seedtest_responses::{Answers, Duplicates, ResponseLog, StudentGroups, TimeZone};
use seedtest_store::{
    Calibration, DriftWindow, FitMeta, ItemParams, ItemParamsRow, LoadedLog, LogFilter, LogSource,
    QuestionItem, Store, StudentGroup, UserAbility,
};
use seedtest_wire::{AnchorJson, ReferenceJson};
use serde_json::{Map, Value, json};

use super::mirt_calibrate_categories as categories;
use crate::calendar::day_at;
use crate::error::Error;
use crate::items::{NO_GROUP, drift, drift_window, irt_of, report_drift, student_group};
use crate::models::{CALIBRATION_VERSION, CalibrationTask, Fitted, InProcess, Models};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Refit, Round, Setting,
    Settings, Work,
};
use crate::remote::{CALLS, CalibrationRows, FIRST_WAIT_SECONDS, ItemRow, Service};

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "mirt-calibrate",
    aliases: &["calibrate-irt", "calibrate-irt-weekly", "calibrate-irt-nightly"],
    summary: "Item parameters and abilities from the response log",
    schedule: Some("0 3 * * *"),
    settings: &[
        Setting::new("lookback-days", Kind::Count, "Answers of this many days, 0 = all")
            .env(&["MIRT_LOOKBACK_DAYS", "IRT_CALIB_LOOKBACK_DAYS"])
            .or(Preset::Count(0)),
        Setting::new(
            "model",
            Kind::Choice(&[
                "Rasch",
                "1PL",
                "2PL",
                "3PL",
                "GRM",
                "GPCM",
                "PCM",
                "RSM",
                "NRM",
                "auto-per-item",
            ]),
            "Item response model; from GRM on those of points (auto-per-item: 2PL with two scores, GRM with more)",
        )
        .env(&["MIRT_MODEL", "IRT_MODEL"])
        .or(Preset::Text("2PL")),
        Setting::new("topic-id", Kind::Text, "Only answers under this topic")
            .env(&["MIRT_TOPIC_ID", "IRT_TOPIC_ID"]),
        Setting::new("subject-id", Kind::Text, "Only answers of this subject (exam)")
            .env(&["MIRT_SUBJECT_ID", "IRT_SUBJECT_ID"]),
        Setting::new("max-obs", Kind::Count, "Only the newest N answers, 0 = all")
            .env(&["MIRT_MAX_OBS"])
            .or(Preset::Count(0)),
        Setting::new(
            "duplicates",
            Kind::Choice(&["first", "last", "all"]),
            "Which answer counts when a student answered an item more than once",
        )
        .env(&["MIRT_DUPLICATES"])
        .or(Preset::Text("first")),
        Setting::new(
            "priors",
            Kind::Choice(&["weak", "none"]),
            "weak keeps items with few answers from running to infinity",
        )
        .env(&["MIRT_PRIORS"])
        .or(Preset::Text("weak")),
        Setting::new(
            "linking",
            Kind::Choice(&[
                "auto",
                "fixed",
                "stocking_lord",
                "haebara",
                "mean_sigma",
                "mean_mean",
                "none",
            ]),
            "How results get onto the scale of the tagged anchors, or of the calibration before",
        )
        .env(&["MIRT_LINKING"])
        .or(Preset::Text("auto")),
        Setting::new(
            "drift",
            Kind::Choice(&["test", "none"]),
            "Whether items that drift are left out of a linking, and named where they are held",
        )
        .env(&["MIRT_DRIFT"])
        .or(Preset::Text("test")),
        Setting::new(
            "group",
            Kind::Choice(&["none", "classroom", "grade"]),
            "Groups of students with an ability distribution each, by their newest session in a class",
        )
        .env(&["MIRT_GROUP"])
        .or(Preset::Text("none")),
        Setting::new(
            "reference-group",
            Kind::Text,
            "The group with mean 0 and standard deviation 1; unless set, the first, numbers by size",
        )
        .env(&["MIRT_REFERENCE_GROUP"]),
        Setting::new(
            "dif",
            Kind::Switch,
            "Compare every item between the groups, each of which needs 100 students; kept with the run",
        )
        .env(&["MIRT_DIF"])
        .or(Preset::Switch(false)),
        Setting::new("min-answers", Kind::Count, "Items with fewer answers are skipped")
            .env(&["MIRT_MIN_ANSWERS"])
            .or(Preset::Count(2)),
        Setting::new("max-iter", Kind::Count, "Most iterations of the search")
            .env(&["MIRT_MAX_ITER"])
            .or(Preset::Count(500)),
        Setting::new(
            "update-question-meta",
            Kind::Switch,
            "Copy the parameters into question.meta.irt, anchors excepted",
        )
        .env(&["IRT_UPDATE_QUESTION_META"])
        .or(Preset::Switch(false)),
        Setting::new(
            "base-url",
            Kind::Address,
            "Calibrate at this address instead of in this process",
        )
        .env(&["R_IRT_BASE_URL"])
        .only_env()
        .accepting(Accepts::Web),
        Setting::new("timeout-secs", Kind::Count, "Seconds to wait for that service")
            .env(&["R_IRT_TIMEOUT_SECS"])
            .only_env()
            .or(Preset::Count(20)),
        Setting::new("token", Kind::Secret, "Token for that service")
            .env(&["R_IRT_INTERNAL_TOKEN"])
            .only_env(),
        Setting::new("max-retries", Kind::Count, "Calls before giving up")
            .env(&["MIRT_MAX_RETRIES"])
            .only_env()
            .or(Preset::Count(CALLS)),
        Setting::new(
            "retry-delay-secs",
            Kind::Number,
            "Wait before the second call; k times as long before call k + 1",
        )
        .env(&["MIRT_RETRY_DELAY_SECS"])
        .only_env()
        .accepting(Accepts::Within(0.0, 3600.0))
        .or(Preset::Number(FIRST_WAIT_SECONDS)),
        AS_OF,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "attempt",
        "responses",
        "exam_results",
        "question",
        "mirt_anchor",
        "mirt_item_params",
        "mirt_fit_meta",
        "session",
        "classroom",
    ],
    writes: &[
        "mirt_item_params",
        "mirt_ability",
        "mirt_fit_meta",
        "drift_windows",
        "item_calibration",
        "drift_alerts",
    ],
    rounds: &[Round::Daily.at(10), Round::Weekly.at(10)],
    check: |settings| CalibrateSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: Some(|work| Box::pin(refit(work))),
    reach: Some(|settings| Ok(Some(lookback(settings)?))),
    looks: None,
};

/// Days without an answer from which the log counts as old: those that are calibrated, or as many as
/// the KPIs look back.
fn lookback(settings: &Settings) -> Result<u32, Error> {
    let days = settings.days("lookback-days")?;
    Ok(if days > 0 { days } else { LOOKBACK_DAYS })
}
/// Fewest students whose abilities have a distribution of their own.
const FEWEST_STUDENTS: usize = 30;

/// What is calibrated, and how.
pub(super) struct CalibrateSettings {
    /// Days of answers, 0 = all.
    pub(super) days: u32,
    pub(super) topic: Option<String>,
    pub(super) subject: Option<String>,
    /// Only so many answers, the newest first.
    pub(super) newest: Option<u64>,
    pub(super) model: Spec,
    pub(super) duplicates: Duplicates,
    pub(super) linking: LinkingChoice,
    pub(super) drift: DriftChoice,
    pub(super) group: Option<StudentGroup>,
    pub(super) reference_group: Option<String>,
    pub(super) update_bank: bool,
    /// Whether every item is compared between the groups.
    pub(super) dif: bool,
    pub(super) dry_run: bool,
}

impl CalibrateSettings {
    pub(super) fn read(settings: &Settings) -> Result<Self, Error> {
        let weak = settings.word("priors", &[("weak", true), ("none", false)])?;
        // Those of points have a specification of their own.
        let model = match categories::model_of(settings) {
            Some(_) => Model::default(),
            None => settings.parsed("model", "a model")?,
        };
        let base = Spec::new(model);
        let priors = if weak { Priors { c: base.priors.c, ..Priors::weak() } } else { base.priors };
        let min_n = settings.count("min-answers")?.min(u64::from(u32::MAX)) as u32;
        let max_iter = settings.count("max-iter")?.min(u64::from(u32::MAX)) as u32;
        let duplicates =
            [("first", Duplicates::First), ("last", Duplicates::Last), ("all", Duplicates::All)];
        Ok(Self {
            days: settings.days("lookback-days")?,
            topic: settings.owned("topic-id"),
            subject: settings.owned("subject-id"),
            newest: Some(settings.count("max-obs")?).filter(|&n| n > 0),
            model: Spec { priors, min_n, max_iter, keep_covariance: true, ..base },
            duplicates: settings.word("duplicates", &duplicates)?,
            linking: settings.parsed("linking", "a linking method")?,
            drift: settings
                .word("drift", &[("test", DriftChoice::Test), ("none", DriftChoice::None)])?,
            group: settings.text("group").and_then(student_group),
            reference_group: settings.owned("reference-group"),
            update_bank: settings.switch("update-question-meta"),
            dif: settings.switch("dif"),
            dry_run: settings.switch("dry-run"),
        })
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    if let Some(model) = categories::model_of(work.settings) {
        return Box::pin(categories::run(work, model)).await;
    }
    let Work { store, clock, settings, log, .. } = work;
    let own = CalibrateSettings::read(settings)?;
    let now = clock.now();
    let Some(prepared) = Box::pin(prepare(store, &own, now, log)).await? else {
        log.plain("No observations found; exiting.");
        return Ok(Outcome::noop());
    };
    let Prepared { loaded, answers, spec, digest, .. } = &prepared;
    announce(&prepared, &own, log);

    let (n, k) = (answers.item.len(), spec.anchors.len());
    if own.dry_run {
        log.dry_run("Skipping R IRT service call and DB updates");
        let message = format!("Would calibrate {n} observations with {k} anchors");
        log.dry_run(&message);
        return Ok(Outcome::default());
    }
    // What the groups differ in is asked for besides.
    let same = prepared.same_run_today(store.time_zone(), now).filter(|_| !own.dif);
    if let Some(run_id) = same {
        let message = format!("Same answers and settings as run {run_id} of today; nothing to do");
        log.info(&message);
        return Ok(Outcome::noop());
    }
    let run_id = now.format("fit-%Y%m%d-%H%M%S").to_string();
    let task = CalibrationTask { loaded, answers, spec, run_id: &run_id };
    let Fitted { response: mut rows, record: fit } = match Service::of(settings, "IRT")? {
        Some(service) => service.calibrate(task, log).await?,
        None => InProcess.calibrate(task, log).await?,
    };
    for warning in &rows.warnings {
        log.warn(warning);
    }
    // A service that says nothing of it is believed.
    let status = rows.fit_meta["verdict"]["status"].as_str();
    let not_converged = status.is_some_and(|status| status != "converged");
    let constants = rows.linking_constants();
    log.info(&format!("Linking constants received: {constants}"));
    let drift = drift(&store.item_params_before(now).await?, &rows, own.model.model);
    report_drift(drift.as_ref(), log);
    let span = span_of(&loaded.log);
    let provenance = json!({
        "input_digest": digest,
        "source": format!("{:?}", loaded.source),
        "lookback_days": own.days,
        "answers_from": span.as_ref().map(|[from, _]| from),
        "answers_to": span.as_ref().map(|[_, to]| to),
        "group": settings.text("group").filter(|_| own.group.is_some()),
        "topic_id": own.topic,
        "subject_id": own.subject,
        "duplicates": settings.text("duplicates"),
        "priors": settings.text("priors"),
        "linked_to_runs_before": prepared.linked_before.to_rfc3339(),
    });
    report_dif(&rows.dif, log);
    let mut dropped = json!({
        "dropped_duplicates": answers.dropped_duplicates,
        "dropped_unknown": answers.dropped_unknown,
        "skipped": rows.skipped,
        "drift": drift,
    });
    if !rows.dif.is_null() {
        dropped["dif"] = rows.dif.clone();
    }
    let n_answers = answers_of_students(&loaded.log, answers);
    let dif = std::mem::take(&mut rows.dif);
    let rows = calibration(rows, spec, run_id, now, (&provenance, &dropped), &n_answers);
    let window =
        instants(&loaded.log).map(|answers| drift_window(&rows, answers, drift.as_ref(), &dif));
    let updated = write(store, &rows, window.as_ref(), own.update_bank).await?;
    let (items, abilities) = (rows.items.len(), rows.abilities.len());

    log.plain(&format!("Calibration upsert completed: {items} items, {abilities} abilities"));
    log.plain("Linking constants stored in fit_meta.model_spec.linking_constants");
    if let Some(n) = updated {
        log.plain(&format!("question.meta.irt updated for {n} items"));
    }
    log.plain("✅ IRT calibration completed successfully");
    let rows = (items + abilities + 1) as u64;
    Ok(Outcome { rows, not_converged, fit, ..Outcome::default() })
}

/// Writes a calibration with its window among those before; gives how many items of the bank got its parameters, where
/// they were to get them.
async fn write(
    store: &Store,
    run: &Calibration,
    window: Option<&DriftWindow>,
    update_bank: bool,
) -> Result<Option<u64>, Error> {
    let mut tx = store.begin().await?;
    tx.write_calibration(run).await?;
    if let Some(window) = window {
        tx.write_drift_window(window).await?;
    }
    let mut updated = update_bank.then_some(0);
    if let Some(updated) = &mut updated {
        for item in &run.items {
            let irt = irt_of(&item.params, Some(&run.model), &run.version);
            *updated += u64::from(tx.write_question_irt(&item.item_id, &irt).await?);
        }
    }
    tx.commit().await?;
    Ok(updated)
}

/// Calibrates again what a stored run calibrated.
async fn refit(work: Work<'_, '_>) -> Result<Refit, Error> {
    if let Some(model) = categories::model_of(work.settings) {
        return Box::pin(categories::refit(work, model)).await;
    }
    let Work { store, clock, settings, log, .. } = work;
    let own = CalibrateSettings::read(settings)?;
    let Some(prepared) = Box::pin(prepare(store, &own, clock.now(), log)).await? else {
        return Ok(Err("its answers are gone".to_string()));
    };
    let Prepared { loaded, answers, spec, .. } = &prepared;
    let task = CalibrationTask { loaded, answers, spec, run_id: "" };
    let fitted = InProcess.calibrate(task, log).await?;
    Ok(fitted.record.ok_or_else(|| "the fit left no record".to_string()))
}

/// The answers and what to make of them.
struct Prepared {
    loaded: LoadedLog,
    answers: Answers,
    spec: irt::Spec,
    /// Of answers and settings.
    digest: String,
    /// The newest calibration before this one.
    newest: Option<FitMeta>,
    /// The calibration is linked to those before this instant.
    linked_before: DateTime<Utc>,
    /// Items of the bank with parameters and no tag.
    n_seeds: usize,
}

impl Prepared {
    fn same_input(&self) -> Option<&FitMeta> {
        self.newest.as_ref().filter(|meta| text(meta, "input_digest") == Some(self.digest.as_str()))
    }

    /// The run of the same day that had the same input, if there is one.
    fn same_run_today(&self, zone: &TimeZone, now: DateTime<Utc>) -> Option<&str> {
        let meta = self.same_input()?;
        (day_at(zone, meta.fitted_at) == day_at(zone, now)).then_some(&*meta.run_id)
    }
}

pub(super) fn text<'a>(meta: &'a FitMeta, key: &str) -> Option<&'a str> {
    meta.model_spec.get(key).and_then(Value::as_str)
}

/// The answers and what to make of them; `None` when there are no answers.
///
/// Parameters of untagged items in `question.meta` are no part of it: as start values they would
/// change the last digits of the result, and with them one night's results the next one's.
async fn prepare(
    store: &Store,
    own: &CalibrateSettings,
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Option<Prepared>, Error> {
    let mut loaded = load(store, own, now).await?;
    if loaded.log.is_empty() {
        return Ok(None);
    }
    if let Some(of) = own.group {
        loaded.log = grouped(loaded.log, &store.student_groups(of, now).await?, log);
    }
    let questions = store.question_items().await?;
    let (tagged, seeds): (Vec<_>, Vec<_>) = questions.iter().partition(|item| item.anchor);
    let (anchors, later): (Vec<&QuestionItem>, Vec<&QuestionItem>) =
        tagged.into_iter().partition(|item| item.tagged_at.is_none_or(|at| at <= now));
    if !later.is_empty() {
        log.info(&format!("{} anchors were tagged later and play no part yet", later.len()));
    }
    let spec = irt::Spec {
        model: own.model.clone(),
        duplicates: own.duplicates,
        anchors: anchors.into_iter().map(anchor).collect(),
        linking: own.linking,
        drift: own.drift,
        reference_group: own.reference_group.clone(),
        dif: own.dif,
        covariance: true,
        ..irt::Spec::default()
    };
    let answers = loaded.log.answers(spec.duplicates);
    let digest = input_digest(&loaded.log, &answers, &spec)?;
    let newest = store.fit_meta_before(now + Duration::microseconds(1)).await?;
    let n_seeds = seeds.len();
    let mut prepared =
        Prepared { loaded, answers, spec, digest, newest, linked_before: now, n_seeds };
    // The same input again is linked to what it was linked to the first time: the same numbers.
    let same = prepared.same_input().and_then(|meta| text(meta, "linked_to_runs_before"));
    if let Some(first) = same.and_then(|text| text.parse::<DateTime<Utc>>().ok()) {
        prepared.linked_before = first;
    }
    let rows = store.item_params_before(prepared.linked_before).await?;
    prepared.spec.reference = reference(&rows);
    Ok(Some(prepared))
}

/// The calibrations before, as what a new one is linked to.
fn reference(rows: &[ItemParamsRow]) -> Option<ReferenceJson> {
    let item = |row: &ItemParamsRow| {
        let params = serde_json::from_value(row.params.clone()).ok()?;
        let se = row.params.get("se").and_then(|se| serde_json::from_value(se.clone()).ok());
        Some(AnchorJson {
            item_id: row.item_id.clone(),
            params: Some(params),
            curves: None,
            fixed: true,
            se,
        })
    };
    let newest = rows.iter().max_by_key(|row| row.fitted_at)?;
    Some(ReferenceJson {
        run_id: newest.run_id.clone(),
        model: newest.model.clone(),
        items: rows.iter().filter_map(item).collect(),
    })
}

/// The log with the groups of its students.
fn grouped(
    answers: ResponseLog,
    group_of: &HashMap<String, String>,
    log: &mut JobLog<'_>,
) -> ResponseLog {
    let named = group_by_student(answers.students(), group_of, log);
    let group = |id: &str| named.get(id).map(String::as_str);
    let groups = StudentGroups::of_students(answers.students(), group);
    answers.with_groups(Some(groups))
}

/// The group of every student. A handful of students does not determine a mean and a standard
/// deviation: groups of fewer than [`FEWEST_STUDENTS`] and students in no class are one group together, and
/// belong to the largest where that is still too small.
pub(super) fn group_by_student(
    students: &[Box<str>],
    group_of: &HashMap<String, String>,
    log: &mut JobLog<'_>,
) -> HashMap<String, String> {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for id in students {
        let group = group_of.get(&**id).map_or(NO_GROUP, String::as_str);
        *sizes.entry(group).or_default() += 1;
    }
    let is_large = |group: &str| group != NO_GROUP && sizes[group] >= FEWEST_STUDENTS;
    let rest: usize =
        sizes.iter().filter(|(group, _)| !is_large(group)).map(|(_, students)| students).sum();
    let largest = sizes.iter().filter(|(group, _)| is_large(group)).max_by_key(|(_, n)| **n);
    let shared = match largest {
        Some((group, _)) if rest < FEWEST_STUDENTS => *group,
        _ => NO_GROUP,
    };
    if rest > 0 {
        let message = format!(
            "{rest} students have no session in a class, or in one of fewer than {FEWEST_STUDENTS} \
             students: they are calibrated in the group {shared:?}"
        );
        log.warn(&message);
    }
    let group = |id: &str| {
        let own = group_of.get(id).map_or(NO_GROUP, String::as_str);
        (id.to_owned(), if is_large(own) { own } else { shared }.to_owned())
    };
    students.iter().map(|id| group(id)).collect()
}

/// Loads the answers of the lookback.
async fn load(
    store: &Store,
    own: &CalibrateSettings,
    now: DateTime<Utc>,
) -> Result<LoadedLog, Error> {
    let from = (own.days > 0).then(|| now - Duration::days(i64::from(own.days)));
    let filter = LogFilter {
        from,
        to: Some(now),
        topic_id: own.topic.clone(),
        subject_id: own.subject.clone(),
        newest: own.newest,
        ..LogFilter::default()
    };
    Ok(store.load_log(&filter).await?)
}

/// First and last instant of the answers that abilities come from.
fn instants(log: &ResponseLog) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let (first, last) = (log.at().iter().min()?, log.at().iter().max()?);
    Some((DateTime::from_timestamp_micros(*first)?, DateTime::from_timestamp_micros(*last)?))
}

/// The same, RFC 3339.
fn span_of(log: &ResponseLog) -> Option<[String; 2]> {
    let (first, last) = instants(log)?;
    Some([first, last].map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)))
}

fn announce(prepared: &Prepared, own: &CalibrateSettings, log: &mut JobLog<'_>) {
    let Prepared { loaded, spec, n_seeds, .. } = prepared;
    let source = match loaded.source {
        LogSource::AttemptExt | LogSource::PlatformAttempt | LogSource::Given => "attempt VIEW",
        LogSource::Responses => "responses table",
    };
    let n = loaded.log.len();
    log.info(&format!("Loaded {n} observations from {source}"));
    let skipped = loaded.skipped;
    let n_skipped = skipped.without_student + skipped.without_item + skipped.without_time;
    if n_skipped > 0 {
        log.warn(&format!("{n_skipped} rows without student, item or time were left out"));
    }
    if let Some(topic) = &own.topic {
        log.info(&format!("Filtering by topic_id={topic}"));
    }
    if let Some(subject) = &own.subject {
        log.info(&format!("Filtering by subject_id={subject}"));
    }
    log.warn_of_conflicts(&loaded.log);
    log.info(&format!("Total observations: {n}"));
    if let Some([from, to]) = span_of(&loaded.log) {
        log.info(&format!("Abilities come from answers of {from} to {to}"));
    }
    let k = spec.anchors.len();
    let known = k + n_seeds;
    log.info(&format!("Loaded {known} anchors/seeds from question.meta"));
    log.info(&format!("Model: {}, Anchors: {k}", spec.model.model));
}

/// A tagged item holds the scale by its parameters.
fn anchor(question: &QuestionItem) -> AnchorJson {
    let params = question.irt.as_ref().and_then(|irt| serde_json::from_value(irt.clone()).ok());
    AnchorJson { item_id: question.item_id.clone(), params, curves: None, fixed: true, se: None }
}

/// Says which items differ between the groups.
pub(super) fn report_dif(dif: &Value, log: &mut JobLog<'_>) {
    for pair in dif.as_array().into_iter().flatten() {
        let items = pair["items"].as_array().map_or(&[][..], Vec::as_slice);
        let differing: Vec<&str> = items.iter().filter_map(|item| item["text"].as_str()).collect();
        log.info(&format!(
            "{} and {}: {} of {} items differ",
            pair["reference"].as_str().unwrap_or_default(),
            pair["focal"].as_str().unwrap_or_default(),
            differing.len(),
            items.len()
        ));
        for text in differing {
            log.warn(text);
        }
    }
}

/// How many answers of each student a calibration uses.
fn answers_of_students<'a>(log: &'a ResponseLog, answers: &Answers) -> HashMap<&'a str, u32> {
    let mut counts = HashMap::new();
    for &student in &answers.student {
        *counts.entry(&*log.students()[student as usize]).or_default() += 1;
    }
    counts
}

/// What is stored; `extra` goes into the specification and into the metrics.
fn calibration(
    mut rows: CalibrationRows,
    spec: &irt::Spec,
    run_id: String,
    now: DateTime<Utc>,
    extra: (&Value, &Value),
    n_answers: &HashMap<&str, u32>,
) -> Calibration {
    let abilities = std::mem::take(&mut rows.abilities).into_iter().map(|row| UserAbility {
        n_answers: n_answers.get(&*row.user_id).copied(),
        user_id: row.user_id,
        theta: row.theta,
        se: row.se,
    });
    let model = spec.model.model.to_string();
    let mut run = calibration_of(rows, abilities.collect(), &model, (run_id, now));
    for (stored, extra) in [(&mut run.model_spec, extra.0), (&mut run.metrics, extra.1)] {
        if let Value::Object(stored) = stored {
            stored.extend(object(extra));
        }
    }
    run
}

/// What is stored of a calibration with these abilities, whatever is said of its abilities itself.
pub(crate) fn calibration_of(
    rows: CalibrationRows,
    abilities: Vec<UserAbility>,
    model: &str,
    (run_id, fitted_at): (String, DateTime<Utc>),
) -> Calibration {
    let constants = rows.linking_constants().clone();
    let meta = &rows.fit_meta;
    let mut model_spec = object(&meta["model_spec"]);
    model_spec.entry("model").or_insert_with(|| json!(model));
    model_spec.insert("n_items".into(), json!(rows.item_params.len()));
    model_spec.insert("n_users".into(), json!(abilities.len()));
    model_spec.insert("linking_constants".into(), constants);
    let mut metrics = object(&meta["metrics"]);
    metrics.insert("verdict".into(), meta["verdict"].clone());
    if !rows.groups.is_empty() {
        metrics.insert("groups".into(), json!(rows.groups));
    }
    let item = |item: ItemRow| {
        let mut params = object(&item.params);
        params.insert("se".into(), item.se);
        params.extend(item.n.map(|n| ("n".to_string(), json!(n))));
        if item.check_key {
            params.insert("check_key".into(), json!(true));
        }
        ItemParams { item_id: item.item_id, params: Value::Object(params) }
    };
    Calibration {
        run_id,
        fitted_at,
        model: model.to_owned(),
        version: CALIBRATION_VERSION.to_string(),
        items: rows.item_params.into_iter().map(item).collect(),
        abilities,
        model_spec: Value::Object(model_spec),
        metrics: Value::Object(metrics),
    }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
