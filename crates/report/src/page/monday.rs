//! What a teacher may do on Monday: whom to teach a topic again, whom to talk to, whom to praise.

use std::collections::BTreeMap;

use serde::Serialize;

use super::block::Link;
use super::table::student_link;
use crate::catalogue::Catalogue;
use crate::findings::{Way, clear_change, high_risk, left_long_ago, needs_practice, new_silence};
use crate::number::{count, percent};
use crate::view::{StudentRow, TopicScore};
use crate::wording;

/// Most students in the list of those to talk to.
const MOST_TALKS: usize = 5;
/// Most topics to teach again, and fewest students that make a group.
const MOST_GROUPS: usize = 3;
const FEWEST_IN_GROUP: usize = 2;
/// Most names of a group, and of those who moved ahead.
const MOST_NAMES: usize = 8;

/// The first screen of a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Monday {
    pub(crate) groups: Vec<Group>,
    pub(crate) no_groups: String,
    pub(crate) talks: Vec<Talk>,
    pub(crate) no_talks: String,
    /// How many more there would be to talk to.
    pub(crate) more_talks: Option<String>,
    pub(crate) ahead: Vec<Talk>,
    pub(crate) no_ahead: String,
    pub(crate) more_ahead: Option<String>,
}

/// Students who need a topic again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Group {
    topic: String,
    /// Mean share of right answers of the whole class, in words and in per cent.
    share: Option<String>,
    percent: Option<u32>,
    who: String,
    /// How many they are.
    n: String,
    students: Vec<Link>,
    more: Option<String>,
    /// How the class as a whole did.
    evidence: Option<String>,
}

/// A student with the reasons to be named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Talk {
    /// The student.
    pub student: Link,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// The first screen of these students; `topics` are those of the class.
pub(crate) fn monday(
    students: &[StudentRow],
    topics: &[TopicScore],
    catalogue: &Catalogue,
) -> Monday {
    let talks = talks(students, catalogue);
    let ahead = ahead(students, catalogue);
    let more = |n: usize| {
        (n > 0).then(|| catalogue.count("more_students", u32::try_from(n).unwrap_or(u32::MAX)))
    };
    Monday {
        groups: groups(students, topics, catalogue),
        no_groups: catalogue.text("monday.no_groups"),
        more_talks: more(talks.len().saturating_sub(MOST_TALKS)),
        talks: talks.into_iter().take(MOST_TALKS).collect(),
        no_talks: no_talks(students, catalogue),
        more_ahead: more(ahead.len().saturating_sub(MOST_NAMES)),
        ahead: ahead.into_iter().take(MOST_NAMES).collect(),
        no_ahead: catalogue.text("monday.no_ahead"),
    }
}

fn groups(students: &[StudentRow], topics: &[TopicScore], catalogue: &Catalogue) -> Vec<Group> {
    let mut weak: BTreeMap<&str, Vec<(f64, &StudentRow)>> = BTreeMap::new();
    for student in students {
        for topic in &student.topics {
            if let Some(sure) = needs_practice(topic) {
                weak.entry(&topic.topic).or_default().push((sure, student));
            }
        }
    }
    let mut groups: Vec<(&str, Vec<(f64, &StudentRow)>)> =
        weak.into_iter().filter(|(_, who)| who.len() >= FEWEST_IN_GROUP).collect();
    groups.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    groups.truncate(MOST_GROUPS);
    groups
        .into_iter()
        .map(|(topic, mut who)| {
            who.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.user_id.cmp(&b.1.user_id)));
            let rest = who.len().saturating_sub(MOST_NAMES);
            let class = topics.iter().find(|of| of.topic == topic);
            let share = class.and_then(TopicScore::estimate).map(|found| found.share);
            Group {
                topic: topic.to_owned(),
                share: share.map(percent),
                percent: share.map(|share| (100.0 * share).round() as u32),
                who: catalogue.count("monday.group", who.len() as u32),
                n: catalogue.count("students", who.len() as u32),
                students: who.iter().take(MOST_NAMES).map(|(_, s)| student_link(s)).collect(),
                more: (rest > 0).then(|| catalogue.count("more_students", rest as u32)),
                evidence: class.and_then(|class| wording::class_topic(class, catalogue)),
            }
        })
        .collect()
}

/// Everybody there is a reason to talk to, the most urgent first.
pub(crate) fn talks(students: &[StudentRow], catalogue: &Catalogue) -> Vec<Talk> {
    let mut found: Vec<(f64, &StudentRow, Vec<String>)> = students
        .iter()
        .filter_map(|student| {
            let mut reasons = Vec::new();
            if let Some(days) = new_silence(student) {
                reasons.push(catalogue.fill("monday.silent", &[("days", &count(days))]));
            }
            if let Some(fell) =
                clear_change(&student.kpis.improvement).filter(|c| c.way == Way::Down)
            {
                reasons.push(wording::moved(student, fell, catalogue));
            }
            if let Some(risk) = high_risk(student) {
                reasons.push(wording::risk_reason(student, risk, catalogue));
            }
            (!reasons.is_empty()).then(|| (student.urgency(), student, reasons))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.user_id.cmp(&b.1.user_id)));
    let talk = |(_, student, reasons): (f64, &StudentRow, Vec<String>)| Talk {
        student: student_link(student),
        reasons,
    };
    found.into_iter().map(talk).collect()
}

