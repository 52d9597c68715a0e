//! Parameters in the form the search works in, and which of them are free.

use std::ops::Range;

use super::categories::UsedItems;
use super::curve::Curve;
use super::curves::Form;
use super::error::Error;
use super::model::ItemModel;
use super::spec::Spec;
use crate::disjoint_sets::DisjointSets;
use crate::parameters::{FreePopulation, GUESS_LIMITS, INTERCEPT_LIMIT, Population, SLOPE_LIMIT};
use crate::screening::UNUSED;

/// Marks a value that is not estimated.
const FIXED: u32 = u32::MAX;
/// Smallest distance of neighbouring intercepts of graded categories.
const SMALLEST_GAP: f64 = 1e-6;

/// What a value of an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// The slope.
    Slope,
    /// Slope of a nominal category, from 1.
    CategorySlope(u8),
    /// Intercept of a category, from 1.
    Intercept(u8),
    /// Location λ of an item of a rating scale.
    Location,
    /// Threshold t_k of a rating scale.
    Threshold(u8),
    /// logit c.
    Guessing,
}

/// Form and places of one used item.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) form: Form,
    pub(crate) model: ItemModel,
    pub(crate) categories: usize,
    /// Its values in the point.
    pub(crate) values: Range<usize>,
    /// Its first code.
    pub(crate) first_code: usize,
    /// Which of its values, counted from its first, are free and its own.
    pub(crate) own: Range<usize>,
    /// Place of the first of them.
    pub(crate) first_place: usize,
    /// Values it shares with other items, counted from its first, with their places.
    pub(crate) shared: Vec<(usize, usize)>,
}

impl Shape {
    pub(crate) fn role(&self, value: usize) -> Role {
        let m = self.categories - 1;
        let number = |k: usize| k as u8;
        match (self.form, value) {
            (Form::Nominal, k) if k < m => Role::CategorySlope(number(k + 1)),
            (Form::Nominal, k) => Role::Intercept(number(k - m + 1)),
            (_, 0) => Role::Slope,
            (Form::Rating, 1) => Role::Location,
            (Form::Rating, k) => Role::Threshold(number(k - 1)),
            (Form::Guessing, 2) => Role::Guessing,
            (_, k) => Role::Intercept(number(k)),
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        !self.own.is_empty() || !self.shared.is_empty()
    }

    /// Places of its free parameters with its values, counted from its first.
    pub(crate) fn free(&self) -> impl Iterator<Item = (usize, usize)> {
        let own = self.own.clone().zip(self.first_place..);
        own.chain(self.shared.iter().copied())
    }

    /// Whether its slope is estimated.
    pub(crate) fn has_free_slope(&self) -> bool {
        self.free()
            .any(|(value, _)| matches!(self.role(value), Role::Slope | Role::CategorySlope(_)))
    }
}

impl Role {
    /// Lowest and highest value that the program searches.
    pub(crate) fn limits(self) -> (f64, f64) {
        match self {
            Self::Slope | Self::CategorySlope(_) => (-SLOPE_LIMIT, SLOPE_LIMIT),
            Self::Guessing => GUESS_LIMITS,
            _ => (-INTERCEPT_LIMIT, INTERCEPT_LIMIT),
        }
    }

    /// Largest change in one Newton step.
    pub(crate) fn largest_step(self) -> f64 {
        match self {
            Self::Slope | Self::CategorySlope(_) => 1.0,
            Self::Guessing => 1.5,
            _ => 2.0,
        }
    }
}

/// A point in the parameter space.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Values of every used item, fixed ones included; shared ones stand in every item.
    pub(crate) values: Vec<f64>,
    /// One ability distribution a group of students.
    pub(crate) populations: Vec<Population>,
}

impl Point {
    pub(crate) fn curve<'p>(&'p self, shape: &Shape) -> Curve<'p> {
        Curve::new(shape.form, &self.values[shape.values.clone()])
    }
}

/// Shapes of the used items, and the places of free numbers in a flat vector: first the own parameters of
/// each item, then shared ones, then mean and ln sd of each group.
#[derive(Debug, Clone)]
pub(crate) struct ParameterMap {
    pub(crate) items: Vec<Shape>,
    /// Place of every value, or [`FIXED`].
    place: Vec<u32>,
    pub(crate) n_own: usize,
    pub(crate) n_shared: usize,
    /// Number of categories of each rating scale, in the order of their shared thresholds.
    pub(crate) rating_scales: Vec<RatingPlaces>,
    pub(crate) populations: Vec<FreePopulation>,
}

