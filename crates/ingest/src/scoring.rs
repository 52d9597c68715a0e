//! What a column of correctness is written in.

use std::collections::BTreeMap;

use crate::field::normalised;
use crate::right_wrong::{ox, says};

/// Numbers that surveys write where there is no answer.
const CODES: &[f64] = &[
    7.0, 8.0, 9.0, 97.0, 98.0, 99.0, 997.0, 998.0, 999.0, 9_997.0, 9_998.0, 9_999.0, -1.0, -7.0,
    -8.0, -9.0, -97.0, -98.0, -99.0, -999.0, -9_999.0,
];
/// `Not reached` in PISA, beside other codes of the same survey.
const NOT_REACHED: f64 = 6.0;
/// One in so many cells that cannot be read is no slip.
const LARGEST_SHARE: u64 = 20;
/// Most different values that are remembered.
const MOST_VALUES: usize = 200;
/// Most of them that are named.
const MOST_NAMED: usize = 8;

/// How the correctness of an answer is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scoring {
    /// Right and wrong, as 1 and 0 or as words and marks; `ox`: the letters O and X are marks.
    RightWrong {
        /// Whether the letters O and X are marks.
        ox: bool,
    },
    /// Points out of a maximum; without one, it stands in a column of its own or in the cell.
    Points {
        /// The maximum of every answer.
        max: Option<f64>,
    },
    /// The option that was chosen: right where it is the key's.
    Options,
}

/// What a column turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScoringVerdict {
    /// Nothing is in it.
    Empty,
    /// It says what was right.
    Known {
        /// How.
        scoring: Scoring,
        /// Numbers in it that stand for "no answer".
        codes: Vec<f64>,
        /// Cells that it does not read.
        unread: u64,
    },
    /// It says neither right nor wrong.
    Neither(Neither),
}

/// A column of something else than right and wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Neither {
    /// What it looks like.
    pub(crate) kind: NeitherKind,
    /// Its values, at most eight.
    pub(crate) values: Vec<String>,
    /// Cells that are neither right nor wrong.
    pub(crate) unread: u64,
    /// All cells with something in them.
    pub(crate) cells: u64,
}

/// What a column of something else looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeitherKind {
    /// Options that were chosen: letters.
    Options,
    /// Whole numbers: options or points.
    OptionsOrPoints,
    /// Numbers with fractions or a unit: points.
    Points,
    /// Points in a table with one item a column, of which nothing says how many can be had.
    ItemPoints,
    /// Marks for right and wrong with some for part of the points among them.
    PartMarks,
    /// Words.
    Words,
}

impl NeitherKind {
    /// What to call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Options => "options that were chosen",
            Self::OptionsOrPoints => "raw options or points",
            Self::Points => "points",
            Self::ItemPoints => "points, of which nothing says how many can be had",
            Self::PartMarks => "marks, some of them for part of the points",
            Self::Words => "words",
        }
    }

    /// What to do about it, in one line.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Options => {
                "give the right options: --key FILE with the columns item and key; another column that says \
                 what was right: --map correct=COLUMN"
            }
            Self::OptionsOrPoints => {
                "options: give the right ones, --key FILE with the columns item and key; points: name the column of the \
                 most that there were, --map max_points=COLUMN, or say from which share of the full points on an answer \
                 is right, --right-at 1; another column: --map correct=COLUMN"
            }
            Self::Points => {
                "say from which share of the full points on an answer is right: --right-at 1 (full points) or \
                 --right-at 0.5; a column of the most that there were: --map max_points=COLUMN; another column: --map \
                 correct=COLUMN"
            }
            Self::ItemPoints => {
                "write how many can be had behind the name of each column, as `국어 (100점)` or `Q1 /5`, or in a row \
                 called 만점 or `Points Possible` above the students; full points are right then, --right-at 0.6 takes \
                 another share of them; numbers that were chosen or answered: give the right ones, --key FILE with the \
                 columns item and key"
            }
            Self::PartMarks => {
                "allowed are marks for right (O, ○, 1) and wrong (X, ×, 0); a mark between them (△) counts as no \
                 answer with --na △, or write points and their maximum instead"
            }
            Self::Words => {
                "write 1 for right and 0 for wrong, or take another column: --map correct=COLUMN; words that \
                 stand for no answer: --na LIST"
            }
        }
    }
}

