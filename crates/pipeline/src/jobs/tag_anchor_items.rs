//! `tag-anchor-items`: items that hold the scale.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use chrono::{DateTime, Duration, Utc};
use seedtest_responses::ResponseLog;
use seedtest_store::{ItemParamsRow, LogFilter, QuestionItem, Store};
use serde_json::Value;

use crate::error::Error;
use crate::items::irt_of;
use crate::registry::{
    AS_OF, DRY_RUN, JobEntry, JobLog, Kind, Outcome, Preset, Setting, Settings, Work,
};

/// Candidates that are looked at, by number of answers.
const MOST_CANDIDATES: usize = 500;
const STABILITY_DAYS: i64 = 90;
const NEWEST_CALIBRATIONS: usize = 5;
const LARGEST_SD: f64 = 0.5;
const USE_DAYS: i64 = 30;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "tag-anchor-items",
    aliases: &[],
    summary: "Choose stable items and tag them as anchors of the scale",
    schedule: None,
    settings: &[
        Setting::new(
            "action",
            Kind::Action(&["tag", "verify"]),
            "tag items, or verify the tagged ones",
        )
        .or(Preset::Text("tag")),
        Setting::new("min-responses", Kind::Count, "Fewest answers").or(Preset::Count(100)),
        Setting::new("difficulty-min", Kind::Number, "Lowest difficulty").or(Preset::Number(-2.0)),
        Setting::new("difficulty-max", Kind::Number, "Highest difficulty").or(Preset::Number(2.0)),
        Setting::new("discrimination-min", Kind::Number, "Lowest discrimination")
            .or(Preset::Number(0.5)),
        Setting::new("max-candidates", Kind::Count, "Most items to tag").or(Preset::Count(50)),
        Setting::new(
            "item-ids",
            Kind::Text,
            "Tag these items (comma-separated) instead of searching",
        ),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_item_params", "question", "mirt_anchor"],
    writes: &["question", "mirt_anchor"],
    rounds: &[],
    check: |settings| AnchorSettings::read(settings).map(drop),
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

/// An item that could carry the scale.
#[derive(Debug, Clone, PartialEq)]
struct Candidate {
    item_id: String,
    irt: Value,
    a: f64,
    b: f64,
    answers: u32,
    users: u32,
}

/// What is asked for.
struct AnchorSettings {
    /// Look at the tagged items instead of tagging.
    verify_only: bool,
    fewest_answers: u64,
    difficulty: RangeInclusive<f64>,
    least_discrimination: f64,
    most: usize,
    /// Items to tag, with commas between them.
    named: Option<String>,
    dry_run: bool,
}

impl AnchorSettings {
    fn read(settings: &Settings) -> Result<Self, Error> {
        Ok(Self {
            verify_only: settings.word("action", &[("tag", false), ("verify", true)])?,
            fewest_answers: settings.count("min-responses")?,
            difficulty: settings.number("difficulty-min")?..=settings.number("difficulty-max")?,
            least_discrimination: settings.number("discrimination-min")?,
            most: settings.size("max-candidates")?,
            named: settings.owned("item-ids"),
            dry_run: settings.switch("dry-run"),
        })
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let settings = AnchorSettings::read(settings)?;
    let now = clock.now();
    if settings.verify_only {
        return verify(store, now, log).await;
    }
    let candidates = if let Some(list) = &settings.named {
        named(store, list, now).await?
    } else {
        log.line_with("SEARCH", "Finding anchor candidates...");
        search(store, &settings, now).await?
    };
    if candidates.is_empty() {
        log.warn("No candidates found matching criteria");
        return Ok(Outcome { noop: true, failed: true, ..Outcome::default() });
    }
    let chosen = &candidates[..candidates.len().min(settings.most)];
    let message = format!("{} candidates, selecting top {}", candidates.len(), chosen.len());
    log.line_with("FOUND", &message);
    for candidate in chosen {
        let Candidate { item_id, a, b, answers, users, .. } = candidate;
        let message = format!("item={item_id} a={a:.3} b={b:.3} answers={answers} users={users}");
        log.debug(&message);
    }
    if settings.dry_run {
        log.dry_run("Preview mode - no changes will be made");
        return Ok(Outcome::of_rows(chosen.len()));
    }
    tag(store, chosen, now, log).await
}

async fn tag(
    store: &Store,
    chosen: &[Candidate],
    now: DateTime<Utc>,
    log: &mut JobLog<'_>,
) -> Result<Outcome, Error> {
    let message = format!("Tagging {} items as anchors...", chosen.len());
    log.line_with("TAG", &message);
    let ids: Vec<String> = chosen.iter().map(|candidate| candidate.item_id.clone()).collect();
    let mut tx = store.begin().await?;
    tx.add_questions(&ids).await?;
    // A tag without parameters fixes nothing, and parameters of tagged items are never rewritten.
    for candidate in chosen.iter().filter(|candidate| candidate.irt.is_object()) {
        tx.write_question_irt(&candidate.item_id, &candidate.irt).await?;
    }
    let items: Vec<(&str, &Value)> =
        chosen.iter().map(|candidate| (&*candidate.item_id, &candidate.irt)).collect();
    let tagged = tx.tag_anchors(&items, now).await?;
    tx.commit().await?;
    for item_id in &tagged.without_parameters {
        log.warn(&format!(
            "item {item_id} has no parameters, in no calibration and not in question.meta.irt: \
             run mirt-calibrate on its answers first"
        ));
    }
    let n_errors = tagged.without_parameters.len();
    let lines = [
        format!("- Tagged: {}", tagged.tagged),
        format!("- Skipped (already tagged): {}", tagged.already),
        format!("- Errors: {n_errors}"),
    ];
    for line in lines {
        log.plain(&line);
    }
    Ok(Outcome { rows: tagged.tagged, failed: n_errors > 0, ..Outcome::default() })
}

/// Items given by name keep the parameters they have.
async fn named(store: &Store, list: &str, now: DateTime<Utc>) -> Result<Vec<Candidate>, Error> {
    let known = parameters(store, now).await?;
    Ok(list
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(|id| {
            let irt = known.get(id).cloned().unwrap_or(Value::Null);
            candidate(id, irt, (0, 0))
        })
        .collect())
}

async fn search(
    store: &Store,
    settings: &AnchorSettings,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, Error> {
    let AnchorSettings { fewest_answers, difficulty, least_discrimination, .. } = settings;
    let log = store.load_log(&LogFilter { to: Some(now), ..LogFilter::default() }).await?.log;
    let counts = answers_and_users(&log);
    let history = store.item_params_history(now - Duration::days(STABILITY_DAYS), now).await?;
    let stable = stable_items(&history);
    let mut candidates: Vec<Candidate> = parameters(store, now)
        .await?
        .into_iter()
        .map(|(id, irt)| {
            let counted = counts.get(id.as_str()).copied().unwrap_or_default();
            candidate(&id, irt, counted)
        })
        .filter(|c| u64::from(c.answers) >= *fewest_answers && c.a >= *least_discrimination)
        .filter(|c| difficulty.contains(&c.b) && stable.contains(c.item_id.as_str()))
        .collect();
    candidates.sort_by(|x, y| {
        let by_use = (y.answers, y.users).cmp(&(x.answers, x.users));
        by_use.then_with(|| x.item_id.cmp(&y.item_id))
    });
    candidates.truncate(MOST_CANDIDATES);
    candidates.sort_by(|x, y| {
        let by_information = y.a.total_cmp(&x.a).then(x.b.abs().total_cmp(&y.b.abs()));
        by_information.then(y.answers.cmp(&x.answers)).then_with(|| x.item_id.cmp(&y.item_id))
    });
    Ok(candidates)
}

fn candidate(id: &str, irt: Value, (answers, users): (u32, u32)) -> Candidate {
    let number = |key: &str| irt.get(key).and_then(Value::as_f64);
    let (a, b) = (number("a").unwrap_or(f64::NAN), number("b").unwrap_or(f64::NAN));
    Candidate { item_id: id.to_string(), irt, a, b, answers, users }
}

/// Newest parameters of every item: of the calibrations, else of the item bank.
async fn parameters(store: &Store, now: DateTime<Utc>) -> Result<BTreeMap<String, Value>, Error> {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for QuestionItem { item_id, irt, .. } in store.question_items().await? {
        known.extend(irt.map(|irt| (item_id, irt)));
    }
    for row in store.item_params_before(now + Duration::microseconds(1)).await? {
        known.insert(row.item_id.clone(), irt_of(&row.params, row.model.as_deref(), &row.version));
    }
    Ok(known)
}

fn answers_and_users(log: &ResponseLog) -> HashMap<&str, (u32, u32)> {
    let mut counts: HashMap<&str, (u32, u32)> = HashMap::new();
    let mut seen = BTreeSet::new();
    for row in (0..log.len()).filter(|&row| !log.is_retag(row)) {
        let (student, item) = (log.student()[row], log.item()[row]);
        let count = counts.entry(&log.items()[item as usize]).or_default();
        count.0 += 1;
        count.1 += u32::from(seen.insert((student, item)));
    }
    counts
}

/// Items whose difficulty hardly moved over at least two of their newest five calibrations.
fn stable_items(history: &[ItemParamsRow]) -> BTreeSet<&str> {
    let mut difficulties: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for row in history {
        if let Some(b) = row.params.get("b").and_then(Value::as_f64) {
            difficulties.entry(&row.item_id).or_default().push(b);
        }
    }
    difficulties
        .into_iter()
        .filter(|(_, all)| {
            let newest = &all[all.len().saturating_sub(NEWEST_CALIBRATIONS)..];
            newest.len() >= 2 && population_sd(newest) <= LARGEST_SD
        })
        .map(|(item, _)| item)
        .collect()
}

fn population_sd(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt()
}

async fn verify(store: &Store, now: DateTime<Utc>, log: &mut JobLog<'_>) -> Result<Outcome, Error> {
    let items = store.question_items().await?;
    let anchors: Vec<&QuestionItem> = items.iter().filter(|item| item.anchor).collect();
    let recent = store.item_params_history(now - Duration::days(USE_DAYS), now).await?;
    let used: BTreeSet<&str> = recent.iter().map(|row| row.item_id.as_str()).collect();
    let with_irt = anchors.iter().filter(|item| item.irt.is_some()).count();
    let in_use = anchors.iter().filter(|item| used.contains(item.item_id.as_str())).count();
    let sample: Vec<&str> = anchors.iter().take(10).map(|item| item.item_id.as_str()).collect();
    let lines = [
        format!("Tagged anchors: {}", anchors.len()),
        format!("With IRT parameters: {with_irt}"),
        format!("Used in calibrations of the last {USE_DAYS} days: {in_use}"),
        format!("Sample: {}", sample.join(", ")),
    ];
    for line in lines {
        log.line_with("VERIFY", &line);
    }
    Ok(Outcome::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(item_id: &str, b: f64) -> ItemParamsRow {
        ItemParamsRow {
            item_id: item_id.into(),
            model: Some("2PL".into()),
            params: serde_json::json!({"a": 1.0, "b": b, "c": null}),
            version: "v1".into(),
            run_id: None,
            fitted_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_item_is_stable_after_two_close_calibrations() {
        let history = [row("once", 0.0), row("still", 0.1), row("still", -0.1), row("wild", -1.0)]
            .into_iter()
            .chain([row("wild", 1.0)])
            .collect::<Vec<_>>();
        assert_eq!(stable_items(&history), BTreeSet::from(["still"]));
    }

    #[test]
    fn only_the_newest_five_calibrations_count() {
        let mut history = vec![row("settled", 5.0)];
        history.extend((0..5).map(|_| row("settled", 0.0)));
        assert_eq!(stable_items(&history), BTreeSet::from(["settled"]));
    }
}
