//! From stored rows to the view models of the reports.

mod churn;
mod class;
mod forecast;
mod goal;
mod growth;
mod kpi_cards;
mod material;
mod operator;
mod people;
mod publish;
mod segment;
mod student;
mod sums;
mod write;

pub use publish::{PublishRequest, publish_report};
pub use write::{ReportRequest, ReportSummary, Who, write_reports};
