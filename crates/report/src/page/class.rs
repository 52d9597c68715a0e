//! The overview of a class, and of the classes of a school, ready for their templates.

use chrono::NaiveDate;
use serde::Serialize;

use super::block::{Block, Link, arrange};
use super::frame::{Frame, Subject};
use super::items::item_tables;
use super::monday::{Monday, monday};
use super::table::{Roster, roster};
use crate::catalogue::Catalogue;
use crate::charts::{self, Table};
use crate::custom::Custom;
use crate::findings::is_told;
use crate::number::{count, percent};
use crate::sections::{forecast_block, segments_block};
use crate::view::{
    ClassLine, ClassReport, MeanShare, SchoolOverview, SchoolReport, StudentRow, TopicScore,
    WeekScore,
};
use crate::wording;

/// The overview of a class, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct ClassPage {
    #[serde(flatten)]
    frame: Frame,
    summary: String,
    monday: Monday,
    roster: Roster,
    blocks: Vec<Block>,
}

impl ClassPage {
    pub(crate) fn new(report: &ClassReport, catalogue: &Catalogue) -> Self {
        let name = report.class.as_ref().map(|class| class.name.clone());
        let frame = Frame::new(
            Subject {
                eyebrow: "page.class",
                heading: name.unwrap_or_else(|| catalogue.text("class.heading")),
                id: None,
                place: report.class.as_ref().and_then(|class| class.school.clone()),
                week_start: report.week_start,
                generated_at: &report.generated_at,
                links: links(report.school_file.as_ref(), report.operator_file.as_ref(), catalogue),
                warnings: &report.warnings,
                provenance: report.provenance.as_ref(),
            },
            catalogue,
        );
        Self {
            frame,
            summary: wording::class_summary(
                &report.students,
                report.absent.len() as u32,
                &report.weekly_accuracy,
                report.week_start,
                catalogue,
            ),
            monday: monday(&report.students, &report.topics, catalogue),
            roster: roster(&report.students, &report.absent, catalogue),
            blocks: class_blocks(report, catalogue),
        }
    }

    /// Puts it into another template.
    pub(crate) fn lay_out(&mut self, layout: &'static str) {
        self.frame.layout = layout;
    }

    /// Leaves out and orders sections as a school wants them.
    pub(crate) fn arrange(&mut self, custom: &Custom) {
        arrange(&mut self.blocks, custom);
        self.frame.hidden.clone_from(&custom.hidden);
    }
}

fn links(school: Option<&String>, operator: Option<&String>, catalogue: &Catalogue) -> Vec<Link> {
    let link =
        |key: &str, file: &String| Link { name: catalogue.text(key), file: Some(file.clone()) };
    let back = school.map(|file| link("link.school", file));
    back.into_iter().chain(operator.map(|file| link("link.operator", file))).collect()
}

fn class_blocks(report: &ClassReport, catalogue: &Catalogue) -> Vec<Block> {
    let is_told = is_told(report.students.len() as u32);
    let mut blocks = vec![
        if is_told {
            class_trends(report, catalogue)
        } else {
            too_few("trends", "section.class_trends", catalogue)
        },
        forecast_block(report.forecast.as_ref(), catalogue),
        segments_block(report.segments.as_ref(), catalogue),
    ];
    if is_told {
        blocks.extend(item_tables(&report.items, catalogue));
    } else {
        blocks.push(too_few("items", "section.items", catalogue));
    }
    blocks
}

/// What stands in the place of figures of fewer than five students.
fn too_few(id: &'static str, title: &str, catalogue: &Catalogue) -> Block {
    Block::sentence(id, catalogue.text(title), catalogue.text("suppressed.group"))
}

fn class_trends(report: &ClassReport, catalogue: &Catalogue) -> Block {
    let thetas: Vec<f64> =
        report.students.iter().filter_map(|student| student.ability).map(|p| p.theta).collect();
    let kpis: Vec<_> = report.students.iter().map(|student| &student.kpis).collect();
    let answered = report.weekly_accuracy.iter().any(|week| week.n > 0);
    let trends = vec![
        charts::topic_accuracy(
            &report.topics,
            wording::topics(&report.topics, answered, catalogue),
            catalogue,
        ),
        charts::weekly_accuracy(
            &report.weekly_accuracy,
            report.week_start,
            wording::accuracy(&report.weekly_accuracy, None, catalogue),
            catalogue,
        ),
        charts::quartiles(&kpis, catalogue),
        charts::ability_histogram(&thetas, wording::abilities(&thetas, catalogue), catalogue),
    ];
    Block::of_figures("trends", catalogue.text("section.class_trends"), trends)
}

/// The overview of a school, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct SchoolPage {
    #[serde(flatten)]
    frame: Frame,
    summary: String,
    classes: Vec<ClassCard>,
    blocks: Vec<Block>,
}

/// One class in a few words.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ClassCard {
    class: Link,
    text: String,
    /// The first of its students to talk to, and how many more.
    monday: Monday,
}

