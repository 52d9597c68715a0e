//! Known category curves of an item.

use seedtest_numerics::{exp, logistic, logit};
use serde::{Deserialize, Serialize};

use super::curve::{AtCategory, Curve};
use crate::item_parameters::ItemParameters;

/// Form of the curves of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// P(Y ≥ k) = logistic(aθ + d_k).
    Graded,
    /// P(k) ∝ exp(kaθ + d_k).
    Adjacent,
    /// The same with d_k = kλ + t_k, t common to several items.
    Rating,
    /// P(k) ∝ exp(a_kθ + d_k).
    Nominal,
    /// P(1) = c + (1 − c)·logistic(aθ + d).
    Guessing,
}

impl Form {
    pub(crate) fn n_categories(self, n_parameters: usize) -> usize {
        match self {
            Self::Graded | Self::Adjacent | Self::Rating => n_parameters,
            Self::Nominal => n_parameters / 2 + 1,
            Self::Guessing => 2,
        }
    }
}

/// The category curves of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CategoryCurves {
    form: Form,
    /// As [`Curve`] has them; never of the form `rating`.
    values: Vec<f64>,
}

impl CategoryCurves {
    /// Graded response with slope a and intercepts d_1 > … > d_m.
    pub fn graded(a: f64, d: &[f64]) -> Self {
        Self { form: Form::Graded, values: with_slope(a, d) }
    }

    /// Partial credit with slope a (1 for the partial credit model) and intercepts d_1, …, d_m.
    pub fn partial_credit(a: f64, d: &[f64]) -> Self {
        Self { form: Form::Adjacent, values: with_slope(a, d) }
    }

    /// Nominal categories with a_1, …, a_m and d_1, …, d_m; those of category 0 are 0.
    ///
    /// # Panics
    /// When there are not as many slopes as intercepts.
    pub fn nominal(a: &[f64], d: &[f64]) -> Self {
        assert_eq!(a.len(), d.len(), "a slope and an intercept a category");
        Self { form: Form::Nominal, values: [a, d].concat() }
    }

    /// Graded response with difficulties b_1 < … < b_m.
    pub fn graded_at(a: f64, b: &[f64]) -> Self {
        let d: Vec<f64> = b.iter().map(|b| -a * b).collect();
        Self::graded(a, &d)
    }

    /// Partial credit with steps at b_1, …, b_m, in any order.
    pub fn partial_credit_at(a: f64, b: &[f64]) -> Self {
        let mut sum = 0.0;
        let d: Vec<f64> = b
            .iter()
            .map(|b| {
                sum -= a * b;
                sum
            })
            .collect();
        Self::partial_credit(a, &d)
    }

    pub(crate) fn of(form: Form, values: &[f64]) -> Self {
        let curve = Curve::new(form, values);
        match form {
            Form::Rating => Self::partial_credit(values[0], &rating_intercepts(values)),
            _ => Self { form, values: values[..curve.n_parameters()].to_vec() },
        }
    }

