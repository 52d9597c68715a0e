//! Share of right answers by topic.

use super::drawing::{Anchor, Drawing, WIDTH};
use super::figure::{Figure, Table};
use super::label;
use super::scale::Scale;
use super::weekly_accuracy::columns_of;
use crate::catalogue::Catalogue;
use crate::number::{count, decimal, percent, percent_range};
use crate::view::{Estimate, TopicScore};

const ID: &str = "topics";
const MOST_BARS: usize = 12;
const ROW: f64 = 38.0;

/// The share of right answers by topic as horizontal bars with intervals, of a group the mean of its students: the
/// topics with most answers, the weakest first. The table holds every topic, without a share where fewer than
/// five students answered.
pub(crate) fn topic_accuracy(
    topics: &[TopicScore],
    reading: String,
    catalogue: &Catalogue,
) -> Figure {
    let title = catalogue.text("chart.topics.title");
    let mut all: Vec<&TopicScore> = topics.iter().filter(|topic| topic.n > 0).collect();
    all.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.topic.cmp(&b.topic)));
    let mut shown: Vec<(Estimate, &TopicScore)> =
        all.iter().filter_map(|topic| Some((topic.estimate()?, *topic))).collect();
    if shown.is_empty() {
        return Figure::empty(ID, title, reading);
    }
    let table = table(&all, catalogue);
    shown.truncate(MOST_BARS);
    shown.sort_by(|(a, one), (b, other)| {
        a.share.total_cmp(&b.share).then_with(|| one.topic.cmp(&other.topic))
    });
    let legend = legend(&all, shown.len(), catalogue);
    let svg = draw(&shown, catalogue).finish(ID, &title, &reading);
    Figure { id: ID.into(), title, reading, svg: Some(svg), legend: Some(legend), table }
}

fn legend(all: &[&TopicScore], shown: usize, catalogue: &Catalogue) -> String {
    let key = if are_means(all) { "chart.topics.legend_mean" } else { "chart.topics.legend" };
    let values = [("shown", &*shown.to_string()), ("total", &*all.len().to_string())];
    let cut = (all.len() > shown).then(|| catalogue.fill("chart.topics.legend_cut", &values));
    std::iter::once(catalogue.text(key)).chain(cut).collect::<Vec<_>>().join(" ")
}

/// Whether the topics are of a group.
fn are_means(topics: &[&TopicScore]) -> bool {
    topics.iter().any(|topic| topic.mean.is_some())
}

fn draw(topics: &[(Estimate, &TopicScore)], catalogue: &Catalogue) -> Drawing {
    let mut drawing = Drawing::new(WIDTH, ROW * topics.len() as f64 + 6.0);
    let x = Scale::new((0.0, 1.0), (2.0, WIDTH - 2.0));
    for (i, topic) in topics.iter().enumerate() {
        draw_row(&mut drawing, topic, ROW * i as f64, &x, catalogue);
    }
    drawing
}

fn draw_row(
    drawing: &mut Drawing,
    (found, topic): &(Estimate, &TopicScore),
    top: f64,
    x: &Scale,
    texts: &Catalogue,
) {
    let share = percent(found.share);
    let value = if let Some(mean) = topic.mean {
        let students = texts.count("students", mean.students);
        texts.fill("chart.topics.value_mean", &[("share", &share), ("students", &students)])
    } else {
        let (right, n) = (count(topic.right), count(topic.n));
        texts.fill("chart.topics.value", &[("share", &share), ("right", &right), ("n", &n)])
    };
    let room = WIDTH / label::SIZE - label::width(&value) - 2.0;
    let name = label::ellipsise(&topic.topic, room);
    drawing.text("name", (x.at(0.0), top + 14.0), Anchor::Start, &name);
    drawing.text("label", (x.at(1.0), top + 14.0), Anchor::End, &value);
    let middle = top + 25.0;
    drawing.bar("track", (x.at(0.0), x.at(1.0)), (middle - 5.0, middle + 5.0));
    drawing.bar("bar", (x.at(0.0), x.at(found.share)), (middle - 5.0, middle + 5.0));
    let (low, high) = (x.at(found.low), x.at(found.high));
    drawing.line("halo", (low, middle), (high, middle));
    drawing.line("whisker", (low, middle), (high, middle));
    drawing.line("whisker", (low, middle - 4.0), (low, middle + 4.0));
    drawing.line("whisker", (high, middle - 4.0), (high, middle + 4.0));
}

