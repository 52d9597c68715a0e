//! What is known well enough to be said: a change whose 95 % interval lies off zero, a share of which
//! the posterior is sure.

use seedtest_numerics::{beta_cdf, normal_cdf};

use crate::interval::{Z_95, difference};
use crate::view::{Estimate, FEWEST, Kpi, StudentRow, TopicScore};

/// Posterior probability from which something is said.
pub(crate) const SURE: f64 = 0.9;
/// A topic of which less than this share is right asks for practice.
pub(crate) const PRACTISE_BELOW: f64 = 0.6;
/// A topic of which more than this share is right is a strength.
pub(crate) const STRONG_ABOVE: f64 = 0.8;
/// Fewest answers for which a topic is spoken of.
pub(crate) const FEWEST_ANSWERS: u32 = 5;
/// Days without an answer from which a student is called silent, and those from which the silence is
/// no news any more.
pub(crate) const SILENT_DAYS: std::ops::RangeInclusive<u32> = 7..=28;
/// Churn risk from which a student is named (the band "high" of the product's metrics).
pub(crate) const HIGH_RISK: f64 = 0.5;

/// Which way a clear change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

/// A clear change and how sure its direction is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) way: Way,
    /// Probability of the direction, 0..1.
    pub(crate) sure: f64,
}

/// The change a KPI with an interval stands for; `None` where the interval holds zero or is not known.
pub(crate) fn clear_change(kpi: &Kpi) -> Option<Change> {
    let (value, lower, upper) = (kpi.value?, kpi.lower?, kpi.upper?);
    let way = match () {
        () if lower > 0.0 => Way::Up,
        () if upper < 0.0 => Way::Down,
        () => return None,
    };
    // The interval is value ± 1.96 standard errors, cut to the range of the KPI: the wider half is
    // the uncut one.
    let se = (upper - value).max(value - lower) / Z_95;
    let sure = if se > 0.0 { normal_cdf(value.abs() / se) } else { 1.0 };
    Some(Change { way, sure })
}

/// Probability that the true share lies below `edge`, by the posterior of Jeffreys' prior
/// Beta(½, ½).
pub(crate) fn below(right: u32, n: u32, edge: f64) -> f64 {
    beta_cdf(f64::from(right) + 0.5, f64::from(n - right.min(n)) + 0.5, edge)
}

/// How sure it is that a topic asks for practice; `None` where that is not sure.
pub(crate) fn needs_practice(topic: &TopicScore) -> Option<f64> {
    let sure = below(topic.right, topic.n, PRACTISE_BELOW);
    (topic.n >= FEWEST_ANSWERS && sure >= SURE).then_some(sure)
}

/// How sure it is that a topic is a strength; `None` where that is not sure.
pub(crate) fn is_strength(topic: &TopicScore) -> Option<f64> {
    let sure = 1.0 - below(topic.right, topic.n, STRONG_ABOVE);
    (topic.n >= FEWEST_ANSWERS && sure >= SURE).then_some(sure)
}

/// Topics for which `verdict` is sure, the surest first.
pub(crate) fn sure_topics(
    topics: &[TopicScore],
    verdict: fn(&TopicScore) -> Option<f64>,
) -> Vec<&TopicScore> {
    let mut found: Vec<(f64, &TopicScore)> =
        topics.iter().filter_map(|topic| verdict(topic).map(|sure| (sure, topic))).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.topic.cmp(&b.1.topic)));
    found.into_iter().map(|(_, topic)| topic).collect()
}

/// The topic with the lowest share among those with enough answers.
pub(crate) fn lowest_topic(topics: &[TopicScore]) -> Option<&TopicScore> {
    let share = |topic: &TopicScore| f64::from(topic.right) / f64::from(topic.n);
    let known = topics.iter().filter(|topic| topic.n >= FEWEST_ANSWERS);
    known.min_by(|a, b| share(a).total_cmp(&share(b)).then_with(|| a.topic.cmp(&b.topic)))
}

/// Days of a silence that is news; `None` for who is active, and for who left long ago.
pub(crate) fn new_silence(student: &StudentRow) -> Option<u32> {
    student.days_silent.filter(|days| SILENT_DAYS.contains(days))
}

