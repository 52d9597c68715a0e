//! Forecasts: a series in, its forecast, the models it had to beat and its anomalies out.

mod cost;
mod error;
mod family;
mod fit;
mod freq;
mod predict;
mod request;
mod response;
mod series;
mod spec;
mod stored;
mod time;

pub use error::SeriesError;
pub(crate) use family::ENTRY;
pub use family::{Data, Prophet};
pub use fit::{Fitted, fit, fit_many};
pub use freq::Freq;
pub use predict::{NO_STORED_MODEL, Prediction, predict, predict_stored};
pub use request::rows_of;
pub use seedtest_forecast::{number_text, number_text_among};
pub use spec::{Anomalies, Columns, Spec};
pub use stored::Stored;
