//! Numbers in printed tables: as many digits as their errors say mean something.

/// Significant digits of a standard error.
const DIGITS: i32 = 4;
/// Sizes beyond which numbers are written with an exponent.
const ORDINARY: std::ops::Range<f64> = 1e-4..1e12;

/// An estimate beside its standard error, or an end of its interval, with the decimals that give the error four
/// significant digits; `-` where it is not known.
pub(super) fn beside(value: Option<f64>, se: Option<f64>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    match se.filter(|se| se.is_finite() && *se > 0.0) {
        None => figure(value),
        Some(se) if ORDINARY.contains(&se) && value.abs() < ORDINARY.end => {
            let decimals = (DIGITS - 1 - exponent(se)).max(0) as usize;
            let text = unsigned_zero(format!("{value:.decimals$}"));
            // What is not zero does not look so.
            if value != 0.0 && is_zero(&text) { format!("{value:.1e}") } else { text }
        }
        Some(se) => {
            let decimals = (exponent(value) - exponent(se) + DIGITS - 1).clamp(1, 15) as usize;
            format!("{value:.decimals$e}")
        }
    }
}

/// Five significant figures or so, of a number without an error.
pub(super) fn figure(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{value:.4e}");
    }
    let decimals = if size >= 1e3 {
        2
    } else if size >= 1.0 {
        4
    } else {
        6
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A number with so many decimals, or with an exponent where it is too large for a table.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let is_ordinary = value.abs() < ORDINARY.end;
    unsigned_zero(if is_ordinary { format!("{value:.decimals$}") } else { format!("{value:.4e}") })
}

/// A ratio such as exp(coef).
pub(super) fn ratio(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

/// A zero has no sign, though rounding leaves one.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if is_zero(rest) => rest.to_owned(),
        _ => text,
    }
}

fn is_zero(text: &str) -> bool {
    text.chars().all(|c| c == '0' || c == '.')
}

/// Power of ten of the first digit.
fn exponent(value: f64) -> i32 {
    let text = format!("{:.3e}", value.abs());
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{beside, fixed, ratio};

    #[test]
    fn an_estimate_has_the_digits_of_its_error() {
        let of = |value: f64, se: f64| (beside(Some(value), Some(se)), beside(Some(se), Some(se)));
        let texts = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(of(251.405_105, 6.824_597), texts("251.405", "6.825"));
        // The intercept of calendar years: five digits would hide all that is known of it.
        assert_eq!(of(-21_345_678.912, 34_567.8), texts("-21345679", "34568"));
        assert_eq!(of(-213_456.789_12, 12.345_67), texts("-213456.79", "12.35"));
        assert_eq!(of(0.000_012_345, 0.000_234_5), texts("0.0000123", "0.0002345"));
        assert_eq!(of(3.2e-9, 1.234e-10), texts("3.2000e-9", "1.234e-10"));
        assert_eq!(of(9.999_96, 0.999_96), texts("10.000", "1.000"));
        assert_eq!((beside(None, Some(1.0)), beside(Some(2.0), None)), texts("-", "2"));
        assert_eq!(of(2.0, 0.0).0, "2");
        // Far less than its error, and no zero.
        assert_eq!((of(1e-12, 0.5).0, of(-3.24e-9, 0.01).0), texts("1.0e-12", "-3.2e-9"));
        assert_eq!(of(0.0, 0.5).0, "0.0000");
    }

    #[test]
    fn what_is_too_large_for_a_table_has_an_exponent() {
        assert_eq!(
            (fixed(-1_743.628_3, 4), fixed(4e79, 4)),
            ("-1743.6283".into(), "4.0000e79".into())
        );
        assert_eq!((fixed(-1e-9, 4), fixed(-0.1, 1)), ("0.0000".into(), "-0.1".into()));
        assert_eq!((ratio(1.234_56), ratio(0.0)), ("1.2346".into(), "0.0000".into()));
        assert_eq!((ratio(4e-7), ratio(6e21)), ("4.000e-7".into(), "6.000e21".into()));
    }
}
