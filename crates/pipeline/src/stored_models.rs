//! The stored fit that a prediction starts from.

use chrono::{DateTime, Utc};
use seedtest_families::growth::{self, StoredGrowth};
use seedtest_families::survival::{self, SurvivalModel};
use seedtest_store::Store;
use seedtest_wire::{GrowthPredictRequest, SurvivalPredictRequest};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::Clock;
use crate::error::Error;

/// The fit of growth a prediction asks for: that of its `run_id`, made by a job or a request, else
/// the newest.
///
/// # Errors
/// When the database refuses, or what is stored cannot be read.
pub async fn stored_growth(
    store: &Store,
    clock: Clock,
    request: &GrowthPredictRequest,
) -> Result<Option<StoredGrowth>, Error> {
    let named = named(request.run_id.as_deref());
    let of_job = match named {
        Some(run_id) => store.growth_fit(run_id).await?,
        None => store.latest_growth_fit(clock.now()).await?,
    };
    let of_job = of_job.map(|fit| (fit.fitted_at, fit.settings["model"].clone()));
    let of_request = store.kept_model(growth::NAME, named).await?;
    newest([of_job, of_request])
}

/// The survival model a prediction asks for: that of its `run_id`, made by a job or a request, else
/// the newest.
///
/// # Errors
/// When the database refuses, or what is stored cannot be read.
pub async fn stored_survival(
    store: &Store,
    clock: Clock,
    request: &SurvivalPredictRequest,
) -> Result<Option<SurvivalModel>, Error> {
    let named = named(request.run_id.as_deref());
    let of_job = match named {
        Some(run_id) => store.survival_fit(run_id).await?,
        None => store.latest_survival_fit(clock.now()).await?,
    };
    let of_job = of_job.map(|fit| (fit.fitted_at, fit.model["model"].clone()));
    let of_request = store.kept_model(survival::NAME, named).await?;
    newest([of_job, of_request])
}

fn named(run_id: Option<&str>) -> Option<&str> {
    run_id.filter(|id| !id.eq_ignore_ascii_case("latest"))
}

/// The newest of the stored fits that can predict.
fn newest<M: DeserializeOwned>(
    stored: [Option<(DateTime<Utc>, Value)>; 2],
) -> Result<Option<M>, Error> {
    let usable = stored.into_iter().flatten().filter(|(_, model)| !model.is_null());
    let found = usable.max_by_key(|(at, _)| *at);
    Ok(found.map(|(_, model)| serde_json::from_value(model)).transpose()?)
}