/// What the caller knows beside the cells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ScoringContext {
    /// Whether another column has the maximum of each answer.
    pub(crate) has_maximum: bool,
    /// Whether there is a key to compare options with.
    pub(crate) has_key: bool,
}

/// Finds what a column is written in from cells that are trimmed and not blank.
pub(crate) fn detect<'a>(
    cells: impl Iterator<Item = &'a str>,
    context: ScoringContext,
) -> ScoringVerdict {
    let mut tally = Tally::default();
    cells.for_each(|cell| tally.see(cell));
    tally.verdict(context)
}

/// Different values with their counts.
#[derive(Debug, Default)]
pub(crate) struct Tally<'a> {
    counts: BTreeMap<&'a str, u64>,
    /// Cells of values beyond those remembered.
    others: u64,
}

impl<'a> Tally<'a> {
    pub(crate) fn see(&mut self, cell: &'a str) {
        if let Some(count) = self.counts.get_mut(cell) {
            *count += 1;
        } else if self.counts.len() < MOST_VALUES {
            self.counts.insert(cell, 1);
        } else {
            self.others += 1;
        }
    }

    pub(crate) fn cells(&self) -> u64 {
        self.counts.values().sum::<u64>() + self.others
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = (&'a str, u64)> {
        self.counts.iter().map(|(value, n)| (*value, *n))
    }

    fn count(&self, fits: impl Fn(&str) -> bool) -> u64 {
        self.values().filter(|(value, _)| fits(value)).map(|(_, n)| n).sum()
    }

    fn numbers(&self) -> Vec<f64> {
        let mut numbers: Vec<f64> = self.values().filter_map(|(value, _)| number(value)).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        numbers
    }

    /// The codes, unless they occur only once: a single one is a slip.
    fn repeated(&self, codes: Vec<f64>) -> Vec<f64> {
        let n = self.count(|value| number(value).is_some_and(|number| codes.contains(&number)));
        if n > 1 { codes } else { Vec::new() }
    }

    /// O and X are marks where both occur, or where no digits do: one beside zeros and ones is a slip.
    fn ox_marks(&self) -> bool {
        let (right, wrong) =
            (self.count(|v| ox(v) == Some(true)), self.count(|v| ox(v) == Some(false)));
        let digits = self.count(|value| number(value).is_some());
        right + wrong > 0 && ((right > 0 && wrong > 0) || digits == 0)
    }

    pub(crate) fn verdict(&self, context: ScoringContext) -> ScoringVerdict {
        let cells = self.cells();
        if cells == 0 {
            return ScoringVerdict::Empty;
        }
        let known =
            |scoring, codes: Vec<f64>, unread| ScoringVerdict::Known { scoring, codes, unread };
        let numbers = self.numbers();
        if context.has_key {
            return known(Scoring::Options, Vec::new(), 0);
        }
        if context.has_maximum {
            let codes = codes_below_zero(&numbers);
            let unread = cells - self.count(|value| number(value).is_some());
            if !is_too_much(unread, cells) {
                return known(Scoring::Points { max: None }, codes, unread);
            }
        }
        let fractions = self.count(|value| points_of(value).is_some());
        if fractions > 0 && !is_too_much(cells - fractions, cells) {
            return known(Scoring::Points { max: None }, Vec::new(), cells - fractions);
        }
        let percents = self.count(|value| percent(value).is_some());
        if percents > 0 && !is_too_much(cells - percents, cells) {
            return known(Scoring::Points { max: Some(100.0) }, Vec::new(), cells - percents);
        }
        if numbers == [0.0, 100.0] && self.count(|value| number(value).is_some()) == cells {
            return known(Scoring::Points { max: Some(100.0) }, Vec::new(), 0);
        }
        let marks = self.ox_marks();
        let codes = self.repeated(codes(&numbers));
        let is_read = |value: &str| {
            says_number(value).is_some()
                || (marks && ox(value).is_some())
                || number(value).is_some_and(|number| codes.contains(&number))
        };
        let says_something =
            |value: &str| says_number(value).is_some() || (marks && ox(value).is_some());
        let unread = cells - self.count(is_read);
        if !is_too_much(unread, cells) && self.count(says_something) > 0 {
            return known(Scoring::RightWrong { ox: marks }, codes, unread);
        }
        ScoringVerdict::Neither(self.neither_of(unread))
    }

    /// Whether a cell is none of those that say right or wrong in this column.
    pub(crate) fn is_odd(&self, cell: &str) -> bool {
        let has_parts = self.count(is_part_mark) > 0;
        says_number(cell).is_none() && !((has_parts || self.ox_marks()) && ox(cell).is_some())
    }

    /// What the values are, where nothing says what is right.
    pub(crate) fn neither(&self) -> Neither {
        self.neither_of(self.others + self.count(|value| self.is_odd(value)))
    }

    fn neither_of(&self, unread: u64) -> Neither {
        let values = self.values().take(MOST_NAMED);
        Neither {
            kind: self.kind(),
            values: values.map(|(value, _)| value.to_owned()).collect(),
            unread,
            cells: self.cells(),
        }
    }

    /// Numbers that stand for "no answer" and occur more than once.
    pub(crate) fn repeated_codes(&self) -> Vec<f64> {
        self.repeated(codes(&self.numbers()))
    }

    fn kind(&self) -> NeitherKind {
        let cells = self.cells();
        let most = |n: u64| n * 10 >= cells * 9;
        let parts = self.count(is_part_mark);
        let marks = self.count(|value| says_number(value).is_some() || ox(value).is_some());
        if parts > 0 && most(parts + marks) {
            return NeitherKind::PartMarks;
        }
        let has_unit = |value: &str| number(value).is_some() && without_unit(value) != value;
        if most(self.count(|value| is_option_letter(value) || (ox(value).is_some()))) {
            NeitherKind::Options
        } else if most(self.count(has_unit)) {
            NeitherKind::Points
        } else if most(self.count(|value| number(value).is_some_and(|n| n.fract() == 0.0))) {
            NeitherKind::OptionsOrPoints
        } else if most(self.count(|value| number(value).or_else(|| percent(value)).is_some())) {
            NeitherKind::Points
        } else {
            NeitherKind::Words
        }
    }
}

/// Whether a mark stands for part of the points.
fn is_part_mark(text: &str) -> bool {
    matches!(text, "△" | "▲" | "Δ" | "∆" | "◬" | "세모" | "부분" | "부분정답" | "partial" | "half")
}

/// Whether cells that cannot be read are more than slips.
pub(crate) fn is_too_much(unread: u64, cells: u64) -> bool {
    const FEWEST: u64 = 2;
    (unread >= FEWEST && unread * LARGEST_SHARE >= cells) || unread * 3 > cells
}

/// A number of a file, with a point or a comma. A spreadsheet that shows points as `5점` writes them so into a CSV
/// file.
pub(crate) fn number(text: &str) -> Option<f64> {
    let starts = text
        .as_bytes()
        .first()
        .is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'+'));
    if !starts {
        return None;
    }
    let text = without_unit(text);
    let number = text.parse::<f64>().ok().or_else(|| {
        let comma = text.matches(',').count() == 1 && !text.contains('.');
        comma.then(|| text.replace(',', ".").parse().ok())?
    });
    number.filter(|number| number.is_finite())
}

