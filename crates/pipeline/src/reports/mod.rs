//! From stored rows to the view models of the report.

mod churn;
mod class;
mod forecast;
mod kpi_cards;
mod material;
mod publish;
mod segment;
mod student;
mod write;

pub use publish::{PublishRequest, publish_report};
pub use write::{ReportRequest, ReportSummary, Who, write_reports};
