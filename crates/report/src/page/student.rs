//! The report of one student, ready for its template.

use serde::Serialize;

use super::block::{Block, Line, Link, arrange};
use super::frame::{Frame, Subject};
use crate::catalogue::Catalogue;
use crate::custom::Custom;
use crate::date;
use crate::sections::{MORE, NUMBERS};
use crate::view::{ClassName, StudentReport};
use crate::wording;

/// The report of one student, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct StudentPage {
    #[serde(flatten)]
    frame: Frame,
    /// The week in one or two sentences.
    summary: String,
    /// What went well, what to practise next, and the goal: the first screen.
    well: Advice,
    practise: Advice,
    goal: GoalBox,
    /// The week in plain numbers.
    lines: Vec<Line>,
    /// Sections for everybody.
    blocks: Vec<Block>,
    /// Sections with the terms of the models, folded away.
    fold: Vec<Block>,
}

/// A list of findings, or the sentence that stands in its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Advice {
    pub(crate) items: Vec<Finding>,
    pub(crate) empty: Option<String>,
}

/// A finding and what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Finding {
    pub(crate) text: String,
    pub(crate) evidence: String,
    /// Share of right answers in per cent, of a topic.
    pub(crate) percent: Option<u32>,
}

/// The goal with its chance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct GoalBox {
    /// The chance in large type; `None` where it is not known.
    pub(crate) value: Option<String>,
    pub(crate) text: String,
    pub(crate) evidence: Option<String>,
}

impl StudentPage {
    pub(crate) fn new(report: &StudentReport, catalogue: &Catalogue) -> Self {
        let heading = report.display_name.as_ref().unwrap_or(&report.user_id).clone();
        let back = report.class_file.clone().map(|file| Link {
            name: report
                .class
                .as_ref()
                .map_or_else(|| catalogue.text("link.everyone"), |class| class.name.clone()),
            file: Some(file),
        });
        let mut frame = Frame::new(
            Subject {
                eyebrow: if report.month.is_some() { "page.student_month" } else { "page.student" },
                heading,
                id: report.display_name.is_some().then(|| report.user_id.clone()),
                place: report.class.as_ref().map(place),
                week_start: report.week_start,
                generated_at: &report.generated_at,
                links: back.into_iter().collect(),
                warnings: &report.warnings,
                provenance: report.provenance.as_ref(),
            },
            catalogue,
        );
        if let Some(month) = report.month {
            frame.week = date::month_of_weeks(month, report.week_start, catalogue);
        }
        Self {
            frame,
            summary: wording::student_summary(report, catalogue),
            well: wording::went_well(report, catalogue),
            practise: wording::practise_next(report, catalogue),
            goal: wording::goal_box(report, catalogue),
            lines: wording::week_lines(report, catalogue),
            blocks: MORE.iter().map(|section| (section.block)(report, catalogue)).collect(),
            fold: NUMBERS.iter().map(|section| (section.block)(report, catalogue)).collect(),
        }
    }

    /// Puts it into another template.
    pub(crate) fn lay_out(&mut self, layout: &'static str) {
        self.frame.layout = layout;
    }

    /// Leaves out a section, whatever it would say.
    pub(crate) fn leave_out(&mut self, id: &str) {
        self.blocks.retain(|block| block.id != id);
        self.fold.retain(|block| block.id != id);
    }

    /// Leaves out and orders sections as a school wants them.
    pub(crate) fn arrange(&mut self, custom: &Custom) {
        arrange(&mut self.blocks, custom);
        arrange(&mut self.fold, custom);
        self.frame.hidden.clone_from(&custom.hidden);
    }
}

/// Class and school of the roster in one line.
fn place(class: &ClassName) -> String {
    match &class.school {
        Some(school) => format!("{school} · {}", class.name),
        None => class.name.clone(),
    }
}
