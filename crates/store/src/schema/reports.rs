//! Published reports (schema.md S20).

use super::column::{Column, Default, Kind, stamped, text};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![report_artifacts()]
}

fn report_artifacts() -> Table {
    Table::analytics(
        "report_artifacts",
        &[
            Column::new("id", Kind::Serial).required(),
            text("user_id").required(),
            Column::new("week_start", Kind::Date).required(),
            text("format")
                .required()
                .default(Default::Literal("'html'"))
                .check("format IN ('html', 'pdf')"),
            text("url").required(),
            stamped("generated_at"),
            text("sha256"),
            Column::new("bytes", Kind::BigInt),
            text("s3_key"),
        ],
    )
    .key(&["id"])
    .unique("uq_report_artifacts_user_week_format", "user_id, week_start, format")
    .index("ix_report_artifacts_user_week", "user_id, week_start")
    .index("ix_report_artifacts_generated_at", "generated_at")
}
