//! From stored rows to the view models of the reports.

mod batch;
mod churn;
mod class;
mod customise;
mod destination;
mod edition;
mod forecast;
mod goal;
mod growth;
mod item_pages;
mod key;
mod kpi_cards;
mod mailing;
mod material;
mod operator;
mod overviews;
mod paper;
mod people;
mod publication;
mod publish;
mod recount;
mod segment;
mod span;
mod student;
mod sums;
mod write;

pub use customise::{CustomiseError, customised, customising_files};
pub use goal::student_goals;
pub use mailing::UNSUBSCRIBE;
pub use paper::Paper;
pub use publish::{PublishRequest, publish_report};
pub use write::{ReportFormat, ReportRequest, ReportSummary, Who, write_reports};

pub(crate) use destination::{DESTINATION, Destination};
pub(crate) use key::directory_of;
pub(crate) use mailing::{Content, Leave, Mailing};
pub(crate) use overviews::Overviews;
pub(crate) use publication::Publication;
pub use publication::lacking;
pub(crate) use span::Span;
