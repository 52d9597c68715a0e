//! Schema, migrations and queries on SQLite and PostgreSQL.
//!
//! One [`Store`] stands for either database. Every query is written once, in the SQL both speak;
//! what differs (bulk transfer, locks, JSON operators, how a time is stored) sits behind the small
//! functions of `session`, `bulk`, `copy` and `lock`. Writes happen inside a [`Tx`], which rolls
//! back when it is dropped.

mod ability;
mod ability_as_of;
mod ability_update;
mod attempts;
mod backend;
mod bulk;
mod calibration;
mod copy;
mod counts;
mod driver;
mod error;
mod exam_answers;
mod exam_results;
mod feature_theta;
mod features;
mod fit_meta;
mod fitted_kpi;
mod growth;
mod identity;
mod item_params;
mod item_params_history;
mod lock;
mod migrate;
mod newest_week;
mod outbox;
mod postgres;
mod question;
mod response_log;
mod row;
mod runs;
mod schema;
mod session;
mod sqlite;
mod store;
mod student;
mod survival;
mod table_count;
mod target;
mod timestamp;
mod topic_theta;
mod tx;
mod value;
mod visits;
mod weekly_kpi;

pub use ability::{Ability, AbilityPoint};
pub use ability_update::AbilityUpdate;
pub use attempts::{AttemptRow, Written};
pub use backend::Backend;
pub use calibration::{Calibration, ItemParams, UserAbility};
pub use driver::DriverError;
pub use error::Error;
pub use exam_results::{ExamResult, ExamsWritten};
pub use feature_theta::DatedTheta;
pub use features::{FeaturesWritten, TopicDayFeatures};
pub use fit_meta::FitMeta;
pub use growth::GrowthFitRow;
pub use identity::{item_number, student_id};
pub use item_params::ItemParamsRow;
pub use lock::JobLock;
pub use migrate::{Clash, Migration, MigrationReport};
pub use outbox::{EventCounts, EventFate, EventLease, NewEvent, TakenEvent};
pub use question::{QuestionItem, Tagged};
pub use response_log::{LoadedLog, LogFilter, LogSource, LogSpan, SkippedRows};
pub use runs::{Run, RunEnd, RunFilter, RunKind, RunStart, RunStatus};
pub use store::Store;
pub use survival::{SurvivalFitRow, SurvivalRiskRow};
pub use target::Target;
pub use topic_theta::TopicTheta;
pub use tx::Tx;
pub use visits::VisitRow;
pub use weekly_kpi::{KpiMerge, KpiPatch, NewWeeklyKpi, WeeklyKpi};
