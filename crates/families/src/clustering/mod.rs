//! Clusters: rows of features in, segments, how many there are and how sure out.

mod carry;
mod cost;
mod error;
mod family;
mod features;
mod fit;
mod naming;
mod predict;
mod request;
mod response;
mod spec;
mod stored;

pub use carry::{Carried, carried, label_of};
pub use error::RowsError;
pub(crate) use family::ENTRY;
pub use family::{Clustering, Data};
pub use fit::{Fitted, fit};
pub use predict::{NO_STORED_MODEL, predict, predict_table};
pub use request::request_of;
pub use spec::{Spec, method_of, spec_of};
pub use stored::Stored;
