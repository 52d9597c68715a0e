//! Abilities with standard errors, and their mean.

/// An ability with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theta {
    /// Ability on the calibration's scale.
    pub theta: f64,
    /// Standard error (posterior SD); `None` when unknown.
    pub se: Option<f64>,
}

impl Theta {
    fn usable_se(self) -> Option<f64> {
        self.se.filter(|&se| se > 0.0 && se.is_finite())
    }
}

/// Inverse-variance mean of independent abilities: θ̄ = Σwθ/Σw with w = 1/se², se = 1/√Σw.
///
/// An ability without a usable standard error gets the median weight of the others instead of a
/// weight of its own scale; when none has one the mean is unweighted and its `se` is `None`.
/// `None` for no abilities.
pub fn combine(abilities: &[Theta]) -> Option<Theta> {
    if abilities.is_empty() {
        return None;
    }
    let mut known: Vec<f64> = abilities.iter().filter_map(|t| t.usable_se()).collect();
    known.sort_unstable_by(f64::total_cmp);
    let Some(median_se) = known.get(known.len() / 2).copied() else {
        let mean = abilities.iter().map(|t| t.theta).sum::<f64>() / abilities.len() as f64;
        return Some(Theta { theta: mean, se: None });
    };
    let (mut total, mut weighted) = (0.0, 0.0);
    for ability in abilities {
        let se = ability.usable_se().unwrap_or(median_se);
        total += 1.0 / (se * se);
        weighted += ability.theta / (se * se);
    }
    Some(Theta { theta: weighted / total, se: Some(total.sqrt().recip()) })
}
