//! Covariance of the estimates of a calibration of categories.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::item_errors::ItemErrors;

/// What an estimate is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A slope: of nominal categories one a category from the second on.
    A,
    /// The intercept of a category from the second on.
    D,
    /// Guessing probability.
    C,
    /// Mean of an ability distribution.
    Mean,
    /// Standard deviation of an ability distribution.
    Sd,
}

/// One row of a covariance matrix.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Parameter {
    /// Item code; `None` for an ability distribution.
    pub item: Option<u32>,
    /// What it is.
    pub kind: ParameterKind,
    /// Category of an intercept or of a nominal slope, from 1; else 0.
    #[serde(default)]
    pub category: u8,
    /// Group code of an ability distribution where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<u32>,
}

impl Parameter {
    /// A parameter of an item.
    pub fn of_item(item: u32, kind: ParameterKind, category: u8) -> Self {
        Self { item: Some(item), kind, category, group: None }
    }

    /// The mean or standard deviation of an ability distribution.
    pub(crate) fn of_population(kind: ParameterKind, group: Option<u32>) -> Self {
        Self { item: None, kind, category: 0, group }
    }

    /// What rows are sorted by: items come first.
    pub(crate) fn order(&self) -> (u32, Option<u32>, ParameterKind, u8) {
        (self.item.unwrap_or(u32::MAX), self.group, self.kind, self.category)
    }

    /// The parameter in words, such as `a[q7]`, `d2[q7]` or `sd`; `id` gives the id of an item code.
    pub fn name(&self, id: impl Fn(u32) -> String) -> String {
        let kind = match self.kind {
            ParameterKind::A => "a",
            ParameterKind::D => "d",
            ParameterKind::C => "c",
            ParameterKind::Mean => "mean",
            ParameterKind::Sd => "sd",
        };
        let category = if self.category > 0 { self.category.to_string() } else { String::new() };
        match (self.item, self.group) {
            (Some(item), _) => format!("{kind}{category}[{}]", id(item)),
            (None, Some(group)) => format!("{kind}[group {group}]"),
            (None, None) => kind.to_owned(),
        }
    }
}

/// An estimate as a linear function of the parameters the program works in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) parameter: Parameter,
    /// Place of the parameter it mainly depends on.
    pub(crate) place: usize,
    /// Derivatives by the flat parameters.
    pub(crate) by: Vec<(usize, f64)>,
}

/// Covariance of the estimates of a calibration: slopes, intercepts, guessing probabilities, mean and sd.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Covariance {
    /// The rows: items by code, each slopes, intercepts, c as far as estimated, then mean and sd of each group.
    pub parameters: Vec<Parameter>,
    /// Last entries of each row of the lower triangle, the diagonal among them; what is not there is 0.
    rows: Vec<Vec<f64>>,
}

impl Covariance {
    /// All entries.
    pub(crate) fn new(estimates: &[Estimate], flat: impl Fn(usize, usize) -> f64) -> Self {
        Self::build(estimates, flat, |_, _| true)
    }

    /// Only those between parameters of one item.
    pub(crate) fn new_by_item(estimates: &[Estimate], flat: impl Fn(usize, usize) -> f64) -> Self {
        Self::build(estimates, flat, |x, y| x.parameter.item == y.parameter.item)
    }

    fn build(
        estimates: &[Estimate],
        flat: impl Fn(usize, usize) -> f64,
        is_kept: impl Fn(&Estimate, &Estimate) -> bool,
    ) -> Self {
        let entry = |x: &Estimate, y: &Estimate| {
            let pairs = x.by.iter().flat_map(|x| y.by.iter().map(move |y| (x, y)));
            pairs.map(|(x, y)| x.1 * y.1 * flat(x.0, y.0)).sum()
        };
        let row = |(i, x): (usize, &Estimate)| {
            let others = estimates[..=i].iter().skip_while(|y| !is_kept(x, y));
            others.map(|y| entry(x, y)).collect()
        };
        let rows = estimates.iter().enumerate().map(row).collect();
        Self { parameters: estimates.iter().map(|e| e.parameter).collect(), rows }
    }

    /// That of items whose own covariance is known, with nothing between them; `None` without such an item.
    pub fn of_items(items: &[(u32, &ItemErrors)]) -> Option<Self> {
        let mut known: Vec<&(u32, &ItemErrors)> =
            items.iter().filter(|(_, errors)| !errors.covariance.is_empty()).collect();
        known.sort_by_key(|(item, _)| *item);
        let mut all = Self { parameters: Vec::new(), rows: Vec::new() };
        for &&(item, errors) in &known {
            let several = errors.slopes.len() > 1;
            let slopes = (1u8..).take(errors.slopes.len()).map(|k| if several { k } else { 0 });
            let slopes = slopes.map(|k| (ParameterKind::A, k));
            let intercepts = (1u8..).take(errors.intercepts.len()).map(|k| (ParameterKind::D, k));
            let guessing = errors.guessing.map(|_| (ParameterKind::C, 0));
            let kinds = slopes.chain(intercepts).chain(guessing);
            let parameters = kinds.map(|(kind, k)| Parameter::of_item(item, kind, k));
            for (parameter, row) in parameters.zip(&errors.covariance) {
                all.parameters.push(parameter);
                all.rows.push(row.clone());
            }
        }
        (!all.rows.is_empty()).then_some(all)
    }

    /// Whether covariances between items are known, not only those within items.
    pub fn is_full(&self) -> bool {
        self.rows.last().is_none_or(|row| row.len() == self.rows.len())
    }

    /// Covariance of the parameters in rows `i` and `j`.
    ///
    /// # Panics
    /// When a row does not exist.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let (row, back) = (&self.rows[i.max(j)], i.abs_diff(j));
        row.len().checked_sub(back + 1).map_or(0.0, |at| row[at])
    }

    /// Row of a parameter.
    pub fn row_of(&self, wanted: Parameter) -> Option<usize> {
        self.parameters.binary_search_by_key(&wanted.order(), Parameter::order).ok()
    }

    /// Rows of the parameters of an item.
    pub fn rows_of_item(&self, item: u32) -> std::ops::Range<usize> {
        let first = self.parameters.partition_point(|p| p.item.is_some_and(|other| other < item));
        let n = self.parameters[first..].iter().take_while(|p| p.item == Some(item)).count();
        first..first + n
    }

    /// Standard error of a parameter; `None` when it was not estimated or is not determined.
    pub fn standard_error_of(&self, wanted: Parameter) -> Option<f64> {
        let row = self.row_of(wanted)?;
        let variance = self.get(row, row);
        (variance > 0.0).then(|| variance.sqrt())
    }
}
