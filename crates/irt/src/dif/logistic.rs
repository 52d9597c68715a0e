//! Logistic regression of the answer on the score and the group (Swaminathan & Rogers 1990); of items with
//! several categories the proportional-odds model (French & Miller 1996).

use schemars::JsonSchema;
use seedtest_numerics::{Derivatives, Ending, Newton, Rescue, Silent, chi_square_sf, ln, logistic};
use serde::{Deserialize, Serialize};

use super::mantel_haenszel::Class;

/// A χ² with its degrees of freedom and probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Test {
    /// The statistic.
    pub chi_square: f64,
    /// Degrees of freedom.
    pub df: u32,
    /// Probability of a larger statistic without a difference.
    pub p: f64,
}

impl Test {
    pub(super) fn new(chi_square: f64, df: u32) -> Self {
        // A difference of two searches may fall below 0 by their rounding.
        let chi_square = chi_square.max(0.0);
        Self { chi_square, df, p: chi_square_sf(chi_square, f64::from(df)) }
    }
}

/// The comparison of one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogisticDif {
    /// Group and its interaction with the score together.
    pub total: Test,
    /// The group: the same difference at every score.
    pub uniform: Test,
    /// The interaction: a difference that changes with the score.
    pub nonuniform: Test,
    /// Effect of the focal group on the log odds at equal score, in the model without interaction; below 0 = harder for
    /// it.
    pub group_effect: f64,
    /// Its standard error.
    pub group_effect_se: f64,
    /// What both effects add to Nagelkerke's R².
    pub delta_r2: f64,
    /// What the group alone adds.
    pub delta_r2_uniform: f64,
    /// How large the difference is by `delta_r2`: from 0.035 on B, from 0.07 on C, where `total` is significant at 5 %
    /// (Jodoin & Gierl 2001).
    pub class: Class,
    /// Students compared.
    pub n: u32,
}

/// One student: score on the matching items, category of the item, group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) score: f64,
    pub(super) category: usize,
    pub(super) is_focal: bool,
}

/// `None` where a search has no maximum: scores that tell the categories apart without an exception.
pub(super) fn logistic_regression(rows: &[Row], n_categories: usize) -> Option<LogisticDif> {
    let thresholds = n_categories - 1;
    let fit = |effects: usize| fit(rows, thresholds, effects);
    let none = null_log_likelihood(rows, n_categories);
    let (m0, m1, m2) = (fit(1)?, fit(2)?, fit(3)?);
    let n = rows.len() as f64;
    let r2 = |of: &Model| {
        let cox = -seedtest_numerics::exp_m1(2.0 * (none - of.log_likelihood) / n);
        cox / -seedtest_numerics::exp_m1(2.0 * none / n)
    };
    let test = |of: &Model, from: &Model, df| {
        Test::new(2.0 * (of.log_likelihood - from.log_likelihood), df)
    };
    let total = test(&m2, &m0, 2);
    let delta_r2 = r2(&m2) - r2(&m0);
    let class = match delta_r2 {
        _ if total.p >= 0.05 => Class::A,
        size if size < 0.035 => Class::A,
        size if size < 0.07 => Class::B,
        _ => Class::C,
    };
    Some(LogisticDif {
        total,
        uniform: test(&m1, &m0, 1),
        nonuniform: test(&m2, &m1, 1),
        group_effect: *m1.parameters.get(thresholds + 1)?,
        group_effect_se: m1.error(thresholds + 1)?,
        delta_r2,
        delta_r2_uniform: r2(&m1) - r2(&m0),
        class,
        n: rows.len() as u32,
    })
}

/// Of a model that knows only the shares of the categories.
fn null_log_likelihood(rows: &[Row], n_categories: usize) -> f64 {
    let mut counts = vec![0.0; n_categories];
    for row in rows {
        counts[row.category] += 1.0;
    }
    let n = rows.len() as f64;
    counts.iter().filter(|count| **count > 0.0).map(|count| count * ln(count / n)).sum()
}

/// A fitted model: thresholds, then effects of score, group, and both together.
struct Model {
    parameters: Vec<f64>,
    log_likelihood: f64,
    information: Derivatives,
}

impl Model {
    fn error(&self, at: usize) -> Option<f64> {
        let n = self.parameters.len();
        let factor = self.information.factor(0.0);
        let variance = factor.inverse()[at * n + at];
        (factor.dropped().is_empty() && variance > 0.0).then(|| variance.sqrt())
    }
}