/// The text before a unit of points, as of `5점` or `5 pts`.
pub(crate) fn without_unit(text: &str) -> &str {
    let end = text.rfind(|c: char| c.is_ascii_digit()).map_or(0, |last| last + 1);
    let unit = &text[end..];
    if !unit.is_empty() && is_unit(unit) { &text[..end] } else { text }
}

/// Whether a text behind a number says that it counts points.
pub(crate) fn is_unit(text: &str) -> bool {
    matches!(
        normalised(text).as_str(),
        "점" | "p" | "pt" | "pts" | "point" | "points" | "punkt" | "punkte" | "점만점" | "marks"
    )
}

/// Points and their maximum in one cell, as `1.00 / 2`; `None` where the points are not between 0 and the maximum.
pub fn points_of(text: &str) -> Option<(f64, f64)> {
    let (got, max) = text.split_once('/')?;
    let (got, max) = (number(got.trim())?, number(max.trim())?);
    (max > 0.0 && (0.0..=max).contains(&got)).then_some((got, max))
}

/// Whether a text is a word or mark for right or wrong, as `정답`, `O` or `×`, whatever its case. Numbers are none.
pub fn says_outcome(text: &str) -> bool {
    number(text).is_none() && (says(text).is_some() || ox(text).is_some())
}

