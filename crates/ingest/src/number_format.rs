//! Numbers with a point or a comma, with thousands set apart or not.

/// How the numbers of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NumberFormat {
    /// Whether a comma stands before the fraction.
    decimal_comma: bool,
    /// Whether groups of three digits may be set apart: by points where the comma is decimal, else by commas,
    /// and by spaces and apostrophes in either case.
    grouped: bool,
}

/// What a text with marks between its digits can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Digits, or a number of a program such as `1e-3`.
    Plain,
    /// Digits, a mark, and digits other than three: a decimal number.
    Decimal(char),
    /// One mark before three digits: either.
    Either(char),
    /// Groups of three, and behind another mark a fraction: thousands.
    Grouped { thousands: char, decimal: Option<char> },
}

impl NumberFormat {
    /// Finds the format of a column. Where a mark before three digits can be either, the comma is the one of
    /// the place that the delimiter speaks for: decimal in a file with semicolons, else of thousands.
    pub(crate) fn detect<'a>(cells: impl Iterator<Item = &'a str>, semicolons: bool) -> Self {
        let (mut comma_decimal, mut point_decimal, mut comma_groups, mut point_groups) =
            (0, 0, 0, 0);
        let (mut comma_either, mut other_groups) = (0, 0);
        for cell in cells {
            match shape(cell.trim()) {
                Some(Shape::Decimal(',')) => comma_decimal += 1,
                Some(Shape::Decimal(_)) => point_decimal += 1,
                Some(Shape::Either(',')) => comma_either += 1,
                Some(Shape::Grouped { thousands: ',', .. }) => comma_groups += 1,
                Some(Shape::Grouped { thousands: '.', .. }) => point_groups += 1,
                Some(Shape::Grouped { thousands: _, decimal }) => {
                    other_groups += 1;
                    comma_decimal += u64::from(decimal == Some(','));
                }
                _ => {}
            }
        }
        let of_comma = comma_decimal + point_groups;
        let of_point = point_decimal + comma_groups;
        let decimal_comma =
            if of_comma == of_point { semicolons && comma_either > 0 } else { of_comma > of_point };
        let own_groups = if decimal_comma { point_groups } else { comma_groups + comma_either };
        Self { decimal_comma, grouped: own_groups + other_groups > 0 }
    }

    /// The first of some cells that holds a comma before three digits, where no other cell says whether the comma is
    /// decimal or sets thousands apart.
    pub(crate) fn doubtful<'a>(cells: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let mut example = None;
        for cell in cells.map(str::trim) {
            match shape(cell) {
                Some(Shape::Either(',')) => example = example.or(Some(cell)),
                Some(Shape::Plain) | None => {}
                Some(Shape::Either(_) | Shape::Decimal(_) | Shape::Grouped { .. }) => return None,
            }
        }
        example
    }

    /// What to call it.
    pub(crate) fn name(self) -> &'static str {
        match (self.decimal_comma, self.grouped) {
            (true, true) => "numbers with a decimal comma and thousands set apart",
            (true, false) => "numbers with a decimal comma",
            (false, true) => "numbers with thousands set apart",
            (false, false) => "numbers with a decimal point",
        }
    }

    /// Reads a trimmed text; infinite numbers and NaN are none.
    pub(crate) fn parse(self, text: &str) -> Option<f64> {
        let number = if self == Self::default() {
            text.parse().ok()?
        } else {
            self.plain(text)?.parse::<f64>().ok()?
        };
        number.is_finite().then_some(number)
    }

    /// The text as programs write numbers.
    fn plain(self, text: &str) -> Option<String> {
        let own = if self.decimal_comma { ',' } else { '.' };
        let (whole, fraction) = match text.split_once(own) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let marks = ['.', ',', ' ', '\u{a0}', '\u{202f}', '\''];
        let fraction = fraction.map_or(String::new(), |fraction| format!(".{fraction}"));
        if !whole.contains(marks) {
            return Some(format!("{whole}{fraction}"));
        }
        if !self.grouped {
            // A number of a program among those of people.
            return fraction.is_empty().then(|| text.to_owned());
        }
        let groups =
            matches!(shape(whole), Some(Shape::Either(_) | Shape::Grouped { decimal: None, .. }));
        groups.then(|| whole.replace(marks, "") + &fraction)
    }
}

/// What a text can be; `None` where it is no number.
fn shape(text: &str) -> Option<Shape> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_mark = |c: char| matches!(c, ',' | '.' | ' ' | '\u{a0}' | '\u{202f}' | '\'');
    let mut marks = digits.char_indices().filter(|(_, c)| is_mark(*c));
    let Some((first_at, first)) = marks.next() else {
        return text.parse::<f64>().is_ok().then_some(Shape::Plain);
    };
    if !digits.chars().all(|c| is_mark(c) || c.is_ascii_digit()) {
        return text.parse::<f64>().is_ok().then_some(Shape::Plain);
    }
    let head = &digits[..first_at];
    let Some((_, second)) = marks.next() else {
        let tail = &digits[first_at + first.len_utf8()..];
        return one_mark(head, first, tail);
    };
    let (whole, decimal) = if second == first {
        let last = digits.rfind(|c| is_mark(c) && c != first);
        last.map_or((digits, None), |at| (&digits[..at], digits[at..].chars().next()))
    } else {
        let at = digits.find(second)?;
        (&digits[..at], Some(second))
    };
    let fraction = &digits[whole.len()..];
    let mut groups = whole.split(first);
    let leads = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    let is_grouped = leads && groups.all(|group| group.len() == 3 && is_digits(group));
    let has_fraction = fraction.is_empty() || is_digits(fraction.trim_start_matches(is_mark));
    (is_grouped && has_fraction && decimal.is_none_or(|mark| matches!(mark, '.' | ',')))
        .then_some(Shape::Grouped { thousands: first, decimal })
}

