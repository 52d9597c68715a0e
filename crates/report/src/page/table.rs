//! The table of the students of a class.

use serde::Serialize;

use super::block::Link;
use crate::catalogue::Catalogue;
use crate::findings::{FEWEST_ANSWERS, Way, clear_change, needs_practice, sure_topics};
use crate::natural_order::natural_order;
use crate::number::{chance, count, percent};
use crate::view::{Absent, Kpi, KpiKind, StudentRow};
use crate::{date, wording};

/// Most names of those who do not stand in the table.
const MOST_ABSENT: usize = 12;

/// The table of all students.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Roster {
    /// Heads of the columns after the name.
    columns: Vec<Column>,
    rows: Vec<RosterRow>,
    /// Who is in the class without a row, and why, in sentences.
    absent: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Column {
    name: String,
    /// Whether it sorts by number.
    is_number: bool,
    /// Whether it reads as words, from the left.
    is_words: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RosterRow {
    student: Link,
    /// Place by name, from 0.
    place: usize,
    /// As long as the columns.
    cells: Vec<Cell>,
}

/// A cell and what it sorts by; an unknown number sorts last.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Cell {
    text: String,
    sort: Option<f64>,
}

/// The name of a student, and the way to the report where there is one.
pub(crate) fn student_link(student: &StudentRow) -> Link {
    Link { name: shown_name(student).to_owned(), file: student.file.clone() }
}

fn shown_name(student: &StudentRow) -> &str {
    student.display_name.as_deref().unwrap_or(&student.user_id)
}

/// Those without a row by name: who has been silent for longer than is news, and who has answered since.
fn absences(absent: &[Absent], catalogue: &Catalogue) -> Vec<String> {
    let name =
        |student: &&Absent| student.display_name.clone().unwrap_or_else(|| student.user_id.clone());
    let mut sorted: Vec<&Absent> = absent.iter().collect();
    sorted
        .sort_by(|a, b| natural_order(&name(a), &name(b)).then_with(|| a.user_id.cmp(&b.user_id)));
    let (silent, new): (Vec<&Absent>, Vec<&Absent>) =
        sorted.into_iter().partition(|student| student.is_silent());
    let said = |student: &&Absent| match student.days_silent {
        Some(days) => {
            let when = wording::days_ago(days, catalogue);
            catalogue.fill("absent.name", &[("name", &name(student)), ("when", &when)])
        }
        None => name(student),
    };
    let sentence = |(key, of): (&str, Vec<&Absent>)| {
        let more = of.len().saturating_sub(MOST_ABSENT) as u32;
        let more = (more > 0).then(|| catalogue.count("more_students", more));
        let names: Vec<String> = of.iter().take(MOST_ABSENT).map(said).chain(more).collect();
        let form = if of.len() == 1 { "one" } else { "other" };
        let values = [("n", &*count(of.len() as u32)), ("list", &*names.join(", "))];
        (!of.is_empty()).then(|| catalogue.fill(&format!("{key}.{form}"), &values))
    };
    [("absent.silent", silent), ("absent.new", new)].into_iter().filter_map(sentence).collect()
}

/// All students by name. P and S have a column only where some student has a value.
pub(crate) fn roster(students: &[StudentRow], absent: &[Absent], catalogue: &Catalogue) -> Roster {
    let mut sorted: Vec<&StudentRow> = students.iter().collect();
    sorted.sort_by(|a, b| {
        natural_order(shown_name(a), shown_name(b)).then_with(|| a.user_id.cmp(&b.user_id))
    });
    let is_known = |kind| students.iter().any(|student| student.kpis.get(kind).value.is_some());
    let columns: Vec<Make> = COLUMNS
        .into_iter()
        .filter(|column| match column.0 {
            "column.goal" => is_known(KpiKind::Goal),
            "column.risk" => is_known(KpiKind::Churn),
            _ => true,
        })
        .collect();
    let names = columns.iter().map(|(key, sorts, _)| Column {
        name: catalogue.text(key),
        is_number: *sorts != Sorts::Text,
        is_words: *sorts != Sorts::Number,
    });
    let row = |(place, student): (usize, &StudentRow)| RosterRow {
        student: student_link(student),
        place,
        cells: columns.iter().map(|(_, _, cell)| cell(student, catalogue)).collect(),
    };
    Roster {
        columns: names.collect(),
        rows: sorted.into_iter().enumerate().map(row).collect(),
        absent: absences(absent, catalogue),
    }
}

