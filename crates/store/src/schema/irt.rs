//! Item parameters, abilities and the runs that produced them (schema.md S9, S10). Every fit adds
//! rows; the views `*_latest` show the newest ones.

use super::column::{Default, double, object, stamped, text, time};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![mirt_ability(), mirt_item_params(), mirt_fit_meta(), student_topic_theta()]
}

fn mirt_ability() -> Table {
    Table::analytics(
        "mirt_ability",
        &[
            text("user_id").required(),
            double("theta").required(),
            double("se"),
            text("model"),
            text("version").required().default(Default::Literal("'v1'")),
            text("run_id"),
            stamped("fitted_at"),
        ],
    )
    .key(&["user_id", "version", "fitted_at"])
    .index("ix_mirt_ability_user_fitted", "user_id, fitted_at DESC")
}

fn mirt_item_params() -> Table {
    Table::analytics(
        "mirt_item_params",
        &[
            text("item_id").required(),
            text("model"),
            object("params"),
            text("version").required().default(Default::Literal("'v1'")),
            text("run_id"),
            stamped("fitted_at"),
        ],
    )
    .key(&["item_id", "version", "fitted_at"])
}

fn mirt_fit_meta() -> Table {
    Table::analytics(
        "mirt_fit_meta",
        &[text("run_id").required(), object("model_spec"), object("metrics"), stamped("fitted_at")],
    )
    .key(&["run_id"])
}

fn student_topic_theta() -> Table {
    Table::analytics(
        "student_topic_theta",
        &[
            text("user_id").required(),
            text("topic_id").required(),
            double("theta").required(),
            double("se"),
            text("model").required().default(Default::Literal("'irt'")),
            text("version"),
            stamped("fitted_at"),
            text("run_id"),
            double("standard_error").alias_of("se"),
            time("updated_at").alias_of("fitted_at"),
        ],
    )
    .key(&["user_id", "topic_id", "fitted_at"])
}
