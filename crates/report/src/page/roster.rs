//! The table of all students of a class.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::file_name::file_name;
use crate::natural_order::natural_order;
use crate::number::{count, decimal, percent};
use crate::view::{KpiKind, StudentRow};
use crate::wording;

/// The table of all students.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Roster {
    /// Heads of the columns after the name.
    columns: Vec<String>,
    rows: Vec<RosterRow>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RosterRow {
    student: StudentLink,
    /// As long as the columns.
    cells: Vec<String>,
}

/// The name of a student, and the file of the report where there is one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct StudentLink {
    name: String,
    file: Option<String>,
}

impl StudentLink {
    pub(crate) fn new(student: &StudentRow) -> Self {
        Self {
            name: shown_name(student).to_owned(),
            file: student.has_report.then(|| file_name(&student.user_id)),
        }
    }
}

fn shown_name(student: &StudentRow) -> &str {
    student.display_name.as_deref().unwrap_or(&student.user_id)
}

/// All students by name. P and S have a column only where some student has a value.
pub(crate) fn roster(students: &[StudentRow], catalogue: &Catalogue) -> Roster {
    let mut sorted: Vec<&StudentRow> = students.iter().collect();
    sorted.sort_by(|a, b| {
        natural_order(shown_name(a), shown_name(b)).then_with(|| a.user_id.cmp(&b.user_id))
    });
    let is_known = |kind| students.iter().any(|student| student.kpis.get(kind).value.is_some());
    let kinds: Vec<KpiKind> = KpiKind::ALL
        .into_iter()
        .filter(|&kind| kind != KpiKind::MeanGap)
        .filter(|&kind| !matches!(kind, KpiKind::Goal | KpiKind::Churn) || is_known(kind))
        .collect();
    let plain = ["column.answers", "column.share", "column.theta", "column.level"];
    let kpi_names = kinds.iter().map(|kind| catalogue.text(&format!("kpi.{}.short", kind.name())));
    Roster {
        columns: plain.into_iter().map(|key| catalogue.text(key)).chain(kpi_names).collect(),
        rows: sorted.into_iter().map(|student| row(student, &kinds, catalogue)).collect(),
    }
}

fn row(student: &StudentRow, kinds: &[KpiKind], catalogue: &Catalogue) -> RosterRow {
    let none = || catalogue.text("none");
    let share = f64::from(student.right) / f64::from(student.attempts);
    let theta = student.ability.map_or_else(none, |point| match point.se {
        Some(se) => format!("{} ± {}", decimal(point.theta, 2), decimal(se, 2)),
        None => decimal(point.theta, 2),
    });
    let level =
        student.ability.map_or_else(none, |point| wording::level_name(point.theta, catalogue));
    let mut cells = vec![
        count(student.attempts),
        if student.attempts > 0 { percent(share) } else { none() },
        theta,
        level,
    ];
    cells.extend(
        kinds.iter().map(|&kind| wording::value_or_dash(kind, student.kpis.get(kind), catalogue)),
    );
    RosterRow { student: StudentLink::new(student), cells }
}
