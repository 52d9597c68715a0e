//! Mantel–Haenszel: answers of two groups compared among students of equal score.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use seedtest_numerics::{chi_square_sf, ln, square};
use serde::{Deserialize, Serialize};

/// ETS's scale of differences: −2.35 ln α.
const DELTA: f64 = -2.35;
/// One-sided 5 %.
const ONE_SIDED: f64 = 1.645;

/// How large a difference is: the classes of ETS (Zieky 1993), and of Zwick, Thayer & Mazzeo (1997) for items
/// with several categories.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Class {
    /// Negligible, or within chance.
    A,
    /// Slight to moderate.
    B,
    /// Moderate to large.
    C,
}

/// The comparison of one item.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MantelHaenszel {
    /// χ² with one degree of freedom; of two categories with the continuity correction of ½, as ETS has it.
    pub chi_square: f64,
    /// Its probability without a difference.
    pub p: f64,
    /// The same without the correction.
    pub chi_square_uncorrected: f64,
    /// Its probability.
    pub p_uncorrected: f64,
    /// What only items with two categories have.
    pub odds: Option<Odds>,
    /// Mean over the focal students of the difference focal minus reference at equal score, as a share of the highest
    /// score: below 0 = harder for the focal group.
    pub standardised_difference: f64,
    /// The same in standard deviations of the item's scores, what the class of several categories rests on.
    pub in_deviations: Option<f64>,
    /// How large the difference is.
    pub class: Class,
    /// Students compared.
    pub n: u32,
    /// Score levels with students of both groups.
    pub strata: u32,
}

/// The common odds ratio of an item with two categories.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Odds {
    /// Odds of a right answer in the reference group over those in the focal group, at equal score.
    pub alpha: f64,
    /// Standard error of ln α (Robins, Breslow & Greenland 1986).
    pub ln_alpha_se: f64,
    /// MH D-DIF, −2.35 ln α: below 0 = harder for the focal group.
    pub delta: f64,
    /// Its standard error.
    pub delta_se: f64,
}

/// Answers to one item by category: those of the reference group, and of the focal group.
#[derive(Debug, Clone, Default, PartialEq)]
struct Table {
    reference: Vec<f64>,
    focal: Vec<f64>,
}

/// Adds up the answers to one item by what students are matched on.
#[derive(Debug, Clone, Default)]
pub(super) struct Strata {
    tables: BTreeMap<(u32, u32), Table>,
    n_categories: usize,
}

impl Strata {
    pub(super) fn new(n_categories: usize) -> Self {
        Self { tables: BTreeMap::new(), n_categories }
    }

    /// An answer of a student whose items are those of `form` and whose score on them is `score`.
    pub(super) fn add(&mut self, (form, score): (u32, u32), category: usize, is_focal: bool) {
        let n = self.n_categories;
        let empty = || Table { reference: vec![0.0; n], focal: vec![0.0; n] };
        let table = self.tables.entry((form, score)).or_insert_with(empty);
        let counts = if is_focal { &mut table.focal } else { &mut table.reference };
        counts[category] += 1.0;
    }

    /// `None` where no level has students of both groups and answers that differ.
    pub(super) fn compare(&self) -> Option<MantelHaenszel> {
        let mut sums = Sums::default();
        for table in self.tables.values() {
            sums.add(table);
        }
        sums.result(self.n_categories)
    }
}

