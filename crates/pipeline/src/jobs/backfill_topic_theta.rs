//! `backfill-topic-theta`: abilities by topic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use seedtest_families::irt::responses_of;
use seedtest_irt::{ItemParameters, Normal, Prior, TopicAbility, TopicSpec};
use seedtest_kpi::LOOKBACK_DAYS;
use seedtest_responses::{Answers, Duplicates, ResponseLog};
use seedtest_store::{Ability, FitMeta, ItemParamsRow, LogFilter, Store, TopicTheta};

use crate::error::Error;
use crate::evidence::COPIED;
use crate::items::{Populations, answers_of, duplicates_of, item_parameters, since};
use crate::registry::{AS_OF, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Round, Setting, Work};

const VERSION: &str = "v1";

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "backfill-topic-theta",
    aliases: &[],
    summary: "Ability of every student in every topic",
    schedule: None,
    settings: &[
        Setting::new(
            "lookback-days",
            Kind::Count,
            "Answers of this many days, 0 = all; unless set, those of the newest calibration",
        )
        .env(&["BF_LOOKBACK_DAYS"]),
        AS_OF,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "mirt_ability",
        "mirt_item_params",
        "mirt_fit_meta",
        "session",
        "classroom",
    ],
    writes: &["student_topic_theta"],
    rounds: &[Round::Daily.at(15), Round::Weekly.at(15)],
    check: |_| Ok(()),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let days = match settings.text("lookback-days") {
            Some(_) => settings.days("lookback-days")?,
            None => 0,
        };
        Ok(Some(if days > 0 { days.min(LOOKBACK_DAYS) } else { LOOKBACK_DAYS }))
    }),
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let days =
        settings.text("lookback-days").map(|_| settings.days("lookback-days")).transpose()?;
    let now = clock.now();
    // What was stored after the instant the job stands on is of the future.
    let known = now + Duration::microseconds(1);
    let abilities = store.abilities_known(known).await?;
    if abilities.is_empty() {
        log.plain("No users found in mirt_ability; nothing to backfill.");
        return Ok(Outcome::noop());
    }
    let meta = store.fit_meta_before(known).await?;
    let filter = match days {
        Some(days) => LogFilter { from: since(days, now), to: Some(now), ..LogFilter::default() },
        None => meta.as_ref().map_or_else(LogFilter::default, |meta| answers_of(meta, now)),
    };
    announce(&filter, log);
    let loaded = store.load_log(&filter).await?;
    let evidence = Calibrated {
        params: of_run(&store.item_params_before(known).await?, meta.as_ref()),
        populations: Populations::load(store, meta.as_ref(), now).await?,
        duplicates: duplicates_of(meta.as_ref()),
    };
    let rows = topic_thetas(&loaded.log, &abilities, &evidence, now)?;
    let rows = only_changed(store, rows, now).await?;
    let n = rows.len();
    if settings.switch("dry-run") {
        log.dry_run(&format!("Would upsert {n} topic thetas"));
        return Ok(Outcome::of_rows(n));
    }
    let mut tx = store.begin().await?;
    tx.write_topic_thetas(&rows).await?;
    tx.commit().await?;
    log.plain(&format!("Backfill complete. Upserted {n} topic thetas."));
    Ok(Outcome { rows: n as u64, noop: n == 0, ..Outcome::default() })
}

/// What the newest calibration says: everything that a topic ability has in common with the ability it
/// stands beside.
struct Calibrated {
    params: HashMap<String, ItemParameters>,
    populations: Populations,
    duplicates: Duplicates,
}

/// The item parameters of a calibration; of all calibrations where its items do not name their run. Those
/// of an earlier one may be on another scale.
fn of_run(rows: &[ItemParamsRow], meta: Option<&FitMeta>) -> HashMap<String, ItemParameters> {
    let run = meta.map(|meta| meta.run_id.as_str());
    let own: Vec<ItemParamsRow> =
        rows.iter().filter(|row| row.run_id.as_deref() == run).cloned().collect();
    item_parameters(if own.is_empty() { rows } else { &own })
}

