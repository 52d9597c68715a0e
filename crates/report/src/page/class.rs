//! The overview of a class, ready for its template.

use std::collections::BTreeMap;

use serde::Serialize;

use super::attention::{Attention, attention};
use super::facts::{Fact, facts};
use super::items::{ItemList, item_lists};
use super::roster::{Roster, roster};
use crate::catalogue::Catalogue;
use crate::charts::{self, Figure};
use crate::sections::forecast_figure;
use crate::view::ClassReport;
use crate::{date, wording};

/// The overview of a class, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct ClassPage<'a> {
    t: &'a BTreeMap<String, String>,
    lang: &'static str,
    heading: String,
    week: String,
    summary: String,
    warnings: Vec<String>,
    attention: Vec<Attention>,
    figures: Vec<Figure>,
    roster: Roster,
    items: Vec<ItemList>,
    facts: Vec<Fact>,
}

impl<'a> ClassPage<'a> {
    pub(crate) fn new(report: &ClassReport, catalogue: &'a Catalogue) -> Self {
        Self {
            t: catalogue.texts(),
            lang: catalogue.lang().tag(),
            heading: report.name.clone().unwrap_or_else(|| catalogue.text("class.heading")),
            week: date::week(report.week_start, catalogue),
            summary: wording::class_summary(report, catalogue),
            warnings: wording::warnings(&report.warnings, report.provenance.as_ref(), catalogue),
            attention: attention(&report.students, catalogue),
            figures: figures(report, catalogue),
            roster: roster(&report.students, catalogue),
            items: item_lists(&report.items, catalogue),
            facts: facts(report.provenance.as_ref(), &report.generated_at, catalogue),
        }
    }
}

fn figures(report: &ClassReport, catalogue: &Catalogue) -> Vec<Figure> {
    let thetas: Vec<f64> =
        report.students.iter().filter_map(|student| student.ability).map(|p| p.theta).collect();
    let kpis: Vec<_> = report.students.iter().map(|student| &student.kpis).collect();
    let mut figures = vec![
        charts::ability_histogram(&thetas, wording::abilities(&thetas, catalogue), catalogue),
        charts::quartiles(&kpis, catalogue),
        charts::weekly_accuracy(
            &report.weekly_accuracy,
            wording::accuracy(&report.weekly_accuracy, None, catalogue),
            catalogue,
        ),
        charts::topic_accuracy(
            &report.topics,
            wording::topics(
                &report.topics,
                report.weekly_accuracy.iter().any(|week| week.n > 0),
                catalogue,
            ),
            catalogue,
        ),
    ];
    figures.extend(report.forecast.as_ref().map(|detail| forecast_figure(detail, catalogue)));
    figures.extend(
        report.segments.as_ref().map(|found| {
            charts::segment_sizes(found, wording::segments(found, catalogue), catalogue)
        }),
    );
    figures
}
