//! Words of dates and times in the languages that office programs and learning systems write.

use super::written::Half;

/// What a word between the numbers of a date and time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// A month, 1 to 12.
    Month(u32),
    /// Before or after noon.
    Half(Half),
    /// The number before it is a year, month, day, hour, minute or second.
    Unit(Unit),
    /// The name of a zone with one offset all year: seconds east of UTC.
    Offset(i64),
    /// A word that adds nothing: the day of the week, `at`, `Uhr`, `th`.
    Filler,
}

/// What the number before a word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

const MONTHS: [&[&str]; 12] = [
    &["january", "jan", "januar", "jänner", "janvier", "janv", "enero", "ene"],
    &["february", "feb", "februar", "février", "févr", "fév", "fevrier", "febrero"],
    &["march", "mar", "märz", "mrz", "mär", "maerz", "mars", "marzo"],
    &["april", "apr", "avril", "avr", "abril", "abr"],
    &["may", "mai", "mayo"],
    &["june", "jun", "juni", "juin", "junio"],
    &["july", "jul", "juli", "juillet", "juil", "julio"],
    &["august", "aug", "août", "aout", "agosto", "ago"],
    &["september", "sep", "sept", "septembre", "septiembre", "setiembre"],
    &["october", "oct", "oktober", "okt", "octobre", "octubre"],
    &["november", "nov", "novembre", "noviembre"],
    &["december", "dec", "dezember", "dez", "décembre", "déc", "decembre", "diciembre", "dic"],
];

const FORENOON: &[&str] = &["am", "a", "오전", "午前", "上午"];
const AFTERNOON: &[&str] = &["pm", "p", "오후", "午後", "下午"];

const UNITS: &[(Unit, &[&str])] = &[
    (Unit::Year, &["년", "年"]),
    (Unit::Month, &["월", "月"]),
    (Unit::Day, &["일", "日"]),
    (Unit::Hour, &["시", "時", "时", "h"]),
    (Unit::Minute, &["분", "分", "min"]),
    (Unit::Second, &["초", "秒", "s"]),
];

/// Hours east of UTC; those of North America as RFC 2822 has them.
const ZONES: &[(&str, i64)] = &[
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("kst", 9),
    ("jst", 9),
    ("cet", 1),
    ("cest", 2),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

const FILLERS: &[&str] = &[
    "t",
    "at",
    "um",
    "uhr",
    "à",
    "las",
    "m",
    "de",
    "del",
    "of",
    "the",
    "st",
    "nd",
    "rd",
    "th",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "월요일",
    "화요일",
    "수요일",
    "목요일",
    "금요일",
    "토요일",
    "일요일",
    "화",
    "수",
    "목",
    "금",
    "토",
    "월",
    "일",
    "月",
    "火",
    "水",
    "木",
    "金",
    "土",
    "日",
];

/// The meaning of a word in lower case. `after_number`: it follows a number without a gap, so that `월`
/// is a month and not a Monday.
pub(super) fn meaning(word: &str, after_number: bool) -> Option<Word> {
    if after_number && let Some((unit, _)) = UNITS.iter().find(|(_, words)| words.contains(&word)) {
        return Some(Word::Unit(*unit));
    }
    if let Some(month) = MONTHS.iter().position(|names| names.contains(&word)) {
        return Some(Word::Month(month as u32 + 1));
    }
    if FORENOON.contains(&word) {
        return Some(Word::Half(Half::Forenoon));
    }
    if AFTERNOON.contains(&word) {
        return Some(Word::Half(Half::Afternoon));
    }
    if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == word) {
        return Some(Word::Offset(hours * 3_600));
    }
    FILLERS.contains(&word).then_some(Word::Filler)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_names_two_months() {
        let mut names: Vec<_> = MONTHS.iter().copied().flatten().collect();
        let total = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }

    #[test]
    fn a_word_behind_a_number_is_its_unit() {
        assert_eq!(meaning("월", true), Some(Word::Unit(Unit::Month)));
        assert_eq!(meaning("월", false), Some(Word::Filler));
        assert_eq!(meaning("오후", false), Some(Word::Half(Half::Afternoon)));
        assert_eq!(meaning("mai", false), Some(Word::Month(5)));
        assert_eq!(meaning("yesterday", false), None);
    }
}
