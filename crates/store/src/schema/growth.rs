//! Runs of the growth models (schema.md S13, S14).

use super::column::{json, object, stamped, text};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![growth_glmm_meta(), growth_brms_meta()]
}

fn growth_glmm_meta() -> Table {
    Table::analytics(
        "growth_glmm_meta",
        &[
            text("run_id").required(),
            object("model_spec"),
            object("metrics"),
            text("formula"),
            json("fixed_effects"),
            json("random_effects_summary"),
            json("fit_metrics"),
            stamped("fitted_at"),
        ],
    )
    .key(&["run_id"])
    .index("ix_growth_glmm_meta_fitted_at", "fitted_at DESC")
}

fn growth_brms_meta() -> Table {
    Table::analytics(
        "growth_brms_meta",
        &[
            text("run_id").required(),
            text("formula").required(),
            object("priors"),
            object("posterior_summary"),
            object("diagnostics"),
            object("settings"),
            json("predictions"),
            stamped("fitted_at"),
        ],
    )
    .key(&["run_id"])
    .index("ix_growth_brms_meta_fitted_at", "fitted_at DESC")
}
