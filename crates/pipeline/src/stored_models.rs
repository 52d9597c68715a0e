//! The stored fit that a question starts from.

use seedtest_families::ModelFamily;
use seedtest_families::{StoredFit, clustering, growth, prophet, survival};
use seedtest_store::Store;
use serde_json::Value;

use crate::clock::Clock;
use crate::error::Error;

/// The fit of a family that a question is about, as it is stored: made by a job or a request, the newest
/// of both that converged where no run is named. Before there is one, a request's fit of too few draws
/// answers, and says so.
///
/// # Errors
/// When the database refuses.
pub async fn stored_fit(
    store: &Store,
    clock: Clock,
    family: &str,
    wanted: &StoredFit,
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
    let of_request = store.kept_model(family, named).await?;
    let usable = [of_job, of_request].into_iter().flatten().filter(|(_, model)| !model.is_null());
    // One that says of itself that it is not reliable stands behind every other.
    let rank = |(at, model): &(_, Value)| (model["reliable"].as_bool() != Some(false), *at);
    Ok(usable.max_by_key(rank).map(|(_, model)| model))
}
