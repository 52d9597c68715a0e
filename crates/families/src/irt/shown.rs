//! Numbers that a page of a calibration draws: curves, what groups of students reached, information, scores.

use seedtest_irt::polytomous::{CategoryCurves, KnownItem};
use seedtest_irt::{Flag, ItemParameters, Normal};
use seedtest_responses::ResponseLog;

use super::categories::CategoriesFitted;
use super::fit::Fitted;
use super::quality::ItemFlags;
use super::scored_log::ScoredLog;

/// Groups of students by ability, and fewest students a group has.
const GROUPS: usize = 8;
const FEWEST: usize = 15;
/// Half of the range that curves are drawn over.
const RANGE: f64 = 4.0;
/// Points of a curve.
const POINTS: usize = 81;

/// What a page draws of a calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Items in the order of their ids.
    pub items: Vec<ShownItem>,
    /// Ability, information of all items, standard error.
    pub information: Vec<(f64, f64, f64)>,
    /// Expected score on all items, the ability at which it is expected, standard error there; empty where scores do not
    /// grow with ability.
    pub scores: Vec<(u32, f64, f64)>,
    /// Abilities of the students.
    pub thetas: Vec<f64>,
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownItem {
    /// Its id.
    pub item_id: String,
    /// What deserves a look, where quality was measured.
    pub flags: Vec<Flag>,
    /// Expected share of the highest score by ability.
    pub curve: Vec<(f64, f64)>,
    /// Information by ability.
    pub information: Vec<(f64, f64)>,
    /// Mean ability, students, mean share of the highest score, of groups of students by ability.
    pub observed: Vec<(f64, u32, f64)>,
}

/// An answer: student code, item code, score.
type Scored = (u32, u32, u8);

impl ShownItem {
    /// An item with known curves, over the abilities of a population; `answered` are abilities and scores.
    pub fn of(
        item_id: String,
        known: &KnownItem,
        answered: Vec<(f64, u8)>,
        population: Normal,
    ) -> Self {
        Self::on(&grid_of(population), item_id, (&known.curves, &known.scores), answered)
    }

    fn on(
        grid: &[f64],
        item_id: String,
        (curves, scores): (&CategoryCurves, &[u8]),
        answered: Vec<(f64, u8)>,
    ) -> Self {
        let highest = f64::from(scores.last().copied().unwrap_or(1).max(1));
        let share = |theta: f64| expected(curves, scores, theta) / highest;
        Self {
            item_id,
            flags: Vec::new(),
            curve: grid.iter().map(|&theta| (theta, share(theta))).collect(),
            information: grid.iter().map(|&theta| (theta, curves.information(theta))).collect(),
            observed: groups(answered, highest),
        }
    }
}

/// Abilities that curves are drawn over.
fn grid_of(population: Normal) -> Vec<f64> {
    (0..POINTS)
        .map(|k| {
            let at = 2.0 * k as f64 / (POINTS - 1) as f64 - 1.0;
            population.mean + RANGE * population.sd * at
        })
        .collect()
}

impl Shown {
    /// Of right and wrong answers.
    pub fn of_plain(fitted: &Fitted, log: &ResponseLog) -> Self {
        let known = fitted.fit.items.iter().map(|item| {
            let parameters = ItemParameters::from(item);
            (item.item, CategoryCurves::from(parameters), vec![0, 1])
        });
        let of = &fitted.answers;
        let answers = of.student.iter().zip(&of.item).zip(&of.correct);
        let answers: Vec<Scored> = answers.map(|((s, i), c)| (*s, *i, *c)).collect();
        let thetas: Vec<(u32, f64)> =
            fitted.fit.abilities.iter().map(|of| (of.student, of.theta)).collect();
        let population = fitted.fit.population();
        let shown = build(&known.collect::<Vec<_>>(), &answers, &thetas, population, log.items());
        shown.with_flags(&fitted.flags, log.items())
    }

    /// Of scores.
    pub fn of_categories(fitted: &CategoriesFitted, log: &ScoredLog) -> Self {
        let known = fitted.fit.items.iter().map(|item| {
            let KnownItem { curves, scores, .. } = item.into();
            (item.item, curves, scores)
        });
        let answers = log.student.iter().zip(&log.item).zip(&log.score);
        let answers: Vec<Scored> = answers.map(|((s, i), c)| (*s, *i, *c)).collect();
        let thetas: Vec<(u32, f64)> =
            fitted.fit.abilities.iter().map(|of| (of.student, of.theta)).collect();
        let population = fitted.fit.population();
        let shown = build(&known.collect::<Vec<_>>(), &answers, &thetas, population, &log.items);
        shown.with_flags(&fitted.flags, &log.items)
    }

