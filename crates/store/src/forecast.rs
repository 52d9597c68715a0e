//! Runs and anomalies of the time-series model (docs/contract/schema.md S15, S16).

use crate::schema::{
    Column, Default, Kind, Table, View, array, double, index, integer, object, ours, stamped, text,
};

pub(crate) const PROPHET_FIT_META: Table = Table::analytics(
    "prophet_fit_meta",
    &[
        text("run_id").required(),
        text("metric").required(),
        array("changepoints"),
        array("forecast"),
        object("fit_meta"),
        text("user_id"),
        integer("lookback_weeks"),
        integer("horizon_weeks"),
        double("anomaly_threshold"),
        stamped("fitted_at"),
    ],
)
.key(&["run_id"])
.indexes(&[
    index("ix_prophet_fit_meta_fitted_at", "fitted_at DESC"),
    index("ix_prophet_fit_meta_user_fitted", "user_id, fitted_at"),
]);

pub(crate) const PROPHET_ANOMALIES: Table = Table::analytics(
    "prophet_anomalies",
    &[
        text("run_id").required(),
        Column::new("week_start", Kind::Date).required(),
        text("metric").required(),
        double("value"),
        double("expected"),
        double("anomaly_score"),
        Column::new("flag", Kind::Bool).required().default(Default::Literal("true")),
        stamped("detected_at"),
    ],
)
.key(&["run_id", "week_start", "metric"])
.indexes(&[
    index("ix_prophet_anomalies_detected_at", "detected_at DESC"),
    index("ix_prophet_anomalies_week_metric", "week_start DESC, metric"),
]);

/// The anomalies under the names of the contract.
pub(crate) fn view() -> View {
    let columns = &[
        "run_id",
        "week",
        "week_start",
        "score",
        "flag",
        "metric",
        "value",
        "expected",
        "detected_at",
    ];
    ours("anomalies", columns, include_str!("../sql/both/anomalies.sql"))
}
