//! `irt-update-theta`: the ability of one student after a session.

use chrono::{DateTime, Duration, Utc};
use seedtest_irt::{ItemParameters, Normal, ScoreSpec, score_answers};
use seedtest_responses::Duplicates;
use seedtest_store::{AbilityUpdate, ItemParamsRow, LogFilter, Store};

use crate::error::Error;
use crate::items::{Populations, item_parameters, with_question_bank};
use crate::registry::{
    AS_OF, Accepts, DRY_RUN, JobEntry, Kind, Outcome, Preset, Setting, Settings, Work,
};

const MOST_ANSWERS: u64 = 1000;

/// Whether a finished session changes an ability at all.
pub(crate) const ONLINE: Setting = Setting::new(
    "online",
    Kind::Switch,
    "false: a finished session leaves the ability to the next calibration",
)
.env(&["ENABLE_IRT_ONLINE_UPDATE"])
.only_env()
.or(Preset::Switch(true));

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
        Setting::new(
            "prior-mean",
            Kind::Number,
            "Mean of the prior; unless set, that of the newest calibration, of the student's group there",
        ),
        Setting::new(
            "prior-sd",
            Kind::Number,
            "Standard deviation of the prior; unless set, likewise",
        )
        .accepting(Accepts::Above(0.0)),
        ONLINE,
        AS_OF,
        DRY_RUN,
    ],
    reads: &[
        "attempt_ext",
        "mirt_item_params",
        "mirt_fit_meta",
        "question",
        "session",
        "classroom",
    ],
    writes: &["mirt_ability"],
    rounds: &[],
    check: |settings| UpdateSettings::read(settings).map(drop),
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
    prior_mean: Option<f64>,
    prior_sd: Option<f64>,
    dry_run: bool,
}

impl<'a> UpdateSettings<'a> {
    fn read(settings: &'a Settings) -> Result<Self, Error> {
        let model = settings.text("model").ok_or_else(|| settings.required("model"))?;
        let number = |key| settings.text(key).map(|_| settings.number(key)).transpose();
        let (prior_mean, prior_sd) = (number("prior-mean")?, number("prior-sd")?);
        if prior_mean.is_some_and(|mean| !mean.is_finite()) {
            return Err(settings.refused("prior-mean", "a finite number"));
        }
        if prior_sd.is_some_and(|sd| !(sd.is_finite() && sd > 0.0)) {
            return Err(settings.refused("prior-sd", "a finite number above 0"));
        }
        Ok(Self {
            prior_mean,
            prior_sd,
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
    let meta = store.fit_meta_before(known).await?;
    let populations = Populations::load(store, meta.as_ref(), now).await?;
    let (fitted, group) = populations.of(user_id);
    let prior = Normal {
        mean: settings.prior_mean.unwrap_or(fitted.mean),
        sd: settings.prior_sd.unwrap_or(fitted.sd),
    };
    let score = score_answers(&scored, prior, &ScoreSpec::default());
    let Some((theta, se)) = score.theta.zip(score.se).filter(|_| !scored.is_empty()) else {
        let message = format!("user={user_id}: no answers to calibrated items in {days} days");
        log.info(&message);
        return Ok(Outcome::noop());
    };
    let n = scored.len();
    let Normal { mean, sd } = prior;
    let source = match (prior == fitted, group, &meta) {
        (false, ..) => "as given".to_string(),
        (true, Some(group), _) => format!("that of group {group} in the newest calibration"),
        (true, None, Some(_)) => "that of the newest calibration".to_string(),
        (true, None, None) => "by default, there is no calibration yet".to_string(),
    };
    log.info(&format!("Prior N({mean:.4}, {sd:.4}²): {source}"));
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
