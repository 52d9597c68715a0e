//! The row per student and week that everything reads (schema.md S12).

use super::column::{Column, Kind, object, stamped, text};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![weekly_kpi()]
}

fn weekly_kpi() -> Table {
    Table::analytics(
        "weekly_kpi",
        &[
            text("user_id").required(),
            Column::new("week_start", Kind::Date).required().check_each(
                "EXTRACT(ISODOW FROM week_start) = 1",
                "strftime('%w', week_start) = '1'",
            ),
            object("kpis"),
            stamped("created_at"),
            stamped("updated_at"),
        ],
    )
    .key(&["user_id", "week_start"])
    .index("ix_weekly_kpi_week_start", "week_start")
    // Keys and values are always looked for together (`@>`), and this class indexes a row for half the
    // work of the default one.
    .gin("ix_weekly_kpi_kpis", "kpis jsonb_path_ops")
}
