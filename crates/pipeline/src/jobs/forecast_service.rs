//! Settings of the service that risks and forecasts are asked of where they are not computed in this process.

use crate::registry::{Kind, Preset, Setting};

pub(super) const TIMEOUT: Setting =
    Setting::new("timeout-secs", Kind::Count, "Seconds to wait for that service")
        .env(&["R_FORECAST_TIMEOUT_SECS"])
        .only_env()
        .or(Preset::Count(300));

pub(super) const TOKEN: Setting = Setting::new("token", Kind::Secret, "Token for that service")
    .env(&["R_FORECAST_INTERNAL_TOKEN"])
    .only_env();
