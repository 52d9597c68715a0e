//! Fit of the whole model to the moments of single items and of pairs of items.

mod moments;
mod statistic;

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, chi_square_sf, logistic, noncentrality, square};
use serde::{Deserialize, Serialize};

use crate::diagnose::complete_rows;
use crate::item_parameters::ItemParameters;
use crate::model::Model;
use crate::posterior::{default_quadrature, nodes_for};
use crate::priors::Normal;
use crate::responses::Responses;
use crate::score::{StudentAnswers, check_prior};
use crate::score_error::ScoreError;
use moments::SampleMoments;
pub(crate) use moments::{Counted, Layout, Moments};
use statistic::{Statistic, statistic};

/// Most moments, those of 80 items of right and wrong answers: their covariance takes 80 MB.
const MOST_MOMENTS: usize = 3_240;
/// Fewest students who answered everything.
const FEWEST_COMPLETE: usize = 100;

/// What the model estimated: each estimate costs a degree of freedom.
#[derive(Debug, Clone, PartialEq)]
pub struct M2Spec {
    /// Model the items were calibrated with.
    pub model: Model,
    /// Whether the guessing probabilities were held fixed.
    pub fixed_guessing: bool,
    /// Codes of items whose parameters were held fixed.
    pub fixed_items: Vec<u32>,
    /// Mean of the ability distribution.
    pub mean: f64,
    /// Standard deviation of the ability distribution.
    pub sd: f64,
    /// Whether the mean was estimated.
    pub mean_estimated: bool,
    /// Whether the standard deviation was estimated.
    pub sd_estimated: bool,
}

impl Default for M2Spec {
    fn default() -> Self {
        Self {
            model: Model::TwoPl,
            fixed_guessing: false,
            fixed_items: Vec::new(),
            mean: 0.0,
            sd: 1.0,
            mean_estimated: false,
            sd_estimated: false,
        }
    }
}

/// Fit of the whole model to the moments of every item and every pair of items: of right and wrong answers the
/// shares of right ones (Maydeu-Olivares & Joe 2005, 2006), of several categories those of the statistic that was
/// asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct M2 {
    /// Students who answered every item: those it rests on.
    pub n: usize,
    /// The statistic; about chi-square with `df` under the model.
    pub m2: f64,
    /// Moments minus what the estimates cost.
    pub df: u32,
    /// Probability of a larger statistic under the model.
    pub p: f64,
    /// √(max(M2 − df, 0)/(df·(n − 1))): misfit per degree of freedom. Below 0.05 is close.
    pub rmsea2: f64,
    /// Lower end of the 90 % interval of `rmsea2`.
    pub rmsea2_lower: f64,
    /// Upper end of the 90 % interval of `rmsea2`.
    pub rmsea2_upper: f64,
    /// Root mean square of the differences between the items' correlations in the sample and under
    /// the model, of nominal categories those of their indicators. Below 0.05 is close.
    pub srmsr: f64,
    /// The statistic of the model of independent items.
    pub null_m2: f64,
    /// Its degrees of freedom.
    pub null_df: u32,
    /// Comparative fit index against independent items.
    pub cfi: f64,
    /// Tucker–Lewis index against independent items.
    pub tli: f64,
}

/// Why there is no M2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoM2 {
    /// Fewer than 100 students answered every item exactly once.
    IncompleteAnswers,
    /// More than 3 240 moments: 80 items of right and wrong answers, 77 of five categories.
    TooManyItems,
    /// No more moments than estimates: every set of answers fits.
    NoDegreesOfFreedom,
    /// Among the students who answered everything, an item has one outcome only.
    ConstantItem,
    /// The time was up before it was computed.
    OutOfTime,
}

