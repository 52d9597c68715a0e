//! Whether students who took other items are as able as the rest.

use seedtest_numerics::{normal_cdf, square, vectorized};
use serde::{Deserialize, Serialize};

use crate::disjoint_sets::DisjointSets;
use crate::groups::Groups;
use crate::parameters::Population;
use crate::responses::Answered;
use crate::result::Ability;
use crate::screening::{Screening, UNUSED};

/// Numbers that stand for the set of students of an item.
const SKETCH: usize = 64;
/// Numbers that must agree for two items to be compared at all: of pairs with half of their students
/// in common 64 % are, of those at the limit below 96 %.
const BAND: usize = 4;
/// Items are of one form where they share this part of their students.
const SAME_STUDENTS: f64 = 0.65;
/// Fewest items of a form, and fewest students with and without it.
const FEWEST_ITEMS: usize = 3;
const FEWEST_STUDENTS: usize = 30;
/// A student took a form who answered this part of its items.
const TAKEN: f64 = 0.5;
/// Smallest difference worth a word, in standard deviations of the ability.
const LEAST_DIFFERENCE: f64 = 0.2;
/// Family-wise level of the test over all forms (Bonferroni).
const LEVEL: f64 = 0.01;

/// How far students who took a form — items that mostly the same students answered — are from the
/// others.
///
/// Under one ability distribution for all, whoever takes which form, the posterior means have the same
/// expectation with and without it. The difference seen is smaller than the true one, because the
/// calibration pulls the groups together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FormDifference {
    /// Forms that differ; the rest is about the one that differs most.
    pub forms: usize,
    /// Items of the form.
    pub items: usize,
    /// Students who took it.
    pub students: usize,
    /// Students who did not.
    pub others: usize,
    /// Mean ability of those who took it minus that of the others.
    pub difference: f64,
    /// The difference in standard errors.
    pub z: f64,
}

impl FormDifference {
    pub(crate) fn text(&self) -> String {
        let Self { forms, items, students, others, difference, z } = self;
        let further = if *forms > 1 { format!(" ({forms} such forms)") } else { String::new() };
        format!(
            "{students} students who took the same {items} items stand {difference:+.2} from the other \
             {others} ({:.0} standard errors){further}, but one ability distribution is assumed for \
             all: the groups are pulled together, so differences between them are too small and \
             the difficulties of their items biased towards each other; give the group of every student \
             (`--group`, over HTTP `group`), unless items were given out by earlier results",
            z.abs()
        )
    }
}

/// The form whose students differ most from the others, if any does beyond chance and
/// [`LEAST_DIFFERENCE`].
pub(crate) fn form_difference(
    data: &Answered<'_>,
    screening: &Screening,
    groups: Groups<'_>,
    abilities: &[Ability],
    populations: &[Population],
) -> Option<FormDifference> {
    let form_of = forms(data, screening);
    let sizes = form_sizes(&form_of);
    if sizes.is_empty() {
        return None;
    }
    // Distances from the mean of the own group, in its standard deviations.
    let mut distance = vec![None; data.n_students];
    for ability in abilities {
        let student = ability.student as usize;
        let population = populations[groups.group_of(student)];
        distance[student] = Some((ability.theta - population.mean) / population.sd());
    }
    let unit = populations[groups.reference as usize].sd();
    let mut all = Moments::default();
    distance.iter().flatten().for_each(|&x| all.add(x));
    let mut takers = vec![Moments::default(); sizes.len()];
    let mut answered = vec![0usize; sizes.len()];
    let mut begin = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let end = begin + rows.len();
        let items = &data.item[begin..end];
        begin = end;
        let Some(x) = distance[rows[0] as usize] else { continue };
        let forms = items.iter().filter_map(|&item| form_at(&form_of, screening, item));
        forms.clone().for_each(|form| answered[form] += 1);
        for form in forms {
            if answered[form] as f64 >= TAKEN * sizes[form] as f64 {
                takers[form].add(x);
            }
            answered[form] = 0;
        }
    }
    let tested: Vec<FormDifference> = takers
        .iter()
        .zip(&sizes)
        .filter_map(|(taken, &items)| compare(*taken, all.without(*taken), items))
        .collect();
    let critical = LEVEL / tested.len().max(1) as f64;
    let differs = |of: &&FormDifference| {
        of.difference.abs() >= LEAST_DIFFERENCE && 2.0 * normal_cdf(-of.z.abs()) < critical
    };
    let differing: Vec<&FormDifference> = tested.iter().filter(differs).collect();
    let most = differing.iter().max_by(|x, y| x.z.abs().total_cmp(&y.z.abs()))?;
    Some(FormDifference { forms: differing.len(), difference: unit * most.difference, ..**most })
}

