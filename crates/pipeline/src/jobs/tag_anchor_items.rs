use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use seedtest_responses::ResponseLog;
use seedtest_store::{ItemParamsRow, LogFilter, QuestionItem, Store};
use serde_json::Value;

use crate::error::Error;
use crate::item_bank::irt_of;
use crate::joblog::JobLog;
use crate::jobs::{Context, DRY_RUN, Job, Outcome};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;

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
        Setting {
            key: "action",
            flag: true,
            env: &[],
            default: Some("tag"),
            kind: Kind::Action(&["tag", "verify"]),
            help: "tag items, or verify the tagged ones",
        },
        Setting {
            key: "min-responses",
            flag: true,
            env: &[],
            default: Some("100"),
            kind: Kind::Count,
            help: "Fewest answers",
        },
        Setting {
            key: "difficulty-min",
            flag: true,
            env: &[],
            default: Some("-2.0"),
            kind: Kind::Number,
            help: "Lowest difficulty",
        },
        Setting {
            key: "difficulty-max",
            flag: true,
            env: &[],
            default: Some("2.0"),
            kind: Kind::Number,
            help: "Highest difficulty",
        },
        Setting {
            key: "discrimination-min",
            flag: true,
            env: &[],
            default: Some("0.5"),
            kind: Kind::Number,
            help: "Lowest discrimination",
        },
        Setting {
            key: "max-candidates",
            flag: true,
            env: &[],
            default: Some("50"),
            kind: Kind::Count,
            help: "Most items to tag",
        },
        Setting {
            key: "item-ids",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Tag these items (comma-separated) instead of searching",
        },
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_item_params", "question"],
    writes: &["question"],
    job: Job::TagAnchorItems,
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

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let now = clock.now();
    let verify_only = settings.text("action").is_some_and(|a| a.eq_ignore_ascii_case("verify"));
    if verify_only {
        return verify(store, now, log).await;
    }
    let candidates = if let Some(list) = settings.text("item-ids") {
        named(store, list).await?
    } else {
        log.line_with("SEARCH", "Finding anchor candidates...").map_err(Error::log)?;
        search(store, settings, now).await?
    };
    if candidates.is_empty() {
        log.warn("No candidates found matching criteria").map_err(Error::log)?;
        return Ok(Outcome { noop: true, failed: true, ..Outcome::default() });
    }
    let most = settings.count("max-candidates").unwrap_or(50) as usize;
    let chosen = &candidates[..candidates.len().min(most)];
    let message = format!("{} candidates, selecting top {}", candidates.len(), chosen.len());
    log.line_with("FOUND", &message).map_err(Error::log)?;
    for candidate in chosen {
        let Candidate { item_id, a, b, answers, users, .. } = candidate;
        let message = format!("item={item_id} a={a:.3} b={b:.3} answers={answers} users={users}");
        log.debug(&message).map_err(Error::log)?;
    }
    if settings.switch("dry-run") {
        log.dry_run("Preview mode - no changes will be made").map_err(Error::log)?;
        return Ok(Outcome { rows: chosen.len() as u64, ..Outcome::default() });
    }
    tag(store, chosen, log).await
}

async fn tag(store: &Store, chosen: &[Candidate], log: &mut JobLog<'_>) -> Result<Outcome, Error> {
    let message = format!("Tagging {} items as anchors...", chosen.len());
    log.line_with("TAG", &message).map_err(Error::log)?;
    let ids: Vec<String> = chosen.iter().map(|candidate| candidate.item_id.clone()).collect();
    let mut tx = store.begin().await?;
    tx.add_questions(&ids).await?;
    // A tag without parameters fixes nothing, and parameters of tagged items are never rewritten.
    for candidate in chosen {
        tx.write_question_irt(&candidate.item_id, &candidate.irt).await?;
    }
    let tagged = tx.tag_anchors(&ids).await?;
    tx.commit().await?;
    let lines = [
        format!("- Tagged: {}", tagged.tagged),
        format!("- Skipped (already tagged): {}", tagged.already),
        format!("- Errors: {}", tagged.unknown),
    ];
    for line in lines {
        log.plain(&line).map_err(Error::log)?;
    }
    Ok(Outcome { rows: tagged.tagged, failed: tagged.unknown > 0, ..Outcome::default() })
}

/// Items given by name keep the parameters they have.
async fn named(store: &Store, list: &str) -> Result<Vec<Candidate>, Error> {
    let known = parameters(store).await?;
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
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, Error> {
    let number = |key: &str, default: f64| settings.number(key).unwrap_or(default);
    let (lowest, highest) = (number("difficulty-min", -2.0), number("difficulty-max", 2.0));
    let least_a = number("discrimination-min", 0.5);
    let fewest = settings.count("min-responses").unwrap_or(100);
    let log = store.load_log(&LogFilter { to: Some(now), ..LogFilter::default() }).await?.log;
    let counts = answers_and_users(&log);
    let history = store.item_params_history(now - Duration::days(STABILITY_DAYS), now).await?;
    let stable = stable_items(&history);
    let mut candidates: Vec<Candidate> = parameters(store)
        .await?
        .into_iter()
        .map(|(id, irt)| {
            let counted = counts.get(id.as_str()).copied().unwrap_or_default();
            candidate(&id, irt, counted)
        })
        .filter(|c| u64::from(c.answers) >= fewest && c.a >= least_a)
        .filter(|c| (lowest..=highest).contains(&c.b) && stable.contains(c.item_id.as_str()))
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
async fn parameters(store: &Store) -> Result<BTreeMap<String, Value>, Error> {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for QuestionItem { item_id, irt, .. } in store.question_items().await? {
        known.extend(irt.map(|irt| (item_id, irt)));
    }
    for row in store.latest_item_params().await? {
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
        log.line_with("VERIFY", &line).map_err(Error::log)?;
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
