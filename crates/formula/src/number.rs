//! Numbers as R prints them.

/// Most significant digits R prints.
const DIGITS: usize = 15;

/// A number as R prints it: up to 15 significant digits, and in scientific notation when that is
/// shorter (`1e+05`, `0.001`, `2`).
pub(crate) fn r_number(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    let (mantissa, exponent) = significant(x);
    let digits = mantissa.trim_start_matches('-').chars().filter(char::is_ascii_digit).count();
    let scientific =
        format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let fixed = format!("{x:.decimals$}");
    if fixed.len() <= scientific.len() { fixed } else { scientific }
}

/// Shortest mantissa with at most 15 significant digits that rounds like the full one, and the
/// decimal exponent.
fn significant(x: f64) -> (String, i32) {
    let full = format!("{x:.*e}", DIGITS - 1);
    let (mantissa, exponent) = full.split_once('e').unwrap_or((&full, "0"));
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::r_number;

    #[test]
    fn numbers_print_as_in_r() {
        // R 4.2.2: as.character / deparse of the same constants.
        let cases = [
            (2.0, "2"),
            (100_000.0, "1e+05"),
            (123_456.0, "123456"),
            (0.001, "0.001"),
            (0.0001, "1e-04"),
            (0.1 + 0.2, "0.3"),
            (-2.5, "-2.5"),
            (1e300, "1e+300"),
            (1.0 / 3.0, "0.333333333333333"),
        ];
        for (x, shown) in cases {
            assert_eq!(r_number(x), shown);
        }
    }
}