/// The number before a sign of per cent.
pub(crate) fn percent(text: &str) -> Option<f64> {
    number(text.strip_suffix(['%', '％'])?.trim_end())
}

/// What a word, or one of the numbers 0 and 1, says.
pub(crate) fn says_number(text: &str) -> Option<bool> {
    if let Some(says) = says(text) {
        return Some(says);
    }
    match number(text)? {
        0.0 => Some(false),
        1.0 => Some(true),
        _ => None,
    }
}

/// One letter from A to H, or its circled or bracketed form.
pub(crate) fn is_option_letter(text: &str) -> bool {
    let text = text.trim_matches(['(', ')', '.', '[', ']']);
    let mut letters = text.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    matches!(letter.to_ascii_uppercase(), 'A'..='H') || matches!(letter, '①'..='⑩' | 'ⓐ'..='ⓗ')
}

/// Numbers among scores that stand for "no answer", where they occur more than once. A single one is a
/// slip.
///
/// ```
/// use seedtest_ingest::missing_codes;
/// assert_eq!(missing_codes([0.0, 3.0, 9.0, 2.0, 9.0, -9.0].into_iter()), [-9.0, 9.0]);
/// assert!(missing_codes([0.0, 7.0, 8.0, 9.0, 6.0, 5.0, 4.0].into_iter()).is_empty());
/// ```
pub fn missing_codes(scores: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut counts: BTreeMap<u64, (f64, u64)> = BTreeMap::new();
    // Zeros of both signs are one.
    for score in scores.filter(|score| score.is_finite()).map(|score| score + 0.0) {
        counts.entry(score.to_bits()).or_insert((score, 0)).1 += 1;
    }
    let numbers: Vec<f64> = counts.values().map(|(number, _)| *number).collect();
    let found = codes(&numbers);
    let n: u64 = found.iter().filter_map(|code| counts.get(&code.to_bits())).map(|of| of.1).sum();
    if n > 1 { found } else { Vec::new() }
}

/// Numbers beside 0 and 1 (or few points) that stand for "no answer": those that surveys use, at least three
/// above every point.
pub(crate) fn codes(numbers: &[f64]) -> Vec<f64> {
    let may_be_code = |number: f64| number == NOT_REACHED || CODES.contains(&number);
    let points = numbers.iter().copied().filter(|number| !may_be_code(*number));
    let mut largest_point = points.fold(1.0, f64::max);
    let mut codes = Vec::new();
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    for number in sorted.into_iter().filter(|number| may_be_code(*number)) {
        if number < 0.0 || number >= largest_point + 3.0 {
            codes.push(number);
        } else {
            largest_point = largest_point.max(number);
        }
    }
    let only_not_reached = !codes.iter().any(|code| *code > 0.0 && *code != NOT_REACHED);
    codes.retain(|code| *code != NOT_REACHED || !only_not_reached);
    codes
}

