//! True-score equating of two forms.

use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;

/// One line of a true-score equating table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EquatedScore {
    /// Number-right score on the new form.
    pub score: u32,
    /// Ability whose expected score on the new form it is; `None` for scores that no ability
    /// reaches (at or below the sum of the c, or all right).
    pub theta: Option<f64>,
    /// Score on the old form with the same meaning.
    pub equated: f64,
}

/// True-score equating (Lord 1980, chapter 13): each score of the new form is turned into the
/// ability that expects it, and this into the expected score on the old form. Scores at or below
/// the sum of the c are interpolated to 0, a perfect score goes to a perfect score (Kolen &
/// Brennan 2014, section 6.6). Both forms must be on one scale.
///
/// Items with negative a are not allowed for: with them the expected score need not increase.
pub fn equate_true_scores(new: &[ItemParameters], old: &[ItemParameters]) -> Vec<EquatedScore> {
    let chance = |items: &[ItemParameters]| items.iter().map(|i| i.c).sum::<f64>();
    let (new_chance, old_chance) = (chance(new), chance(old));
    (0..=new.len() as u32)
        .map(|score| {
            let s = f64::from(score);
            if score as usize == new.len() {
                return EquatedScore { score, theta: None, equated: old.len() as f64 };
            }
            if s <= new_chance {
                let share = if new_chance > 0.0 { s / new_chance } else { 0.0 };
                return EquatedScore { score, theta: None, equated: share * old_chance };
            }
            let theta = ability_of(new, s);
            EquatedScore { score, theta: Some(theta), equated: expected_score(old, theta) }
        })
        .collect()
}

/// Expected number of right answers at an ability: the test characteristic curve.
pub fn expected_score(items: &[ItemParameters], theta: f64) -> f64 {
    items.iter().map(|i| i.probability(theta)).sum()
}

/// Bisection: safe for every mixture of items, and a table has few lines.
fn ability_of(items: &[ItemParameters], score: f64) -> f64 {
    const WIDEST: f64 = 60.0;
    let (mut low, mut high) = (-WIDEST, WIDEST);
    while high - low > 1e-12 * (1.0 + low.abs()) {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if expected_score(items, middle) < score {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
