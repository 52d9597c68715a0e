use chrono::Duration;
use seedtest_irt::{ItemParameters, ScoreSpec, score_answers};
use seedtest_responses::Duplicates;
use seedtest_store::{AbilityUpdate, ItemParamsRow, LogFilter, Store};

use crate::error::Error;
use crate::item_bank::{item_parameters, latent_distribution, with_question_bank};
use crate::jobs::{Context, DRY_RUN, Job, Outcome};
use crate::registry::{JobEntry, Kind, Setting};
use crate::settings::Settings;

const MOST_ANSWERS: u64 = 1000;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "irt-update-theta",
    aliases: &["update-theta"],
    summary: "Ability of one student after a session, from stored item parameters",
    schedule: None,
    settings: &[
        Setting {
            key: "user",
            flag: true,
            env: &["USER_ID"],
            default: None,
            kind: Kind::Text,
            help: "The student (required)",
        },
        Setting {
            key: "lookback-days",
            flag: true,
            env: &["IRT_UPDATE_LOOKBACK_DAYS"],
            default: Some("30"),
            kind: Kind::Count,
            help: "Answers of this many days, 1000 at most",
        },
        Setting {
            key: "model",
            flag: true,
            env: &[],
            default: Some("2PL"),
            kind: Kind::Text,
            help: "Model of the item parameters, written with the ability; given: only that one",
        },
        Setting {
            key: "version",
            flag: true,
            env: &[],
            default: None,
            kind: Kind::Text,
            help: "Only item parameters of this version",
        },
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_item_params", "mirt_fit_meta", "question"],
    writes: &["mirt_ability"],
    job: Job::UpdateTheta,
};

pub(super) async fn run(context: Context<'_, '_>) -> Result<Outcome, Error> {
    let Context { store, clock, settings, log, .. } = context;
    let Some(user_id) = settings.text("user") else {
        return Err(Error::Usage("irt-update-theta needs --user".into()));
    };
    let now = clock.now();
    let days = settings.count("lookback-days").unwrap_or(30).min(36_500) as i64;
    let filter = LogFilter {
        from: Some(now - Duration::days(days)),
        to: Some(now),
        user_id: Some(user_id.to_string()),
        newest: Some(MOST_ANSWERS),
        ..LogFilter::default()
    };
    let loaded = store.load_log(&filter).await?.log;
    let mut params = item_parameters(&calibrated(store, settings).await?);
    with_question_bank(&mut params, &store.question_items().await?);
    let answers = loaded.answers(Duplicates::First);
    let scored: Vec<(ItemParameters, bool)> = answers
        .item
        .iter()
        .zip(&answers.correct)
        .filter_map(|(&item, &correct)| {
            Some((*params.get(&*loaded.items()[item as usize])?, correct == 1))
        })
        .collect();
    let prior = latent_distribution(store.latest_fit_meta().await?.as_ref());
    let score = score_answers(&scored, prior, &ScoreSpec::default());
    let Some((theta, se)) = score.theta.zip(score.se).filter(|_| !scored.is_empty()) else {
        let message = format!("user={user_id}: no answers to calibrated items in {days} days");
        log.info(&message).map_err(Error::log)?;
        return Ok(Outcome { noop: true, ..Outcome::default() });
    };
    let n = scored.len();
    let message = format!("user={user_id} theta={theta:.4} se={se:.4} n={n}");
    log.info(&message).map_err(Error::log)?;
    if settings.switch("dry-run") {
        log.dry_run("no ability written").map_err(Error::log)?;
        return Ok(Outcome { rows: 1, ..Outcome::default() });
    }
    let mut tx = store.begin().await?;
    tx.write_ability_update(&AbilityUpdate {
        user_id: user_id.to_string(),
        theta,
        se,
        model: settings.text("model").unwrap_or("2PL").to_string(),
        fitted_at: now,
    })
    .await?;
    tx.commit().await?;
    Ok(Outcome { rows: 1, ..Outcome::default() })
}

/// The newest parameters of every item, of the model and version asked for.
async fn calibrated(store: &Store, settings: &Settings) -> Result<Vec<ItemParamsRow>, Error> {
    let model = settings.text("model").filter(|_| !settings.is_default("model"));
    let version = settings.text("version");
    if model.is_none() && version.is_none() {
        return Ok(store.latest_item_params().await?);
    }
    Ok(store.latest_item_params_of(model, version).await?)
}
