//! A name for a segment of learners, from its centre.

use serde::{Deserialize, Serialize};

/// What sets a segment apart, by the rules of the contract (M12) applied to its centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Little time between visits, many sessions.
    ShortFrequent,
    /// Much time between visits, few sessions.
    LongRare,
    /// Many hints.
    HintHeavy,
    /// Getting better.
    Improving,
    /// Slow progress with many hints.
    Struggling,
    /// Fast progress without hints.
    Efficient,
    /// None of these.
    Cluster,
}

impl Label {
    /// The first rule that the centre, in the units of the features, satisfies. A feature that is not
    /// known satisfies none.
    pub fn of_centre(centre: impl Fn(&str) -> Option<f64>) -> Self {
        let below = |name: &str, limit: f64| centre(name).is_some_and(|v| v < limit);
        let above = |name: &str, limit: f64| centre(name).is_some_and(|v| v > limit);
        if below("gap", 3.0) && above("sessions", 10.0) {
            Self::ShortFrequent
        } else if above("gap", 7.0) && below("sessions", 5.0) {
            Self::LongRare
        } else if above("avg_hints", 2.0) {
            Self::HintHeavy
        } else if above("improvement", 0.3) {
            Self::Improving
        } else if below("efficiency", 0.4) && above("avg_hints", 1.5) {
            Self::Struggling
        } else if above("efficiency", 0.7) && below("avg_hints", 0.5) {
            Self::Efficient
        } else {
            Self::Cluster
        }
    }

    /// Its key in tables and in the wording of both languages; a segment without a name has its number.
    pub fn key(self, number: u32) -> String {
        let name = match self {
            Self::ShortFrequent => "short_frequent",
            Self::LongRare => "long_rare",
            Self::HintHeavy => "hint_heavy",
            Self::Improving => "improving",
            Self::Struggling => "struggling",
            Self::Efficient => "efficient",
            Self::Cluster => return format!("cluster_{number}"),
        };
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::Label;

    #[test]
    fn the_first_rule_that_holds_names_the_segment() {
        let centre = |pairs: &'static [(&'static str, f64)]| {
            move |name: &str| pairs.iter().find(|p| p.0 == name).map(|p| p.1)
        };
        let of = |pairs| Label::of_centre(centre(pairs));
        assert_eq!(
            of(&[("gap", 2.0), ("sessions", 11.0), ("avg_hints", 5.0)]),
            Label::ShortFrequent
        );
        assert_eq!(of(&[("gap", 9.0), ("sessions", 2.0)]), Label::LongRare);
        assert_eq!(of(&[("avg_hints", 1.8), ("efficiency", 0.3)]), Label::Struggling);
        assert_eq!(of(&[("avg_hints", 0.1), ("efficiency", 0.8)]), Label::Efficient);
        assert_eq!(of(&[("efficiency", 0.5)]).key(3), "cluster_3");
    }
}