    fn with_flags(mut self, flags: &[ItemFlags], ids: &[Box<str>]) -> Self {
        for (code, of) in flags {
            let id = &*ids[*code as usize];
            if let Some(item) = self.items.iter_mut().find(|item| item.item_id == id) {
                item.flags.clone_from(of);
            }
        }
        self
    }
}

fn build(
    items: &[(u32, CategoryCurves, Vec<u8>)],
    answers: &[Scored],
    thetas: &[(u32, f64)],
    population: Normal,
    ids: &[Box<str>],
) -> Shown {
    let grid = grid_of(population);
    let theta_of =
        |student: u32| thetas.binary_search_by_key(&student, |of| of.0).ok().map(|at| thetas[at].1);
    let mut by_item: Vec<Vec<(f64, u8)>> = vec![Vec::new(); ids.len()];
    for &(student, item, score) in answers {
        if let Some(theta) = theta_of(student) {
            by_item[item as usize].push((theta, score));
        }
    }
    let shown = |(item, curves, scores): &(u32, CategoryCurves, Vec<u8>)| {
        let answered = std::mem::take(&mut by_item[*item as usize]);
        let id = ids[*item as usize].to_string();
        ShownItem::on(&grid, id, (curves, scores), answered)
    };
    let shown = items.iter().map(shown).collect();
    let information = |theta: f64| items.iter().map(|of| of.1.information(theta)).sum::<f64>();
    let error = |info: f64| if info > 0.0 { 1.0 / info.sqrt() } else { f64::INFINITY };
    let known = grid.iter().map(|&theta| {
        let info = information(theta);
        (theta, info, error(info))
    });
    Shown {
        items: shown,
        information: known.filter(|of| of.2.is_finite()).collect(),
        scores: scores(items, &information, population),
        thetas: thetas.iter().map(|of| of.1).collect(),
    }
}

fn expected(curves: &CategoryCurves, scores: &[u8], theta: f64) -> f64 {
    curves.probabilities(theta).iter().zip(scores).map(|(p, score)| p * f64::from(*score)).sum()
}

/// Students of an item in groups of equal size by ability.
fn groups(mut answered: Vec<(f64, u8)>, highest: f64) -> Vec<(f64, u32, f64)> {
    answered.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    let n = answered.len();
    let n_groups = GROUPS.min(n / FEWEST);
    let group = |k: usize| {
        let of = &answered[k * n / n_groups..(k + 1) * n / n_groups];
        let mean =
            |value: &dyn Fn(&(f64, u8)) -> f64| of.iter().map(value).sum::<f64>() / of.len() as f64;
        (mean(&|of| of.0), of.len() as u32, mean(&|of| f64::from(of.1) / highest))
    };
    (0..n_groups).map(group).collect()
}

/// For every score between the lowest and the highest the ability at which it is expected, by bisection.
fn scores(
    items: &[(u32, CategoryCurves, Vec<u8>)],
    information: &dyn Fn(f64) -> f64,
    population: Normal,
) -> Vec<(u32, f64, f64)> {
    const MOST_SCORES: u32 = 400;
    let total = |theta: f64| items.iter().map(|of| expected(&of.1, &of.2, theta)).sum::<f64>();
    let ends = [-1.0, 1.0].map(|sign| population.mean + sign * 8.0 * population.sd);
    let (lowest, highest) = (total(ends[0]), total(ends[1]));
    let most: u32 = items.iter().map(|of| u32::from(of.2.last().copied().unwrap_or(0))).sum();
    if highest <= lowest || most > MOST_SCORES {
        return Vec::new();
    }
    let at = |score: u32| {
        let wanted = f64::from(score);
        if !(lowest..=highest).contains(&wanted) {
            return None;
        }
        let (mut low, mut high) = (ends[0], ends[1]);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if total(middle) < wanted { low = middle } else { high = middle }
        }
        let theta = 0.5 * (low + high);
        let info = information(theta);
        (info > 0.0).then(|| (score, theta, 1.0 / info.sqrt()))
    };
    (1..most).filter_map(at).collect()
}
