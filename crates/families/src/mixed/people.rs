//! Students and items of a binomial fit such as `correct ~ 1 + (1|student_id) + (1|item_id)`.

use seedtest_mixed as kernel;
use seedtest_wire::{AbilitiesJson, DifficultiesJson, Ordered, RecommendedItemsJson};

use super::stored::Stored;
use crate::error::Error;

/// Probability of a right answer at which an item suits a student, where none is given.
const TARGET_PROBABILITY: f64 = 0.7;
/// Items that are recommended, where no number is given.
const N_ITEMS: usize = 5;

/// Abilities of the levels of a grouping factor: the modes of its intercepts.
///
/// # Errors
/// For a grouping factor that the model does not have.
pub fn student_abilities(model: &Stored, group: &str) -> Result<AbilitiesJson, Error> {
    let kernel::Abilities { abilities, mean } = kernel::student_abilities(&model.state, group)?;
    let (abilities, se) = values_and_errors(abilities);
    Ok(AbilitiesJson { abilities, se, mean_ability: mean })
}

/// Difficulties of the levels of a grouping factor: minus the sum of intercept and mode.
///
/// # Errors
/// For a grouping factor that the model does not have.
pub fn item_difficulties(model: &Stored, group: &str) -> Result<DifficultiesJson, Error> {
    let found = kernel::item_difficulties(&model.state, group)?;
    let (difficulties, se) = values_and_errors(found.difficulties);
    let (mean_difficulty, sd_difficulty) = (found.mean, found.sd);
    Ok(DifficultiesJson { difficulties, se, mean_difficulty, sd_difficulty })
}

/// Items of the pool whose probability of a right answer by a student of this ability is nearest to the
/// target (default 0.7), the nearest first, 5 where no number is given; an item that the model does not know
/// is of average difficulty.
///
/// # Errors
/// For a grouping factor that the model does not have, and a target that is no probability.
pub fn recommended_items(
    model: &Stored,
    group: &str,
    ability: f64,
    item_pool: &[&str],
    target_probability: Option<f64>,
    n_items: Option<usize>,
) -> Result<RecommendedItemsJson, Error> {
    let target = target_probability.unwrap_or(TARGET_PROBABILITY);
    let n_items = n_items.unwrap_or(N_ITEMS);
    let state = &model.state;
    let found = kernel::recommended_items(state, group, ability, item_pool, target, n_items)?;
    let (recommended_items, expected_probabilities) =
        found.into_iter().map(|r| (r.item, r.probability)).unzip();
    Ok(RecommendedItemsJson { recommended_items, expected_probabilities })
}

fn values_and_errors(levels: Vec<(String, f64, f64)>) -> (Ordered<f64>, Ordered<f64>) {
    let se = levels.iter().map(|(level, _, se)| (level.clone(), *se)).collect();
    (levels.into_iter().map(|(level, value, _)| (level, value)).collect(), se)
}
