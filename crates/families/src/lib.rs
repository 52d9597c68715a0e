//! Model families: from a request to a fit, its response, what is stored of it, and predictions.
//!
//! One folder a family, and one line of [`FAMILIES`]. The words are the same in each:
//!
//! ```text
//! Request ──► Spec, Data ──► fit ──► Fitted ──► Response
//!                             │         └─────► Stored ──► predict
//!                             └──► TooLittle
//! ```
//!
//! The command line, the jobs and the service call the same functions; they differ in where the data
//! come from and where the results go. Nothing here reads a file, a database or a clock.

pub mod churn;
pub mod clustering;
mod cost;
mod digest;
mod error;
mod family;
pub mod glmm;
pub mod growth;
pub mod irt;
mod lack;
pub mod lmm;
pub mod mixed;
mod predictors;
pub mod prophet;
mod record;
mod rows;
pub mod survival;
mod table;
#[cfg(test)]
mod toy_family_tests;
mod two_threads;

pub use digest::result_digest;
pub use error::{Error, UNREADABLE};
pub use family::{Answer, Common, ModelFamily, Outcome, Summary, answer, record};
pub use lack::{Lack, Obstacle};
pub use record::FitRecord;
pub use rows::objects;
pub use table::{
    FamilyEntry, FitRequest, Question, QuestionRoute, Route, SchemaOf, Shapes, StoredFit,
};
pub use two_threads::on_two_threads;

/// Every family. One that is not here does not exist for anybody: routes and their description, runs,
/// repetitions and fuzzing come from this table.
pub static FAMILIES: [FamilyEntry; 7] = [
    irt::ENTRY,
    growth::ENTRY,
    survival::ENTRY,
    lmm::ENTRY,
    glmm::ENTRY,
    prophet::ENTRY,
    clustering::ENTRY,
];

/// The family called `name`, in any case.
pub fn find_family(name: &str) -> Option<&'static FamilyEntry> {
    FAMILIES.iter().find(|family| family.name.eq_ignore_ascii_case(name))
}
