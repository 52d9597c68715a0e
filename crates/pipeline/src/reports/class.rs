//! The overview of a class.

use std::collections::HashMap;

use seedtest_report::{
    Absent, ClassName, ClassReport, ItemRow, Lang, StudentRow, TopicScore, WeekScore, file_name,
};

use super::churn::churn_detail;
use super::material::Material;
use super::segment::class_segments;
use super::student::topics;
use super::sums::{GroupSum, group_topics};

/// The overview of a class of the roster, or of everybody where `class` is `None`; without the items, which are the same for
/// all classes.
pub(super) fn class_report(
    material: &Material,
    class: Option<&ClassName>,
    users: &[String],
    lang: Lang,
) -> ClassReport {
    ClassReport {
        class: class.cloned(),
        week_start: material.week,
        generated_at: material.generated_at.clone(),
        students: student_rows(material, users, lang),
        absent: absent(material, class),
        weekly_accuracy: class_weeks(material, class),
        topics: class_topics(material, users, lang),
        forecast: material.forecast.clone(),
        segments: material.segment_run.as_ref().and_then(class_segments),
        items: Vec::new(),
        school_file: None,
        operator_file: None,
        warnings: Vec::new(),
        provenance: material.provenance.clone(),
    }
}

/// Those of a class without figures in the week. Of no class are those whose answers were looked at.
fn absent(material: &Material, class: Option<&ClassName>) -> Vec<Absent> {
    let people = &material.people;
    let members: Vec<&str> = if let Some(class) = class {
        people.members_of(&class.id).iter().map(String::as_str).collect()
    } else {
        let answered = material.log.students().iter().map(|id| &**id);
        answered.filter(|id| people.class_of(id).is_none()).collect()
    };
    let absent = |user_id: &str| Absent {
        user_id: user_id.to_owned(),
        display_name: people.name(user_id),
        days_silent: material.sums_of(user_id).and_then(|sums| sums.days_silent),
    };
    members.into_iter().filter(|&id| !material.kpis.contains_key(id)).map(absent).collect()
}

/// The weeks of a class, each beside that of everybody.
pub(super) fn class_weeks(material: &Material, class: Option<&ClassName>) -> Vec<WeekScore> {
    let everybody = class.map(|_| material.weeks_of(None));
    material
        .weeks_of(class.map(|class| class.id.as_str()))
        .iter()
        .map(|(&week_start, score)| WeekScore {
            week_start,
            n: score.n,
            right: score.right,
            mean: Some(score.mean),
            group: everybody.and_then(|weeks| weeks.get(&week_start)).map(|sum| sum.mean),
        })
        .collect()
}

/// The topics of the last four weeks of these students together.
pub(super) fn class_topics(material: &Material, users: &[String], lang: Lang) -> Vec<TopicScore> {
    let of = users.iter().filter_map(|user| material.sums_of(user));
    let topics = &material.log.topics();
    let score = |(topic, sum): (u32, GroupSum)| TopicScore {
        topic: material.people.topic(&topics[topic as usize], lang),
        n: sum.n,
        right: sum.right,
        mean: Some(sum.mean),
        ability: None,
    };
    group_topics(of).into_iter().map(score).collect()
}

/// The students of a page, each with what the page says of them.
pub(super) fn student_rows(material: &Material, users: &[String], lang: Lang) -> Vec<StudentRow> {
    users.iter().filter_map(|user| student_row(material, user, lang)).collect()
}

fn student_row(material: &Material, user_id: &String, lang: Lang) -> Option<StudentRow> {
    let row = material.kpis.get(user_id)?;
    let sums = material.sums_of(user_id);
    let (right, attempts) =
        sums.and_then(|sums| sums.weeks.get(&material.week).copied()).unwrap_or_default();
    Some(StudentRow {
        user_id: user_id.clone(),
        display_name: material.people.name(user_id),
        kpis: material.cards(row, user_id),
        churn: churn_detail(row, material.churn.get(user_id)),
        ability: material.abilities.get(user_id).and_then(|points| points.last().copied()),
        attempts,
        right,
        halves: sums.and_then(|sums| sums.halves),
        days_silent: sums.and_then(|sums| sums.days_silent),
        topics: topics(material, user_id, lang),
        file: Some(file_name(user_id)),
    })
}

/// The slope of stored parameters; nominal categories have several, which are none.
fn slope(params: &serde_json::Value) -> Option<f64> {
    let is_nominal = params.get("model").is_some_and(|model| model == "NRM");
    middle(&params["a"]).filter(|_| !is_nominal)
}

/// A number, or the mean of a list of them, as the steps of an item with several categories are.
pub(super) fn middle(numbers: &serde_json::Value) -> Option<f64> {
    let Some(list) = numbers.as_array() else { return numbers.as_f64() };
    let known: Vec<f64> = list.iter().filter_map(serde_json::Value::as_f64).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// Every calibrated item with its answers in the period of the report.
pub(super) fn item_rows(material: &Material, lang: Lang) -> Vec<ItemRow> {
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
                item: material.people.item(&item.item_id, lang),
                topic: topic
                    .map(|topic| material.people.topic(&log.topics()[topic as usize], lang)),
                discrimination: slope(&item.params),
                difficulty: middle(&item.params["b"]),
                check_key: item.params.get("check_key").is_some_and(|key| key == true),
                n,
                right,
            })
        })
        .collect();
    rows.sort_by(|x, y| x.item.cmp(&y.item));
    rows
}
