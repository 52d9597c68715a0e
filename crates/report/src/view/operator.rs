//! What the report for operators and psychometricians shows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    CalibratedItem, ClassSegments, ForecastDetail, ItemRow, Provenance, SurvivalCurve, Warning,
};

/// Everything the report on the models shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperatorReport {
    /// Monday of the reported week.
    pub week_start: NaiveDate,
    /// When the report was made, as text to be shown.
    pub generated_at: String,
    /// The newest fit of each family; a family without one is not listed.
    pub fits: Vec<FitRow>,
    /// How the newest calibration was put on the scale of the one before; `None` where none was.
    pub linking: Option<Linking>,
    /// Every calibrated item.
    pub items: Vec<ItemRow>,
    /// Items drawn one by one, the most doubtful first.
    pub item_pages: Vec<ItemPage>,
    /// The same of items with several categories.
    pub category_pages: Vec<CalibratedItem>,
    /// Newest abilities θ of the students.
    pub thetas: Vec<f64>,
    /// Forecast of the school with its unusual weeks.
    pub forecast: Option<ForecastDetail>,
    /// How long students go on.
    pub survival: Option<SurvivalCurve>,
    /// Which kinds of learners there are.
    pub segments: Option<ClassSegments>,
    /// What the reader must know first.
    pub warnings: Vec<Warning>,
    /// The newest calibration.
    pub provenance: Option<Provenance>,
}

/// One fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FitRow {
    /// Which family.
    pub family: FitFamily,
    /// Id of its run, the version of the model.
    pub run_id: String,
    /// Name of the model within the family, such as `2PL`.
    pub model: String,
    /// The day it was fitted.
    pub fitted_on: NaiveDate,
    /// How it ended, in the words of the fit; `None` where it left no verdict.
    pub verdict: Option<String>,
    /// Whether it may be used without a second look.
    pub is_sound: Option<bool>,
    /// Rows it was fitted to.
    pub n: Option<u64>,
    /// Its most telling figures: name and value.
    pub figures: Vec<(String, f64)>,
}

/// A family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FitFamily {
    /// Item response model.
    Calibration,
    /// Bayesian growth model.
    Growth,
    /// Mixed model of progress.
    Progress,
    /// Survival model.
    Survival,
    /// Forecast of improvement.
    Forecast,
    /// Segments of learners.
    Segments,
}

impl FitFamily {
    /// The stable name, as used in the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::Growth => "growth",
            Self::Progress => "progress",
            Self::Survival => "survival",
            Self::Forecast => "forecast",
            Self::Segments => "segments",
        }
    }
}

/// How a calibration was put on the scale of another: θ* = slope · θ + intercept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Linking {
    /// Constants by name, in the order they are shown.
    pub constants: Vec<(String, String)>,
    /// A.
    pub slope: Option<f64>,
    /// B.
    pub intercept: Option<f64>,
    /// Difficulty of the common items: (item, before, now on the same scale, kept as an anchor).
    pub anchors: Vec<Anchor>,
}

/// An item both calibrations know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// The item as it is to be shown.
    pub item: String,
    /// Difficulty in the calibration before.
    pub before: f64,
    /// Difficulty in the new one, on the old scale.
    pub now: f64,
    /// Whether it was left out because it drifted.
    pub drifted: bool,
}

/// An item with what was observed of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemPage {
    /// The item as it is to be shown.
    pub item: String,
    /// Discrimination.
    pub a: f64,
    /// Difficulty.
    pub b: f64,
    /// Lower asymptote.
    pub c: f64,
    /// Students grouped by ability: mean θ, answers, right ones.
    pub observed: Vec<(f64, u32, u32)>,
}

impl ItemPage {
    /// Probability of a right answer at ability `theta`, by the three-parameter logistic model.
    pub fn probability(&self, theta: f64) -> f64 {
        self.c + (1.0 - self.c) / (1.0 + (-self.a * (theta - self.b)).exp())
    }

    /// Fisher information at ability `theta` (Birnbaum, 1968, in Lord and Novick, *Statistical
    /// theories of mental test scores*, eq. 20.4.1): a² (P − c)² Q / ((1 − c)² P).
    pub fn information(&self, theta: f64) -> f64 {
        let p = self.probability(theta);
        let above = (p - self.c) / (1.0 - self.c);
        self.a * self.a * above * above * (1.0 - p) / p
    }

    /// Mean standardised residual of the observed groups: root of the mean of (right − n·P)² / (n·P·Q);
    /// near 1 where the curve fits. `None` without groups.
    pub fn misfit(&self) -> Option<f64> {
        let groups = self.observed.iter().filter(|(_, n, _)| *n > 0);
        let (sum, count) = groups.fold((0.0, 0_u32), |(sum, count), &(theta, n, right)| {
            let (p, n) = (self.probability(theta), f64::from(n));
            (sum + (f64::from(right) - n * p).powi(2) / (n * p * (1.0 - p)), count + 1)
        });
        (count > 0).then(|| (sum / f64::from(count)).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::ItemPage;

    fn page(c: f64) -> ItemPage {
        ItemPage { item: "q".into(), a: 1.2, b: 0.3, c, observed: Vec::new() }
    }

    // The closed form of the two-parameter model: a² P Q; guessing only takes information away.
    #[test]
    fn information_is_that_of_the_closed_form() {
        let item = page(0.0);
        let p = item.probability(0.5);
        assert!((item.information(0.5) - 1.44 * p * (1.0 - p)).abs() < 1e-12);
        assert!(page(0.25).information(0.5) < item.information(0.5));
    }

    #[test]
    fn a_curve_through_the_points_has_no_misfit() {
        let mut item = page(0.0);
        assert_eq!(item.misfit(), None);
        let right = (1000.0 * item.probability(-1.0)).round() as u32;
        item.observed = vec![(-1.0, 1000, right)];
        assert!(item.misfit().unwrap() < 0.05);
        item.observed = vec![(-1.0, 1000, right + 150)];
        assert!(item.misfit().unwrap() > 5.0);
    }
}
