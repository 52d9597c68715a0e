//! A name for a segment of learners, from its centre.

use serde::{Deserialize, Serialize};

/// A feature in which a segment differs from the other rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Apart {
    /// Its centre, in the unit of the feature.
    pub centre: f64,
    /// Whether it is above the others.
    pub is_above: bool,
}

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
    /// The first rule that the centre, in the units of the features, satisfies. `sets_apart` is `None` for a
    /// feature that is not known or in which the segment does not differ from the others beyond sampling
    /// error: it satisfies no rule, and neither does a high value that is lower than that of the others.
    pub fn of_centre(sets_apart: impl Fn(&str) -> Option<Apart>) -> Self {
        let below = |name: &str, limit: f64| {
            sets_apart(name).is_some_and(|of| of.centre < limit && !of.is_above)
        };
        let above = |name: &str, limit: f64| {
            sets_apart(name).is_some_and(|of| of.centre > limit && of.is_above)
        };
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
    use super::{Apart, Label};

    /// Features with their centres and whether these are above the others.
    fn of(features: &'static [(&'static str, f64, bool)]) -> Label {
        Label::of_centre(move |name| {
            let found = features.iter().find(|of| of.0 == name)?;
            Some(Apart { centre: found.1, is_above: found.2 })
        })
    }

    #[test]
    fn the_first_rule_that_holds_names_the_segment() {
        assert_eq!(
            of(&[("gap", 2.0, false), ("sessions", 11.0, true), ("avg_hints", 5.0, true)]),
            Label::ShortFrequent
        );
        assert_eq!(of(&[("gap", 9.0, true), ("sessions", 2.0, false)]), Label::LongRare);
        assert_eq!(of(&[("avg_hints", 1.8, true), ("efficiency", 0.3, false)]), Label::Struggling);
        assert_eq!(of(&[("avg_hints", 0.1, false), ("efficiency", 0.8, true)]), Label::Efficient);
        assert_eq!(of(&[("efficiency", 0.5, true)]).key(3), "cluster_3");
    }

    #[test]
    fn what_others_do_more_of_names_nobody() {
        assert_eq!(of(&[("avg_hints", 2.5, true)]), Label::HintHeavy);
        assert_eq!(of(&[("avg_hints", 2.5, false)]), Label::Cluster);
    }
}