/// Whether a student answered once and has been silent for longer than is news.
pub(crate) fn left_long_ago(student: &StudentRow) -> bool {
    student.days_silent.is_some_and(|days| days > *SILENT_DAYS.end())
}

/// A risk from which a student is named. Who is silent already needs no estimate of it.
pub(crate) fn high_risk(student: &StudentRow) -> Option<f64> {
    let is_active = student.days_silent.is_some_and(|days| days < *SILENT_DAYS.start());
    student.kpis.churn.value.filter(|&risk| is_active && risk >= HIGH_RISK)
}

/// Whether right answers of two halves went the way of a change, so that they may stand as evidence.
pub(crate) fn halves_agree(student: &StudentRow, way: Way) -> bool {
    let Some(halves) = student.halves else { return false };
    let share = |(right, n): (u32, u32)| f64::from(right) / f64::from(n.max(1));
    let (now, before) = (share(halves.recent), share(halves.before));
    halves.recent.1 > 0
        && halves.before.1 > 0
        && match way {
            Way::Up => now > before,
            Way::Down => now < before,
        }
}

/// Whether two shares differ beyond chance, and which way the first one lies.
pub(crate) fn clear_difference(now: Estimate, before: Estimate) -> Option<Way> {
    match difference(now, before) {
        (low, _) if low > 0.0 => Some(Way::Up),
        (_, high) if high < 0.0 => Some(Way::Down),
        _ => None,
    }
}

/// Whether a group is large enough to give a figure of it.
pub(crate) fn is_told(students: u32) -> bool {
    students >= FEWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(right: u32, n: u32) -> TopicScore {
        TopicScore { topic: "t".into(), n, right, mean: None, ability: None }
    }

    // R 4.2.2: pbeta(0.6, right + 0.5, n - right + 0.5).
    #[test]
    fn a_share_is_below_an_edge_with_the_probability_of_the_posterior() {
        for (right, n, expected) in
            [(3, 16, 0.999_637_796_822), (8, 16, 0.794_159_493_309), (0, 1, 0.875_972_937_342)]
        {
            let found = below(right, n, 0.6);
            assert!((found - expected).abs() < 1e-11, "{right} of {n}: {found}");
        }
    }

    #[test]
    fn a_topic_is_named_only_where_the_posterior_is_sure() {
        assert!(needs_practice(&topic(3, 16)).is_some());
        assert_eq!(needs_practice(&topic(8, 16)), None);
        assert_eq!(needs_practice(&topic(0, 4)), None, "four answers are too few");
        assert!(is_strength(&topic(30, 31)).is_some());
        assert_eq!(is_strength(&topic(8, 9)), None);
    }

    #[test]
    fn a_change_is_clear_when_its_interval_lies_off_zero() {
        let kpi = |value, lower, upper| Kpi {
            lower: Some(lower),
            upper: Some(upper),
            ..Kpi::known(value)
        };
        let fell = clear_change(&kpi(-0.2, -0.35, -0.05)).unwrap();
        assert_eq!(fell.way, Way::Down);
        assert!((fell.sure - normal_cdf(0.2 / (0.15 / Z_95))).abs() < 1e-12);
        assert_eq!(clear_change(&kpi(-0.2, -0.45, 0.05)), None);
        assert_eq!(clear_change(&Kpi::known(-0.9)), None, "without an interval nothing is clear");
    }

    #[test]
    fn a_risk_is_named_only_of_who_still_answers() {
        let student = |days_silent| {
            let mut student = StudentRow { days_silent, ..StudentRow::default() };
            student.kpis.churn = Kpi::known(0.93);
            student
        };
        let named = [Some(3), Some(7), Some(60), None].map(|days| high_risk(&student(days)));
        assert_eq!(named, [Some(0.93), None, None, None]);
    }

    #[test]
    fn who_left_long_ago_is_no_news() {
        let student = |days| StudentRow { days_silent: Some(days), ..StudentRow::default() };
        let named = [6, 7, 28, 29].map(|days| new_silence(&student(days)).is_some());
        assert_eq!(named, [false, true, true, false]);
        assert_eq!([28, 29].map(|days| left_long_ago(&student(days))), [false, true]);
    }
}
