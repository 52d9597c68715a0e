//! Fit of a whole calibration of categories to the moments of single items and of pairs of items.

use std::collections::BTreeMap;

use seedtest_numerics::{Interrupt, exp};
use serde::{Deserialize, Serialize};

use super::curves::{CategoryCurves, Form};
use super::model::ItemModel;
use super::responses::Responses;
use super::result::{Fit, ItemFit};
use super::score::{KnownItem, Students};
use crate::diagnose::complete_row;
use crate::disjoint_sets::DisjointSets;
use crate::m2::{Counted, Layout, M2, ModelMoments, Moments, NoM2, too_many};
use crate::posterior::{default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::score::check_prior;
use crate::score_error::ScoreError;

/// Which moments a statistic looks at. Of items with two categories all three are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum M2Kind {
    /// Shares of every category and of every pair of categories (Maydeu-Olivares & Joe 2006): thin where there are
    /// many categories.
    Full,
    /// Shares of every category, and mean products of the numbers of two categories (Cai & Monroe 2014): there are
    /// degrees of freedom from four items on.
    #[default]
    C2,
    /// Means and mean products of the numbers of the categories (Cai & Hansen 2013, M2*): few degrees of freedom, or
    /// none, where there are few items. Where there are many categories besides, its moments hardly see some directions
    /// of the parameters; those cost no degree of freedom.
    Collapsed,
}

/// M2 of a calibration with its indices, over the students who answered every item exactly once; none once `stop` is
/// raised. The categories of nominal items have no numbers: every one of them counts by itself in pairs too.
///
/// `fit` is the calibration of `data` without groups: its ability distribution is that of all of them.
///
/// # Errors
/// When answers or curves are no such; that there is no statistic is no error but its reason.
pub fn limited_information_fit(
    data: &Responses<'_>,
    fit: &Fit,
    kind: M2Kind,
    stop: &Interrupt,
) -> Result<Result<M2, NoM2>, ScoreError> {
    let population = Normal { mean: fit.latent.mean, sd: fit.latent.sd };
    check_prior(population)?;
    let items: Vec<&ItemFit> = fit.items.iter().filter(|item| item.n > 0).collect();
    if too_many(items.len()) {
        return Ok(Err(NoM2::TooManyItems));
    }
    let mut known: Vec<Option<KnownItem>> = vec![None; data.n_items];
    for item in &items {
        known[item.item as usize] = Some((*item).into());
    }
    let complete = complete_rows(data, &known, &items)?;
    let nodes = nodes_for(&default_quadrature(), population);
    let categories: Vec<usize> = items.iter().map(|item| item.curves.n_categories()).collect();
    let ordered = |at: usize| items[at].model.is_ordered();
    let counted = |number| if number { Counted::Number } else { Counted::Categories };
    let layout = Layout::new(
        &categories,
        |at| counted(kind == M2Kind::Collapsed && ordered(at)),
        |at| counted(kind != M2Kind::Full && ordered(at)),
    );
    let probabilities: Vec<Vec<Vec<f64>>> = items
        .iter()
        .map(|item| {
            let at: Vec<Vec<f64>> =
                nodes.iter().map(|node| item.curves.probabilities(node.0)).collect();
            (0..item.curves.n_categories()).map(|k| at.iter().map(|p| p[k]).collect()).collect()
        })
        .collect();
    let model = ModelMoments {
        layout: &layout,
        probabilities: &probabilities,
        nodes: &nodes,
        derivatives: &|moments| derivatives(moments, fit, &items, &nodes),
    };
    Ok(model.fit_to(&complete, stop))
}

/// Categories of the students who answered every item exactly once.
fn complete_rows(
    data: &Responses<'_>,
    known: &[Option<KnownItem>],
    items: &[&ItemFit],
) -> Result<Vec<Vec<u8>>, ScoreError> {
    let used: Vec<u32> = items.iter().map(|item| item.item).collect();
    let students = Students::new(data, known)?;
    let row = |of: &super::score::StudentRows| {
        let answer = |row: usize| Some((data.item[row], students.answer(row)?.1 as u8));
        complete_row(of.rows.clone().filter_map(answer).collect(), &used)
    };
    Ok(students.with_answers.iter().filter_map(row).collect())
}

/// What an estimate is shared by: the items of a slope, or of a threshold of a rating scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SharedBy {
    Slope(usize),
    Threshold { categories: usize, number: usize },
}