/// The thresholds of a rating scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RatingPlaces {
    pub(crate) categories: usize,
    /// Place of t_1.
    pub(crate) first_place: usize,
}

impl RatingPlaces {
    /// Free thresholds: the first and the last are 0.
    pub(crate) fn n_free(self) -> usize {
        self.categories - 2
    }
}

impl ParameterMap {
    pub(crate) fn new(
        spec: &Spec,
        used: &UsedItems,
        is_fixed: &dyn Fn(u32) -> bool,
        populations: Vec<FreePopulation>,
    ) -> Result<Self, Error> {
        let items = &used.screening.items;
        let mut map = Self {
            items: Vec::with_capacity(items.len()),
            place: Vec::new(),
            n_own: 0,
            n_shared: 0,
            rating_scales: Vec::new(),
            populations,
        };
        let mut first_code = 0;
        for (j, &item) in items.iter().enumerate() {
            let (categories, model) = (used.categories[j].len(), used.models[j]);
            let known_c = spec.guessing.as_ref().map(|guessing| guessing.of(item));
            let fixed = is_fixed(item);
            let (form, n, own) = form_of(model, categories, known_c, fixed);
            let first = map.items.last().map_or(0, |shape: &Shape| shape.values.end);
            let own = if fixed { 0..0 } else { own };
            map.items.push(Shape {
                form,
                model,
                categories,
                values: first..first + n,
                first_code,
                own,
                first_place: 0,
                shared: Vec::new(),
            });
            first_code += categories;
        }
        let slopes = map.slope_classes(spec, used)?;
        map.number_places(&slopes);
        Ok(map)
    }

    /// For every used item the first one with the same slope, where several share one.
    fn slope_classes(&self, spec: &Spec, used: &UsedItems) -> Result<Vec<Option<usize>>, Error> {
        let mut sets = DisjointSets::new(self.items.len());
        let mut is_shared = vec![false; self.items.len()];
        for &(first, second) in &spec.shared_slopes {
            let fault = |reason| Err(Error::SharedSlope { first, second, reason });
            let position = |item: u32| used.screening.position.get(item as usize).copied();
            let (Some(x), Some(y)) = (position(first), position(second)) else {
                return fault("one of them does not exist");
            };
            if x == UNUSED || y == UNUSED {
                return fault("one of them was skipped");
            }
            let (x, y) = (x as usize, y as usize);
            let has_slope = |j: usize| {
                let shape = &self.items[j];
                shape.form != Form::Nominal && shape.own.contains(&0)
            };
            if !(has_slope(x) && has_slope(y)) {
                return fault("one of them has no free slope");
            }
            sets.join(x, y);
            (is_shared[x], is_shared[y]) = (true, true);
        }
        // The root of a set is its first member.
        Ok((0..self.items.len()).map(|j| is_shared[j].then(|| sets.find(j))).collect())
    }

    /// Gives every free number its place.
    fn number_places(&mut self, slopes: &[Option<usize>]) {
        for (shape, slope) in self.items.iter_mut().zip(slopes) {
            // A shared slope is no own value any more.
            let from = if slope.is_some() { 1 } else { shape.own.start };
            shape.own = from..shape.own.end.max(from);
            shape.first_place = self.n_own;
            self.n_own += shape.own.len();
        }
        let mut next = self.n_own;
        let mut slope_places = vec![None; self.items.len()];
        for (j, slope) in slopes.iter().enumerate() {
            let Some(first) = *slope else { continue };
            let place = *slope_places[first].get_or_insert_with(|| {
                next += 1;
                next - 1
            });
            self.items[j].shared.push((0, place));
        }
        for shape in &mut self.items {
            if shape.form != Form::Rating || shape.own.is_empty() {
                continue;
            }
            let known = self.rating_scales.iter().find(|of| of.categories == shape.categories);
            let scale = known.copied().unwrap_or_else(|| {
                let scale = RatingPlaces { categories: shape.categories, first_place: next };
                next += scale.n_free();
                self.rating_scales.push(scale);
                scale
            });
            let places = scale.first_place..scale.first_place + scale.n_free();
            shape.shared.extend((2..).zip(places));
        }
        self.n_shared = next - self.n_own;
        let n_values = self.items.last().map_or(0, |shape| shape.values.end);
        self.place = vec![FIXED; n_values];
        for shape in &self.items {
            for (value, place) in shape.free() {
                self.place[shape.values.start + value] = place as u32;
            }
        }
    }