fn table(topics: &[&TopicScore], catalogue: &Catalogue) -> Table {
    let has_ability = topics.iter().any(|topic| topic.ability.is_some());
    let none = || catalogue.text("none");
    let row = |topic: &&TopicScore| {
        let found = topic.estimate();
        // Of a few students not even how many answers were right.
        let second = match topic.mean {
            Some(mean) => count(mean.students),
            None => count(topic.right),
        };
        let mut cells = vec![
            topic.topic.clone(),
            count(topic.n),
            second,
            found.map_or_else(none, |found| percent(found.share)),
            found.map_or_else(none, |found| percent_range(found.low, found.high)),
        ];
        if has_ability {
            cells.push(topic.ability.map_or_else(none, |ability| decimal(ability.theta, 2)));
        }
        cells
    };
    let (second, share) = columns_of(are_means(topics));
    let mut keys = vec!["column.topic", "column.answers", second, share, "column.ci"];
    if has_ability {
        keys.push("column.theta");
    }
    Table {
        columns: keys.into_iter().map(|key| catalogue.text(key)).collect(),
        rows: topics.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::topic_accuracy;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::TopicScore;

    fn topic(name: &str, n: u32, right: u32) -> TopicScore {
        TopicScore { topic: name.into(), n, right, mean: None, ability: None }
    }

    #[test]
    fn a_bar_has_its_name_numbers_and_interval() {
        let en = Catalogue::load(Lang::En).unwrap();
        let figure = topic_accuracy(&[topic("A < B", 10, 3)], "Reading.".into(), &en);
        insta::assert_snapshot!(figure.svg.unwrap(), @r#"
        <svg viewBox="0 0 400 44" role="img" aria-labelledby="topics-title topics-desc" xmlns="http://www.w3.org/2000/svg">
        <title id="topics-title">Right answers by topic</title>
        <desc id="topics-desc">Reading.</desc>
        <text class="name" x="2.0" y="14.0" text-anchor="start">A &lt; B</text>
        <text class="label" x="398.0" y="14.0" text-anchor="end">30% · 3 of 10</text>
        <rect class="track" x="2.0" y="20.0" width="396.0" height="10.0"/>
        <rect class="bar" x="2.0" y="20.0" width="118.8" height="10.0"/>
        <line class="halo" x1="44.7" y1="25.0" x2="240.9" y2="25.0"/>
        <line class="whisker" x1="44.7" y1="25.0" x2="240.9" y2="25.0"/>
        <line class="whisker" x1="44.7" y1="21.0" x2="44.7" y2="29.0"/>
        <line class="whisker" x1="240.9" y1="21.0" x2="240.9" y2="29.0"/>
        </svg>
        "#);
    }

    #[test]
    fn the_chart_shows_the_topics_with_most_answers_and_the_table_all() {
        let en = Catalogue::load(Lang::En).unwrap();
        let topics: Vec<_> = (1..=14).map(|i| topic(&format!("topic {i}"), i, i / 3)).collect();
        let figure = topic_accuracy(&topics, String::new(), &en);
        let svg = figure.svg.unwrap();
        assert!(svg.contains(">topic 3<") && !svg.contains(">topic 2<"));
        assert_eq!(figure.table.rows.len(), 14);
        assert!(figure.legend.unwrap().contains("12 of 14"));
    }
}