/// M2 with its indices, over the students who answered every item with parameters exactly once; none once
/// `stop` is raised.
///
/// # Errors
/// When the answers or the parameters are no such; that there is no statistic is no error but its
/// reason.
pub fn limited_information_fit(
    data: &Responses<'_>,
    items: &[Option<ItemParameters>],
    spec: &M2Spec,
    stop: &Interrupt,
) -> Result<Result<M2, NoM2>, ScoreError> {
    let population = Normal { mean: spec.mean, sd: spec.sd };
    check_prior(population)?;
    let students = StudentAnswers::new(data, items)?;
    let mut answered = vec![false; data.n_items];
    for &item in data.item {
        answered[item as usize] = true;
    }
    let used: Vec<u32> = (0..data.n_items as u32)
        .filter(|&i| items[i as usize].is_some() && answered[i as usize])
        .collect();
    if too_many(used.len()) {
        return Ok(Err(NoM2::TooManyItems));
    }
    let complete = complete_rows(data, &students, &used);
    let parameters: Vec<ItemParameters> = used.iter().filter_map(|&i| items[i as usize]).collect();
    let nodes = nodes_for(&default_quadrature(), population);
    let layout =
        Layout::new(&vec![2; used.len()], |_| Counted::Categories, |_| Counted::Categories);
    let probabilities: Vec<Vec<Vec<f64>>> =
        parameters.iter().map(|item| both_outcomes(&curve(item, &nodes), 1.0)).collect();
    let model = ModelMoments {
        layout: &layout,
        probabilities: &probabilities,
        nodes: &nodes,
        derivatives: &|moments| derivatives(moments, &used, &parameters, &nodes, spec),
    };
    Ok(model.fit_to(&complete, stop))
}

/// Whether so many items have too many pairs, before any moment is laid out.
pub(crate) fn too_many(n_items: usize) -> bool {
    n_items * (n_items + 1) / 2 > MOST_MOMENTS
}

/// What a model says of the moments of its items.
pub(crate) struct ModelMoments<'a> {
    pub(crate) layout: &'a Layout,
    /// Of every item a row a category, by node.
    pub(crate) probabilities: &'a [Vec<Vec<f64>>],
    /// Abilities with weights.
    pub(crate) nodes: &'a [(f64, f64)],
    /// Derivatives of the moments by every estimate.
    pub(crate) derivatives: &'a dyn Fn(&Moments<'_>) -> Vec<Vec<f64>>,
}

impl ModelMoments<'_> {
    /// M2 over the categories of students who answered every item, a row a student.
    pub(crate) fn fit_to(&self, complete: &[Vec<u8>], stop: &Interrupt) -> Result<M2, NoM2> {
        let in_time = |_| NoM2::OutOfTime;
        if self.layout.len() > MOST_MOMENTS {
            return Err(NoM2::TooManyItems);
        }
        if complete.len() < FEWEST_COMPLETE {
            return Err(NoM2::IncompleteAnswers);
        }
        stop.check().map_err(in_time)?;
        let sample = SampleMoments::new(self.layout, complete);
        if sample.any_constant() {
            return Err(NoM2::ConstantItem);
        }
        let weights = self.nodes.iter().map(|node| node.1).collect();
        let moments = Moments::new(self.layout, self.probabilities, weights);
        let derivatives = (self.derivatives)(&moments);
        let model = statistic(&sample, &moments, &derivatives, stop).map_err(in_time)?;
        let model = model.ok_or(NoM2::NoDegreesOfFreedom)?;
        let null = independence(self.layout, &sample, stop).map_err(in_time)?;
        let null = null.ok_or(NoM2::NoDegreesOfFreedom)?;
        Ok(indices(&sample, &moments, model, null))
    }
}

/// Rows of the outcomes wrong and right from that of right: `total` minus it, and itself.
fn both_outcomes(right: &[f64], total: f64) -> Vec<Vec<f64>> {
    vec![right.iter().map(|p| total - p).collect(), right.to_vec()]
}

fn curve(item: &ItemParameters, nodes: &[(f64, f64)]) -> Vec<f64> {
    nodes.iter().map(|(theta, _)| item.probability(*theta)).collect()
}

/// Every item has the shares seen in the sample, whatever the others.
fn independence(
    layout: &Layout,
    sample: &SampleMoments,
    stop: &Interrupt,
) -> Result<Option<Statistic>, Interrupted> {
    let one_ability = |shares: &Vec<f64>| shares.iter().map(|&p| vec![p]).collect();
    let probabilities: Vec<Vec<Vec<f64>>> = sample.shares().iter().map(one_ability).collect();
    let moments = Moments::new(layout, &probabilities, vec![1.0]);
    let mut derivatives = Vec::new();
    for (item, shares) in sample.shares().iter().enumerate() {
        // What nobody chose stays so.
        for category in (1..shares.len()).filter(|&k| shares[k] > 0.0) {
            let mut by = vec![vec![0.0]; shares.len()];
            (by[0][0], by[category][0]) = (-1.0, 1.0);
            derivatives.push(moments.by_item(item, &by));
        }
    }
    statistic(sample, &moments, &derivatives, stop)
}

