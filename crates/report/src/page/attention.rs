//! Lists of students who deserve a look.

use serde::Serialize;

use super::roster::StudentLink;
use crate::catalogue::Catalogue;
use crate::number::count;
use crate::view::{Kpi, KpiKind, StudentRow};
use crate::wording;

/// Most names in one list.
const MOST_NAMES: usize = 8;

/// Smallest I_t that counts as a rise or a fall.
const CLEAR_CHANGE: f64 = 0.03;

/// Churn risk from which a student is named (the band "high" of the product's metrics).
const HIGH_RISK: f64 = 0.5;

/// A list of students who deserve a look for one reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Attention {
    title: String,
    /// What puts a student on the list.
    rule: String,
    students: Vec<Mention>,
    /// How many more there are.
    more: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Mention {
    student: StudentLink,
    value: Option<String>,
}

/// The lists that name anyone: who fell, who is at risk, who was silent, who rose.
pub(crate) fn attention(students: &[StudentRow], catalogue: &Catalogue) -> Vec<Attention> {
    let improvement = |s: &StudentRow| s.kpis.improvement.value;
    let fell = ranked(students, |s| improvement(s).filter(|&i| i <= -CLEAR_CHANGE));
    let risk = ranked(students, |s| s.kpis.churn.value.filter(|&r| r >= HIGH_RISK).map(|r| -r));
    let silent = ranked(students, |s| (s.attempts == 0).then_some(0.0));
    let rose = ranked(students, |s| improvement(s).filter(|&i| i >= CLEAR_CHANGE).map(|i| -i));
    [
        list("fell", &fell, Some(KpiKind::Improvement), catalogue),
        list("risk", &risk, Some(KpiKind::Churn), catalogue),
        list("silent", &silent, None, catalogue),
        list("rose", &rose, Some(KpiKind::Improvement), catalogue),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Students with a rank, the smallest rank first, ties by id.
fn ranked(students: &[StudentRow], rank: impl Fn(&StudentRow) -> Option<f64>) -> Vec<&StudentRow> {
    let mut ranked: Vec<(f64, &StudentRow)> =
        students.iter().filter_map(|student| rank(student).map(|rank| (rank, student))).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.user_id.cmp(&b.1.user_id)));
    ranked.into_iter().map(|(_, student)| student).collect()
}

fn list(
    name: &str,
    students: &[&StudentRow],
    shown: Option<KpiKind>,
    catalogue: &Catalogue,
) -> Option<Attention> {
    let rest = students.len().saturating_sub(MOST_NAMES);
    let mention = |student: &&StudentRow| Mention {
        student: StudentLink::new(student),
        value: shown.and_then(|kind| written(kind, student.kpis.get(kind), catalogue)),
    };
    (!students.is_empty()).then(|| Attention {
        title: catalogue.text(&format!("attention.{name}.title")),
        rule: catalogue.text(&format!("attention.{name}.rule")),
        students: students.iter().take(MOST_NAMES).map(mention).collect(),
        more: (rest > 0).then(|| catalogue.fill("attention.more", &[("n", &count(rest as u32))])),
    })
}

fn written(kind: KpiKind, kpi: &Kpi, catalogue: &Catalogue) -> Option<String> {
    kpi.value.map(|value| wording::write(kind, value, catalogue))
}

#[cfg(test)]
mod tests {
    use super::attention;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{Kpi, KpiCards, StudentRow};

    fn student(id: &str, improvement: f64, attempts: u32) -> StudentRow {
        StudentRow {
            user_id: id.into(),
            display_name: None,
            kpis: KpiCards { improvement: Kpi::known(improvement), ..KpiCards::default() },
            ability: None,
            attempts,
            right: 0,
            has_report: false,
        }
    }

    #[test]
    fn lists_name_those_beyond_their_edge_most_urgent_first() {
        let students = [
            student("down", -0.05, 9),
            student("same", 0.029, 9),
            student("far down", -0.4, 9),
            student("up", 0.03, 0),
        ];
        let lists = attention(&students, &Catalogue::load(Lang::En).unwrap());
        let lists = serde_json::to_value(&lists).unwrap();
        let names: Vec<String> = lists
            .as_array()
            .unwrap()
            .iter()
            .map(|list| format!("{}: {}", list["title"], list["students"]))
            .collect();
        insta::assert_snapshot!(names.join("\n"), @r#"
        "Fell back": [{"student":{"file":null,"name":"far down"},"value":"−0.40"},{"student":{"file":null,"name":"down"},"value":"−0.05"}]
        "No answers this week": [{"student":{"file":null,"name":"up"},"value":null}]
        "Moved ahead": [{"student":{"file":null,"name":"up"},"value":"+0.03"}]
        "#);
    }
}
