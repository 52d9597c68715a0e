//! Drift of item parameters between windows (docs/contract/schema.md S21).

use crate::schema::{Column, Kind, Table, double, index, integer, json, stamped, text, time};

pub(crate) const DRIFT_WINDOWS: Table = Table::analytics(
    "drift_windows",
    &[
        Column::new("id", Kind::Serial).required(),
        time("start_at").required(),
        time("end_at").required(),
        json("population_tags"),
        stamped("created_at"),
    ],
)
.key(&["id"]);

pub(crate) const ITEM_CALIBRATION: Table = Table::analytics(
    "item_calibration",
    &[
        text("item_id").required(),
        Column::new("window_id", Kind::BigInt).required(),
        double("a_hat"),
        double("b_hat"),
        double("c_hat"),
        double("a_l95"),
        double("a_u95"),
        double("b_l95"),
        double("b_u95"),
        double("c_l95"),
        double("c_u95"),
        integer("n"),
        json("dif"),
        json("info"),
        text("run_id"),
    ],
)
.key(&["item_id", "window_id"]);

pub(crate) const DRIFT_ALERTS: Table = Table::analytics(
    "drift_alerts",
    &[
        Column::new("id", Kind::Serial).required(),
        text("item_id").required(),
        Column::new("window_id", Kind::BigInt),
        text("metric").required(),
        double("value"),
        double("threshold"),
        text("severity"),
        text("run_id"),
        time("resolved_at"),
        stamped("created_at"),
    ],
)
.key(&["id"])
.indexes(&[index("ix_drift_alerts_item", "item_id, window_id")]);