/// Derivatives of the moments by every estimate.
fn derivatives(
    moments: &Moments<'_>,
    used: &[u32],
    items: &[ItemParameters],
    nodes: &[(f64, f64)],
    spec: &M2Spec,
) -> Vec<Vec<f64>> {
    let own_slope = matches!(spec.model, Model::TwoPl | Model::ThreePl);
    let guessing = spec.model == Model::ThreePl && !spec.fixed_guessing;
    let free: Vec<usize> =
        (0..used.len()).filter(|&i| !spec.fixed_items.contains(&used[i])).collect();
    let by = |of: &(dyn Fn(&ItemParameters, f64) -> f64 + Sync), i: usize| {
        let values: Vec<f64> = nodes.iter().map(|(theta, _)| of(&items[i], *theta)).collect();
        moments.by_item(i, &both_outcomes(&values, 0.0))
    };
    let summed = |of: &(dyn Fn(&ItemParameters, f64) -> f64 + Sync), over: &[usize]| {
        over.iter().map(|&i| by(of, i)).reduce(|mut sum, next| {
            sum.iter_mut().zip(next).for_each(|(s, n)| *s += n);
            sum
        })
    };
    let mut columns: Vec<Vec<f64>> = free
        .par_iter()
        .flat_map_iter(|&i| {
            let slope = own_slope.then(|| by(&by_slope, i));
            let guess = guessing.then(|| by(&by_guessing, i));
            std::iter::once(by(&by_intercept, i)).chain(slope).chain(guess)
        })
        .collect();
    if spec.model == Model::OnePl {
        columns.extend(summed(&by_slope, &free));
    }
    let everyone: Vec<usize> = (0..items.len()).collect();
    if spec.mean_estimated {
        columns.extend(summed(&|item, theta| item.a * by_intercept(item, theta), &everyone));
    }
    if spec.sd_estimated {
        let by_sd = |item: &ItemParameters, theta: f64| {
            (theta - spec.mean) / spec.sd * item.a * by_intercept(item, theta)
        };
        columns.extend(summed(&by_sd, &everyone));
    }
    columns
}

/// dP/dd with the logit of knowing aθ + d.
fn by_intercept(item: &ItemParameters, theta: f64) -> f64 {
    let eta = item.a * (theta - item.b);
    (1.0 - item.c) * logistic(eta) * logistic(-eta)
}

/// dP/da at constant d.
fn by_slope(item: &ItemParameters, theta: f64) -> f64 {
    theta * by_intercept(item, theta)
}

/// dP/dc.
fn by_guessing(item: &ItemParameters, theta: f64) -> f64 {
    logistic(-item.a * (theta - item.b))
}

fn indices(sample: &SampleMoments, moments: &Moments<'_>, model: Statistic, null: Statistic) -> M2 {
    const LOWER: f64 = 0.95;
    const UPPER: f64 = 0.05;
    let df = f64::from(model.df);
    let per_degree = df * (sample.n() as f64 - 1.0);
    let rmsea = |noncentrality: f64| (noncentrality / per_degree).sqrt();
    let beyond = |s: Statistic| (s.value - f64::from(s.df)).max(0.0);
    let ratio = |s: Statistic| s.value / f64::from(s.df);
    let worst = beyond(null).max(beyond(model));
    M2 {
        n: sample.n(),
        m2: model.value,
        df: model.df,
        p: chi_square_sf(model.value, df),
        rmsea2: rmsea(beyond(model)),
        rmsea2_lower: rmsea(noncentrality(model.value, df, LOWER)),
        rmsea2_upper: rmsea(noncentrality(model.value, df, UPPER)),
        srmsr: srmsr(sample, moments),
        null_m2: null.value,
        null_df: null.df,
        cfi: if worst > 0.0 { 1.0 - beyond(model) / worst } else { 1.0 },
        tli: (ratio(null) - ratio(model)) / (ratio(null) - 1.0),
    }
}

/// Root mean square residual of the correlations of all pairs of items, of nominal ones of their categories.
fn srmsr(sample: &SampleMoments, moments: &Moments<'_>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for (f, g, at) in moments.layout().pairs() {
        sum += square(sample.correlation(f, g, at) - moments.correlation(f, g, at));
        n += 1.0;
    }
    (sum / n).sqrt()
}
