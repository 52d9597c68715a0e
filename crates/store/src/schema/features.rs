//! Daily features of a student in a topic (schema.md S8).

use super::column::{Column, Default, Kind, integer, stamped, text, time};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![features_topic_daily()]
}

fn features_topic_daily() -> Table {
    let count = |name| integer(name).required().default(Default::Literal("0"));
    Table::analytics(
        "features_topic_daily",
        &[
            text("user_id").required(),
            text("topic_id").required(),
            Column::new("date", Kind::Date).required(),
            count("attempts"),
            count("correct"),
            integer("avg_time_ms"),
            count("hints"),
            Column::new("theta_estimate", Kind::Numeric63),
            Column::new("theta_sd", Kind::Numeric63),
            integer("rt_median"),
            Column::new("improvement", Kind::Numeric63),
            time("last_seen_at"),
            stamped("computed_at"),
            Column::new("theta_mean", Kind::Numeric63).alias_of("theta_estimate"),
        ],
    )
    .key(&["user_id", "topic_id", "date"])
    .index("ix_features_topic_daily_topic_date", "topic_id, date")
    .index("ix_features_topic_daily_user_date", "user_id, date")
}
