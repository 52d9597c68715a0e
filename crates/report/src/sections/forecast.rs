//! What is expected of the improvement of the class.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, forecast};
use crate::check::check_forecast;
use crate::error::Error;
use crate::view::{ForecastDetail, StudentReport};
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    report.forecast.as_ref().map_or(Ok(()), check_forecast)
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    report.forecast.as_ref().map(|detail| forecast_figure(detail, catalogue)).into_iter().collect()
}

/// The figure of a forecast; it is the same in the report of a student and of the class.
pub(crate) fn forecast_figure(detail: &ForecastDetail, catalogue: &Catalogue) -> Figure {
    forecast(detail, wording::forecast(detail, catalogue), catalogue)
}
