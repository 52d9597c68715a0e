//! Numbers as text. Korean and English write them alike: a decimal point, commas between
//! thousands; a real minus sign (U+2212), because a hyphen is easily overlooked.

/// A count with commas between thousands.
pub fn count(n: u32) -> String {
    group(&n.to_string())
}

/// A number with a fixed number of decimals; never `-0`.
pub fn decimal(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = digits.split_once('.').map_or((&*digits, None), |(w, f)| (w, Some(f)));
    let grouped = match fraction {
        Some(fraction) => format!("{}.{fraction}", group(whole)),
        None => group(whole),
    };
    let is_zero = !digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if value < 0.0 && !is_zero { format!("−{grouped}") } else { grouped }
}

/// A number with a fixed number of decimals and always a sign, except for 0.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = decimal(value, decimals);
    let is_positive = value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_positive { format!("+{text}") } else { text }
}

/// A share 0..1 as whole percent.
pub fn percent(share: f64) -> String {
    format!("{}%", decimal(share * 100.0, 0))
}

/// A probability 0..1: whole percent, and never 0% or 100%, which nobody knows. A no-break space keeps
/// sign and number on one line.
pub fn chance(probability: f64) -> String {
    match probability {
        p if p < 0.01 => "<\u{a0}1%".into(),
        p if p > 0.99 => ">\u{a0}99%".into(),
        p => percent(p),
    }
}

/// Two shares 0..1 as a range of whole percent: `56–82%`.
pub(crate) fn percent_range(low: f64, high: f64) -> String {
    format!("{}–{}", decimal(low * 100.0, 0), percent(high))
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{chance, count, decimal, percent, percent_range, signed};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(325_637), "325,637");
        assert_eq!(decimal(-1234.567, 1), "−1,234.6");
        assert_eq!(decimal(-0.001, 2), "0.00");
        assert_eq!(decimal(12.0, 0), "12");
        assert_eq!(signed(0.004, 2), "0.00");
        assert_eq!(signed(0.13, 2), "+0.13");
        assert_eq!(signed(-0.13, 2), "−0.13");
        assert_eq!(percent(0.625), "62%");
        assert_eq!(percent(1.0), "100%");
        assert_eq!(
            [0.0, 0.009, 0.01, 0.7, 0.99, 0.995, 1.0].map(chance),
            ["<\u{a0}1%", "<\u{a0}1%", "1%", "70%", "99%", ">\u{a0}99%", ">\u{a0}99%"]
        );
        assert_eq!(percent_range(0.561, 0.82), "56–82%");
    }
}