fn codes_below_zero(numbers: &[f64]) -> Vec<f64> {
    numbers.iter().copied().filter(|number| *number < 0.0 && CODES.contains(number)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(cells: &[&str]) -> ScoringVerdict {
        detect(cells.iter().copied(), ScoringContext::default())
    }

    fn known(scoring: Scoring, codes: &[f64]) -> ScoringVerdict {
        ScoringVerdict::Known { scoring, codes: codes.to_vec(), unread: 0 }
    }

    #[test]
    fn right_and_wrong_in_every_spelling() {
        let plain = known(Scoring::RightWrong { ox: false }, &[]);
        let marks = known(Scoring::RightWrong { ox: true }, &[]);
        let hundred = known(Scoring::Points { max: Some(100.0) }, &[]);
        for (cells, expected) in [
            (&["1", "0"][..], &plain),
            (&["1.0", "0.0"], &plain),
            (&["1,0", "0,0"], &plain),
            (&["true", "FALSE"], &plain),
            (&["Correct", "Incorrect"], &plain),
            (&["right", "wrong"], &plain),
            (&["정답", "오답"], &plain),
            (&["○", "×"], &plain),
            (&["T", "F"], &plain),
            (&["yes", "no"], &plain),
            (&["richtig", "falsch"], &plain),
            (&["0", "0"], &plain),
            (&["O", "X"], &marks),
            (&["O", "O"], &marks),
            (&["o", "x"], &marks),
            (&["100%", "0%"], &hundred),
            (&["100 %", "50 %"], &hundred),
            (&["100", "0"], &hundred),
        ] {
            assert_eq!(&of(cells), expected, "{cells:?}");
        }
        assert_eq!(of(&[]), ScoringVerdict::Empty);
    }

    #[test]
    fn codes_of_surveys_are_told_from_points() {
        let plain = |codes: &[f64]| known(Scoring::RightWrong { ox: false }, codes);
        assert_eq!(of(&["1", "0", "9", "9"]), plain(&[9.0]));
        assert_eq!(of(&["1", "0", "9", "6", "7"]), plain(&[6.0, 7.0, 9.0]));
        assert_eq!(of(&["1", "0", "-99", "99"]), plain(&[-99.0, 99.0]));
        assert_eq!(codes(&[0.0, 1.0, 2.0, 6.0, 9.0]), [6.0, 9.0]);
        assert_eq!(codes(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]), [] as [f64; 0]);
        assert_eq!(codes(&[0.0, 1.0, 6.0]), [] as [f64; 0]);
        assert_eq!(codes(&[0.0, 50.0, 99.0, 100.0]), [] as [f64; 0]);
    }

    #[test]
    fn what_is_neither_right_nor_wrong_is_named() {
        for (cells, kind) in [
            (&["A", "B", "C", "D"][..], NeitherKind::Options),
            (&["①", "②", "①"], NeitherKind::Options),
            (&["1", "2", "3", "4"], NeitherKind::OptionsOrPoints),
            (&["0", "1", "2", "3"], NeitherKind::OptionsOrPoints),
            (&["1", "0", "0.75", "0.25"], NeitherKind::Points),
            (&["photosynthesis", "osmosis"], NeitherKind::Words),
        ] {
            let ScoringVerdict::Neither(found) = of(cells) else { panic!("{cells:?}") };
            assert_eq!(found.kind, kind, "{cells:?}");
            assert!(!found.values.is_empty() && found.unread >= 2, "{cells:?}");
        }
    }

    #[test]
    fn a_mark_for_part_of_the_points_is_what_is_odd() {
        let cells = ["O", "X", "△", "O", "△", "X"];
        let mut tally = Tally::default();
        for cell in cells {
            tally.see(cell);
        }
        assert!(tally.is_odd("△") && !tally.is_odd("O") && !tally.is_odd("X"));
        let ScoringVerdict::Neither(found) = of(&cells) else { panic!() };
        assert_eq!((found.kind, found.unread), (NeitherKind::PartMarks, 2));
    }

    #[test]
    fn a_slip_is_counted_and_does_not_decide() {
        let mut cells = vec!["1", "0"];
        cells.extend(["1"; 40]);
        cells.push("maybe");
        let one = ScoringVerdict::Known {
            scoring: Scoring::RightWrong { ox: false },
            codes: Vec::new(),
            unread: 1,
        };
        assert_eq!(of(&cells), one);
        // The letter O among ones and zeros is a zero that somebody typed.
        cells.pop();
        cells.push("O");
        assert_eq!(of(&cells), one);
    }

    #[test]
    fn points_and_their_maximum_stand_in_one_cell() {
        assert_eq!(points_of("1.00 / 2"), Some((1.0, 2.0)));
        assert_eq!(points_of("0/1"), Some((0.0, 1.0)));
        for text in ["3/2", "1", "a / b", "1 / 0", "1/2/3", "/", ""] {
            assert_eq!(points_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_or_a_maximum_decides() {
        let keyed = ScoringContext { has_key: true, has_maximum: false };
        let verdict = detect(["A", "B", "C"].into_iter(), keyed);
        assert_eq!(verdict, known(Scoring::Options, &[]));
        let scored = ScoringContext { has_key: false, has_maximum: true };
        let verdict = detect(["0", "1", "2.5", "-1"].into_iter(), scored);
        assert_eq!(verdict, known(Scoring::Points { max: None }, &[-1.0]));
    }

    proptest! {
        #[test]
        fn a_verdict_is_about_the_cells_of_its_column(cells in prop::collection::vec("\\PC{0,6}", 0..30)) {
            let mut cells: Vec<&str> =
                cells.iter().map(|cell| cell.trim()).filter(|c| !c.is_empty()).collect();
            let verdict = of(&cells);
            let n = cells.len() as u64;
            match &verdict {
                ScoringVerdict::Empty => prop_assert_eq!(n, 0),
                ScoringVerdict::Known { unread, .. } => prop_assert!(!is_too_much(*unread, n)),
                ScoringVerdict::Neither(found) => {
                    prop_assert!(found.cells == n && 1 <= found.unread && found.unread <= n);
                    prop_assert!(!found.values.is_empty() && found.values.len() <= MOST_NAMED);
                    prop_assert!(found.values.iter().all(|value| cells.contains(&value.as_str())));
                }
            }
            cells.reverse();
            prop_assert_eq!(of(&cells), verdict);
        }

        #[test]
        fn ones_and_zeros_are_right_and_wrong(cells in prop::collection::vec(prop::sample::select(
            vec!["0", "1", "0.0", "1.0", "01", "+1", "1,0"]
        ), 1..60)) {
            prop_assert_eq!(of(&cells), known(Scoring::RightWrong { ox: false }, &[]));
        }

        #[test]
        fn other_numbers_say_neither(cells in prop::collection::vec(2_u32..6, 1..60), hundredths in 1_u32..100) {
            let texts = |end: &str| cells.iter().map(|n| format!("{n}{end}")).collect::<Vec<_>>();
            let fraction = format!(".{hundredths:02}");
            for (end, kind) in [("", NeitherKind::OptionsOrPoints), (&*fraction, NeitherKind::Points)] {
                let cells = texts(end);
                let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
                let ScoringVerdict::Neither(found) = of(&cells) else {
                    panic!("{cells:?}");
                };
                prop_assert_eq!((found.kind, found.unread), (kind, cells.len() as u64));
                // Beside a maximum they are points of it, whatever they are.
                let context = ScoringContext { has_key: false, has_maximum: true };
                let scored = detect(cells.iter().copied(), context);
                prop_assert_eq!(scored, known(Scoring::Points { max: None }, &[]));
            }
            let percents = texts("%");
            let percents: Vec<&str> = percents.iter().map(String::as_str).collect();
            prop_assert_eq!(of(&percents), known(Scoring::Points { max: Some(100.0) }, &[]));
        }

        #[test]
        fn a_slip_among_ones_and_zeros_changes_nothing(
            cells in prop::collection::vec(prop::sample::select(vec!["0", "1"]), 25..60), at in 0_usize..25
        ) {
            let mut cells = cells;
            cells[at] = "maybe";
            let expected = ScoringVerdict::Known {
                scoring: Scoring::RightWrong { ox: false },
                codes: Vec::new(),
                unread: 1,
            };
            prop_assert_eq!(of(&cells), expected);
        }
    }
}
