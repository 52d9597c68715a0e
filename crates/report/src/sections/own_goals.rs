//! Goals the student set.

use super::Section;
use crate::catalogue::Catalogue;
use crate::check::{ANY, check_number};
use crate::error::Error;
use crate::page::{Block, Line};
use crate::view::StudentReport;
use crate::wording;

pub(super) const SECTION: Section = Section { check, block };

fn check(report: &StudentReport) -> Result<(), Error> {
    for (i, goal) in report.own_goals.iter().enumerate() {
        if let Some(target) = &goal.target {
            check_number(&format!("own_goals[{i}].target.value"), target.value, ANY)?;
        }
    }
    Ok(())
}

fn block(report: &StudentReport, catalogue: &Catalogue) -> Block {
    let title = catalogue.text("section.own_goals");
    if report.own_goals.is_empty() {
        return Block::sentence("goals", title, catalogue.text("own_goals.empty"));
    }
    let line = |goal: &crate::view::OwnGoal| Line {
        name: goal.topic.clone(),
        value: goal.target.as_ref().map_or_else(
            || catalogue.text("own_goals.interest"),
            |target| wording::target(target, catalogue),
        ),
        note: String::new(),
    };
    Block {
        lines: report.own_goals.iter().map(line).collect(),
        text: Vec::new(),
        is_empty: false,
        ..Block::sentence("goals", title, String::new())
    }
}
