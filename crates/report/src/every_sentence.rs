//! Every sentence of the catalogues with every class of variable it may carry: names that end in a
//! vowel, in ㄹ, in another consonant and in Latin letters; numbers by how they are read; shares.

use crate::catalogue::Catalogue;
use crate::lang::Lang;
use crate::register::Register;

const WORDS: [&str; 4] = ["분수", "확률", "일차방정식", "fractions"];
const NAMES: [&str; 4] = ["김서연", "이준", "Ada Lee", "student-0001"];
const FILES: [&str; 4] = ["report.html", "report.pdf", "a@school.kr", "b@school.kr"];
const NUMBERS: [&str; 4] = ["1", "2", "3", "1,230"];
const SHARES: [&str; 4] = ["84%", "<\u{a0}1%", ">\u{a0}99%", "0%"];
const DECIMALS: [&str; 4] = ["0.71", "−0.30", "+1.28", "12.0"];
const DATES: [&str; 4] = ["3/16", "12/1", "2025년 6월 2일", "16 Jun"];
const SENTENCES: [&str; 4] = ["점수가 부족합니다.", "It is known.", "하나, 둘", "days: 9"];

/// The values of a placeholder, by what the code puts there.
fn values(name: &str) -> [&'static str; 4] {
    match name {
        "topic" | "name" | "level" | "low_level" | "high_level" | "weakest" | "strongest"
        | "item" | "goal" | "reason" => WORDS,
        "share" | "edge" | "sure" | "risk" | "chance" | "top" | "below" | "now" | "before"
        | "mean" | "weakest_share" | "strongest_share" | "range" => SHARES,
        "week" | "day" | "from" | "to" | "when" | "month" => DATES,
        "list" | "weeks" | "why" | "evidence" | "fit" => SENTENCES,
        "theta" | "median" | "slope" | "intercept" | "rmse" | "mae" | "z" | "effect" | "a"
        | "b" | "c" | "peak" | "information" | "low" | "high" => DECIMALS,
        "student" => NAMES,
        "files" | "address" => FILES,
        "sign" => ["+", "−", "+", "−"],
        _ => NUMBERS,
    }
}

fn sentences(lang: Lang, register: Register) -> String {
    let catalogue = Catalogue::load_in(lang, register).unwrap();
    let mut lines = Vec::new();
    for (key, text) in catalogue.texts() {
        let names: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next()?.split('|').next())
            .collect();
        if names.is_empty() {
            lines.push(format!("{key}: {text}"));
            continue;
        }
        for class in 0..4 {
            let filled: Vec<(&str, &str)> =
                names.iter().map(|name| (*name, values(name)[class])).collect();
            lines.push(format!("{key}: {}", catalogue.fill(key, &filled)));
        }
    }
    lines.join("\n")
}

#[test]
fn every_sentence_reads_with_every_class_of_variable() {
    let [formal, friendly] =
        [Register::Formal, Register::Friendly].map(|register| sentences(Lang::Ko, register));
    for doubtful in
        ["을(를)", "이(가)", "은(는)", "(으)로", "×", "건입니다", "적합한 학생", "적합되"]
    {
        assert!(!formal.contains(doubtful) && !friendly.contains(doubtful), "{doubtful}");
    }
    insta::assert_snapshot!("korean", formal);
    insta::assert_snapshot!("korean_friendly", friendly);
    let english = sentences(Lang::En, Register::Formal);
    assert_eq!(english, sentences(Lang::En, Register::Friendly), "English has one");
    insta::assert_snapshot!("english", english);
}

#[test]
fn below_and_above_the_average_do_not_both_hold_it() {
    let korean = Catalogue::load(Lang::Ko).unwrap();
    for key in ["level.above_average", "level.below_average"] {
        let text = korean.text(key);
        assert!(!text.contains("이상") && !text.contains("이하"), "{text}");
    }
}
