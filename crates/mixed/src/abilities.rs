//! Students and items of a binomial model such as `correct ~ 1 + (1 | student_id) + (1 | item_id)`.
//!
//! On the scale of the link the model is a Rasch model whose abilities and difficulties are drawn from
//! normal distributions: a student's ability is the mode of its effect, an item's difficulty minus the
//! sum of intercept and mode, so that ability minus difficulty is the linear predictor.

use crate::error::Error;
use crate::estimates::RandomEffects;
use crate::glmm::Link;
use crate::stored::Stored;

/// Abilities of the levels of one grouping factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Abilities {
    /// Ability by student, with the standard error given the parameters.
    pub abilities: Vec<(String, f64, f64)>,
    /// Mean ability.
    pub mean: f64,
}

/// Difficulties of the levels of one grouping factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Difficulties {
    /// Difficulty by item, with the standard error given the parameters.
    pub difficulties: Vec<(String, f64, f64)>,
    /// Mean difficulty.
    pub mean: f64,
    /// Standard deviation of the difficulties, with n − 1; `None` for a single item.
    pub sd: Option<f64>,
}

/// An item that suits a student.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Name of the item.
    pub item: String,
    /// Probability that the student answers it correctly.
    pub probability: f64,
}

/// Abilities of the levels of `group`, from its random intercepts.
pub fn student_abilities(model: &Stored, group: &str) -> Result<Abilities, Error> {
    let (random, at) = intercepts(model, group)?;
    let levels = random.levels.iter().enumerate();
    let abilities: Vec<(String, f64, f64)> = levels
        .map(|(l, level)| {
            let se = random.conditional_variance(l, at).sqrt();
            (level.clone(), random.mode(l, at), se)
        })
        .collect();
    let mean = mean(abilities.iter().map(|(_, ability, _)| *ability));
    Ok(Abilities { abilities, mean })
}

/// Difficulties of the levels of `group`, from its random intercepts and the fixed one.
pub fn item_difficulties(model: &Stored, group: &str) -> Result<Difficulties, Error> {
    let (random, at) = intercepts(model, group)?;
    let intercept = intercept(model);
    let levels = random.levels.iter().enumerate();
    let difficulties: Vec<(String, f64, f64)> = levels
        .map(|(l, level)| {
            let se = random.conditional_variance(l, at).sqrt();
            (level.clone(), -(intercept + random.mode(l, at)), se)
        })
        .collect();
    let values: Vec<f64> = difficulties.iter().map(|(_, d, _)| *d).collect();
    let sd = (values.len() > 1).then(|| crate::estimates::variance(&values).sqrt());
    Ok(Difficulties { mean: mean(values.into_iter()), difficulties, sd })
}

/// The `n_items` items of the pool whose probability of a correct answer by a student of this ability is
/// nearest to the target, the nearest first, ties in the order of the pool. Items that the model does not
/// know are of average difficulty.
pub fn recommended_items(
    model: &Stored,
    group: &str,
    ability: f64,
    item_pool: &[&str],
    target_probability: f64,
    n_items: usize,
) -> Result<Vec<Recommendation>, Error> {
    if !(target_probability > 0.0 && target_probability < 1.0) {
        let (field, required) = ("target_probability", "between 0 and 1");
        return Err(Error::Spec { field, value: target_probability, required });
    }
    let known = item_difficulties(model, group)?.difficulties;
    let known: std::collections::HashMap<&str, f64> =
        known.iter().map(|(item, d, _)| (item.as_str(), *d)).collect();
    let average = -intercept(model);
    let link = model.family.map_or(Link::Logit, |(_, link)| link);
    let mut items: Vec<Recommendation> = item_pool
        .iter()
        .map(|&item| {
            let difficulty = known.get(item).copied().unwrap_or(average);
            Recommendation { item: item.to_owned(), probability: link.mean(ability - difficulty) }
        })
        .collect();
    let distance = |r: &Recommendation| (r.probability - target_probability).abs();
    items.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    items.truncate(n_items);
    Ok(items)
}

fn intercept(model: &Stored) -> f64 {
    let found = model.fixed.iter().find(|f| f.name == "(Intercept)");
    found.and_then(|f| f.estimate).map_or(0.0, |e| e.coefficient)
}

/// The effects of a group and the place of its intercept.
fn intercepts<'a>(model: &'a Stored, group: &str) -> Result<(&'a RandomEffects, usize), Error> {
    model.check()?;
    let unknown = || Error::UnknownParameter {
        name: group.to_owned(),
        available: model.random.iter().map(|r| r.group.clone()).collect(),
    };
    let random = model.random.iter().find(|r| r.group == group).ok_or_else(unknown)?;
    let at = random.effects.iter().position(|e| e == "(Intercept)").ok_or_else(unknown)?;
    Ok((random, at))
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    values.sum::<f64>() / n
}
