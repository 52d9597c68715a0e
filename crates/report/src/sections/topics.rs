//! Right answers by topic.

use super::section::Section;
use crate::catalogue::Catalogue;
use crate::charts::{Figure, topic_accuracy};
use crate::check::check_topics;
use crate::error::Error;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, figures };

fn check(report: &StudentReport) -> Result<(), Error> {
    check_topics(&report.topics)
}

fn figures(report: &StudentReport, catalogue: &Catalogue) -> Vec<Figure> {
    let answered = report.daily.iter().any(|day| day.attempts > 0);
    let reading = wording::topics(&report.topics, answered, catalogue);
    vec![topic_accuracy(&report.topics, reading, catalogue)]
}
