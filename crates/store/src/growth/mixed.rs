//! Table `growth_glmm_meta`: fits of generalised linear mixed models.

use crate::schema::{Table, index, json, object, stamped, text};

pub(crate) const GROWTH_GLMM_META: Table = Table::analytics(
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
.indexes(&[index("ix_growth_glmm_meta_fitted_at", "fitted_at DESC")]);
