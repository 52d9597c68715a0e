//! The whole target schema: one list of tables from which both engines' DDL is made and against which
//! an existing database is compared. A table itself is declared in the file that reads and writes it.

mod reference;

pub use reference::{
    ColumnReference, IndexReference, TableReference, ViewReference, table_references,
    view_references,
};

use crate::engine::backend::Backend;
use crate::platform::interest_goal;
use crate::schema::{Column, Kind, Migration, Table, View, stamped, text};
use crate::{
    access, alerts, attempts, corrections, dashboard, drift, features, forecast, growth, irt,
    ledger, people,
};
use crate::{platform, reports};
use crate::{segments, settings, survival, weekly};

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

/// The step that brings every table and column that names no later one with `since`. A change of the
/// schema is a new [`Migration`] beside the table it belongs to; migrations are never changed.
const FIRST: Migration = Migration { version: 1, name: "target schema S1 to S21" };

/// The step that lets the tables live beside others: views of a platform are left alone, and nulls pass every
/// condition of SQLite.
pub(crate) const BESIDE_OTHERS: Migration =
    Migration { version: 12, name: "beside tables and views of others; nulls pass conditions" };

/// The step that renews the views of answers of earlier releases, under names that are not ours alone: they knew
/// no voided answers.
const VIEWS_WITHOUT_VOIDED: Migration = Migration {
    version: 16,
    name: "views of answers of earlier releases leave out voided answers",
};

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
    irt::anchor::MIRT_ANCHOR,
    irt::bank::BANK_ITEM,
    irt::cat_session::CAT_BANK,
    irt::cat_session::CAT_SESSION,
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
    reports::artifacts::REPORT_ARTIFACTS,
    drift::DRIFT_WINDOWS,
    drift::ITEM_CALIBRATION,
    drift::DRIFT_ALERTS,
    ledger::runs::SEEDTEST_RUNS,
    ledger::runs::SEEDTEST_RUN_REQUESTS,
    ledger::results::SEEDTEST_RUN_RESULTS,
    ledger::kept_models::SEEDTEST_RUN_MODELS,
    ledger::outbox::SEEDTEST_OUTBOX,
    settings::SEEDTEST_SETTINGS,
    ledger::schedule::SEEDTEST_SCHEDULE,
    access::tokens::SEEDTEST_TOKENS,
    people::roster::ROSTER_SCHOOL,
    people::roster::ROSTER_CLASS,
    people::roster::ROSTER_STUDENT,
    people::roster::ROSTER_ENROLMENT,
    people::names::CONTENT_NAME,
    reports::artifacts::MONTHLY_REPORT_ARTIFACTS,
    reports::recipients::REPORT_RECIPIENTS,
    reports::mails::REPORT_MAILS,
    corrections::imports::SEEDTEST_IMPORTS,
    corrections::documents::SEEDTEST_IMPORT_DOCUMENTS,
    corrections::SEEDTEST_CORRECTIONS,
    corrections::aliases::SEEDTEST_STUDENT_ALIASES,
    corrections::statements::SEEDTEST_STATEMENTS,
    dashboard::students::DASHBOARD_STUDENT,
    dashboard::silent::DASHBOARD_SILENT,
    dashboard::overviews::DASHBOARD_OVERVIEW,
    dashboard::notes::DASHBOARD_NOTE,
    access::accounts::SEEDTEST_ACCOUNTS,
    access::accounts::SEEDTEST_ACCOUNT_CLASSES,
    access::accounts::SEEDTEST_ACCOUNT_STUDENTS,
    access::sessions::SEEDTEST_SESSIONS,
    access::invitations::SEEDTEST_INVITATIONS,
    alerts::alert::SEEDTEST_ALERTS,
    alerts::delivery::SEEDTEST_ALERT_DELIVERIES,
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
        reports::artifacts::view(),
    ]);
    all
}

/// Every migration of this binary, oldest first.
pub(crate) fn migrations() -> Vec<Migration> {
    let declared = TABLES.iter().flat_map(|table| {
        let columns = table.columns.iter().filter_map(|column| column.since);
        table.since.into_iter().chain(table.rechecked).chain(columns)
    });
    let mut all: Vec<Migration> =
        [FIRST, BESIDE_OTHERS, VIEWS_WITHOUT_VOIDED].into_iter().chain(declared).collect();
    all.sort_by_key(|migration| migration.version);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_pass_every_condition_of_sqlite() {
        let mut met = 0;
        for table in tables(Backend::Sqlite) {
            for column in table.columns.iter().filter(|column| !column.required) {
                let Some(condition) = crate::schema::condition(column, Backend::Sqlite) else {
                    continue;
                };
                let passes = format!("{} IS NULL OR ", column.name);
                assert!(condition.starts_with(&passes), "{}.{}", table.name, column.name);
                met += 1;
            }
        }
        assert!(met > 20, "{met}");
    }

    #[test]
    fn every_step_has_a_number_of_its_own() {
        let versions: Vec<i64> = migrations().iter().map(|migration| migration.version).collect();
        let consecutive: Vec<i64> = (1..=versions.len() as i64).collect();
        assert_eq!(versions, consecutive, "two changes took the same number, or one was left out");
    }
}