/// What the levels add up to.
#[derive(Default)]
struct Sums {
    strata: u32,
    n: f64,
    observed: f64,
    expected: f64,
    variance: f64,
    /// Σ AD/T and Σ BC/T.
    concordant: f64,
    discordant: f64,
    /// The sums of the variance of ln α.
    pr: f64,
    ps_qr: f64,
    qs: f64,
    n_focal: f64,
    difference: f64,
    /// Of all scores: sum and squares, what the deviation comes from.
    score: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, table: &Table) {
        let n = |counts: &[f64]| counts.iter().sum::<f64>();
        let (reference, focal) = (n(&table.reference), n(&table.focal));
        if reference == 0.0 || focal == 0.0 {
            return;
        }
        let total = reference + focal;
        let of = |counts: &[f64], f: fn(f64) -> f64| -> f64 {
            counts.iter().enumerate().map(|(k, n)| n * f(k as f64)).sum()
        };
        let both: Vec<f64> = table.reference.iter().zip(&table.focal).map(|(r, f)| r + f).collect();
        let (score, squares) = (of(&both, |k| k), of(&both, square));
        let of_reference = of(&table.reference, |k| k);
        self.strata += 1;
        self.n += total;
        self.observed += of_reference;
        self.expected += reference * score / total;
        self.variance +=
            reference * focal / (square(total) * (total - 1.0)) * (total * squares - square(score));
        self.n_focal += focal;
        self.difference += focal * (of(&table.focal, |k| k) / focal - of_reference / reference);
        self.score += score;
        self.squares += squares;
        if let ([wrong_r, right_r], [wrong_f, right_f]) = (&*table.reference, &*table.focal) {
            let (r, s) = (right_r * wrong_f / total, wrong_r * right_f / total);
            let (p, q) = ((right_r + wrong_f) / total, (wrong_r + right_f) / total);
            self.concordant += r;
            self.discordant += s;
            self.pr += p * r;
            self.ps_qr += p * s + q * r;
            self.qs += q * s;
        }
    }

    fn result(&self, n_categories: usize) -> Option<MantelHaenszel> {
        if self.variance <= 0.0 {
            return None;
        }
        let distance = (self.observed - self.expected).abs();
        let binary = n_categories == 2;
        let correction = if binary { 0.5 } else { 0.0 };
        let chi_square = square((distance - correction).max(0.0)) / self.variance;
        let uncorrected = square(distance) / self.variance;
        let highest = (n_categories - 1) as f64;
        let difference = self.difference / self.n_focal;
        let variance = self.squares / self.n - square(self.score / self.n);
        let deviations = (variance > 0.0).then(|| difference / variance.sqrt());
        let odds = if binary { Some(self.odds()?) } else { None };
        let p = chi_square_sf(chi_square, 1.0);
        let class = match odds {
            Some(odds) => class_of_odds(odds, p),
            None => class_of_deviations(deviations, p),
        };
        Some(MantelHaenszel {
            chi_square,
            p,
            chi_square_uncorrected: uncorrected,
            p_uncorrected: chi_square_sf(uncorrected, 1.0),
            odds,
            standardised_difference: difference / highest,
            in_deviations: deviations,
            class,
            n: self.n as u32,
            strata: self.strata,
        })
    }

    /// `None` where one of the sums is 0: the ratio has no finite value.
    fn odds(&self) -> Option<Odds> {
        let (r, s) = (self.concordant, self.discordant);
        if r <= 0.0 || s <= 0.0 {
            return None;
        }
        let alpha = r / s;
        let variance =
            self.pr / (2.0 * r * r) + self.ps_qr / (2.0 * r * s) + self.qs / (2.0 * s * s);
        let ln_alpha_se = variance.sqrt();
        Some(Odds { alpha, ln_alpha_se, delta: DELTA * ln(alpha), delta_se: -DELTA * ln_alpha_se })
    }
}

/// C: 1.5 or more and beyond 1 by more than chance; A: below 1, or not different from 0; B: the rest.
fn class_of_odds(odds: Odds, p: f64) -> Class {
    let size = odds.delta.abs();
    if size < 1.0 || p >= 0.05 {
        Class::A
    } else if size >= 1.5 && (size - 1.0) / odds.delta_se > ONE_SIDED {
        Class::C
    } else {
        Class::B
    }
}

/// C: more than a quarter of a standard deviation; B: more than 0.17.
fn class_of_deviations(deviations: Option<f64>, p: f64) -> Class {
    match deviations.map_or(0.0, f64::abs) {
        size if p >= 0.05 || size <= 0.17 => Class::A,
        size if size <= 0.25 => Class::B,
        _ => Class::C,
    }
}