fn one_mark(head: &str, mark: char, tail: &str) -> Option<Shape> {
    let groups = (1..=3).contains(&head.len()) && !head.starts_with('0') && tail.len() == 3;
    if !(is_digits(tail) || (tail.is_empty() && mark == '.')) {
        return None;
    }
    Some(match mark {
        ',' | '.' if groups => Shape::Either(mark),
        ',' | '.' => Shape::Decimal(mark),
        _ if groups => Shape::Grouped { thousands: mark, decimal: None },
        _ => return None,
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(cells: &[&str], semicolons: bool) -> Vec<Option<f64>> {
        let format = NumberFormat::detect(cells.iter().copied(), semicolons);
        cells.iter().map(|cell| format.parse(cell)).collect()
    }

    #[test]
    fn numbers_are_read_as_their_column_writes_them() {
        for (cells, semicolons, expected) in [
            (&["1.5", "2", "-3.25"][..], false, &[1.5, 2.0, -3.25][..]),
            (&["1,5", "2"], true, &[1.5, 2.0]),
            (&["1,0", "0,0"], true, &[1.0, 0.0]),
            (&["4,000", "512"], false, &[4000.0, 512.0]),
            (&["4,000", "512"], true, &[4.0, 512.0]),
            (&["1,234,567", "4,000"], true, &[1_234_567.0, 4000.0]),
            (&["1.234,5", "4.000"], true, &[1234.5, 4000.0]),
            (&["1,234.5", "4,000"], false, &[1234.5, 4000.0]),
            (&["1 234,5", "12"], true, &[1234.5, 12.0]),
            (&["1\u{a0}234", "12"], false, &[1234.0, 12.0]),
            (&["1'234.5"], false, &[1234.5]),
            (&["12.345", "1.5"], true, &[12.345, 1.5]),
            (&["12.345", "1.500"], true, &[12.345, 1.5]),
            (&["1e3", "5"], false, &[1000.0, 5.0]),
            (&["0,125"], false, &[0.125]),
        ] {
            let expected: Vec<_> = expected.iter().map(|number| Some(*number)).collect();
            assert_eq!(read(cells, semicolons), expected, "{cells:?}");
        }
    }

    #[test]
    fn a_comma_that_can_be_either_is_doubtful_where_nothing_decides() {
        let doubtful = |cells: &[&'static str]| NumberFormat::doubtful(cells.iter().copied());
        assert_eq!(doubtful(&["512", " 1,234", "2,500"]), Some("1,234"));
        for decided in [&["1,234", "0.5"][..], &["1,234", "0,5"], &["1,234,567"], &["12", "7"]] {
            assert_eq!(doubtful(decided), None, "{decided:?}");
        }
    }

    #[test]
    fn what_is_no_number_of_the_format_is_none() {
        let comma = NumberFormat::detect(["1,5"].into_iter(), true);
        for text in ["", "x", "1,2,3", "1,2.3", "--1", "inf", "nan", "1e400"] {
            assert_eq!(comma.parse(text), None, "{text}");
            assert_eq!(NumberFormat::default().parse(text), None, "{text}");
        }
        let grouped = NumberFormat::detect(["4,000"].into_iter(), false);
        assert_eq!((grouped.parse("4,0"), grouped.parse("12")), (None, Some(12.0)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cells in prop::collection::vec("[0-9,.' e+-]{0,12}", 0..6), semicolons: bool) {
            let format = NumberFormat::detect(cells.iter().map(String::as_str), semicolons);
            for cell in &cells {
                let _ = format.parse(cell);
            }
        }

        #[test]
        fn a_number_survives_every_way_of_writing_it(thousand in 1u32..999_999, cents in 0u32..100) {
            let whole = format!("{thousand}");
            let mut grouped = String::new();
            for (at, digit) in whole.chars().enumerate() {
                if at > 0 && (whole.len() - at).is_multiple_of(3) {
                    grouped.push('.');
                }
                grouped.push(digit);
            }
            let number = f64::from(thousand) + f64::from(cents) / 100.0;
            let german = format!("{grouped},{cents:02}");
            let format = NumberFormat::detect([german.as_str()].into_iter(), true);
            prop_assert!((format.parse(&german).unwrap() - number).abs() < 1e-9);
            let english = german.replace('.', " ").replace(',', ".").replace(' ', ",");
            let format = NumberFormat::detect([english.as_str()].into_iter(), false);
            prop_assert!((format.parse(&english).unwrap() - number).abs() < 1e-9);
        }
    }
}
