//! The roster of the school, and what its topics are called.

use std::io::{self, Write};

use seedtest_report::Lang;

use super::School;
use super::items::TOPICS;

/// Students of a class.
const CLASS_SIZE: usize = 24;
/// Classes of a grade.
const CLASSES_OF_GRADE: usize = 6;

const FAMILY_KO: [&str; 20] = [
    "김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황",
    "안", "송", "류", "홍",
];
const GIVEN_KO: [&str; 24] = [
    "서연", "도윤", "지우", "하준", "서현", "민준", "수아", "지호", "하은", "예준", "지민", "시우",
    "윤아", "건우", "다은", "현우", "채원", "준서", "소율", "유준", "지안", "은우", "서진", "하람",
];
const FAMILY_EN: [&str; 20] = [
    "Adams", "Baker", "Clark", "Davis", "Evans", "Fisher", "Gray", "Hill", "Irwin", "Jones",
    "King", "Lewis", "Moore", "Nash", "Owens", "Price", "Reed", "Stone", "Turner", "Young",
];
const GIVEN_EN: [&str; 24] = [
    "Amy", "Ben", "Cara", "Dan", "Ella", "Finn", "Grace", "Hugo", "Iris", "Jack", "Kate", "Liam",
    "Mia", "Noah", "Olive", "Paul", "Quinn", "Rose", "Sam", "Tess", "Una", "Vera", "Will", "Zoe",
];
/// Korean and English names of the topics, in their order.
const NAMES: [(&str, &str); TOPICS.len()] = [
    ("분수", "Fractions"),
    ("비와 비율", "Ratios"),
    ("일차방정식", "Linear equations"),
    ("함수", "Functions"),
    ("도형", "Geometry"),
    ("확률", "Probability"),
    ("통계", "Statistics"),
    ("문장제", "Word problems"),
];

/// Writes the roster as CSV: every student in a class of 24, six classes a grade.
pub(crate) fn write_roster(school: &School, lang: Lang, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "student_id,name,class_id,class,school_id,school,grade")?;
    for student in 0..school.students.len() {
        let class = student / CLASS_SIZE;
        let (grade, number) = (7 + class / CLASSES_OF_GRADE, 1 + class % CLASSES_OF_GRADE);
        let (class_name, school_name) = match lang {
            Lang::Ko => (format!("{}학년 {number}반", grade - 6), "한빛중학교"),
            Lang::En => (format!("Class {grade}-{number}"), "Hanbit Middle School"),
        };
        let id = School::student_id(student);
        let name = name(student, lang);
        writeln!(
            out,
            "{id},{name},class-{:02},{class_name},school-1,{school_name},{grade}",
            class + 1
        )?;
    }
    out.flush()
}

/// A made-up name; no two of the first 480 students share one.
fn name(student: usize, lang: Lang) -> String {
    let given = student % GIVEN_KO.len();
    let family = (student / GIVEN_KO.len() + 7 * given) % FAMILY_KO.len();
    match lang {
        Lang::Ko => format!("{}{}", FAMILY_KO[family], GIVEN_KO[given]),
        Lang::En => format!("{} {}", GIVEN_EN[given], FAMILY_EN[family]),
    }
}

/// Writes the names of the topics in both languages as CSV.
pub(crate) fn write_names(mut out: impl Write) -> io::Result<()> {
    writeln!(out, "kind,id,ko,en")?;
    for (id, (korean, english)) in TOPICS.iter().zip(NAMES) {
        writeln!(out, "topic,{id},{korean},{english}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::name;
    use seedtest_report::Lang;

    #[test]
    fn names_differ() {
        for lang in Lang::ALL {
            let names: HashSet<String> = (0..480).map(|student| name(student, lang)).collect();
            assert_eq!(names.len(), 480);
        }
    }
}
