#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::disallowed_methods))] // tests measure against the platform

mod anomaly;
mod baseline;
mod cross_validation;
mod data;
mod date;
mod direction;
mod error;
mod fit;
mod forecast;
mod interval;
mod lasso;
mod layout;
mod leverage;
mod linear_algebra;
mod optimum;
mod predict;
mod problem;
mod remarks;
mod school_calendar;
mod seasonality;
mod simulate;
mod slots;
mod smoothing;
mod spec;
mod step;
mod student;
mod trigonometry;
mod uncertainty;
mod widening;

pub use anomaly::{Direction, FEWEST_POINTS, Judgement, Severity};
pub use baseline::Model;
pub use cross_validation::Score;
pub use data::{Column, Condition, Data, Rows};
pub use date::time_text;
pub use direction::Slope;
pub use error::Error;
pub use fit::{Fit, fit};
pub use forecast::{Forecast, Plan, Point, forecast, forecast_many};
pub use layout::{FittedRegressor, Layout};
pub use predict::{Component, Prediction};
pub use remarks::{number_text, number_text_among};
pub use school_calendar::{Entry, Kind, SchoolCalendar};
pub use seasonality::FittedSeasonality;
pub use seedtest_numerics::{Control, Observer, Progress, Silent, Status, Verdict};
pub use slots::Slots;
pub use spec::{
    Changepoints, Growth, Holiday, Mode, Regressor, Scaling, Seasonality, Spec, Standardize, Toggle,
};
pub use step::Step;
