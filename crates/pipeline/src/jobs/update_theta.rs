//! `irt-update-theta`: the ability of one student after a session.

use chrono::{DateTime, Duration, Utc};
use seedtest_irt::{ItemParameters, ScoreSpec, score_answers};
use seedtest_responses::Duplicates;
use seedtest_store::{AbilityUpdate, ItemParamsRow, LogFilter, Store};

use crate::error::Error;
use crate::items::{item_parameters, latent_distribution, with_question_bank};
use crate::registry::{AS_OF, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Settings, Work};

const MOST_ANSWERS: u64 = 1000;

pub(crate) const ENTRY: JobEntry = JobEntry {
    name: "irt-update-theta",
    aliases: &["update-theta"],
    summary: "Ability of one student after a session, from stored item parameters",
    schedule: None,
    settings: &[
        Setting::new("user", Kind::Text, "The student (required)").env(&["USER_ID"]),
        Setting::new("lookback-days", Kind::Count, "Answers of this many days, 1000 at most")
            .env(&["IRT_UPDATE_LOOKBACK_DAYS"])
            .or(Preset::Count(30)),
        Setting::new(
            "model",
            Kind::Text,
            "Model of the item parameters, written with the ability; given: only that one",
        )
        .or(Preset::Text("2PL")),
        Setting::new("version", Kind::Text, "Only item parameters of this version"),
        AS_OF,
        DRY_RUN,
    ],
    reads: &["attempt_ext", "mirt_item_params", "mirt_fit_meta", "question"],
    writes: &["mirt_ability"],
    rounds: &[],
    run: |work| Box::pin(run(work)),
    refit: None,
    reach: None,
    looks: None,
};

/// Which ability is estimated, and from what.
struct UpdateSettings<'a> {
    user_id: &'a str,
    days: i64,
    /// Model that is written with the ability.
    model: &'a str,
    /// Only item parameters of this model.
    only_model: Option<&'a str>,
    only_version: Option<&'a str>,
    dry_run: bool,
}

impl<'a> UpdateSettings<'a> {
    fn read(settings: &'a Settings) -> Result<Self, Error> {
        let model = settings.text("model").ok_or_else(|| settings.required("model"))?;
        Ok(Self {
            user_id: settings.text("user").ok_or_else(|| settings.required("user"))?,
            days: i64::from(settings.days("lookback-days")?),
            model,
            only_model: Some(model).filter(|_| !settings.is_default("model")),
            only_version: settings.text("version"),
            dry_run: settings.switch("dry-run"),
        })
    }
}

async fn run(work: Work<'_, '_>) -> Result<Outcome, Error> {
    let Work { store, clock, settings, log, .. } = work;
    let settings = UpdateSettings::read(settings)?;
    let UpdateSettings { user_id, days, .. } = settings;
    let now = clock.now();
    let filter = LogFilter {
        from: Some(now - Duration::days(days)),
        to: Some(now),
        user_id: Some(user_id.to_string()),
        newest: Some(MOST_ANSWERS),
        ..LogFilter::default()
    };
    let loaded = store.load_log(&filter).await?.log;
    let known = now + Duration::microseconds(1);
    let mut params = item_parameters(&calibrated(store, &settings, known).await?);
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
    let prior = latent_distribution(store.fit_meta_before(known).await?.as_ref());
    let score = score_answers(&scored, prior, &ScoreSpec::default());
    let Some((theta, se)) = score.theta.zip(score.se).filter(|_| !scored.is_empty()) else {
        let message = format!("user={user_id}: no answers to calibrated items in {days} days");
        log.info(&message);
        return Ok(Outcome::noop());
    };
    let n = scored.len();
    let message = format!("user={user_id} theta={theta:.4} se={se:.4} n={n}");
    log.info(&message);
    if settings.dry_run {
        log.dry_run("no ability written");
        return Ok(Outcome::of_rows(1));
    }
    let mut tx = store.begin().await?;
    tx.write_ability_update(&AbilityUpdate {
        user_id: user_id.to_string(),
        theta,
        se,
        model: settings.model.to_string(),
        fitted_at: now,
        n_answers: u32::try_from(n).ok(),
    })
    .await?;
    tx.commit().await?;
    Ok(Outcome::of_rows(1))
}

/// The parameters of every item that were the newest before `known`, of the model and version asked for.
async fn calibrated(
    store: &Store,
    settings: &UpdateSettings<'_>,
    known: DateTime<Utc>,
) -> Result<Vec<ItemParamsRow>, Error> {
    let (model, version) = (settings.only_model, settings.only_version);
    Ok(store.item_params_before_of(known, model, version).await?)
}
