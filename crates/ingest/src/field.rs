//! The fields of a response log and the names their columns go by.

use std::fmt;

/// What a column of a response log can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// Canonical text id of the student.
    Student,
    /// Text id of the item.
    Item,
    /// Whether the answer was right.
    Correct,
    /// When the answer was completed.
    CompletedAt,
    /// Response time in milliseconds.
    ResponseTimeMs,
    /// Response time in seconds; read only where there are no milliseconds.
    ResponseTimeS,
    /// Number of hints used, or whether any was.
    Hints,
    /// Topic (skill, knowledge component).
    Topic,
    /// Sitting in which the answer was given.
    Session,
    /// Subject or exam the answer belongs to.
    Subject,
    /// Group of the student (grade, class); read only where it is asked for.
    Group,
}

impl Field {
    /// Every field, in the order of the enum.
    pub const ALL: [Self; 11] = [
        Self::Student,
        Self::Item,
        Self::Correct,
        Self::CompletedAt,
        Self::ResponseTimeMs,
        Self::ResponseTimeS,
        Self::Hints,
        Self::Topic,
        Self::Session,
        Self::Subject,
        Self::Group,
    ];

    /// The name used in `--map NAME=COLUMN` and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Item => "item",
            Self::Correct => "correct",
            Self::CompletedAt => "completed_at",
            Self::ResponseTimeMs => "response_time_ms",
            Self::ResponseTimeS => "response_time_s",
            Self::Hints => "hints",
            Self::Topic => "topic",
            Self::Session => "session",
            Self::Subject => "subject",
            Self::Group => "group",
        }
    }

    /// The field whose name or alias is `name`.
    ///
    /// ```
    /// use seedtest_ingest::Field;
    /// assert_eq!(Field::from_alias("User ID").map(|(field, _)| field), Some(Field::Student));
    /// assert_eq!(Field::from_alias("shoe_size"), None);
    /// ```
    ///
    /// The number beside it is the rank of the alias: where two columns mean the same field, the
    /// one with the lower rank is read.
    pub fn from_alias(name: &str) -> Option<(Self, u8)> {
        let key = normalised(name);
        let tier = ALIASES.iter().find(|tier| tier.names.contains(&key.as_str()))?;
        Some((tier.field, tier.rank))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Lower case without anything but letters and digits, so that `Anon Student Id`,
/// `anon_student_id` and `anonStudentId` are one name.
pub(crate) fn normalised(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Tier {
    field: Field,
    rank: u8,
    names: &'static [&'static str],
}

const fn tier(field: Field, rank: u8, names: &'static [&'static str]) -> Tier {
    Tier { field, rank, names }
}

/// Normalised header names per field, best rank first. A name that says nothing about the unit
/// (`response_time`, `duration`) is left out on purpose: a wrong guess is off by a factor of 1000.
const ALIASES: &[Tier] = &[
    tier(Field::Student, 0, &["studentid", "userid", "learnerid", "anonstudentid"]),
    tier(Field::Student, 1, &["student", "user", "learner", "uid", "person", "examinee"]),
    tier(Field::Item, 0, &["itemid", "questionid", "problemid", "exerciseid"]),
    tier(Field::Item, 1, &["item", "question", "problem", "exercise"]),
    tier(Field::Item, 2, &["itemname", "questionname", "problemname", "exercisename"]),
    tier(Field::Correct, 0, &["correct", "iscorrect"]),
    tier(Field::Correct, 1, &["answeredcorrectly", "correctfirstattempt", "correctness"]),
    tier(Field::Correct, 2, &["y", "score", "outcome", "response"]),
    tier(Field::CompletedAt, 0, &["completedat", "respondedat", "answeredat", "submittedat"]),
    tier(Field::CompletedAt, 1, &["timestamp", "datetime", "eventtime", "createdat"]),
    tier(Field::CompletedAt, 2, &["time", "date", "firsttransactiontime", "starttime"]),
    tier(Field::ResponseTimeMs, 0, &["responsetimems"]),
    tier(Field::ResponseTimeMs, 1, &["durationms", "elapsedms", "elapsedtimems", "timespentms"]),
    tier(Field::ResponseTimeMs, 2, &["msfirstresponse", "latencyms", "rtms"]),
    tier(Field::ResponseTimeS, 0, &["responsetimes", "responsetimesec", "responsetimeseconds"]),
    tier(Field::ResponseTimeS, 1, &["timespentsec", "timespents", "timespentseconds"]),
    tier(Field::ResponseTimeS, 2, &["durations", "durationsec", "durationseconds"]),
    tier(Field::ResponseTimeS, 3, &["elapsedsec", "elapsedseconds", "stepdurationsec"]),
    tier(Field::Hints, 0, &["hintcount", "hintsused", "usedhints", "hints"]),
    tier(Field::Hints, 1, &["hintused", "usedhint", "hint"]),
    tier(Field::Topic, 0, &["topicid"]),
    tier(Field::Topic, 1, &["topic"]),
    tier(Field::Topic, 2, &["skillid", "kcid", "conceptid"]),
    tier(Field::Topic, 3, &["skill", "kc", "concept"]),
    tier(Field::Topic, 4, &["topicname", "skillname", "kcname", "kcdefault", "conceptname"]),
    tier(Field::Session, 0, &["sessionid"]),
    tier(Field::Session, 1, &["session", "sitting"]),
    tier(Field::Subject, 0, &["subjectid"]),
    tier(Field::Subject, 1, &["examid"]),
    tier(Field::Subject, 2, &["subject", "exam"]),
    tier(Field::Group, 0, &["group", "groupid"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_own_name() {
        for field in Field::ALL {
            assert_eq!(Field::from_alias(field.name()).map(|(f, _)| f), Some(field));
        }
    }

    #[test]
    fn no_alias_means_two_fields() {
        let mut names: Vec<_> = ALIASES.iter().flat_map(|t| t.names).collect();
        let total = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }

    #[test]
    fn spelling_of_a_header_does_not_matter() {
        for name in ["Anon Student Id", "anon_student_id", "ANON-STUDENT-ID", "anonStudentId"] {
            assert_eq!(Field::from_alias(name), Some((Field::Student, 0)));
        }
    }
}
