//! Items to pick from, with their curves over the nodes of the ability.

use rayon::prelude::*;
use seedtest_numerics::{exp, ln};

use super::error::CatError;
use crate::polytomous::CategoryCurves;

/// Nodes of the posterior.
const N_NODES: usize = 121;
/// Lowest and highest of them.
const RANGE: f64 = 6.0;

/// One item of a bank.
#[derive(Debug, Clone, PartialEq)]
pub struct BankItem {
    /// Its curves.
    pub curves: CategoryCurves,
    /// Content area, by code.
    pub area: Option<u32>,
    /// Items that must not be given to who had this one.
    pub enemies: Vec<u32>,
    /// Exposure parameter of Sympson and Hetter: the probability of being given once picked. 1 = always.
    pub exposure: f64,
}

impl BankItem {
    /// An item without constraints.
    pub fn new(curves: CategoryCurves) -> Self {
        Self { curves, area: None, enemies: Vec::new(), exposure: 1.0 }
    }
}

/// Items with what picking from them needs.
#[derive(Debug, Clone)]
pub struct Bank {
    pub(super) items: Vec<BankItem>,
    /// Abilities of the posterior.
    pub(super) nodes: Vec<f64>,
    /// Of every item by category and node: probability and its logarithm.
    tables: Vec<Table>,
}

#[derive(Debug, Clone)]
struct Table {
    p: Vec<f64>,
    log_p: Vec<f64>,
}

impl Bank {
    /// A bank of these items; their codes are their positions.
    ///
    /// # Errors
    /// Without items, and for curves or exposure parameters that cannot be used.
    pub fn new(items: Vec<BankItem>) -> Result<Self, CatError> {
        if items.is_empty() {
            return Err(CatError::EmptyBank);
        }
        for (code, item) in (0u32..).zip(&items) {
            if let Some(what) = item.curves.fault() {
                return Err(CatError::Curves { item: code, what });
            }
            let (field, required) = ("exposure", "above 0 and at most 1");
            if !(item.exposure > 0.0 && item.exposure <= 1.0) {
                return Err(CatError::Setting { field, value: item.exposure, required });
            }
            let n_items = items.len();
            if let Some(&item) = item.enemies.iter().find(|&&item| item as usize >= n_items) {
                return Err(CatError::Item { item, n_items });
            }
        }
        let step = 2.0 * RANGE / (N_NODES - 1) as f64;
        let nodes: Vec<f64> = (0..N_NODES).map(|k| -RANGE + k as f64 * step).collect();
        let table = |item: &BankItem| {
            let mut log_p = vec![0.0; item.curves.n_categories() * N_NODES];
            item.curves.curve().fill_log_probabilities(&nodes, &mut log_p);
            Table { p: log_p.iter().map(|l| exp(*l)).collect(), log_p }
        };
        let tables = items.par_iter().map(table).collect();
        Ok(Self { items, nodes, tables })
    }

    /// Its items.
    pub fn items(&self) -> &[BankItem] {
        &self.items
    }

    /// The same items with other exposure parameters.
    ///
    /// # Errors
    /// For a parameter that is none, and a list of another length.
    pub fn with_exposure(mut self, exposure: &[f64]) -> Result<Self, CatError> {
        let (field, required) = ("exposure", "one number an item, above 0 and at most 1");
        let bad = exposure.iter().find(|k| !(**k > 0.0 && **k <= 1.0));
        if let Some(&value) = bad {
            return Err(CatError::Setting { field, value, required });
        }
        if exposure.len() != self.items.len() {
            return Err(CatError::Setting { field, value: exposure.len() as f64, required });
        }
        for (item, k) in self.items.iter_mut().zip(exposure) {
            item.exposure = *k;
        }
        Ok(self)
    }

    /// Log-probability of a category of an item at every node.
    pub(super) fn log_p(&self, item: u32, category: usize) -> &[f64] {
        let n = self.nodes.len();
        &self.tables[item as usize].log_p[category * n..(category + 1) * n]
    }

    /// Probability of a category of an item at every node.
    pub(super) fn p(&self, item: u32, category: usize) -> &[f64] {
        let n = self.nodes.len();
        &self.tables[item as usize].p[category * n..(category + 1) * n]
    }

    pub(super) fn n_categories(&self, item: u32) -> usize {
        self.tables[item as usize].p.len() / self.nodes.len()
    }

    /// Fisher information of an item at an ability.
    pub(super) fn information(&self, item: u32, theta: f64) -> f64 {
        self.items[item as usize].curves.information(theta)
    }

    /// Probabilities of the categories of an item at an ability, with their logarithms.
    pub(super) fn at(&self, item: u32, theta: f64) -> Vec<(f64, f64)> {
        let p = self.items[item as usize].curves.probabilities(theta);
        p.into_iter().map(|p| (p, ln(p.max(f64::MIN_POSITIVE)))).collect()
    }
}
