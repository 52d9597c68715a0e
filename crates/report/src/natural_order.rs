//! The order in which people expect names with numbers.

use std::cmp::Ordering;

/// Order of names as people expect it: runs of digits compare as numbers, so that `s2` comes before
/// `s10`. Equal only for equal texts.
pub(crate) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (run_a, run_b) = (leading_run(rest_a), leading_run(rest_b));
        let order = compare_runs(run_a, run_b);
        if order.is_ne() {
            return order;
        }
        rest_a = &rest_a[run_a.len()..];
        rest_b = &rest_b[run_b.len()..];
    }
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// The digits, or the other letters, that the text begins with.
fn leading_run(text: &str) -> &str {
    let is_number = text.starts_with(|letter: char| letter.is_ascii_digit());
    let end = text.find(|letter: char| letter.is_ascii_digit() != is_number);
    &text[..end.unwrap_or(text.len())]
}

fn compare_runs(a: &str, b: &str) -> Ordering {
    let is_number = |run: &str| run.starts_with(|letter: char| letter.is_ascii_digit());
    if !is_number(a) || !is_number(b) {
        return a.cmp(b);
    }
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::natural_order;

    #[test]
    fn digits_count_as_numbers() {
        let mut names = ["s10", "s2", "학생 11", "s02", "학생 9", "s"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["s", "s02", "s2", "s10", "학생 9", "학생 11"]);
    }

    proptest! {
        #[test]
        fn it_is_a_total_order(a in "[a0-2]{0,6}", b in "[a0-2]{0,6}", c in "[a0-2]{0,6}") {
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            prop_assert_eq!(natural_order(&a, &b) == Ordering::Equal, a == b);
            if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
                prop_assert!(natural_order(&a, &c).is_le());
            }
        }
    }
}
