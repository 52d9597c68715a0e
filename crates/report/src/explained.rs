//! What an automated score says, what it rests on and how sure it is, in words for the student it is
//! about.

use crate::lang::Lang;

/// The words about one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// What the number says.
    pub meaning: &'static str,
    /// What it was computed from.
    pub source: &'static str,
    /// How to read its certainty.
    pub certainty: &'static str,
}

const INTERVAL: [&str; 2] = [
    "참값은 95 % 구간 안에 있을 것으로 기대됩니다. 구간이 넓으면 답안이 적다는 뜻입니다.",
    "The true value is expected within the 95 % interval; a wide one means few answers.",
];
const FORMULA: [&str; 2] = [
    "기록된 활동을 공식으로 계산한 값이며 구간은 없습니다. 기록이 적으면 쉽게 달라집니다.",
    "Computed by a formula from recorded activity, without an interval; it changes easily while there is little activity.",
];
const ANSWERS: [&str; 2] = ["학생의 문항 응답", "the student's answers to items"];
const ACTIVITY: [&str; 2] = [
    "학생의 응답, 응답 시간, 힌트, 학습 세션",
    "the student's answers, their times, hints and sessions",
];

/// Name, meaning, source, certainty; Korean first.
type Row = (&'static str, [&'static str; 2], [&'static str; 2], [&'static str; 2]);

const WORDS: [Row; 9] = [
    (
        "ability",
        [
            "모든 문항에 대한 추정 능력. 0은 보정 집단의 평균입니다.",
            "Estimated ability over all items; 0 is the mean of the calibration.",
        ],
        ANSWERS,
        INTERVAL,
    ),
    (
        "topic_ability",
        ["한 주제에 대한 추정 능력.", "Estimated ability in one topic."],
        ANSWERS,
        INTERVAL,
    ),
    (
        "I_t",
        [
            "최근 2주가 그 전 2주보다 나아졌는지, −1에서 1.",
            "Whether the last two weeks were better than the two before, −1 to 1.",
        ],
        ANSWERS,
        INTERVAL,
    ),
    (
        "E_t",
        [
            "맞힌 문항의 응답 시간이 줄었는지, 0에서 1.",
            "Whether right answers take less time than before, 0 to 1.",
        ],
        ACTIVITY,
        FORMULA,
    ),
    (
        "R_t",
        [
            "틀렸던 문항을 다시 풀어 맞힌 비율, 0에서 1.",
            "Share of right answers among retries of what was wrong, 0 to 1.",
        ],
        ANSWERS,
        FORMULA,
    ),
    ("A_t", ["학습 참여도, 0에서 1.", "Engagement, 0 to 1."], ACTIVITY, FORMULA),
    (
        "P",
        [
            "목표에 도달할 추정 확률. 예측이며 사실이 아닙니다.",
            "Estimated probability of reaching the goal: a prediction, not a fact.",
        ],
        ANSWERS,
        INTERVAL,
    ),
    (
        "S",
        [
            "2주 동안 활동이 없을 추정 위험. 예측이며 사실이 아닙니다.",
            "Estimated risk of falling silent for two weeks: a prediction, not a fact.",
        ],
        ACTIVITY,
        FORMULA,
    ),
    (
        "segment",
        [
            "비슷하게 학습하는 학생들의 묶음. 평가가 아니라 기술입니다.",
            "A group of students who learn alike: a description, no grade.",
        ],
        ACTIVITY,
        [
            "묶음의 경계는 자료에 따라 달라질 수 있습니다.",
            "Borders between groups change with the data.",
        ],
    ),
];

fn at(lang: Lang) -> usize {
    match lang {
        Lang::Ko => 0,
        Lang::En => 1,
    }
}

/// The words about a score of that name; empty ones for a name that is none.
pub fn explained(score: &str, lang: Lang) -> Explained {
    let lang = at(lang);
    let found = WORDS.iter().find(|(name, ..)| *name == score);
    found.map_or(
        Explained { meaning: "", source: "", certainty: "" },
        |(_, meaning, source, sure)| Explained {
            meaning: meaning[lang],
            source: source[lang],
            certainty: sure[lang],
        },
    )
}

/// What automated scores are for, and what they must not decide alone.
pub fn decisions(lang: Lang) -> &'static str {
    match lang {
        Lang::Ko => {
            "이 점수들은 자동으로 계산된 추정값으로, 학습을 돕는 사람에게 보이기 위한 것입니다. 이 프로그램은 \
             점수로 학생에 대한 결정을 내리지 않습니다. 학생에게 중대한 영향을 주는 결정은 사람이 내려야 하며, \
             학생은 그 설명과 검토를 요구할 수 있습니다."
        }
        Lang::En => {
            "These scores are automated estimates, made for people who help with learning. This program \
             decides nothing about a student by them. A decision with serious consequences for a student has \
             to be a person's, and the student may ask for its explanation and review."
        }
    }
}

/// How to contest a score.
pub fn contest(lang: Lang) -> &'static str {
    match lang {
        Lang::Ko => {
            "점수가 틀렸다고 생각하면 담당자에게 알리십시오. 담당자는 근거가 된 응답을 보여 주고, 잘못된 기록을 \
             고치거나 지운 뒤 다시 계산하며, 점수와 상관없이 사람이 판단합니다. 보관된 모든 자료의 사본이나 삭제도 \
             요구할 수 있습니다."
        }
        Lang::En => {
            "Tell the person in charge that a score is wrong. They show the answers it rests on, correct or \
             remove wrong records and compute it again, and a person judges whatever the score says. A copy of \
             everything that is held, or its erasure, can be asked for as well."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_has_words_in_both_languages() {
        for (name, ..) in WORDS {
            let [ko, en] = [Lang::Ko, Lang::En].map(|lang| explained(name, lang));
            assert!(!ko.meaning.is_empty() && ko.meaning != en.meaning, "{name}");
            assert!(en.meaning.is_ascii() || en.meaning.contains('−'), "{name}");
        }
    }
}
