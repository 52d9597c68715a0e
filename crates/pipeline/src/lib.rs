//! Job registry, jobs, import, simulation and reports: what connects the models to the store.
//!
//! Nothing is computed or formatted here that belongs to a model or to the report; jobs load,
//! call, and write in one transaction. Time enters through [`Clock`].

mod alerts;
mod calendar;
mod churn;
mod clock;
mod corrections;
mod error;
mod evidence;
mod exams;
mod export;
mod forecasts;
mod go;
mod health;
mod import;
mod items;
mod jobs;
mod kpis;
mod lake;
mod models;
mod outbox;
mod privacy;
mod pseudonyms;
mod questions;
mod received;
mod registry;
mod remote;
mod reports;
mod rights;
mod runs;
mod schedule;
mod school;
mod scores;
mod segments;
mod smtp;
mod stored_models;
mod threads;
mod time_zones;

pub use alerts::NOTE_DAYS;
pub use calendar::clock_time;
pub use churn::{ChurnData, ChurnSpec, churn_data, covariate_names, write_churn_csv};
pub use clock::Clock;
pub use corrections::{
    Corrected, CorrectionContext, CorrectionError, ImportLine, Recomputed, Rekey, RemovedReports,
    Rescored, change_answer, key_fault, list_imports, merge_students, rekey_item, remove_reports,
    told_of_merge, undo_import,
};
pub use error::Error;
pub use exams::{ExamAnswers, ExamFault, answer_exam, finish_exam};
pub use export::{Export, given_columns};
pub use go::{StepEnd, TERM_STEPS, Term, TermGoal, TermStep};
pub use health::{Check, Standing, examine};
pub use import::{
    ImportContext, ImportOptions, ImportProgress, ImportSummary, ImportWatcher, Leaver,
    NamesSummary, RecipientsSummary, RosterSummary, Since, import_class_list, import_files,
    import_names, import_recipients, import_roster, open_answers, opt_out,
};
pub use jobs::{JOBS, find as find_job};
pub use lake::{LakeSummary, load_lake};
pub use outbox::{Drained, Outbox};
pub use privacy::{StudentFilePlaces, erase_student, export_student, reports_publisher};
pub use pseudonyms::{PSEUDONYM_KEY, Pseudonyms};
pub use questions::{
    ChurnRisk, ChurnStanding, Configuration, ExamQuestion, Gap, GoalAttainment, GoalPosterior,
    GoalQuestion, GoalScope, NextTopic, NextTopics, StudentGoal, WeakTopic, WindowKpis, Windowing,
    churn_standing, exam_analysis, explain_scores, goal_attainment, is_copied, newest_topic_thetas,
    next_topics, risk_level, student_goal, weak_topics,
};
pub use received::{Received, ReceivedStatement, Refused, receive_statements};
pub use registry::{
    Accepts, JobEntry, JobLog, Kind, LogFormat, Origin, Outcome, Place, Preset, Round, Setting,
    Settings, Watch, file_addresses,
};
pub use reports::{
    CustomiseError, Paper, PublishRequest, ReportFormat, ReportRequest, ReportSummary, UNSUBSCRIBE,
    Who, customised, customising_files, lacking, publish_report, student_goals, write_reports,
};
pub use rights::{NotTheirs, Organisation, Person, RiskReaders, Role, UnknownRole};
pub use runs::{
    AcceptedJob, Context as JobContext, Environment, Event, EventKind, FitEnd, FitRun, NewFit,
    NewJob, RoundRequest, RoundSummary, StudentRun, ThetaUpdate, Verification, WeekRecomputed,
    WeekRun, accept_fit, accept_job, check_job, drain_events, fit_run_id, given_settings,
    put_event, run_job, run_round, verify_run,
};
pub use schedule::{
    Ended as ScheduleEnded, Plan, PlanError, Retries, RoundTimes, Upcoming, read_cron, run_schedule,
};
pub use school::{
    DEMO_STEPS, DemoGrowth, DemoProgress, DemoReport, DemoSpec, ExamSitting, PracticeAnswer,
    Recovery, School, SchoolSpec, TrueItem, TrueStudent, run_demo, simulate, write_exams,
    write_responses,
};
pub use scores::{ScoreScale, Targets};
pub use seedtest_kpi::SESSION_GAP_MINUTES;
pub use seedtest_report::{Custom, Lang};
pub use seedtest_store::ReportPeriod;
pub use stored_models::{FoundFit, stored_fit};
pub use threads::Cancel;
pub use time_zones::{Recount, change_time_zone, in_its_time_zone};
