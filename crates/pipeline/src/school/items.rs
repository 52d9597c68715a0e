//! The items of the school, with their true parameters.

use seedtest_numerics::{Stream, exp};

pub(super) const TOPICS: [&str; 8] = [
    "fractions",
    "ratios",
    "linear-equations",
    "functions",
    "geometry",
    "probability",
    "statistics",
    "word-problems",
];

const ITEMS_PER_TOPIC: usize = 25;

/// An item with its true two-parameter logistic parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TrueItem {
    /// Discrimination.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Topic label.
    pub topic: &'static str,
}

impl TrueItem {
    /// Probability of a right answer at ability `theta`.
    pub fn probability(&self, theta: f64) -> f64 {
        1.0 / (1.0 + exp(-self.a * (theta - self.b)))
    }
}

/// Items of every topic in turn: log a ~ N(0, 0.3²), b ~ N(topic, 0.9²) with topics from easy to
/// hard.
pub(super) fn draw_items(seed: u64) -> Vec<TrueItem> {
    let mut stream = Stream::new(seed, 0);
    let spread = (TOPICS.len() - 1) as f64;
    TOPICS
        .iter()
        .enumerate()
        .flat_map(|(position, topic)| {
            let level = -0.6 + 1.2 * position as f64 / spread;
            std::iter::repeat_n((topic, level), ITEMS_PER_TOPIC)
        })
        .map(|(topic, level)| TrueItem {
            a: stream.lognormal(0.0, 0.3),
            b: level + 0.9 * stream.normal(),
            topic,
        })
        .collect()
}

pub(super) fn items_of_topic(topic: usize) -> std::ops::Range<usize> {
    topic * ITEMS_PER_TOPIC..(topic + 1) * ITEMS_PER_TOPIC
}
