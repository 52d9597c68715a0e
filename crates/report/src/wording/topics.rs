//! The weakest and the strongest topic in words.

use crate::catalogue::Catalogue;
use crate::findings::{FEWEST_ANSWERS, Way, clear_difference};
use crate::number::percent;
use crate::view::{Estimate, TopicScore};

/// The weakest and the strongest topic among those with enough answers, where they differ beyond
/// chance; `answered` says whether there
/// are answers at all.
pub(crate) fn topics(topics: &[TopicScore], answered: bool, catalogue: &Catalogue) -> String {
    if topics.iter().all(|topic| topic.n == 0) {
        let key = if answered { "chart.topics.untagged" } else { "chart.topics.empty" };
        return catalogue.text(key);
    }
    let enough = topics.iter().filter(|topic| topic.n >= FEWEST_ANSWERS);
    let mut known: Vec<(Estimate, &TopicScore)> =
        enough.filter_map(|topic| Some((topic.estimate()?, topic))).collect();
    known.sort_by(|(a, one), (b, other)| {
        a.share.total_cmp(&b.share).then_with(|| other.n.cmp(&one.n))
    });
    let (Some(&(low, weakest)), Some(&(high, strongest))) = (known.first(), known.last()) else {
        // Of a group: topics that fewer than five students answered.
        if topics.iter().any(|topic| topic.n >= FEWEST_ANSWERS) {
            return catalogue.text("suppressed.sentence");
        }
        let least = FEWEST_ANSWERS.to_string();
        return catalogue.fill("chart.topics.too_few", &[("n", &least)]);
    };
    let (low_share, high_share) = (percent(low.share), percent(high.share));
    if low.share == high.share {
        return catalogue.fill("chart.topics.all_alike", &[("share", &low_share)]);
    }
    if clear_difference(high, low) != Some(Way::Up) {
        let values = [("weakest_share", &*low_share), ("strongest_share", &*high_share)];
        return catalogue.fill("chart.topics.unclear", &values);
    }
    catalogue.fill(
        "chart.topics.reading",
        &[
            ("weakest", &weakest.topic),
            ("weakest_share", &low_share),
            ("strongest", &strongest.topic),
            ("strongest_share", &high_share),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::topics;
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;
    use crate::view::TopicScore;

    #[test]
    fn only_topics_with_enough_answers_are_named() {
        let en = Catalogue::load(Lang::En).unwrap();
        let topic = |name: &str, n, right| TopicScore {
            topic: name.into(),
            n,
            right,
            mean: None,
            ability: None,
        };
        let (a, b, c) = (topic("Sets", 4, 0), topic("Area", 5, 2), topic("{n}", 20, 18));
        let said = |list: &[TopicScore]| topics(list, true, &en);
        insta::assert_snapshot!(
            [
                said(&[a.clone(), topic("Area", 25, 10), c]),
                said(&[b.clone(), topic("Ratio", 20, 14)]),
                said(&[a]),
                said(&[b]),
            ]
            .join("\n")
        );
        let [none, untagged] = [false, true].map(|answered| topics(&[], answered, &en));
        assert!(none.starts_with("No answers") && untagged.starts_with("No topics recorded"));
    }
}
