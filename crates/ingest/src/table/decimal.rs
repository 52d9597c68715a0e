//! Decimal numbers, read quickly.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The number in a cell of digits with a point and a sign or without; `None` for any other text, also for
/// numbers that this does not round correctly.
///
/// Up to fifteen digits are a whole number that a double holds exactly, and so is the power of ten by which it
/// is divided: their quotient is correctly rounded (W. D. Clinger, "How to read floating point numbers
/// accurately", 1990).
pub(super) fn simple(cell: &[u8]) -> Option<f64> {
    const MOST_DIGITS: usize = 15;
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    };
    if digits.is_empty() || digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    let (mut whole, mut point) = (0_u64, None);
    for (at, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |at| digits.len() - at - 1);
    let n_digits = digits.len() - usize::from(point.is_some());
    if n_digits == 0 || n_digits > MOST_DIGITS {
        return None;
    }
    let number = whole as f64 / POWERS[fraction];
    Some(if negative { -number } else { number })
}

/// The number at the start of a text, as [`simple`] reads it, and how many bytes it takes; `None` where the text starts
/// with no such number. What follows the number is for the caller to look at.
pub(super) fn leading(text: &[u8]) -> Option<(f64, usize)> {
    const MOST_DIGITS: usize = 15;
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut whole, mut digits, mut fraction, mut has_point) = (0_u64, 0_usize, 0_usize, false);
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits += 1;
            if digits > MOST_DIGITS {
                return None;
            }
            whole = whole * 10 + u64::from(digit);
            fraction += usize::from(has_point);
        } else if byte == b'.' && !has_point {
            has_point = true;
        } else {
            break;
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    let number = whole as f64 / POWERS[fraction];
    Some((if negative { -number } else { number }, at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{leading, simple};

    #[test]
    fn numbers_of_files() {
        for text in [
            "0",
            "-0",
            "1",
            "12.5",
            "-3.25",
            "0.1",
            "123456789012345",
            "0.00000000000001",
            ".5",
            "5.",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                simple(text.as_bytes()).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        for text in [
            "",
            "-",
            ".",
            "1e3",
            "+1",
            "1,5",
            "nan",
            "inf",
            "1 ",
            "1234567890123456",
            "1.2.3",
            "--1",
        ] {
            assert_eq!(simple(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        /// What is read here is to the bit what the standard library reads.
        #[test]
        fn every_number_is_that_of_the_standard_library(text in "-?[0-9]{0,9}(\\.[0-9]{0,8})?") {
            let behind = format!("{text},7");
            let of_start = leading(behind.as_bytes());
            prop_assert_eq!(
                of_start.filter(|(_, length)| *length == text.len()).map(|(number, _)| number.to_bits()),
                simple(text.as_bytes()).map(f64::to_bits)
            );
            if let Some(number) = simple(text.as_bytes()) {
                prop_assert_eq!(number.to_bits(), text.parse::<f64>().unwrap().to_bits());
            }
        }
    }
}
