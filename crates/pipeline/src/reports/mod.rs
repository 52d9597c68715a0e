//! From stored rows to the view models of the report.

mod churn;
mod class;
mod kpi_cards;
mod material;
mod publish;
mod student;
mod write;

pub use publish::{PublishRequest, publish_report};
pub use write::{ReportRequest, ReportSummary, Who, write_reports};