/// Derivatives of the moments by every estimate: those of each item, those that items share, and those of the ability
/// distribution.
fn derivatives(
    moments: &Moments<'_>,
    fit: &Fit,
    items: &[&ItemFit],
    nodes: &[(f64, f64)],
) -> Vec<Vec<f64>> {
    let slopes = shared_slopes(fit, items);
    let is_held = |item: u32| fit.spec.anchors.iter().any(|a| a.fixed && a.item == item);
    let mut own: Vec<Vec<f64>> = Vec::new();
    let mut shared: BTreeMap<SharedBy, Vec<f64>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| !is_held(item.item)) {
        let by = by_parameters(&item.curves, nodes);
        let columns: Vec<Vec<f64>> = by.iter().map(|by| moments.by_item(at, by)).collect();
        if item.model == ItemModel::Rsm {
            rating_scale(&columns[1..], &mut own, &mut shared);
            continue;
        }
        let free = free_parameters(item, fit, columns.len());
        for (parameter, column) in columns.into_iter().enumerate().filter(|(p, _)| free.contains(p))
        {
            match slopes[at].filter(|_| parameter == 0) {
                Some(set) => add(shared.entry(SharedBy::Slope(set)).or_default(), &column, 1.0),
                None => own.push(column),
            }
        }
    }
    own.extend(shared.into_values());
    own.extend(by_population(moments, fit, items, nodes));
    own
}

/// The first item with the same slope, of those that share one.
fn shared_slopes(fit: &Fit, items: &[&ItemFit]) -> Vec<Option<usize>> {
    let at = |code: u32| items.binary_search_by_key(&code, |item| item.item).ok();
    let mut sets = DisjointSets::new(items.len());
    let mut is_shared = vec![false; items.len()];
    for (x, y) in fit.spec.shared_slopes.iter().filter_map(|&(x, y)| Some((at(x)?, at(y)?))) {
        sets.join(x, y);
        (is_shared[x], is_shared[y]) = (true, true);
    }
    (0..items.len()).map(|j| is_shared[j].then(|| sets.find(j))).collect()
}

/// Which parameters of the curves of an item were estimated.
fn free_parameters(item: &ItemFit, fit: &Fit, n: usize) -> std::ops::Range<usize> {
    let first = usize::from(item.model.has_unit_slope());
    let known_c = item.model != ItemModel::ThreePl || fit.spec.guessing.is_some();
    let last = if item.curves.form() == Form::Guessing && known_c { n - 1 } else { n };
    first..last
}

/// d_k = kλ + t_k: the location is the item's own, the thresholds but the last are those of all items of this length.
fn rating_scale(
    by_intercept: &[Vec<f64>],
    own: &mut Vec<Vec<f64>>,
    shared: &mut BTreeMap<SharedBy, Vec<f64>>,
) {
    let mut location = Vec::new();
    for (number, column) in (1..).zip(by_intercept) {
        add(&mut location, column, number as f64);
        if number < by_intercept.len() {
            let scale = SharedBy::Threshold { categories: by_intercept.len() + 1, number };
            add(shared.entry(scale).or_default(), column, 1.0);
        }
    }
    own.push(location);
}

/// Derivatives by mean and standard deviation of the ability, where they were estimated.
fn by_population(
    moments: &Moments<'_>,
    fit: &Fit,
    items: &[&ItemFit],
    nodes: &[(f64, f64)],
) -> Vec<Vec<f64>> {
    let latent = fit.latent;
    let along = |weight: &dyn Fn(f64) -> f64| {
        let mut sum = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let mut by = vec![Vec::with_capacity(nodes.len()); item.curves.n_categories()];
            for (theta, _) in nodes {
                for (row, of) in by.iter_mut().zip(item.curves.at(*theta)) {
                    row.push(weight(*theta) * exp(of.log_p) * of.first);
                }
            }
            add(&mut sum, &moments.by_item(at, &by), 1.0);
        }
        sum
    };
    let mean = latent.mean_estimated.then(|| along(&|_| 1.0));
    let sd = latent.sd_estimated.then(|| along(&|theta| (theta - latent.mean) / latent.sd));
    mean.into_iter().chain(sd).collect()
}

/// Derivatives of the probabilities by each parameter of the curves: of every parameter a row a category, by node.
fn by_parameters(curves: &CategoryCurves, nodes: &[(f64, f64)]) -> Vec<Vec<Vec<f64>>> {
    let curve = curves.curve();
    let (n, categories) = (curve.n_parameters(), curve.n_categories());
    let mut by = vec![vec![Vec::with_capacity(nodes.len()); categories]; n];
    let (mut log_p, mut scores) = (vec![0.0; categories], vec![0.0; categories * n]);
    for (theta, _) in nodes {
        curve.scores(*theta, &mut log_p, &mut scores);
        for (k, of_category) in scores.chunks_exact(n).enumerate() {
            let p = exp(log_p[k]);
            for (by, score) in by.iter_mut().zip(of_category) {
                by[k].push(p * score);
            }
        }
    }
    by
}

/// Adds `factor` times a column to a sum, which may still be empty.
fn add(sum: &mut Vec<f64>, column: &[f64], factor: f64) {
    sum.resize(column.len(), 0.0);
    for (sum, x) in sum.iter_mut().zip(column) {
        *sum += factor * x;
    }
}
