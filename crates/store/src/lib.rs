//! Schema, migrations and queries on SQLite and PostgreSQL.
//!
//! One [`Store`] stands for either database. Every query is written once, in the SQL both speak;
//! what differs (bulk transfer, locks, JSON operators, how a time is stored) sits behind the small
//! functions of `engine`. Writes happen inside a [`Tx`], which rolls back when it is dropped.
//!
//! A table is declared in one file, with the row it holds and the queries over it: from its columns
//! come the DDL, the insert, the upsert and the list a query selects. A column more is a line in the
//! declaration, in the row, in what is written and in what is read, all in that file.

mod access;
mod alerts;
mod attempts;
mod backup;
mod catalog;
mod corrections;
mod counts;
mod dashboard;
mod drift;
mod engine;
mod error;
mod export;
mod features;
mod forecast;
mod growth;
mod health;
mod irt;
mod ledger;
mod migrate;
mod people;
mod platform;
mod privacy;
mod prune;
mod reports;
mod schema;
mod segments;
mod settings;
mod store;
mod survival;
mod target;
mod weekly;

pub use access::accounts::{Account, Subject};
pub use access::invitations::Invitation;
pub use access::sessions::StoredSession;
pub use access::tokens::StoredToken;
pub use alerts::alert::{Alert, AlertKind};
pub use alerts::delivery::{AlertChannel, AlertDelivery};
pub use attempts::attempt_log::{AttemptKeys, AttemptRow, Written};
pub use attempts::exam_results::{ExamItem, ExamResult, ExamsWritten};
pub use attempts::given::{AnswerColumns, AnswerSample, AnswerSource};
pub use attempts::identity::{item_number, student_id};
pub use attempts::listed::{ListedResult, ResultFilter};
pub use attempts::response_log::{LoadedLog, LogFilter, LogSource, LogSpan, SkippedRows};
pub use attempts::scores::ScoredAnswer;
pub use backup::{BackupReport, restore, take_away};
pub use catalog::{
    ColumnReference, IndexReference, TableReference, ViewReference, table_references,
    view_references,
};
pub use corrections::aliases::StudentIds;
pub use corrections::answers::{AnswerChange, AnswerKey, AnswerTime, StoredAnswer};
pub use corrections::imports::{StoredImport, Undoing};
pub use corrections::merge::Merging;
pub use corrections::papers::Paper;
pub use corrections::stale::StaleDays;
pub use corrections::statements::Statement;
pub use corrections::{Correction, Touched};
pub use dashboard::notes::{NoteKind, StudentNote};
pub use dashboard::overviews::{Overview, OverviewKind, StoredOverview};
pub use dashboard::silent::{ListedSilent, SilentStudent};
pub use dashboard::students::{StudentView, ViewedStudents};
pub use drift::{DriftAlert, DriftWindow, WindowEstimate, WindowItem};
pub use engine::backend::Backend;
pub use engine::driver::DriverError;
pub use engine::lock::JobLock;
pub use engine::tx::Tx;
pub use error::{Error, TransferFault, ValueFault};
pub use export::{ExportColumn, ExportFilter, ExportKind, ExportTable, ExportValue};
pub use features::dated_theta::DatedTheta;
pub use features::topic_daily::{ActivitySums, FeatureFilter, FeaturesWritten, TopicDayFeatures};
pub use forecast::{AnomalyRow, ForecastRow};
pub use growth::bayesian::GrowthFitRow;
pub use growth::mixed::ProgressFitRow;
pub use health::{VERIFICATION_QUERIES, VerificationQuery};
pub use irt::ability::{Ability, AbilityPoint, AbilityUpdate, UserAbility};
pub use irt::bank::BankItemVersion;
pub use irt::calibration::Calibration;
pub use irt::cat_session::CatSession;
pub use irt::fit_meta::FitMeta;
pub use irt::item_params::{ItemParams, ItemParamsRow};
pub use irt::topic_theta::TopicTheta;
pub use ledger::lost::LostRuns;
pub use ledger::outbox::{
    EventCounts, EventFate, EventLease, NewEvent, TakenEvent, Which as WhichEvents,
};
pub use ledger::retention::{Pruned, Retention};
pub use ledger::run::{
    JobCount, JobEnd, JobSuccess, Run, RunEnd, RunFilter, RunKind, RunStart, RunStatus, RunYield,
};
pub use ledger::schedule::{ScheduleState, ScheduleStatus};
pub use ledger::stale::StaleFit;
pub use migrate::{Clash, MigrationReport};
pub use people::names::{ContentKind, ContentName};
pub use people::roster::{
    Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterSchool, RosterStudent,
    RosterWritten,
};
pub use platform::cohort::Cohort;
pub use platform::interest_goal::InterestGoal;
pub use platform::places::StudentPlaces;
pub use platform::question::{QuestionItem, Tagged};
pub use platform::sittings::{Classroom, RowFilter, Sitting};
pub use platform::visits::{StudentGroup, VisitRow};
pub use privacy::{Mention, StudentData, StudentErased, names_student};
pub use prune::Kept;
pub use reports::artifacts::{ReportArtifact, ReportPeriod};
pub use reports::mails::ReportMail;
pub use reports::recipients::{OptedOut, ReportRecipient};
pub use schema::Migration;
pub use segments::{SegmentRunRow, UserSegmentRow};
pub use settings::KpiKeys;
pub use store::Store;
pub use survival::fit::SurvivalFitRow;
pub use survival::risk::SurvivalRiskRow;
pub use target::{SchemaName, Target};
pub use weekly::kpi::{SegmentKpis, WeeklyKpi};
pub use weekly::merge::{KpiMerge, KpiPatch, NewWeeklyKpi};
