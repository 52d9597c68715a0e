//! The weakest and the strongest topic in words.

use crate::catalogue::Catalogue;
use crate::findings::{FEWEST_ANSWERS, Way, clear_difference};
use crate::number::percent;
use crate::view::TopicScore;

/// The weakest and the strongest topic among those with enough answers, where they differ beyond
/// chance; `answered` says whether there
/// are answers at all.
pub(crate) fn topics(topics: &[TopicScore], answered: bool, catalogue: &Catalogue) -> String {
    if topics.iter().all(|topic| topic.n == 0) {
        let key = if answered { "chart.topics.untagged" } else { "chart.topics.empty" };
        return catalogue.text(key);
    }
    let mut known: Vec<&TopicScore> =
        topics.iter().filter(|topic| topic.n >= FEWEST_ANSWERS).collect();
    known.sort_by(|a, b| share(a).total_cmp(&share(b)).then_with(|| b.n.cmp(&a.n)));
    let (Some(weakest), Some(strongest)) = (known.first(), known.last()) else {
        let least = FEWEST_ANSWERS.to_string();
        return catalogue.fill("chart.topics.too_few", &[("n", &least)]);
    };
    if share(weakest) == share(strongest) {
        let values = [("share", &*percent(share(weakest)))];
        return catalogue.fill("chart.topics.all_alike", &values);
    }
    let counts = |topic: &TopicScore| (topic.right, topic.n);
    if clear_difference(counts(strongest), counts(weakest)) != Some(Way::Up) {
        let values = [
            ("weakest_share", &*percent(share(weakest))),
            ("strongest_share", &*percent(share(strongest))),
        ];
        return catalogue.fill("chart.topics.unclear", &values);
    }
    catalogue.fill(
        "chart.topics.reading",
        &[
            ("weakest", &weakest.topic),
            ("weakest_share", &percent(share(weakest))),
            ("strongest", &strongest.topic),
            ("strongest_share", &percent(share(strongest))),
        ],
    )
}

fn share(topic: &TopicScore) -> f64 {
    f64::from(topic.right) / f64::from(topic.n)
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
        let topic =
            |name: &str, n, right| TopicScore { topic: name.into(), n, right, ability: None };
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
