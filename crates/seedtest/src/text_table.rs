//! Tables in a terminal: columns as wide as what stands in them, where a Korean letter takes two places.

use std::cmp::Ordering;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::failure::Failure;
use crate::output::Output;

/// Widest a column of texts gets; longer ids are cut.
const WIDEST: usize = 40;

/// A table that is printed.
pub(crate) struct TextTable {
    heads: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

/// Where the texts of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

impl TextTable {
    /// A table with these columns: the first at the left, the others, which are numbers, at the right.
    pub(crate) fn new(heads: &[&str]) -> Self {
        let side = |at: usize| if at == 0 { Side::Left } else { Side::Right };
        let heads = heads.iter().enumerate();
        let heads = heads.map(|(at, head)| ((*head).to_owned(), side(at))).collect();
        Self { heads, rows: Vec::new() }
    }

    /// The same with the last column at the left: words.
    pub(crate) fn ending_in_words(mut self) -> Self {
        if let Some(last) = self.heads.last_mut() {
            last.1 = Side::Left;
        }
        self
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines, the names of the columns first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.heads.len()).map(|at| self.width(at)).collect();
        let heads: Vec<String> = self.heads.iter().map(|(head, _)| head.clone()).collect();
        let line = |cells: &[String]| {
            let cells = cells.iter().zip(&widths).zip(&self.heads);
            let cells: Vec<String> =
                cells.map(|((cell, width), (_, side))| padded(cell, *width, *side)).collect();
            cells.join("  ").trim_end().to_owned()
        };
        std::iter::once(line(&heads)).chain(self.rows.iter().map(|row| line(row))).collect()
    }

    fn width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width());
        cells.chain([self.heads[at].0.width()]).max().unwrap_or(0).min(WIDEST)
    }

    /// Prints the table after an empty line.
    pub(crate) fn print(&self, output: &Output) -> Result<(), Failure> {
        output.line("")?;
        self.lines().iter().try_for_each(|line| output.line(line))
    }
}

fn padded(cell: &str, width: usize, side: Side) -> String {
    let cell = cut(cell, width);
    let room = " ".repeat(width.saturating_sub(cell.width()));
    match side {
        Side::Left => format!("{cell}{room}"),
        Side::Right => format!("{room}{cell}"),
    }
}

/// A text of at most so many places.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut left = width.saturating_sub(1);
    let mut kept = String::new();
    for character in text.chars() {
        let takes = character.width().unwrap_or(0);
        if takes > left {
            break;
        }
        left -= takes;
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// A p value as people read it.
pub(crate) fn p_value(p: f64) -> String {
    if p.is_nan() {
        return "unknown".to_owned();
    }
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

/// `p = 0.020`, `p < 0.001`.
pub(crate) fn p_is(p: f64) -> String {
    match p_value(p) {
        text if text.starts_with('<') => format!("p {text}"),
        text => format!("p = {text}"),
    }
}

/// The order in which people list ids: i1, i2, i10. Ids that differ only by leading zeros stay apart.
pub(crate) fn natural_order(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one, other);
    loop {
        let ((text_l, digits_l, rest_l), (text_r, digits_r, rest_r)) = (split(left), split(right));
        let by_part = text_l.cmp(text_r).then_with(|| {
            let (l, r) = (digits_l.trim_start_matches('0'), digits_r.trim_start_matches('0'));
            l.len().cmp(&r.len()).then_with(|| l.cmp(r))
        });
        if by_part != Ordering::Equal || (rest_l.is_empty() && rest_r.is_empty()) {
            return by_part.then_with(|| one.cmp(other));
        }
        (left, right) = (rest_l, rest_r);
    }
}

/// The text before the first digits, those, and what follows.
fn split(text: &str) -> (&str, &str, &str) {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let digits = &text[start..];
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    (&text[..start], &digits[..end], &digits[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_letters_take_two_places() {
        let mut table = TextTable::new(&["student", "theta"]);
        table.row(vec!["김민지".into(), "0.5".into()]);
        table.row(vec!["amy".into(), "-1.25".into()]);
        assert_eq!(table.lines(), ["student  theta", "김민지     0.5", "amy      -1.25"]);
        let mut long = TextTable::new(&["item", "n"]).ending_in_words();
        long.row(vec!["가".repeat(30), "x y".into()]);
        let lines = long.lines();
        assert_eq!(lines[1], format!("{}…   x y", "가".repeat(19)));
        assert!(lines.iter().all(|line| line.trim_end() == line));
    }

    #[test]
    fn ids_are_in_the_order_of_their_numbers() {
        let mut ids = [
            "i10",
            "i2",
            "i1",
            "문항 12",
            "문항 3",
            "2",
            "10",
            "a",
            "i02",
            "",
            "i2b",
            "i2a10",
            "i2a9",
        ];
        ids.sort_by(|one, other| natural_order(one, other));
        assert_eq!(
            ids,
            [
                "",
                "2",
                "10",
                "a",
                "i1",
                "i02",
                "i2",
                "i2a9",
                "i2a10",
                "i2b",
                "i10",
                "문항 3",
                "문항 12"
            ]
        );
    }

    #[test]
    fn probabilities_as_people_read_them() {
        assert_eq!(
            [0.02, 0.000_9, 0.001, 1.66e-10].map(p_is),
            ["p = 0.020", "p < 0.001", "p = 0.001", "p < 0.001"]
        );
        assert_eq!(p_value(f64::NAN), "unknown");
    }
}
