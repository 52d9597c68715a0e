//! What this engine did and still has to do: its runs, and the events that wait for it. None of
//! the tables belongs to the contract, hence the prefix.

use super::column::{Column, Default, Kind, double, integer, json, object, stamped, text, time};
use super::table::Table;

pub(super) fn tables() -> Vec<Table> {
    vec![runs(), requests(), models(), outbox()]
}

/// What was asked for. Apart from the runs, whose rows change when they end: a request may be large.
fn requests() -> Table {
    let columns = &[text("run_id").required(), text("request").required()];
    Table::analytics("seedtest_run_requests", columns).key(&["run_id"])
}

/// What fits of requests predict from.
fn models() -> Table {
    Table::analytics(
        "seedtest_run_models",
        &[
            text("run_id").required(),
            text("name").required(),
            time("started_at").required(),
            json("model").required(),
        ],
    )
    .key(&["run_id"])
    .index("ix_seedtest_run_models_newest", "name, started_at DESC")
}

fn runs() -> Table {
    Table::analytics(
        "seedtest_runs",
        &[
            text("run_id").required(),
            text("kind").required().check("kind IN ('job', 'fit')"),
            text("name").required(),
            text("actor").required(),
            text("status")
                .required()
                .check("status IN ('running', 'written', 'done', 'noop', 'failed', 'cancelled')"),
            text("program_version").required(),
            object("spec"),
            Column::new("seed", Kind::BigInt),
            text("input_digest"),
            text("result_digest"),
            json("verdict"),
            Column::new("rows_written", Kind::BigInt),
            double("seconds"),
            text("error"),
            time("started_at").required(),
            time("finished_at"),
        ],
    )
    .key(&["run_id"])
    .index("ix_seedtest_runs_started", "started_at DESC")
}

fn outbox() -> Table {
    Table::analytics(
        "seedtest_outbox",
        &[
            text("event_id").required(),
            text("kind").required(),
            object("payload"),
            text("status")
                .required()
                .default(Default::Literal("'waiting'"))
                .check("status IN ('waiting', 'done', 'dead')"),
            integer("attempts").required().default(Default::Literal("0")),
            time("due_at").required(),
            time("leased_until"),
            text("leased_by"),
            text("last_error"),
            stamped("created_at"),
            time("finished_at"),
        ],
    )
    .key(&["event_id"])
    .index("ix_seedtest_outbox_due", "status, due_at")
}
