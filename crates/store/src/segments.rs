//! Behaviour clusters and their labels (docs/contract/schema.md S19).

use crate::schema::{Table, integer, json, object, stamped, text};

pub(crate) const USER_SEGMENT: Table = Table::analytics(
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
.key(&["user_id"]);

pub(crate) const SEGMENT_META: Table = Table::analytics(
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
.key(&["run_id"]);

pub(crate) const SEGMENT_LABEL_META: Table = Table::analytics(
    "segment_label_meta",
    &[text("segment_label").required(), text("segment_description")],
)
.key(&["segment_label"]);
