//! Topics × pupils: who is where in what. A cell says how many of how many answers were right; it has a colour only
//! where the posterior is sure of a side, and a mark besides, so that no colour has to be told apart.

use seedtest_report::{StudentRow, TopicScore, percent};
use serde::Serialize;

/// Most topics that stand side by side: those with most answers.
const MOST_TOPICS: usize = 12;

/// The heat map of a class.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Heat {
    pub(crate) topics: Vec<HeatTopic>,
    pub(crate) rows: Vec<HeatRow>,
    /// Topics that found no room.
    pub(crate) left_out: usize,
}

/// A topic with the mean of the class.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct HeatTopic {
    pub(crate) name: String,
    /// The mean share of its students with its interval; `None` of fewer than five.
    pub(crate) mean: Option<String>,
    pub(crate) range: Option<String>,
    /// Students with answers.
    pub(crate) students: u32,
}

/// A student with a cell for every topic.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct HeatRow {
    pub(crate) name: String,
    pub(crate) path: Option<String>,
    pub(crate) cells: Vec<HeatCell>,
}

/// A topic of a student.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct HeatCell {
    /// `weak`, `strong`, `open` (nothing is sure), `few` (too few answers), `none`.
    pub(crate) kind: &'static str,
    pub(crate) right: u32,
    pub(crate) n: u32,
    pub(crate) share: Option<String>,
}

impl Heat {
    /// Of these students; `topics` are those of the class.
    pub(crate) fn of(students: &[StudentRow], topics: &[TopicScore]) -> Self {
        let mut sorted: Vec<&TopicScore> = topics.iter().filter(|topic| topic.n > 0).collect();
        sorted.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.topic.cmp(&b.topic)));
        let left_out = sorted.len().saturating_sub(MOST_TOPICS);
        sorted.truncate(MOST_TOPICS);
        let mut students: Vec<&StudentRow> = students.iter().collect();
        students.sort_by(|a, b| shown(a).cmp(shown(b)).then_with(|| a.user_id.cmp(&b.user_id)));
        let row = |student: &StudentRow| HeatRow {
            name: shown(student).to_owned(),
            path: student.file.clone(),
            cells: sorted.iter().map(|topic| cell(student, &topic.topic)).collect(),
        };
        let rows = students.into_iter().map(row).collect();
        Self { topics: sorted.iter().copied().map(head).collect(), rows, left_out }
    }
}

fn shown(student: &StudentRow) -> &str {
    student.display_name.as_deref().unwrap_or(&student.user_id)
}

fn head(topic: &TopicScore) -> HeatTopic {
    let share = topic.share();
    HeatTopic {
        name: topic.topic.clone(),
        mean: share.map(|(share, _, _)| percent(share)),
        range: share.map(|(_, low, high)| range(low, high)),
        students: topic.mean.map_or(0, |mean| mean.students),
    }
}

/// An interval of shares in per cent.
pub(crate) fn range(low: f64, high: f64) -> String {
    format!("{}–{}", percent(low).trim_end_matches('%'), percent(high))
}

fn cell(student: &StudentRow, topic: &str) -> HeatCell {
    let found = student.topics.iter().find(|of| of.topic == topic).filter(|of| of.n > 0);
    let Some(of) = found else {
        return HeatCell { kind: "none", right: 0, n: 0, share: None };
    };
    let kind = match () {
        () if of.needs_practice() => "weak",
        () if of.is_strength() => "strong",
        () if of.has_enough() => "open",
        () => "few",
    };
    let share = of.has_enough().then(|| percent(f64::from(of.right) / f64::from(of.n)));
    HeatCell { kind, right: of.right, n: of.n, share }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str, right: u32, n: u32) -> TopicScore {
        TopicScore { topic: name.into(), n, right, mean: None, ability: None }
    }

    #[test]
    fn a_cell_has_a_side_only_where_the_answers_are_sure_of_it() {
        let student = StudentRow {
            user_id: "s1".into(),
            topics: vec![
                topic("weak", 3, 16),
                topic("strong", 30, 31),
                topic("open", 8, 16),
                topic("few", 0, 4),
            ],
            ..StudentRow::default()
        };
        let class: Vec<TopicScore> = ["weak", "strong", "open", "few", "other"]
            .into_iter()
            .zip(1..)
            .map(|(name, n)| topic(name, 0, n))
            .collect();
        let heat = Heat::of(&[student], &class);
        let kinds: Vec<_> =
            heat.topics.iter().zip(&heat.rows[0].cells).map(|(t, c)| (&*t.name, c.kind)).collect();
        let expected = [("other", "none"), ("few", "few"), ("open", "open"), ("strong", "strong")];
        assert_eq!(kinds[..4], expected);
        assert_eq!(kinds[4], ("weak", "weak"));
        assert_eq!(heat.rows[0].cells[1].share, None, "of four answers the count says more");
    }

    #[test]
    fn the_topics_with_most_answers_stay_and_the_others_are_counted() {
        let class: Vec<TopicScore> = (1..=15).map(|n| topic(&format!("t{n}"), 0, n)).collect();
        let heat = Heat::of(&[], &class);
        assert_eq!((heat.topics.len(), heat.left_out), (12, 3));
        assert_eq!(heat.topics[0].name, "t15");
    }
}
