//! The whole target schema as data: one list of tables from which both engines' DDL is made and
//! against which an existing database is compared. A table itself is declared in the file that reads
//! and writes it.

mod column;
mod ddl;
mod migration;
mod reference;
mod table;
mod view;

pub(crate) use column::{
    Column, Default, Kind, array, double, integer, json, object, stamped, text, time,
};
pub(crate) use ddl::{add_column, create_index, create_table};
pub use migration::Migration;
pub(crate) use migration::migrations;
pub use reference::{
    ColumnReference, IndexReference, TableReference, ViewReference, table_references,
    view_references,
};
pub(crate) use table::{Owner, Table, gin, index, unique};
pub(crate) use view::{View, newest_by, ours};

use crate::engine::backend::Backend;
use crate::platform::interest_goal;
use crate::{attempts, drift, features, forecast, growth, irt, ledger, platform, reports};
use crate::{segments, survival, weekly};

/// The record of applied migrations.
pub(crate) const SEEDTEST_MIGRATIONS: Table = Table::analytics(
    "seedtest_migrations",
    &[
        Column::new("version", Kind::BigInt).required(),
        text("name").required(),
        stamped("applied_at"),
    ],
)
.key(&["version"]);

/// Every table of the schema, in the order of the specification.
const TABLES: &[Table] = &[
    platform::question::QUESTION,
    attempts::exam_results::EXAM_RESULTS,
    platform::visits::SESSION,
    platform::visits::CLASSROOM,
    platform::interest_goal::INTEREST_GOAL,
    attempts::attempt_log::ATTEMPT_LOG,
    attempts::exam_answers::EXAM_ANSWER,
    attempts::identity::STUDENT_IDENTITY,
    attempts::identity::ITEM_IDENTITY,
    features::topic_daily::FEATURES_TOPIC_DAILY,
    irt::ability::MIRT_ABILITY,
    irt::item_params::MIRT_ITEM_PARAMS,
    irt::fit_meta::MIRT_FIT_META,
    irt::topic_theta::STUDENT_TOPIC_THETA,
    weekly::kpi::WEEKLY_KPI,
    growth::mixed::GROWTH_GLMM_META,
    growth::bayesian::GROWTH_BRMS_META,
    forecast::PROPHET_FIT_META,
    forecast::PROPHET_ANOMALIES,
    survival::fit::SURVIVAL_FIT_META,
    survival::risk::SURVIVAL_RISK,
    survival::risk::SURVIVAL_RISK_HISTORY,
    segments::USER_SEGMENT,
    segments::SEGMENT_META,
    segments::SEGMENT_LABEL_META,
    reports::REPORT_ARTIFACTS,
    drift::DRIFT_WINDOWS,
    drift::ITEM_CALIBRATION,
    drift::DRIFT_ALERTS,
    ledger::runs::SEEDTEST_RUNS,
    ledger::runs::SEEDTEST_RUN_REQUESTS,
    ledger::kept_models::SEEDTEST_RUN_MODELS,
    ledger::outbox::SEEDTEST_OUTBOX,
];

/// The tables of this engine.
pub(crate) fn tables(backend: Backend) -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(move |table| table.only.is_none_or(|only| only == backend))
}

/// Functions the views call; SQLite needs none.
pub(crate) fn functions(backend: Backend) -> Option<&'static str> {
    match backend {
        Backend::Postgres => Some(include_str!("../../sql/postgres/functions.sql")),
        Backend::Sqlite => None,
    }
}

/// Every view, in the order in which they can be created. `goal_columns` are the columns table
/// `interest_goal` has: an older platform lacks some.
pub(crate) fn views(backend: Backend, goal_columns: &[String]) -> Vec<View> {
    let mut all = Vec::from(attempts::views::views(backend));
    let [abilities, estimates] = irt::ability::views();
    all.extend([
        interest_goal::view(goal_columns),
        abilities,
        irt::item_params::view(),
        irt::topic_theta::view(),
        estimates,
        forecast::view(),
        reports::view(),
    ]);
    all
}
