//! How well the answers of one student follow the model.

use seedtest_numerics::{ln, square};
use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::likelihood::at_ability;

/// How well the answers of one student follow the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PersonFit {
    /// Student code.
    pub student: u32,
    /// Answers used.
    pub n: u32,
    /// lz*: about standard normal under the model; far below 0 = hard items right, easy ones wrong.
    pub lz_star: f64,
}

/// lz* of Snijders (2001) at a weighted likelihood estimate (Magis, Raîche & Béland 2012, eq. 10);
/// `None` when the answers leave no variance.
pub(crate) fn lz_star(answers: &[(ItemParameters, bool)], theta: f64) -> Option<f64> {
    struct Term {
        p: f64,
        first: f64,
        weight: f64,
        slope: f64,
        right: bool,
    }
    let terms: Vec<Term> = answers
        .iter()
        .map(|(item, right)| {
            let p = item.probability(theta).clamp(1e-12, 1.0 - 1e-12);
            let knows = seedtest_numerics::logistic(item.a * (theta - item.b));
            let first = (1.0 - item.c) * item.a * knows * (1.0 - knows);
            let weight = ln(p / (1.0 - p));
            Term { p, first, weight, slope: first / (p * (1.0 - p)), right: *right }
        })
        .collect();
    let sum = |f: &dyn Fn(&Term) -> f64| terms.iter().map(f).sum::<f64>();
    let share = sum(&|t| t.first * t.weight) / sum(&|t| t.first * t.slope);
    let observed = sum(&|t| (f64::from(u8::from(t.right)) - t.p) * t.weight);
    // What the weighted likelihood adds to the score equation.
    let at = at_ability(answers, theta);
    let offset = 0.5 * at.bias / at.expected;
    let variance = sum(&|t| square(t.weight - share * t.slope) * t.p * (1.0 - t.p));
    let ok = variance > 1e-9 && share.is_finite() && offset.is_finite();
    ok.then(|| (observed + share * offset) / variance.sqrt())
}
