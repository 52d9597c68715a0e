//! Right answers by topic.

use super::Section;
use crate::catalogue::Catalogue;
use crate::charts::topic_accuracy;
use crate::check::check_topics;
use crate::error::Error;
use crate::page::Block;
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    check_topics(&report.topics)
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let answered = report.daily.iter().any(|day| day.attempts > 0);
    let reading = wording::topics(&report.topics, answered, catalogue);
    let figures = vec![topic_accuracy(&report.topics, reading, catalogue)];
    Block::of_figures("bytopic", catalogue.text("section.topics"), figures)
}
