//! Job registry, jobs, import, simulation and reports: what connects the models to the store.
//!
//! Nothing is computed or formatted here that belongs to a model or to the report; jobs load,
//! call, and write in one transaction. Time enters through [`Clock`].

mod ahead;
mod analytics;
mod calendar;
mod cancel;
mod churn;
mod clock;
mod demo;
mod error;
mod events;
mod evidence;
mod fitted_kpis;
mod goal_model;
mod goal_rows;
mod import;
mod indices;
mod item_bank;
mod item_drift;
mod joblog;
mod jobs;
mod kpi_record;
mod ledger;
mod models;
mod nightly;
mod registry;
mod remote;
mod school;
mod settings;
mod side_by_side;
mod stored_models;
mod student_goal;
mod student_runs;
mod theta_history;
mod topic_features;
mod visits;
mod weekly_report;
mod weekly_rows;
mod weekly_scores;

pub use analytics::{
    ChurnStanding, ExamQuestion, GoalAttainment, GoalPosterior, GoalQuestion, GoalScope, NextTopic,
    PublishRequest, churn_standing, exam_analysis, goal_attainment, next_topics, publish_report,
};
pub use cancel::Cancel;
pub use churn::{ChurnData, ChurnSpec, churn_data, covariate_names, write_churn_csv};
pub use clock::Clock;
pub use demo::{DemoGrowth, DemoReport, DemoSpec, Recovery, run_demo};
pub use error::Error;
pub use events::{Drained, Event, EventKind, drain_events, put_event};
pub use import::{ImportOptions, ImportProgress, ImportSummary, ImportWatcher, import_files};
pub use indices::{
    ChurnRisk, StudentIndices, WeakTopic, is_copied, newest_topic_thetas, risk_level, weak_topics,
};
pub use joblog::{JobLog, LogFormat};
pub use jobs::{Context as JobContext, Job, Outcome, run as run_job};
pub use ledger::{FitEnd, FitRun, NewFit, Verification, fit_run_id, verify_run};
pub use nightly::{Round, RoundRequest, RoundSummary, run_round};
pub use registry::{JOBS, JobEntry, Kind, Setting, find as find_job};
pub use school::{
    ExamSitting, PracticeAnswer, School, SchoolSpec, TrueItem, TrueStudent, simulate, write_exams,
    write_responses,
};
pub use seedtest_report::Lang;
pub use settings::{Origin, Settings};
pub use stored_models::stored_fit;
pub use student_goal::{ScoreScale, StudentGoal, student_goal};
pub use student_runs::{Environment, StudentRun, ThetaUpdate, WeekRecomputed, WeekRun};
pub use weekly_report::{ReportRequest, ReportSummary, Who, write_reports};
