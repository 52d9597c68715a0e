//! Questions about one student, one exam or everybody's week, and their answers: a file for each
//! group of routes.

mod abilities;
mod analytics;
mod exam_analysis;
mod explanation;
mod forecast;
mod kpis;
mod platform;
mod topics;
mod weekly;

pub use abilities::*;
pub use analytics::*;
pub use exam_analysis::*;
pub use explanation::*;
pub use forecast::*;
pub use kpis::*;
pub use platform::*;
pub use topics::*;
pub use weekly::*;