fn announce(filter: &LogFilter, log: &mut JobLog<'_>) {
    let day = |at: Option<DateTime<Utc>>, none: &str| {
        at.map_or(none.to_string(), |at| at.date_naive().to_string())
    };
    let (from, to) = (day(filter.from, "the first"), day(filter.to, "the last"));
    log.info(&format!("Answers from {from} to {to}"));
}

/// Topics with calibrated items get an estimate of their own; other topics the student has seen
/// get a copy of the overall ability.
fn topic_thetas(
    log: &ResponseLog,
    abilities: &[Ability],
    calibrated: &Calibrated,
    now: DateTime<Utc>,
) -> Result<Vec<TopicTheta>, Error> {
    let known: HashMap<&str, &Ability> =
        abilities.iter().map(|ability| (ability.user_id.as_str(), ability)).collect();
    let answers = log.answers(calibrated.duplicates);
    let estimates = estimate(log, &answers, calibrated)?;
    let mut rows: BTreeMap<(u32, u32), TopicTheta> = BTreeMap::new();
    for (student, topic) in seen_topics(log) {
        let Some(ability) = known.get(&*log.students()[student as usize]) else { continue };
        let copy = TopicTheta {
            user_id: ability.user_id.clone(),
            topic_id: log.topics()[topic as usize].to_string(),
            theta: ability.theta,
            se: ability.se,
            model: COPIED.to_string(),
            version: Some(ability.version.clone()),
            run_id: ability.run_id.clone(),
            fitted_at: ability.fitted_at,
        };
        rows.insert((student, topic), copy);
    }
    for estimate in estimates {
        let Some(row) = rows.get_mut(&(estimate.student, estimate.topic)) else { continue };
        let ability = known.get(row.user_id.as_str());
        row.theta = estimate.theta;
        row.se = Some(estimate.se);
        row.model = ability.and_then(|a| a.model.clone()).unwrap_or_else(|| "irt".to_string());
        row.version = Some(VERSION.to_string());
        row.fitted_at = now;
    }
    Ok(rows.into_values().collect())
}

fn seen_topics(log: &ResponseLog) -> BTreeSet<(u32, u32)> {
    (0..log.len()).filter_map(|row| Some((log.student()[row], log.topic(row)?))).collect()
}

fn estimate(
    log: &ResponseLog,
    answers: &Answers,
    calibrated: &Calibrated,
) -> Result<Vec<TopicAbility>, Error> {
    let items: Vec<Option<ItemParameters>> =
        log.items().iter().map(|id| calibrated.params.get(&**id).copied()).collect();
    if items.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let topics: Vec<Vec<u32>> =
        answers.row.iter().map(|&row| topics_of(log, row as usize)).collect();
    let priors: Vec<Normal> =
        log.students().iter().map(|id| calibrated.populations.of(id).0).collect();
    let responses = responses_of(log, answers);
    let prior = Prior::PerStudent(&priors);
    let spec = TopicSpec::default();
    Ok(seedtest_irt::topic_abilities(&responses, &topics, &items, prior, &spec)?)
}

/// Topics of the answer in a row: its own, and those of the rows that repeat it under other tags.
fn topics_of(log: &ResponseLog, row: usize) -> Vec<u32> {
    let repeated = (row + 1..log.len()).take_while(|&next| log.is_retag(next));
    let topics: BTreeSet<u32> =
        std::iter::once(row).chain(repeated).filter_map(|row| log.topic(row)).collect();
    topics.into_iter().collect()
}

/// Rows that say something new, so that a second run changes nothing.
async fn only_changed(
    store: &Store,
    rows: Vec<TopicTheta>,
    now: DateTime<Utc>,
) -> Result<Vec<TopicTheta>, Error> {
    let until = now + Duration::microseconds(1);
    let stored = store.topic_theta_history(DateTime::UNIX_EPOCH, until).await?;
    let newest: HashMap<(&str, &str), &TopicTheta> =
        stored.iter().map(|row| ((row.user_id.as_str(), row.topic_id.as_str()), row)).collect();
    let is_new = |row: &TopicTheta| match newest.get(&(row.user_id.as_str(), row.topic_id.as_str()))
    {
        Some(old) => old.theta != row.theta || old.se != row.se || old.model != row.model,
        None => true,
    };
    Ok(rows.into_iter().filter(is_new).collect())
}
