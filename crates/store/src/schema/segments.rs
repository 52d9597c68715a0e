//! Behaviour clusters and their labels (schema.md S19).

use super::column::{integer, json, object, stamped, text};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![user_segment(), segment_meta(), segment_label_meta()]
}

fn user_segment() -> Table {
    Table::analytics(
        "user_segment",
        &[
            text("user_id").required(),
            text("segment_label").required(),
            integer("cluster_id"),
            text("run_id"),
            object("features_snapshot"),
            stamped("assigned_at"),
        ],
    )
    .key(&["user_id"])
}

fn segment_meta() -> Table {
    Table::analytics(
        "segment_meta",
        &[
            text("run_id").required(),
            text("method"),
            integer("n_clusters"),
            json("centers"),
            json("metrics"),
            json("labels"),
            stamped("fitted_at"),
        ],
    )
    .key(&["run_id"])
}

fn segment_label_meta() -> Table {
    Table::analytics(
        "segment_label_meta",
        &[text("segment_label").required(), text("segment_description")],
    )
    .key(&["segment_label"])
}
