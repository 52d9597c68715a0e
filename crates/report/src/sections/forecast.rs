//! What is expected of the improvement of everybody.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::forecast;
use crate::check::check_forecast;
use crate::error::Error;
use crate::page::Block;
use crate::view::{ForecastDetail, StudentReport};
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    report.forecast.as_ref().map_or(Ok(()), check_forecast)
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    forecast_block(report.forecast.as_ref(), catalogue)
}

/// The forecast; it is the same for a student, a class and a school, and says of whom it is.
pub(crate) fn forecast_block(detail: Option<&ForecastDetail>, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.forecast");
    let Some(detail) = detail else {
        return Block::sentence("expected", title, catalogue.text("forecast.empty"));
    };
    let figures = vec![forecast(detail, wording::forecast(detail, catalogue), catalogue)];
    Block::of_figures("expected", title, figures)
}