    pub(crate) fn curve(&self) -> Curve<'_> {
        Curve::new(self.form, &self.values)
    }

    /// Their form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Number of categories.
    pub fn n_categories(&self) -> usize {
        self.form.n_categories(self.values.len())
    }

    /// The slope; `None` of nominal categories, which have several.
    pub fn slope(&self) -> Option<f64> {
        (self.form != Form::Nominal).then(|| self.values[0])
    }

    /// Slopes of nominal categories from the second on; of other forms the one slope.
    pub fn slopes(&self) -> &[f64] {
        match self.form {
            Form::Nominal => &self.values[..self.values.len() / 2],
            _ => &self.values[..1],
        }
    }

    /// Intercepts d_1, …, d_m.
    pub fn intercepts(&self) -> &[f64] {
        match self.form {
            Form::Nominal => &self.values[self.values.len() / 2..],
            Form::Guessing => &self.values[1..2],
            _ => &self.values[1..],
        }
    }

    /// Guessing probability; 0 but for curves that have one.
    pub fn guessing(&self) -> f64 {
        if self.form == Form::Guessing { logistic(self.values[2]) } else { 0.0 }
    }

    /// Difficulties: of graded categories where half of the students reach them, of partial credit where two
    /// neighbouring categories are equally likely. Empty of nominal categories.
    pub fn difficulties(&self) -> Vec<f64> {
        let (a, d) = (self.values[0], self.intercepts());
        match self.form {
            Form::Nominal => Vec::new(),
            Form::Graded | Form::Guessing => d.iter().map(|d| -d / a).collect(),
            Form::Adjacent | Form::Rating => {
                let before = std::iter::once(&0.0).chain(d);
                d.iter().zip(before).map(|(d, before)| -(d - before) / a).collect()
            }
        }
    }

    /// Probability of every category at an ability.
    pub fn probabilities(&self, theta: f64) -> Vec<f64> {
        let mut rows = vec![0.0; self.n_categories()];
        self.curve().fill_log_probabilities(&[theta], &mut rows);
        rows.iter().map(|l| exp(*l)).collect()
    }

    /// The category that a number drawn evenly from 0 to 1 stands for at an ability.
    pub(crate) fn category_at(&self, theta: f64, mut uniform: f64) -> usize {
        let p = self.probabilities(theta);
        let chosen = p.iter().position(|p| {
            uniform -= p;
            uniform < 0.0
        });
        chosen.unwrap_or(p.len() - 1)
    }

    /// Expected category, from 0, at an ability.
    pub fn expected_category(&self, theta: f64) -> f64 {
        let p = self.probabilities(theta);
        p.iter().enumerate().map(|(k, p)| k as f64 * p).sum()
    }

    /// Fisher information about the ability.
    pub fn information(&self, theta: f64) -> f64 {
        let at = self.at(theta);
        at.iter().map(|at| exp(at.log_p) * at.first * at.first).sum()
    }

    pub(crate) fn at(&self, theta: f64) -> Vec<AtCategory> {
        let mut at = vec![AtCategory::default(); self.n_categories()];
        self.curve().by_ability(theta, &mut at);
        at
    }

    /// The same item on the scale θ* = slope·θ + intercept.
    #[must_use]
    pub fn on_scale(&self, slope: f64, intercept: f64) -> Self {
        let mut values = self.values.clone();
        let m = self.n_categories() - 1;
        let by = intercept / slope;
        // a·θ + d = (a/A)·θ* + d − a·B/A, and k times that of partial credit.
        match self.form {
            Form::Nominal => {
                for k in 0..m {
                    values[m + k] -= values[k] * by;
                    values[k] /= slope;
                }
            }
            Form::Adjacent | Form::Rating => {
                for (k, d) in values.iter_mut().enumerate().skip(1) {
                    *d -= k as f64 * self.values[0] * by;
                }
                values[0] /= slope;
            }
            Form::Graded | Form::Guessing => {
                for d in &mut values[1..=m] {
                    *d -= self.values[0] * by;
                }
                values[0] /= slope;
            }
        }
        Self { form: self.form, values }
    }

    /// What is wrong with the curves, if anything.
    pub fn fault(&self) -> Option<String> {
        if self.values.len() < 2 || self.n_categories() < 2 {
            return Some("fewer than two categories".into());
        }
        if let Some(value) = self.values.iter().find(|value| !value.is_finite()) {
            return Some(format!("a parameter is {value}"));
        }
        if self.slope() == Some(0.0) {
            return Some("the slope is 0".into());
        }
        let d = self.intercepts();
        let unordered = self.form == Form::Graded && d.windows(2).any(|pair| pair[0] <= pair[1]);
        unordered.then(|| format!("the intercepts {d:?} of graded categories do not decrease"))
    }
}

/// d_k = kλ + t_k of a rating scale with t_0 = t_m = 0.
fn rating_intercepts(values: &[f64]) -> Vec<f64> {
    let m = values.len() - 1;
    (1..=m).map(|k| k as f64 * values[1] + if k == m { 0.0 } else { values[k + 1] }).collect()
}

fn with_slope(a: f64, d: &[f64]) -> Vec<f64> {
    std::iter::once(a).chain(d.iter().copied()).collect()
}

impl From<ItemParameters> for CategoryCurves {
    /// Wrong and right as two categories.
    fn from(item: ItemParameters) -> Self {
        let d = -item.a * item.b;
        if item.c > 0.0 {
            return Self { form: Form::Guessing, values: vec![item.a, d, logit(item.c)] };
        }
        Self::graded(item.a, &[d])
    }
}
