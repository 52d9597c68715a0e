//! What an item writer should look at.

use serde::{Deserialize, Serialize};

use crate::classical::ClassicalItem;
use crate::diagnose::ItemDiagnosis;
use crate::item_parameters::ItemParameters;
use crate::residual_fit::MeanSquares;

/// Something an item writer should look at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Flag {
    /// Able students do worse: a is negative.
    NegativeDiscrimination {
        /// Its a.
        a: f64,
    },
    /// The answer goes against the answers to the other items.
    NegativeItemRest {
        /// The correlation.
        r: f64,
    },
    /// The item hardly tells students apart.
    LowDiscrimination {
        /// Its a.
        a: f64,
    },
    /// The answer hardly goes with the answers to the other items.
    LowItemRest {
        /// The correlation.
        r: f64,
    },
    /// Nearly everybody is right.
    TooEasy {
        /// Share of right answers.
        p: f64,
    },
    /// Nearly everybody is wrong.
    TooHard {
        /// Share of right answers.
        p: f64,
    },
    /// The answers scatter more than the model expects.
    Noisy {
        /// Infit mean square.
        infit: f64,
    },
    /// The observed shares of right answers do not follow the curve.
    CurveMisfit {
        /// S-X² p-value, adjusted for all items.
        p_adjusted: f64,
    },
    /// Students with a higher score on the item are less able than those with the score before.
    OutOfOrder {
        /// The higher score.
        score: u8,
    },
    /// Hardly anybody has a score.
    RareCategory {
        /// The score.
        score: u8,
        /// Answers with it.
        n: u32,
    },
}

impl Flag {
    /// What is wrong, in a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::NegativeDiscrimination { a } => format!(
                "students of higher ability fail this item more often (a = {a:.2}); check the key"
            ),
            Self::NegativeItemRest { r } => format!(
                "check the key: students who do well on the other items get this one wrong more \
                 often (item-rest r = {r:.2})"
            ),
            Self::LowDiscrimination { a } => format!(
                "the item hardly separates strong from weak students (a = {a:.2}); it may be unclear \
                 or measure something else"
            ),
            Self::LowItemRest { r } => format!(
                "answers hardly go with those to the other items (item-rest r = {r:.2}); check the \
                 key and the topic"
            ),
            Self::TooEasy { p } => {
                format!("{:.0} % are right; the item says little about anybody", 100.0 * p)
            }
            Self::TooHard { p } => format!(
                "only {:.0} % are right; check the key or whether the matter was taught",
                100.0 * p
            ),
            Self::Noisy { infit } => format!(
                "answers near the item's difficulty scatter more than expected (infit = \
                 {infit:.2}); guessing or an ambiguous text are common causes"
            ),
            Self::CurveMisfit { p_adjusted } => format!(
                "the shares of right answers by score do not follow the fitted curve (adjusted p = \
                 {p_adjusted:.4})"
            ),
            Self::OutOfOrder { score } => format!(
                "students with score {score} are less able than those with the score below it; check the \
                 order of the categories"
            ),
            Self::RareCategory { score, n } => format!(
                "only {n} answers have score {score}; its curve is hardly determined, join it to a \
                 neighbouring one"
            ),
        }
    }
}

/// Everything about an item that deserves a look.
pub(crate) fn flags(item: &ItemDiagnosis, parameters: &ItemParameters) -> Vec<Flag> {
    let adjusted = item.s_x2.and_then(|s| s.p_adjusted);
    flags_of(&item.classical, Some(parameters.a), item.mean_squares, adjusted)
}

/// The same of an item with this slope, if it has one, and this adjusted p of S-X².
pub(crate) fn flags_of(
    classical: &ClassicalItem,
    slope: Option<f64>,
    mean_squares: Option<MeanSquares>,
    adjusted: Option<f64>,
) -> Vec<Flag> {
    const LOW_A: f64 = 0.3;
    const LOW_R: f64 = 0.1;
    const EXTREME_P: f64 = 0.05;
    const NOISY_INFIT: f64 = 1.3;
    const SIGNIFICANT_T: f64 = 3.0;
    const SIGNIFICANT_P: f64 = 0.01;
    let mut flags = Vec::new();
    // With a wrong key, what else there is to say about the item is about the key.
    if let Some(r) = classical.item_rest.filter(|_| classical.goes_against()) {
        return vec![Flag::NegativeItemRest { r }];
    }
    match slope {
        Some(a) if a < 0.0 => flags.push(Flag::NegativeDiscrimination { a }),
        Some(a) if a < LOW_A => flags.push(Flag::LowDiscrimination { a }),
        _ => {}
    }
    // Beyond chance: the correlation of n answers has a standard error of 1/√n.
    let certain = |r: f64| r + 2.0 / f64::from(classical.n.max(1)).sqrt() < 0.3;
    if let Some(r) = classical.item_rest.filter(|&r| r < LOW_R && certain(r)) {
        flags.push(Flag::LowItemRest { r });
    }
    match classical.p {
        Some(p) if p > 1.0 - EXTREME_P => flags.push(Flag::TooEasy { p }),
        Some(p) if p < EXTREME_P => flags.push(Flag::TooHard { p }),
        _ => {}
    }
    if let Some(fit) = mean_squares
        && fit.infit > NOISY_INFIT
        && fit.infit_t > SIGNIFICANT_T
    {
        flags.push(Flag::Noisy { infit: fit.infit });
    }
    if let Some(p_adjusted) = adjusted.filter(|&p| p < SIGNIFICANT_P) {
        flags.push(Flag::CurveMisfit { p_adjusted });
    }
    flags
}
