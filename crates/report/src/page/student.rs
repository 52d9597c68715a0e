//! The report of one student, ready for its template.

use std::collections::BTreeMap;

use serde::Serialize;

use super::card::{Card, cards};
use super::facts::{Fact, facts};
use crate::catalogue::Catalogue;
use crate::charts::{Figure, range_bar};
use crate::date;
use crate::number::decimal;
use crate::sections::OF_STUDENT;
use crate::view::{AbilityPoint, Kpi, StudentReport};
use crate::{interval::Z_95, wording};

/// The ends of the bar on which the current ability is drawn; nearly everyone lies inside.
const ABILITY_RANGE: (f64, f64) = (-3.0, 3.0);

/// The report of one student, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct StudentPage<'a> {
    t: &'a BTreeMap<String, String>,
    lang: &'static str,
    /// Name of the student, or the id.
    heading: &'a str,
    /// The id, where a name stands in the heading.
    id: Option<&'a str>,
    week: String,
    summary: String,
    warnings: Vec<String>,
    ability: Option<AbilityBlock>,
    cards: Vec<Card>,
    figures: Vec<Figure>,
    facts: Vec<Fact>,
}

/// The current ability in large type.
#[derive(Debug, Serialize)]
struct AbilityBlock {
    theta: String,
    bar: Option<String>,
    level: String,
    range: String,
    standing: Option<String>,
}

impl<'a> StudentPage<'a> {
    pub(crate) fn new(report: &'a StudentReport, catalogue: &'a Catalogue) -> Self {
        let heading = report.display_name.as_deref().unwrap_or(&report.user_id);
        Self {
            t: catalogue.texts(),
            lang: catalogue.lang().tag(),
            heading,
            id: report.display_name.is_some().then_some(&report.user_id),
            week: date::week(report.week_start, catalogue),
            summary: wording::student_summary(report, catalogue),
            warnings: wording::warnings(&report.warnings, report.provenance.as_ref(), catalogue),
            ability: report.ability.last().map(|point| ability_block(point, report, catalogue)),
            cards: cards(&report.kpis, report.churn.as_ref(), catalogue),
            figures: OF_STUDENT.iter().flat_map(|of| (of.figures)(report, catalogue)).collect(),
            facts: facts(report.provenance.as_ref(), &report.generated_at, catalogue),
        }
    }
}

fn ability_block(
    point: &AbilityPoint,
    report: &StudentReport,
    catalogue: &Catalogue,
) -> AbilityBlock {
    let level = wording::level(point.theta, catalogue);
    let drawn = Kpi {
        value: Some(point.theta),
        lower: point.se.map(|se| point.theta - Z_95 * se),
        upper: point.se.map(|se| point.theta + Z_95 * se),
        previous: report.ability.iter().rev().nth(1).map(|before| before.theta),
        ..Kpi::default()
    };
    let name = catalogue.text("ability.name");
    let bar = range_bar("theta", &name, &level, &drawn, ABILITY_RANGE, |tick| decimal(tick, 0));
    AbilityBlock {
        theta: decimal(point.theta, 2),
        bar,
        level,
        range: wording::ability_range(point, catalogue),
        standing: wording::standing(report.ability_percentile, report.class_size, catalogue),
    }
}
