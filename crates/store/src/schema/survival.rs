//! Runs and risks of the survival model (schema.md S17, S18).

use super::column::{double, integer, json, stamped, text, time};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![survival_fit_meta(), survival_risk(), survival_risk_history()]
}

fn survival_fit_meta() -> Table {
    Table::analytics(
        "survival_fit_meta",
        &[
            text("run_id").required(),
            text("formula"),
            text("family"),
            integer("event_threshold_days"),
            json("coefficients"),
            json("hazard_ratios"),
            double("concordance"),
            integer("n"),
            integer("n_events"),
            json("survival_curve"),
            json("model"),
            stamped("fitted_at"),
            time("run_at").alias_of("fitted_at"),
        ],
    )
    .key(&["run_id"])
    .index("ix_survival_fit_meta_fitted_at", "fitted_at DESC")
}

fn survival_risk() -> Table {
    Table::analytics(
        "survival_risk",
        &[
            text("user_id").required(),
            text("run_id"),
            double("risk_score").required().check("risk_score BETWEEN 0 AND 1"),
            double("hazard_ratio").check("hazard_ratio > 0"),
            double("rank_percentile").check("rank_percentile BETWEEN 0 AND 1"),
            json("survival"),
            stamped("updated_at"),
        ],
    )
    .key(&["user_id"])
    .index("ix_survival_risk_updated_at", "updated_at DESC")
    .index("ix_survival_risk_risk_score", "risk_score DESC")
}

fn survival_risk_history() -> Table {
    Table::analytics(
        "survival_risk_history",
        &[
            text("run_id").required(),
            text("user_id").required(),
            double("risk_score").required().check("risk_score BETWEEN 0 AND 1"),
            double("hazard_ratio").check("hazard_ratio > 0"),
            double("rank_percentile").check("rank_percentile BETWEEN 0 AND 1"),
            stamped("updated_at"),
        ],
    )
    .key(&["run_id", "user_id"])
}