/// Cumulative logits P(Y ≥ k) = logistic(d_k + xβ) with the first `effects` of score, group, score × group.
fn fit(rows: &[Row], thresholds: usize, effects: usize) -> Option<Model> {
    let newton = Newton { max_iter: 60, shortest_step: 1e-9, ridge: 0.0, rescue: Rescue::Halve };
    // Scores of about unit size keep the information well scaled; the effects are put back after.
    let unit = rows.iter().map(|row| row.score.abs()).fold(1.0, f64::max);
    let design = |row: &Row| {
        let (score, group) = (row.score / unit, f64::from(u8::from(row.is_focal)));
        [score, group, score * group]
    };
    let mut function = |x: &[f64]| Some(derivatives(rows, thresholds, effects, x, &design));
    let start = first_values(rows, thresholds, effects);
    let at = function(&start)?;
    let optimum = newton.maximize(start, at, &mut function, &mut Silent);
    if optimum.ending != Ending::Converged {
        return None;
    }
    let mut parameters = optimum.parameters;
    let mut information = optimum.at;
    // By effect = effect of the scaled score / unit: row and column of the information grow by it.
    let n = parameters.len();
    for effect in [0, 2].into_iter().filter(|effect| *effect < effects) {
        let at = thresholds + effect;
        parameters[at] /= unit;
        for other in 0..n {
            information.information[at * n + other] *= unit;
            information.information[other * n + at] *= unit;
        }
    }
    Some(Model { parameters, log_likelihood: information.value, information })
}

fn first_values(rows: &[Row], thresholds: usize, effects: usize) -> Vec<f64> {
    let n = rows.len() as f64;
    let share = |k: usize| {
        let reached = rows.iter().filter(|row| row.category >= k).count() as f64;
        (reached + 0.5) / (n + 1.0)
    };
    let d = (1..=thresholds).map(|k| seedtest_numerics::logit(share(k)));
    d.chain(std::iter::repeat_n(0.0, effects)).collect()
}

fn derivatives(
    rows: &[Row],
    thresholds: usize,
    effects: usize,
    x: &[f64],
    design: &impl Fn(&Row) -> [f64; 3],
) -> Derivatives {
    let n = x.len();
    let mut sum = Derivatives::zero(n);
    for row in rows {
        let z = design(row);
        let line: f64 = z.iter().zip(&x[thresholds..]).map(|(z, beta)| z * beta).sum();
        let share = |k: usize| match k {
            0 => 1.0,
            k if k > thresholds => 0.0,
            k => logistic(x[k - 1] + line),
        };
        let (k, at, above) = (row.category, share(row.category), share(row.category + 1));
        let p = (at - above).max(f64::MIN_POSITIVE);
        sum.value += ln(p);
        // By the two logits: S(1 − S)/P, and minus the second derivatives.
        let (by_at, by_above) = (at * (1.0 - at) / p, above * (1.0 - above) / p);
        let of_at = by_at * by_at - by_at * (1.0 - 2.0 * at);
        let of_above = by_above * by_above + by_above * (1.0 - 2.0 * above);
        let of_both = -by_at * by_above;
        let mut add = |i: usize, j: usize, value: f64| sum.information[i * n + j] += value;
        let by_line = by_at - by_above;
        for (i, z_i) in z.iter().enumerate().take(effects) {
            for (j, z_j) in z.iter().enumerate().take(i + 1) {
                add(thresholds + i, thresholds + j, z_i * z_j * (of_at + of_above + 2.0 * of_both));
            }
            if k > 0 {
                add(thresholds + i, k - 1, z_i * (of_at + of_both));
            }
            if k < thresholds {
                add(thresholds + i, k, z_i * (of_above + of_both));
            }
        }
        if k > 0 {
            add(k - 1, k - 1, of_at);
            sum.gradient[k - 1] += by_at;
        }
        if k < thresholds {
            add(k, k, of_above);
            sum.gradient[k] -= by_above;
        }
        if k > 0 && k < thresholds {
            add(k, k - 1, of_both);
        }
        for (gradient, z) in sum.gradient[thresholds..].iter_mut().zip(&z) {
            *gradient += z * by_line;
        }
    }
    sum
}
