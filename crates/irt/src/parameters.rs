//! Parameters in the form the search works in, and which of them are free.

use serde::{Deserialize, Serialize};

use crate::model::Model;

/// Range of the discrimination that the program searches.
pub(crate) const SLOPE_LIMIT: f64 = 30.0;
/// Range of the intercept that the program searches.
pub(crate) const INTERCEPT_LIMIT: f64 = 60.0;
/// Range of logit c that the program searches.
pub(crate) const GUESS_LIMITS: (f64, f64) = (-12.0, 4.0);

/// Parameters of one item in the form the program works in: logit of knowing = a·θ + d,
/// c = logistic(g).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Curve {
    pub(crate) a: f64,
    pub(crate) d: f64,
    /// logit c; −∞ when there is no guessing.
    pub(crate) g: f64,
}

impl Curve {
    pub(crate) fn new(a: f64, b: f64, c: f64) -> Self {
        let g = if c > 0.0 { seedtest_numerics::logit(c) } else { f64::NEG_INFINITY };
        Self { a, d: -a * b, g }
    }

    pub(crate) fn difficulty(self) -> f64 {
        -self.d / self.a
    }

    pub(crate) fn guessing(self) -> f64 {
        seedtest_numerics::logistic(self.g)
    }

    pub(crate) fn get(self, parameter: usize) -> f64 {
        [self.a, self.d, self.g][parameter]
    }

    pub(crate) fn set(&mut self, parameter: usize, value: f64) {
        match parameter {
            A => self.a = value,
            D => self.d = value,
            _ => self.g = value,
        }
    }

    /// Parameters that stand at the edge of their range, among those that are free.
    pub(crate) fn at_bound(self, free: &[usize]) -> Vec<Bound> {
        free.iter()
            .filter(|&&p| {
                let (low, high) = limits(p);
                self.get(p) <= low || self.get(p) >= high
            })
            .map(|&p| [Bound::Slope, Bound::Intercept, Bound::Guessing][p])
            .collect()
    }
}

/// A parameter at the edge of its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The discrimination.
    Slope,
    /// The intercept −a·b.
    Intercept,
    /// The guessing probability.
    Guessing,
}

/// Index of a in gradients and steps.
pub(crate) const A: usize = 0;
/// Index of d in gradients and steps.
pub(crate) const D: usize = 1;
/// Index of g in gradients and steps.
pub(crate) const G: usize = 2;

/// Lowest and highest value of a parameter.
pub(crate) fn limits(parameter: usize) -> (f64, f64) {
    match parameter {
        A => (-SLOPE_LIMIT, SLOPE_LIMIT),
        D => (-INTERCEPT_LIMIT, INTERCEPT_LIMIT),
        _ => GUESS_LIMITS,
    }
}

/// Parameters of its own that an item of this model has.
pub(crate) fn own_parameters(model: Model) -> &'static [usize] {
    match model {
        Model::Rasch | Model::OnePl => &[D],
        Model::TwoPl => &[A, D],
        Model::ThreePl => &[A, D, G],
    }
}

/// The same by their number.
pub(crate) fn own_of(n: usize) -> Option<&'static [usize]> {
    [Model::Rasch, Model::TwoPl, Model::ThreePl]
        .map(own_parameters)
        .into_iter()
        .find(|own| own.len() == n)
}

/// A point in the parameter space.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Every used item, fixed ones included.
    pub(crate) curves: Vec<Curve>,
    /// One ability distribution a group of students.
    pub(crate) populations: Vec<Population>,
}

/// Normal ability distribution of a group of students.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Population {
    pub(crate) mean: f64,
    pub(crate) log_sd: f64,
}

impl Population {
    pub(crate) fn sd(self) -> f64 {
        seedtest_numerics::exp(self.log_sd)
    }
}

/// What of an ability distribution is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FreePopulation {
    pub(crate) mean: bool,
    pub(crate) log_sd: bool,
}

impl FreePopulation {
    fn len(self) -> usize {
        usize::from(self.mean) + usize::from(self.log_sd)
    }
}

/// Which numbers of a [`Point`] are estimated, and their places in a flat vector: first the own
/// parameters of each free item, then the common slope, then mean and ln sd of each group.
#[derive(Debug, Clone)]
pub(crate) struct FreeSet {
    pub(crate) own: &'static [usize],
    /// Used items that are not fixed.
    pub(crate) items: Vec<u32>,
    pub(crate) common_slope: bool,
    pub(crate) populations: Vec<FreePopulation>,
}

impl FreeSet {
    pub(crate) fn len(&self) -> usize {
        self.populations_start() + self.populations.iter().map(|p| p.len()).sum::<usize>()
    }

    /// First place after the items.
    pub(crate) fn globals_start(&self) -> usize {
        self.items.len() * self.own.len()
    }

    /// First place of the ability distributions.
    pub(crate) fn populations_start(&self) -> usize {
        self.globals_start() + usize::from(self.common_slope)
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
        let k = self.own.len();
        for (i, &item) in self.items.iter().enumerate() {
            let curve = &mut to.curves[item as usize];
            for (slot, &p) in self.own.iter().enumerate() {
                let (low, high) = limits(p);
                let old = curve.get(p);
                let new = (old + step[i * k + slot]).clamp(low, high);
                curve.set(p, new);
                taken[i * k + slot] = new - old;
            }
        }
        if self.common_slope {
            let at = self.globals_start();
            let old = self.items.first().map_or(1.0, |&i| from.curves[i as usize].a);
            let new = (old + step[at]).clamp(-SLOPE_LIMIT, SLOPE_LIMIT);
            for &item in &self.items {
                to.curves[item as usize].a = new;
            }
            taken[at] = new - old;
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
}
