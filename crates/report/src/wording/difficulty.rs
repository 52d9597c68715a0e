//! Whether the attempted items suit the student, in words.

use crate::catalogue::Catalogue;
use crate::number::{count, percent};

/// From this ratio of harder to easier items (or the other way round) on, we advise a change.
const ADVICE_RATIO: f64 = 1.5;

/// Share of right answers from which items are not too hard, and up to which they are not too easy.
const MANAGED: f64 = 0.6;
const MISSED: f64 = 0.4;

/// Fewest items from which their mix says something.
const MIN_ITEMS: u32 = 10;

/// How the items attempted compare with the student's ability, and what to do about it.
pub(crate) fn difficulty(
    difficulties: &[f64],
    theta: Option<f64>,
    right_share: Option<f64>,
    catalogue: &Catalogue,
) -> String {
    if difficulties.is_empty() {
        return catalogue.text("chart.difficulty.empty");
    }
    let n = difficulties.len() as u32;
    let Some(theta) = theta else {
        return catalogue.count("chart.difficulty.reading_no_theta", n);
    };
    let harder = difficulties.iter().filter(|&&b| b >= theta).count() as u32;
    let easier = n - harder;
    let share = catalogue.fill(
        "chart.difficulty.reading",
        &[("n", &count(n)), ("harder", &count(harder)), ("easier", &count(easier))],
    );
    let right = right_share.map(percent).unwrap_or_default();
    let advice = advice(easier, harder, right_share);
    format!("{share} {}", catalogue.fill(advice, &[("share", &right)]))
}

/// Where the answers say otherwise than the parameters, the answers count: the ability may rest on the
/// first answers alone, and what was hard then need not be now.
fn advice(easier: u32, harder: u32, right_share: Option<f64>) -> &'static str {
    let is_enough = easier + harder >= MIN_ITEMS;
    let (easier, harder) = (f64::from(easier), f64::from(harder));
    if !is_enough {
        "difficulty.too_few"
    } else if harder >= ADVICE_RATIO * easier {
        if right_share.is_some_and(|share| share >= MANAGED) {
            return "difficulty.managed";
        }
        "difficulty.too_hard"
    } else if easier >= ADVICE_RATIO * harder {
        if right_share.is_some_and(|share| share <= MISSED) {
            return "difficulty.missed";
        }
        "difficulty.too_easy"
    } else {
        "difficulty.balanced"
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, difficulty};
    use crate::catalogue::Catalogue;
    use crate::lang::Lang;

    #[test]
    fn advice_begins_at_a_ratio_of_three_to_two() {
        assert_eq!(advice(10, 15, None), "difficulty.too_hard");
        assert_eq!(advice(10, 14, None), "difficulty.balanced");
        assert_eq!(advice(15, 10, None), "difficulty.too_easy");
        assert_eq!(advice(0, 10, None), "difficulty.too_hard");
        assert_eq!(advice(0, 9, None), "difficulty.too_few");
    }

    #[test]
    fn no_advice_goes_against_the_answers() {
        assert_eq!(advice(2, 20, Some(0.71)), "difficulty.managed");
        assert_eq!(advice(2, 20, Some(0.59)), "difficulty.too_hard");
        assert_eq!(advice(20, 2, Some(0.3)), "difficulty.missed");
        assert_eq!(advice(20, 2, Some(0.71)), "difficulty.too_easy");
        assert_eq!(advice(10, 10, Some(0.71)), "difficulty.balanced");
    }

    #[test]
    fn counts_and_advice_are_named() {
        let en = Catalogue::load(Lang::En).unwrap();
        insta::assert_snapshot!(difficulty(&[-1.0, 0.5, 0.6, 0.7], Some(0.5), None, &en), @"Items tried: 4. Harder than the student’s ability: 3; easier: 1. Too few items to judge the mix.");
        insta::assert_snapshot!(difficulty(&[-1.0], None, None, &en), @"1 item tried. Whether it suits the student is known once there is an ability estimate.");
    }
}