impl SchoolPage {
    pub(crate) fn new(report: &SchoolReport, catalogue: &Catalogue) -> Self {
        let frame = Frame::new(
            Subject {
                eyebrow: "page.school",
                heading: report.name.clone().unwrap_or_else(|| catalogue.text("school.heading")),
                id: None,
                place: None,
                week_start: report.week_start,
                generated_at: &report.generated_at,
                links: links(None, report.operator_file.as_ref(), catalogue),
                warnings: &report.warnings,
                provenance: report.provenance.as_ref(),
            },
            catalogue,
        );
        let students: Vec<StudentRow> =
            report.classes.iter().flat_map(|class| class.students.iter().cloned()).collect();
        let absent = report.classes.iter().fold(0, |n: u32, class| n.saturating_add(class.absent));
        let trends = if is_told(students.len() as u32) {
            school_trends(&report.topics, &report.weekly_accuracy, report.week_start, catalogue)
        } else {
            too_few("trends", "section.class_trends", catalogue)
        };
        Self {
            frame,
            summary: wording::class_summary(
                &students,
                absent,
                &report.weekly_accuracy,
                report.week_start,
                catalogue,
            ),
            classes: report.classes.iter().map(|class| class_card(class, catalogue)).collect(),
            blocks: vec![
                classes_block(report, catalogue),
                trends,
                forecast_block(report.forecast.as_ref(), catalogue),
                segments_block(report.segments.as_ref(), catalogue),
            ],
        }
    }

    /// Leaves out and orders sections as a school wants them.
    pub(crate) fn arrange(&mut self, custom: &Custom) {
        arrange(&mut self.blocks, custom);
        self.frame.hidden.clone_from(&custom.hidden);
    }
}

/// The sections of a school that name no student.
pub(crate) fn overview_blocks(overview: &SchoolOverview, catalogue: &Catalogue) -> Vec<Block> {
    let trends = if is_told(overview.coverage.with_numbers) {
        let SchoolOverview { weekly_accuracy, topics, week_start, .. } = overview;
        school_trends(topics, weekly_accuracy, *week_start, catalogue)
    } else {
        too_few("trends", "section.class_trends", catalogue)
    };
    vec![
        trends,
        forecast_block(overview.forecast.as_ref(), catalogue),
        segments_block(overview.segments.as_ref(), catalogue),
    ]
}

fn school_trends(
    topics: &[TopicScore],
    weeks: &[WeekScore],
    week_start: NaiveDate,
    catalogue: &Catalogue,
) -> Block {
    let answered = weeks.iter().any(|week| week.n > 0);
    let trends = vec![
        charts::topic_accuracy(topics, wording::topics(topics, answered, catalogue), catalogue),
        charts::weekly_accuracy(
            weeks,
            week_start,
            wording::accuracy(weeks, None, catalogue),
            catalogue,
        ),
    ];
    Block::of_figures("trends", catalogue.text("section.class_trends"), trends)
}

fn class_name(class: &ClassLine, catalogue: &Catalogue) -> String {
    let none = || catalogue.text("class.none");
    class.class.as_ref().map_or_else(none, |class| class.name.clone())
}

/// How many students a class has.
fn size(class: &ClassLine) -> u32 {
    (class.students.len() as u32).saturating_add(class.absent)
}

fn class_card(class: &ClassLine, catalogue: &Catalogue) -> ClassCard {
    let active = class.students.iter().filter(|student| student.attempts > 0).count() as u32;
    let values = [("active", &*count(active)), ("students", &*count(size(class)))];
    ClassCard {
        class: Link { name: class_name(class, catalogue), file: Some(class.file.clone()) },
        text: catalogue.fill("summary.class", &values),
        monday: monday(&class.students, &[], catalogue),
    }
}

/// The classes side by side; a share of fewer than five students is not shown.
fn classes_block(report: &SchoolReport, catalogue: &Catalogue) -> Block {
    if report.classes.is_empty() {
        let sentence = catalogue.text("school.no_classes");
        return Block::sentence("classes", catalogue.text("section.classes"), sentence);
    }
    let row = |class: &ClassLine| {
        let active = class.students.iter().filter(|s| s.attempts > 0).count() as u32;
        let n = class.students.iter().fold(0_u32, |n, student| n.saturating_add(student.attempts));
        let mean = wording::mean_of_week(&class.students).filter(MeanShare::is_told);
        let share = mean.map_or_else(|| catalogue.text("suppressed"), |mean| percent(mean.share));
        vec![class_name(class, catalogue), count(size(class)), count(active), count(n), share]
    };
    let columns =
        ["column.class", "column.students", "column.active", "column.answers", "column.share_mean"];
    Block {
        table: Some(Table {
            columns: columns.map(|key| catalogue.text(key)).to_vec(),
            rows: report.classes.iter().map(row).collect(),
        }),
        is_empty: false,
        text: vec![catalogue.text("suppressed.note")],
        ..Block::sentence("classes", catalogue.text("section.classes"), String::new())
    }
}