fn compare(taken: Moments, others: Moments, items: usize) -> Option<FormDifference> {
    if taken.n < FEWEST_STUDENTS || others.n < FEWEST_STUDENTS {
        return None;
    }
    let difference = taken.mean() - others.mean();
    let error = (taken.variance_of_mean() + others.variance_of_mean()).sqrt();
    let z = if error > 0.0 { difference / error } else { 0.0 };
    let (students, others) = (taken.n, others.n);
    Some(FormDifference { forms: 1, items, students, others, difference, z })
}

/// Number, sum and sum of squares.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: usize,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1;
        self.sum += x;
        self.squares += square(x);
    }

    fn without(self, part: Self) -> Self {
        let (sum, squares) = (self.sum - part.sum, self.squares - part.squares);
        Self { n: self.n - part.n, sum, squares }
    }

    fn mean(self) -> f64 {
        self.sum / self.n as f64
    }

    fn variance_of_mean(self) -> f64 {
        (self.squares / self.n as f64 - square(self.mean())).max(0.0) / self.n as f64
    }
}

/// Form of an item code, if it is of one.
fn form_at(form_of: &[Option<usize>], screening: &Screening, item: u32) -> Option<usize> {
    let position = screening.position[item as usize];
    if position == UNUSED { None } else { form_of[position as usize] }
}

fn form_sizes(form_of: &[Option<usize>]) -> Vec<usize> {
    let n = form_of.iter().flatten().max().map_or(0, |last| last + 1);
    let mut sizes = vec![0; n];
    form_of.iter().flatten().for_each(|&form| sizes[form] += 1);
    sizes
}

/// Form of every used item: sets of [`FEWEST_ITEMS`] or more items that are linked by
/// [`SAME_STUDENTS`]. The share of common students is estimated from sketches: the smallest of the
/// students' numbers under each of [`SKETCH`] orders (Broder 1997).
fn forms(data: &Answered<'_>, screening: &Screening) -> Vec<Option<usize>> {
    let n = screening.items.len();
    let sketches = sketches(data, screening);
    let mut sets = DisjointSets::new(n);
    let alike = |x: usize, y: usize| {
        let same = sketches[x].iter().zip(&sketches[y]).filter(|(a, b)| a == b).count();
        same as f64 >= SAME_STUDENTS * SKETCH as f64
    };
    let mut order: Vec<usize> = (0..n).collect();
    for band in 0..SKETCH / BAND {
        let key = |item: usize| &sketches[item][band * BAND..(band + 1) * BAND];
        order.sort_unstable_by(|&x, &y| key(x).cmp(key(y)).then(x.cmp(&y)));
        for candidates in order.chunk_by(|&x, &y| key(x) == key(y)) {
            for &other in &candidates[1..] {
                if alike(candidates[0], other) {
                    sets.join(candidates[0], other);
                }
            }
        }
    }
    let roots: Vec<usize> = (0..n).map(|item| sets.find(item)).collect();
    let mut sizes = vec![0; n];
    for &root in &roots {
        sizes[root] += 1;
    }
    let mut names = vec![None; n];
    for (form, root) in (0..n).filter(|&root| sizes[root] >= FEWEST_ITEMS).enumerate() {
        names[root] = Some(form);
    }
    roots.into_iter().map(|root| names[root]).collect()
}

fn sketches(data: &Answered<'_>, screening: &Screening) -> Vec<[u32; SKETCH]> {
    let mut sketches = vec![[u32::MAX; SKETCH]; screening.items.len()];
    let mut begin = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let numbers = numbers_of(rows[0]);
        vectorized(
            #[inline(always)]
            || {
                for &item in &data.item[begin..begin + rows.len()] {
                    let position = screening.position[item as usize];
                    if position == UNUSED {
                        continue;
                    }
                    for (least, number) in sketches[position as usize].iter_mut().zip(&numbers) {
                        *least = (*least).min(*number);
                    }
                }
            },
        );
        begin += rows.len();
    }
    sketches
}

/// A student's place in each of the orders: a hash (the finaliser of MurmurHash3) of code and order.
fn numbers_of(student: u32) -> [u32; SKETCH] {
    std::array::from_fn(|order| {
        let mut x = student.wrapping_add((order as u32 + 1).wrapping_mul(0x9e37_79b9));
        x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
        x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
        x ^ (x >> 16)
    })
}