/// What a column shows and sorts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sorts {
    /// Numbers.
    Number,
    /// Words that stand for numbers.
    Rank,
    /// Words.
    Text,
}

/// Key of the head, how it sorts, and its cell.
type Make = (&'static str, Sorts, fn(&StudentRow, &Catalogue) -> Cell);

const COLUMNS: [Make; 9] = [
    ("column.answers", Sorts::Number, answers),
    ("column.share", Sorts::Number, share),
    ("column.two_weeks", Sorts::Rank, two_weeks),
    ("column.weak_topic", Sorts::Text, weak_topic),
    ("column.active_days", Sorts::Number, active_days),
    ("column.last_answer", Sorts::Rank, last_answer),
    ("column.risk", Sorts::Number, risk),
    ("column.goal", Sorts::Number, goal),
    ("column.level", Sorts::Rank, level),
];

fn unknown(catalogue: &Catalogue) -> Cell {
    Cell { text: catalogue.text("none"), sort: None }
}

fn number(value: Option<f64>, write: fn(f64) -> String, catalogue: &Catalogue) -> Cell {
    value.map_or_else(|| unknown(catalogue), |v| Cell { text: write(v), sort: Some(v) })
}

fn answers(student: &StudentRow, _: &Catalogue) -> Cell {
    Cell { text: count(student.attempts), sort: Some(f64::from(student.attempts)) }
}

/// Of fewer answers the count says more than a share.
fn share(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    let (right, n) = (student.right, student.attempts);
    let share = f64::from(right) / f64::from(n);
    match n {
        0 => unknown(catalogue),
        n if n < FEWEST_ANSWERS => {
            let values = [("right", &*count(right)), ("n", &*count(n))];
            Cell { text: catalogue.fill("right_of", &values), sort: Some(share) }
        }
        _ => Cell { text: percent(share), sort: Some(share) },
    }
}

/// Only a clear change has a word.
fn two_weeks(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    let improvement = &student.kpis.improvement;
    let Some(value) = improvement.value else { return unknown(catalogue) };
    let key = match clear_change(improvement).map(|change| change.way) {
        Some(Way::Up) => "change.up",
        Some(Way::Down) => "change.down",
        None => return Cell { text: catalogue.text("change.open"), sort: Some(0.0) },
    };
    Cell { text: catalogue.text(key), sort: Some(value) }
}

fn weak_topic(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    match sure_topics(&student.topics, needs_practice).first() {
        Some(topic) => {
            let values = [("right", &*count(topic.right)), ("n", &*count(topic.n))];
            let evidence = catalogue.fill("right_of", &values);
            Cell { text: format!("{} ({evidence})", topic.topic), sort: None }
        }
        None => unknown(catalogue),
    }
}

fn active_days(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    number(student.kpis.active_days.value, |days| count(days as u32), catalogue)
}

fn last_answer(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    student.days_silent.map_or_else(
        || unknown(catalogue),
        |days| Cell { text: wording::days_ago(days, catalogue), sort: Some(f64::from(days)) },
    )
}

fn risk(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    dated(&student.kpis.churn, catalogue)
}

fn goal(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    dated(&student.kpis.goal, catalogue)
}

/// A chance, with its day where it is older than the page.
fn dated(kpi: &Kpi, catalogue: &Catalogue) -> Cell {
    let cell = number(kpi.value, chance, catalogue);
    match kpi.as_of.filter(|_| kpi.value.is_some()) {
        Some(day) => {
            Cell { text: format!("{} ({})", cell.text, date::short(day, catalogue.lang())), ..cell }
        }
        None => cell,
    }
}

fn level(student: &StudentRow, catalogue: &Catalogue) -> Cell {
    student.ability.map_or_else(
        || unknown(catalogue),
        |point| Cell { text: wording::level_name(point.theta, catalogue), sort: Some(point.theta) },
    )
}

#[cfg(test)]
mod tests {
    use super::roster;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{Absent, Kpi, KpiCards, StudentRow};

    #[test]
    fn a_change_is_a_word_only_where_it_is_clear() {
        let student = |lower| StudentRow {
            user_id: "s1".into(),
            kpis: KpiCards {
                improvement: Kpi { lower: Some(lower), upper: Some(0.5), ..Kpi::known(0.2) },
                ..KpiCards::default()
            },
            attempts: 3,
            right: 2,
            ..StudentRow::default()
        };
        let en = Catalogue::load(Lang::En).unwrap();
        let cells = |lower| {
            let table = roster(&[student(lower)], &[], &en);
            table.rows[0].cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>().join(" | ")
        };
        insta::assert_snapshot!(cells(0.1), @"3 | 2 of 3 | ahead | – | – | – | –");
        insta::assert_snapshot!(cells(-0.1), @"3 | 2 of 3 | no clear change | – | – | – | –");
    }

    #[test]
    fn who_is_in_the_class_without_a_row_is_named() {
        let absent = |name: &str, days_silent| Absent {
            user_id: "s9".into(),
            display_name: Some(name.into()),
            days_silent,
        };
        let three = [absent("이도윤", None), absent("김하늘", Some(41)), absent("박새봄", Some(1))];
        let said = Lang::ALL
            .map(|lang| roster(&[], &three, &Catalogue::load(lang).unwrap()).absent.join("\n"));
        insta::assert_snapshot!(said.join("\n"), @r"
        4주 넘게 푼 문제가 없어 표에 나오지 않는 학생은 2명입니다: 김하늘(41일 전), 이도윤.
        문제를 풀었지만 아직 수치가 없어 표에 나오지 않는 학생은 1명입니다: 박새봄(1일 전).
        2 students of the class have answered nothing for more than four weeks and do not stand in the table: 김하늘 (41 days ago), 이도윤.
        1 student has answered but has no figures yet, and does not stand in the table: 박새봄 (1 day ago).
        ");
        let many: Vec<Absent> = (0..40).map(|i| absent(&format!("학생 {i}"), None)).collect();
        let said = roster(&[], &many, &Catalogue::load(Lang::Ko).unwrap()).absent.concat();
        assert!(said.contains("40명") && said.contains("학생 11, 외 28명"), "{said}");
        assert!(roster(&[], &[], &Catalogue::load(Lang::Ko).unwrap()).absent.is_empty());
    }

    #[test]
    fn a_risk_older_than_the_page_has_its_day() {
        let risk = |as_of| {
            let churn = Kpi { as_of, ..Kpi::known(0.004) };
            let kpis = KpiCards { churn, ..KpiCards::default() };
            let student = StudentRow { user_id: "s1".into(), kpis, ..StudentRow::default() };
            Lang::ALL.map(|lang| {
                let catalogue = Catalogue::load(lang).unwrap();
                let table = roster(std::slice::from_ref(&student), &[], &catalogue);
                let mut texts = table.rows[0].cells.iter().map(|cell| cell.text.clone());
                texts.find(|text| text.starts_with('<')).unwrap()
            })
        };
        assert_eq!(risk(None), ["<\u{a0}1%", "<\u{a0}1%"]);
        let monday = chrono::NaiveDate::from_ymd_opt(2025, 3, 10);
        assert_eq!(risk(monday), ["<\u{a0}1% (3/10)", "<\u{a0}1% (10 Mar)"]);
    }
}
