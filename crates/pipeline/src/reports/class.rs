//! The overview of a class.

use std::collections::{BTreeMap, HashMap};

use seedtest_kpi::{rows_in, topic_accuracy, weekly_accuracy};
use seedtest_report::{ClassReport, ItemRow, StudentRow, TopicScore, WeekScore};

use super::kpi_cards::cards;
use super::material::Material;
use super::segment::class_segments;

/// The overview of everyone with KPIs in the week.
pub(super) fn class_report(material: &Material, users: &[String]) -> ClassReport {
    let log = &material.log;
    let mut weeks: BTreeMap<_, (u32, u32)> = BTreeMap::new();
    let mut topics: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for student in 0..log.students().len() as u32 {
        for (week, score) in weekly_accuracy(log, rows_in(log, student, material.accuracy_window()))
        {
            add(weeks.entry(week).or_default(), score.n, score.right);
        }
        for (topic, score) in topic_accuracy(log, rows_in(log, student, material.month())) {
            add(topics.entry(topic).or_default(), score.n, score.right);
        }
    }
    ClassReport {
        name: None,
        week_start: material.week,
        generated_at: material.generated_at.clone(),
        students: users.iter().filter_map(|user| student_row(material, user)).collect(),
        weekly_accuracy: weeks
            .into_iter()
            .map(|(week_start, (n, right))| WeekScore { week_start, n, right })
            .collect(),
        topics: topics
            .into_iter()
            .map(|(topic, (n, right))| TopicScore {
                topic: log.topics()[topic as usize].to_string(),
                n,
                right,
                ability: None,
            })
            .collect(),
        forecast: material.forecast.clone(),
        segments: material.segment_run.as_ref().and_then(class_segments),
        items: item_rows(material),
        warnings: Vec::new(),
        provenance: material.provenance.clone(),
    }
}

fn add(total: &mut (u32, u32), n: u32, right: u32) {
    total.0 += n;
    total.1 += right;
}

fn student_row(material: &Material, user_id: &String) -> Option<StudentRow> {
    let row = material.kpis.get(user_id)?;
    let week = weeks_score(material, user_id);
    Some(StudentRow {
        user_id: user_id.clone(),
        display_name: None,
        kpis: cards(row, material.kpis_before.get(user_id)),
        ability: material.abilities.get(user_id).and_then(|points| points.last().copied()),
        attempts: week.0,
        right: week.1,
        has_report: true,
    })
}

fn weeks_score(material: &Material, user_id: &str) -> (u32, u32) {
    let Some(code) = material.log.student_code(user_id) else { return (0, 0) };
    let rows = rows_in(&material.log, code, material.weeks(1));
    weekly_accuracy(&material.log, rows)
        .values()
        .fold((0, 0), |(n, right), score| (n + score.n, right + score.right))
}

/// Every calibrated item with its answers in the period of the report.
fn item_rows(material: &Material) -> Vec<ItemRow> {
    let log = &material.log;
    let mut answers: HashMap<&str, (u32, u32, Option<u32>)> = HashMap::new();
    for row in (0..log.len()).filter(|&row| !log.is_retag(row)) {
        let Some(correct) = log.outcome()[row].correct() else { continue };
        let entry = answers.entry(&log.items()[log.item()[row] as usize]).or_default();
        entry.0 += 1;
        entry.1 += u32::from(correct);
        entry.2 = log.topic(row);
    }
    let mut rows: Vec<ItemRow> = material
        .items
        .values()
        .filter_map(|item| {
            let &(n, right, topic) = answers.get(item.item_id.as_str())?;
            Some(ItemRow {
                item: item.item_id.clone(),
                topic: topic.map(|topic| log.topics()[topic as usize].to_string()),
                discrimination: item.params.get("a").and_then(serde_json::Value::as_f64),
                difficulty: item.params.get("b").and_then(serde_json::Value::as_f64),
                check_key: item.params.get("check_key").is_some_and(|key| key == true),
                n,
                right,
            })
        })
        .collect();
    rows.sort_by(|x, y| x.item.cmp(&y.item));
    rows
}
