//! `backfill-topic-theta`: abilities by topic.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use seedtest_irt::{ItemParameters, Normal, Prior, Responses, TopicAbility, TopicSpec};
use seedtest_kpi::LOOKBACK_DAYS;
use seedtest_responses::{Answers, Duplicates, ResponseLog};
use seedtest_store::{Ability, LogFilter, Store, TopicTheta};

use crate::error::Error;
use crate::evidence::COPIED;
use crate::items::{item_parameters, latent_distribution};
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Work};

const VERSION: &str = "v1";

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "backfill-topic-theta",
    aliases: &[],
    summary: "Ability of every student in every topic",
    schedule: None,
    settings: &[
        Setting::new("lookback-days", Kind::Count, "Answers of this many days, 0 = all")
            .env(&["BF_LOOKBACK_DAYS"])
            .or(Preset::Count(180)),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_ability", "mirt_item_params", "mirt_fit_meta"],
    writes: &["student_topic_theta"],
    rounds: &[],
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: Some(|settings| {
        let days = settings.days("lookback-days")?;
        Ok(Some(if days > 0 { days.min(LOOKBACK_DAYS) } else { LOOKBACK_DAYS }))
    }),
    looks: None,
};

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let days = i64::from(settings.days("lookback-days")?);
    let now = clock.now();
    // What was stored after the instant the job stands on is of the future.
    let known = now + Duration::microseconds(1);
    let abilities = store.abilities_known(known).await?;
    if abilities.is_empty() {
        log.plain("No users found in mirt_ability; nothing to backfill.");
        return Ok(Outcome::noop());
    }
    let from = (days > 0).then(|| now - Duration::days(days));
    let filter = LogFilter { from, to: Some(now), ..LogFilter::default() };
    let loaded = store.load_log(&filter).await?;
    let params = item_parameters(&store.item_params_before(known).await?);
    let prior = latent_distribution(store.fit_meta_before(known).await?.as_ref());
    let rows = topic_thetas(&loaded.log, &abilities, &params, prior, now)?;
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

/// Topics with calibrated items get an estimate of their own; other topics the student has seen
/// get a copy of the overall ability.
fn topic_thetas(
    log: &ResponseLog,
    abilities: &[Ability],
    params: &HashMap<String, ItemParameters>,
    prior: Normal,
    now: DateTime<Utc>,
) -> Result<Vec<TopicTheta>, Error> {
    let known: HashMap<&str, &Ability> =
        abilities.iter().map(|ability| (ability.user_id.as_str(), ability)).collect();
    let answers = log.answers(Duplicates::First);
    let estimates = estimate(log, &answers, params, prior)?;
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
    params: &HashMap<String, ItemParameters>,
    prior: Normal,
) -> Result<Vec<TopicAbility>, Error> {
    let items: Vec<Option<ItemParameters>> =
        log.items().iter().map(|id| params.get(&**id).copied()).collect();
    if items.iter().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let topics: Vec<u32> =
        answers.row.iter().map(|&row| log.topic(row as usize).unwrap_or(u32::MAX)).collect();
    let responses = Responses {
        student: &answers.student,
        item: &answers.item,
        correct: &answers.correct,
        n_students: log.students().len(),
        n_items: log.items().len(),
    };
    let spec = TopicSpec::default();
    let all =
        seedtest_irt::topic_abilities(&responses, &topics, &items, Prior::Same(prior), &spec)?;
    Ok(all.into_iter().filter(|estimate| estimate.topic != u32::MAX).collect())
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