/// What to say where nobody is to be talked to: that some left long ago is no news, but stands in the table beside it.
fn no_talks(students: &[StudentRow], catalogue: &Catalogue) -> String {
    match students.iter().filter(|student| left_long_ago(student)).count() {
        0 => catalogue.text("monday.no_talks"),
        left => catalogue.count("monday.left", u32::try_from(left).unwrap_or(u32::MAX)),
    }
}

/// Those who clearly moved ahead, the largest step first.
fn ahead(students: &[StudentRow], catalogue: &Catalogue) -> Vec<Talk> {
    let mut found: Vec<(f64, &StudentRow, String)> = students
        .iter()
        .filter_map(|student| {
            let change = clear_change(&student.kpis.improvement).filter(|c| c.way == Way::Up)?;
            let step = student.kpis.improvement.value?;
            Some((step, student, wording::moved(student, change, catalogue)))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.user_id.cmp(&b.1.user_id)));
    found
        .into_iter()
        .map(|(_, student, reason)| Talk { student: student_link(student), reasons: vec![reason] })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::monday;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::{Halves, Kpi, KpiCards, MeanShare, StudentRow, TopicScore};

    fn student(id: &str, improvement: Kpi) -> StudentRow {
        StudentRow {
            user_id: id.into(),
            kpis: KpiCards { improvement, ..KpiCards::default() },
            days_silent: Some(1),
            ..StudentRow::default()
        }
    }

    fn moved(value: f64) -> Kpi {
        Kpi { lower: Some(value - 0.1), upper: Some(value + 0.1), n: Some(40), ..Kpi::known(value) }
    }

    #[test]
    fn only_what_is_clear_is_listed() {
        let mut students = vec![
            student("fell", moved(-0.2)),
            student("maybe fell", moved(-0.09)),
            student("rose", moved(0.15)),
            student("silent", Kpi::default()),
            student("long gone", Kpi::default()),
        ];
        students[0].halves = Some(Halves { recent: (12, 40), before: (30, 44) });
        students[3].days_silent = Some(9);
        students[4].days_silent = Some(60);
        students[1].kpis.churn = Kpi::known(0.71);
        for student in &mut students[..2] {
            student.topics = vec![TopicScore {
                topic: "분수".into(),
                n: 16,
                right: 3,
                mean: None,
                ability: None,
            }];
        }
        let mean = MeanShare::of([0.1875, 0.1875, 0.5, 0.5, 0.5625]);
        let topics = [TopicScore { topic: "분수".into(), n: 80, right: 31, mean, ability: None }];
        let screen = |lang| {
            let screen = monday(&students, &topics, &Catalogue::load(lang).unwrap());
            let mut said = Vec::new();
            for group in &screen.groups {
                let names: Vec<&str> = group.students.iter().map(|s| s.name.as_str()).collect();
                let evidence = group.evidence.clone().unwrap_or_default();
                said.push(format!(
                    "{} | {} | {} | {evidence}",
                    group.topic,
                    group.who,
                    names.join(", ")
                ));
            }
            for talk in screen.talks.iter().chain(&screen.ahead) {
                said.push(format!("{} | {}", talk.student.name, talk.reasons.join(" ")));
            }
            said.join("\n")
        };
        insta::assert_snapshot!(Lang::ALL.map(screen).join("\n"));
    }

    #[test]
    fn who_left_long_ago_is_not_said_to_be_there() {
        let mut students = vec![student("here", Kpi::default()), student("gone", Kpi::default())];
        students[1].days_silent = Some(30);
        students[1].kpis.churn = Kpi::known(1.0);
        let said = |students: &[StudentRow]| {
            let screen = monday(students, &[], &Catalogue::load(Lang::En).unwrap());
            assert!(screen.talks.is_empty());
            screen.no_talks
        };
        assert_eq!(
            said(&students),
            "1 student has not answered for more than four weeks. Nobody else clearly fell back, fell silent or is at \
             high risk."
        );
        assert!(said(&students[..1]).starts_with("Nobody clearly"));
    }

    #[test]
    fn at_most_five_are_talked_to_and_the_rest_is_counted_in_persons() {
        let students: Vec<_> = (0..30).map(|i| student(&format!("s{i}"), moved(-0.3))).collect();
        let ko = monday(&students, &[], &Catalogue::load(Lang::Ko).unwrap());
        assert_eq!((ko.talks.len(), ko.more_talks.as_deref()), (5, Some("외 25명")));
    }
}
