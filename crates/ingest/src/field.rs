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
    /// The option that was chosen, to be compared with the key.
    Answer,
    /// The option that is right.
    Key,
    /// The points that the answer could have got.
    MaxPoints,
    /// The date, where times of day stand in a column of their own.
    Day,
    /// The time zone of a local time, as the IANA database names it.
    TimeZone,
}

impl Field {
    /// Every field, in the order of the enum.
    pub const ALL: [Self; 16] = [
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
        Self::Answer,
        Self::Key,
        Self::MaxPoints,
        Self::Day,
        Self::TimeZone,
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
            Self::Answer => "answer",
            Self::Key => "key",
            Self::MaxPoints => "max_points",
            Self::Day => "day",
            Self::TimeZone => "time_zone",
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

impl Field {
    /// Whether an answer can do without it.
    pub(crate) fn is_optional(self, require_time: bool) -> bool {
        match self {
            Self::Student
            | Self::Item
            | Self::Correct
            | Self::Answer
            | Self::Key
            | Self::MaxPoints => false,
            Self::CompletedAt | Self::Day => !require_time,
            _ => true,
        }
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

/// Whether two names of columns differ in case, spaces and marks alone.
///
/// ```
/// use seedtest_ingest::same_name;
/// assert!(same_name("Week Start", "week_start") && !same_name("week", "weekday"));
/// ```
pub fn same_name(one: &str, other: &str) -> bool {
    let name = normalised(one);
    !name.is_empty() && name == normalised(other)
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
    tier(
        Field::Student,
        0,
        &["studentid", "userid", "learnerid", "anonstudentid", "학번", "학생id"],
    ),
    tier(Field::Student, 1, &["student", "user", "learner", "uid", "person", "examinee", "학생"]),
    tier(Field::Student, 2, &["studentnumber", "studentno", "personid", "candidateid", "pupilid"]),
    tier(Field::Student, 2, &["examineeid", "respondentid", "userno", "학생번호", "수험번호"]),
    tier(Field::Student, 3, &["username", "pupil", "candidate", "respondent", "응시자", "아이디"]),
    tier(Field::Student, 3, &["schüler", "schülerid", "cntstuid", "stidstd", "id학생"]),
    tier(Field::Student, 3, &["email", "emailaddress", "studentemail", "이메일", "이메일주소"]),
    tier(
        Field::Student,
        3,
        &[
            "schülernummer",
            "matrikelnummer",
            "sisuserid",
            "sisid",
            "sisloginid",
            "participantid",
            "participant",
            "teilnehmer",
            "idstud",
        ],
    ),
    tier(
        Field::Student,
        4,
        &["studentname", "fullname", "학생명", "학생이름", "이름", "성명", "name"],
    ),
    tier(Field::Student, 5, &["번호", "no", "number", "출석번호", "nr", "rollno", "rollnumber"]),
    tier(Field::Student, 6, &["id"]),
    tier(Field::Item, 0, &["itemid", "questionid", "problemid", "exerciseid", "문항id", "문제id"]),
    tier(Field::Item, 1, &["item", "question", "problem", "exercise", "문항", "문제"]),
    tier(Field::Item, 2, &["itemname", "questionname", "problemname", "exercisename"]),
    tier(Field::Item, 2, &["문항번호", "문제번호", "itemno", "itemnumber", "questionnumber"]),
    tier(Field::Item, 3, &["qid", "contentid", "taskid", "task", "문항명", "문제명", "aufgabe"]),
    tier(Field::Item, 3, &["frage", "aufgabennummer", "aufgabenid"]),
    tier(Field::Correct, 0, &["correct", "iscorrect", "정오", "정답여부", "정오답"]),
    tier(Field::Correct, 1, &["answeredcorrectly", "correctfirstattempt", "correctness"]),
    tier(Field::Correct, 1, &["채점결과", "채점", "정오표시", "정오여부", "맞음여부", "richtig"]),
    tier(Field::Correct, 2, &["y", "score", "outcome", "점수", "득점", "points", "credit"]),
    tier(Field::Correct, 2, &["punkte", "punktzahl", "ergebnis", "bewertung"]),
    tier(Field::Correct, 3, &["resp", "response", "result", "결과", "grade", "accuracy", "acc"]),
    tier(Field::CompletedAt, 0, &["completedat", "respondedat", "answeredat", "submittedat"]),
    tier(Field::CompletedAt, 1, &["timestamp", "datetime", "eventtime", "createdat", "타임스탬프"]),
    tier(Field::CompletedAt, 1, &["일시", "응시일시", "응답일시", "풀이일시", "제출일시"]),
    tier(Field::CompletedAt, 1, &["제출시각", "응답시각", "응시시각", "완료일시", "완료시각"]),
    tier(Field::CompletedAt, 2, &["time", "firsttransactiontime", "starttime", "timelocal"]),
    tier(Field::CompletedAt, 2, &["시각", "시간", "submitted", "submissiontime", "uhrzeit"]),
    tier(Field::CompletedAt, 3, &["endtime", "modified", "finishedat", "zeit", "zeitpunkt"]),
    tier(Field::ResponseTimeMs, 0, &["responsetimems", "응답시간ms", "풀이시간ms", "소요시간ms"]),
    tier(Field::ResponseTimeMs, 1, &["durationms", "elapsedms", "elapsedtimems", "timespentms"]),
    tier(Field::ResponseTimeMs, 2, &["msfirstresponse", "latencyms", "rtms"]),
    tier(Field::ResponseTimeS, 0, &["responsetimes", "responsetimesec", "responsetimeseconds"]),
    tier(Field::ResponseTimeS, 1, &["timespentsec", "timespents", "timespentseconds"]),
    tier(Field::ResponseTimeS, 1, &["응답시간초", "풀이시간초", "소요시간초"]),
    tier(Field::ResponseTimeS, 2, &["durations", "durationsec", "durationseconds"]),
    tier(Field::ResponseTimeS, 3, &["elapsedsec", "elapsedseconds", "stepdurationsec"]),
    tier(Field::Hints, 0, &["hintcount", "hintsused", "usedhints", "hints", "힌트수"]),
    tier(Field::Hints, 1, &["hintused", "usedhint", "hint", "힌트", "힌트사용"]),
    tier(Field::Topic, 0, &["topicid", "단원id"]),
    tier(Field::Topic, 1, &["topic", "단원", "주제"]),
    tier(Field::Topic, 2, &["skillid", "kcid", "conceptid"]),
    tier(Field::Topic, 3, &["skill", "kc", "concept", "개념", "성취기준"]),
    tier(Field::Topic, 4, &["topicname", "skillname", "kcname", "kcdefault", "conceptname"]),
    tier(Field::Topic, 4, &["단원명", "개념명", "영역", "소단원", "중단원", "대단원"]),
    tier(Field::Topic, 4, &["standard", "learningstandard", "thema", "lernziel"]),
    tier(Field::Session, 0, &["sessionid", "세션id"]),
    tier(Field::Session, 1, &["session", "sitting", "세션", "회차"]),
    tier(Field::Subject, 0, &["subjectid"]),
    tier(Field::Subject, 1, &["examid", "시험id"]),
    tier(Field::Subject, 2, &["subject", "exam", "과목", "시험", "시험명", "교과"]),
    tier(Field::Group, 0, &["group", "groupid"]),
    tier(Field::Answer, 0, &["useranswer", "studentanswer", "chosenoption", "selectedoption"]),
    tier(Field::Answer, 1, &["answer", "chosen", "choice", "selected", "응답", "답안", "선택"]),
    tier(Field::Answer, 2, &["학생답", "학생답안", "답", "선택답", "givenanswer", "antwort"]),
    tier(Field::Key, 0, &["key", "answerkey", "correctanswer", "correctoption", "rightanswer"]),
    tier(Field::Key, 1, &["correctresponse", "정답", "정답지", "lösung", "solution"]),
    tier(Field::MaxPoints, 0, &["maxscore", "maxpoints", "maxgrade", "pointspossible"]),
    tier(
        Field::MaxPoints,
        1,
        &[
            "possiblepoints",
            "maximum",
            "max",
            "배점",
            "만점",
            "outof",
            "maxmark",
            "maxmarks",
            "fullmarks",
            "fullscore",
            "maxpunkte",
            "maximalpunkte",
            "höchstpunktzahl",
        ],
    ),
    tier(Field::Day, 0, &["date", "날짜", "일자", "응시일", "응시일자", "제출일", "datum"]),
    tier(Field::Day, 1, &["day", "일"]),
    tier(Field::TimeZone, 0, &["timezone", "tz"]),
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
    fn columns_of_german_and_american_tables_are_known() {
        for (name, field) in [
            ("Frage", Field::Item),
            ("Punkte", Field::Correct),
            ("Ergebnis", Field::Correct),
            ("Max. Punkte", Field::MaxPoints),
            ("Thema", Field::Topic),
            ("Standard", Field::Topic),
            ("소단원", Field::Topic),
        ] {
            assert_eq!(Field::from_alias(name).map(|(found, _)| found), Some(field), "{name}");
        }
    }

    #[test]
    fn spelling_of_a_header_does_not_matter() {
        for name in ["Anon Student Id", "anon_student_id", "ANON-STUDENT-ID", "anonStudentId"] {
            assert_eq!(Field::from_alias(name), Some((Field::Student, 0)));
        }
    }
}