    pub(crate) fn n_values(&self) -> usize {
        self.place.len()
    }

    /// Length of the flat vector.
    pub(crate) fn len(&self) -> usize {
        let latent = |free: &FreePopulation| usize::from(free.mean) + usize::from(free.log_sd);
        self.populations_start() + self.populations.iter().map(latent).sum::<usize>()
    }

    /// First place of the ability distributions.
    pub(crate) fn populations_start(&self) -> usize {
        self.n_own + self.n_shared
    }

    /// Places of mean and ln sd of every group, where they are free.
    pub(crate) fn population_places(&self) -> Vec<[Option<usize>; 2]> {
        let mut at = self.populations_start();
        let mut next = |free: bool| {
            at += usize::from(free);
            free.then(|| at - 1)
        };
        self.populations.iter().map(|free| [next(free.mean), next(free.log_sd)]).collect()
    }

    /// Adds `step`, keeping every parameter inside its range, and says what was really added.
    pub(crate) fn advance(&self, from: &Point, step: &[f64], taken: &mut [f64]) -> Point {
        let mut to = from.clone();
        for shape in &self.items {
            for (value, place) in shape.free() {
                let at = shape.values.start + value;
                let (low, high) = shape.role(value).limits();
                to.values[at] = (from.values[at] + step[place]).clamp(low, high);
            }
            if shape.form == Form::Graded {
                keep_order(&mut to.values[shape.values.clone()], &shape.own);
            }
            for (value, place) in shape.free() {
                let at = shape.values.start + value;
                taken[place] = to.values[at] - from.values[at];
            }
        }
        for (population, [mean, log_sd]) in to.populations.iter_mut().zip(self.population_places())
        {
            if let Some(at) = mean {
                population.mean += step[at];
                taken[at] = step[at];
            }
            if let Some(at) = log_sd {
                population.log_sd += step[at];
                taken[at] = step[at];
            }
        }
        to
    }

    /// The value at a place before the ability distributions, with what it is.
    pub(crate) fn value_at(&self, point: &Point, place: usize) -> Option<(Role, f64)> {
        let j = self.items.partition_point(|shape| shape.first_place + shape.own.len() <= place);
        let of = |shape: &Shape, value: usize| {
            (shape.role(value), point.values[shape.values.start + value])
        };
        if let Some(shape) = self.items.get(j).filter(|_| place < self.n_own) {
            return Some(of(shape, shape.own.start + place - shape.first_place));
        }
        self.items.iter().find_map(|shape| {
            let &(value, _) = shape.shared.iter().find(|(_, other)| *other == place)?;
            Some(of(shape, value))
        })
    }
}

/// Keeps intercepts of graded categories decreasing where a bound has pushed them together.
fn keep_order(values: &mut [f64], own: &Range<usize>) {
    for k in 2..values.len() {
        if own.contains(&k) {
            values[k] = values[k].min(values[k - 1] - SMALLEST_GAP);
        }
    }
}

/// Form of an item, how many values it has, and which are free where the item is.
fn form_of(
    model: ItemModel,
    categories: usize,
    known_c: Option<f64>,
    fixed: bool,
) -> (Form, usize, Range<usize>) {
    let m = categories - 1;
    match model {
        ItemModel::Nrm => (Form::Nominal, 2 * m, 0..2 * m),
        ItemModel::Gpcm => (Form::Adjacent, m + 1, 0..m + 1),
        ItemModel::Pcm => (Form::Adjacent, m + 1, 1..m + 1),
        ItemModel::Rsm => (Form::Rating, m + 1, 1..2),
        ItemModel::Grm => (Form::Graded, m + 1, 0..m + 1),
        ItemModel::ThreePl if known_c.is_none() || fixed => (Form::Guessing, 3, 0..3),
        ItemModel::Rasch | ItemModel::TwoPl | ItemModel::ThreePl => {
            let from = usize::from(model == ItemModel::Rasch);
            let guessing = known_c.is_some_and(|c| c > 0.0) && !fixed;
            if guessing { (Form::Guessing, 3, from..2) } else { (Form::Graded, 2, from..2) }
        }
    }
}
