//! Every metric of `/metrics`, with what it says.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a metric does.
#[derive(Debug, Clone, Copy)]
enum Does {
    /// Only grows.
    Count,
    /// Goes up and down.
    Gauge,
    /// Counts values by size, s.
    Seconds,
}

/// Name, behaviour, meaning.
const METRICS: [(&str, Does, &str); 23] = [
    ("http_requests_total", Does::Count, "Requests by method, route and status."),
    ("http_request_duration_seconds", Does::Seconds, "Time to answer by route."),
    ("http_requests_in_progress", Does::Gauge, "Requests not answered yet."),
    ("db_errors_total", Does::Count, "Requests and scrapes that the database refused."),
    ("seedtest_queue_waiting", Does::Gauge, "Requests that wait for a worker."),
    ("seedtest_panics_total", Does::Count, "Panics that became an internal error."),
    ("seedtest_fits_total", Does::Count, "Fits of requests by model and verdict."),
    ("seedtest_fit_seconds", Does::Seconds, "Time of a fit of a request by model."),
    ("seedtest_job_runs_total", Does::Count, "Jobs this process ran, by job and how they ended."),
    (
        "seedtest_ledger_job_runs",
        Does::Gauge,
        "Job runs in the ledger in the last 40 days, by job and status.",
    ),
    (
        "seedtest_job_last_success_timestamp_seconds",
        Does::Gauge,
        "When a job last ended well, wherever it ran; jobs without a success in 40 days are absent.",
    ),
    (
        "seedtest_job_last_duration_seconds",
        Does::Gauge,
        "Time of the last run of a job that ended well.",
    ),
    ("seedtest_events_total", Does::Count, "Events this process dealt with, by their fate."),
    ("seedtest_outbox_events", Does::Gauge, "Events in the outbox by state."),
    (
        "seedtest_outbox_oldest_seconds",
        Does::Gauge,
        "Age of the oldest event that waits; 0 = none.",
    ),
    ("seedtest_mcmc_rhat_max", Does::Gauge, "Largest R-hat of the newest growth fit, by source."),
    ("seedtest_mcmc_ess_bulk_min", Does::Gauge, "Smallest bulk effective sample size of that fit."),
    ("seedtest_mcmc_ess_tail_min", Does::Gauge, "Smallest tail effective sample size of that fit."),
    ("seedtest_mcmc_divergences", Does::Gauge, "Divergent transitions of that fit."),
    ("seedtest_mcmc_fitted_timestamp_seconds", Does::Gauge, "When that fit was made."),
    (
        "irt_drift_items",
        Does::Gauge,
        "Items that moved between the two newest calibrations, by severity.",
    ),
    ("irt_drift_common_items", Does::Gauge, "Items that are in both."),
    ("irt_drift_fitted_timestamp_seconds", Does::Gauge, "When the newer one was made."),
];

/// Tells the recorder what the metrics mean.
pub(crate) fn describe() {
    for (name, does, meaning) in METRICS {
        match does {
            Does::Count => describe_counter!(name, meaning),
            Does::Gauge => describe_gauge!(name, meaning),
            Does::Seconds => describe_histogram!(name, Unit::Seconds, meaning),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> bool {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        METRICS.iter().any(|(known, does, _)| {
            *known == name || (matches!(does, Does::Seconds) && base == Some(*known))
        })
    }

    /// Words of a dashboard's expressions that look like names of metrics.
    fn names(expression: &str) -> Vec<&str> {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let prefixes = ["http_", "db_", "irt_", "seedtest_"];
        words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))).collect()
    }

    #[test]
    fn the_dashboard_shows_metrics_that_exist_and_all_of_them() {
        let text = include_str!("../../../deploy/grafana/seedtest.json");
        let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut shown = Vec::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                shown.extend(names(target["expr"].as_str().unwrap()));
            }
        }
        assert!(!shown.is_empty());
        for name in &shown {
            assert!(known(name), "the dashboard asks for {name}");
        }
        for (name, _, _) in METRICS {
            assert!(shown.iter().any(|shown| shown.starts_with(name)), "{name} is not shown");
        }
    }
}
