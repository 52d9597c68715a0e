//! The stored fit that a question starts from.

use std::cmp::Reverse;

use seedtest_families::ModelFamily;
use seedtest_families::{StoredFit, clustering, growth, prophet, survival};
use seedtest_store::{RunFilter, Store};
use serde_json::Value;

use crate::clock::Clock;
use crate::error::Error;

/// Runs of a family that are looked through for one that did not converge and can answer.
const LOOKED_THROUGH: u32 = 20;

/// The fit that a question starts from, or what there is instead.
#[derive(Debug, Clone, PartialEq)]
pub enum FoundFit {
    /// What predicts: that of the run that is named, or of the newest fit that converged.
    Model(Value),
    /// No run is named and no fit converged; the newest that did not, which a question can name.
    NoneConverged {
        /// Its run.
        run_id: String,
        /// How it ended.
        status: String,
    },
    /// There is none.
    None,
}

/// The fit of a family that a question is about, as it is stored: made by a job or a request, the newest
/// of both that converged where no run is named. Fits of jobs are everybody's; those of requests only who
/// sent them finds, `actor`, or everybody's where that is `None`.
///
/// # Errors
/// When the database refuses.
pub async fn stored_fit(
    store: &Store,
    clock: Clock,
    family: &str,
    wanted: &StoredFit,
    actor: Option<&str>,
) -> Result<FoundFit, Error> {
    if let Some(model) = usable(store, clock, family, wanted, actor).await? {
        return Ok(FoundFit::Model(model));
    }
    if wanted.run_id().is_some() {
        return Ok(FoundFit::None);
    }
    for (run_id, status) in not_converged(store, family, actor).await? {
        if usable(store, clock, family, &StoredFit::of(Some(&run_id)), actor).await?.is_some() {
            return Ok(FoundFit::NoneConverged { run_id, status });
        }
    }
    Ok(FoundFit::None)
}

/// Runs of a family that did not converge, the newest first, with how they ended.
async fn not_converged(
    store: &Store,
    family: &str,
    actor: Option<&str>,
) -> Result<Vec<(String, String)>, Error> {
    let job = match family {
        growth::Growth::NAME => Some("fit-bayesian-growth"),
        survival::Survival::NAME => Some("fit-survival-churn"),
        prophet::Prophet::NAME => Some("forecast-prophet"),
        clustering::Clustering::NAME => Some("cluster-segments"),
        _ => None,
    };
    let mut found = Vec::new();
    let runs = std::iter::once((family, actor)).chain(job.map(|job| (job, None)));
    for (name, actor) in runs {
        let filter = RunFilter { name: Some(name), actor, limit: LOOKED_THROUGH };
        found.extend(store.runs(filter).await?.into_iter().filter_map(|run| {
            let verdict = run.end?.verdict?;
            let status = verdict["status"].as_str().filter(|status| *status != "converged")?;
            Some((run.start.started_at, run.start.run_id, status.to_owned()))
        }));
    }
    found.sort_by_key(|&(started_at, ..)| Reverse(started_at));
    Ok(found.into_iter().map(|(_, run_id, status)| (run_id, status)).collect())
}

/// What predicts from a fit.
async fn usable(
    store: &Store,
    clock: Clock,
    family: &str,
    wanted: &StoredFit,
    actor: Option<&str>,
) -> Result<Option<Value>, Error> {
    let named = wanted.run_id();
    let of_job = match (family, named) {
        (growth::Growth::NAME, Some(run_id)) => {
            store.growth_fit(run_id).await?.map(|fit| (fit.fitted_at, fit.settings))
        }
        (growth::Growth::NAME, None) => {
            let newest = store.latest_growth_fit(clock.now()).await?;
            newest.map(|fit| (fit.fitted_at, fit.settings))
        }
        (survival::Survival::NAME, Some(run_id)) => {
            store.survival_fit(run_id).await?.map(|fit| (fit.fitted_at, fit.model))
        }
        (survival::Survival::NAME, None) => {
            let newest = store.latest_survival_fit(clock.now()).await?;
            newest.map(|fit| (fit.fitted_at, fit.model))
        }
        (prophet::Prophet::NAME, Some(run_id)) => {
            store.forecast(run_id).await?.map(|fit| (fit.fitted_at, fit.fit_meta))
        }
        (prophet::Prophet::NAME, None) => {
            let newest = store.latest_forecast(clock.now()).await?;
            newest.map(|fit| (fit.fitted_at, fit.fit_meta))
        }
        (clustering::Clustering::NAME, Some(run_id)) => {
            store.segment_run(run_id).await?.map(|run| (run.fitted_at, run.metrics))
        }
        (clustering::Clustering::NAME, None) => {
            let newest = store.latest_segment_run(clock.now()).await?;
            newest.map(|run| (run.fitted_at, run.metrics))
        }
        // The jobs fit no other family that predicts.
        _ => None,
    };
    let model = |stored: &mut Value| stored.get_mut("model").map(Value::take).unwrap_or_default();
    let of_job = of_job.map(|(at, mut stored)| (at, model(&mut stored)));
    let of_request = store.kept_model(family, named, actor).await?;
    let usable = [of_job, of_request].into_iter().flatten().filter(|(_, model)| !model.is_null());
    Ok(usable.max_by_key(|(at, _)| *at).map(|(_, model)| model))
}
