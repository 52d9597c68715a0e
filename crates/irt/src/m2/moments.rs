//! First and second moments of answers as categories: means of functions of one item, and of products of functions
//! of two.

use std::ops::Range;

use rayon::prelude::*;

/// A value for every category of an item.
#[derive(Debug, Clone, PartialEq)]
struct ItemFunction {
    item: usize,
    values: Vec<f64>,
}

/// Functions of a moment: one, or two of different items, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    One(usize),
    Two(usize, usize),
}

impl Moment {
    fn functions(self) -> impl Iterator<Item = usize> {
        let (first, second) = match self {
            Self::One(f) => (f, None),
            Self::Two(f, g) => (f, Some(g)),
        };
        std::iter::once(first).chain(second)
    }
}

/// What answers to an item are counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Every category but the lowest by itself.
    Categories,
    /// The number of the category.
    Number,
}

/// The moments of a set of items, in their order: single items first, then pairs.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Number of categories of each item.
    categories: Vec<usize>,
    functions: Vec<ItemFunction>,
    /// Position of the first function of each item.
    first_of: Vec<usize>,
    moments: Vec<Moment>,
}

impl Layout {
    /// `alone` and `in_pairs` say what the answers to each item are counted as in moments of one and of two items.
    pub(crate) fn new(
        categories: &[usize],
        alone: impl Fn(usize) -> Counted,
        in_pairs: impl Fn(usize) -> Counted,
    ) -> Self {
        let (mut functions, mut first_of) = (Vec::new(), Vec::new());
        let (mut single, mut paired) = (Vec::new(), Vec::new());
        for (item, &n) in categories.iter().enumerate() {
            first_of.push(functions.len());
            let of_one = add(&mut functions, item, values(alone(item), n));
            // With two categories both are the same function.
            let of_two = if values(alone(item), n) == values(in_pairs(item), n) {
                of_one.clone()
            } else {
                add(&mut functions, item, values(in_pairs(item), n))
            };
            single.extend(of_one.map(Moment::One));
            paired.push(of_two);
        }
        let mut moments: Vec<Moment> = single;
        for (j, of_j) in paired.iter().enumerate() {
            for of_i in &paired[..j] {
                moments.extend(products(of_i, of_j));
            }
        }
        Self { categories: categories.to_vec(), functions, first_of, moments }
    }

    /// How many moments there are.
    pub(crate) fn len(&self) -> usize {
        self.moments.len()
    }

    /// Every pair of functions of two items whose product is a moment, with the position of the moment.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.moments.iter().enumerate().filter_map(|(at, moment)| match *moment {
            Moment::Two(f, g) => Some((f, g, at)),
            Moment::One(_) => None,
        })
    }

    fn item(&self, function: usize) -> usize {
        self.functions[function].item
    }
}

fn products<'a>(
    first: &'a Range<usize>,
    second: &'a Range<usize>,
) -> impl Iterator<Item = Moment> + 'a {
    first.clone().flat_map(move |f| second.clone().map(move |g| Moment::Two(f, g)))
}

fn values(counted: Counted, n: usize) -> Vec<Vec<f64>> {
    match counted {
        Counted::Number => vec![(0..n).map(|k| k as f64).collect()],
        Counted::Categories => {
            let indicator = |of: usize| (0..n).map(|k| f64::from(u8::from(k == of))).collect();
            (1..n).map(indicator).collect()
        }
    }
}

fn add(functions: &mut Vec<ItemFunction>, item: usize, values: Vec<Vec<f64>>) -> Range<usize> {
    let first = functions.len();
    functions.extend(values.into_iter().map(|values| ItemFunction { item, values }));
    first..functions.len()
}

/// Moments of a sample.
pub(crate) struct SampleMoments {
    n: usize,
    values: Vec<f64>,
    /// Mean and variance of every function.
    functions: Vec<(f64, f64)>,
    /// Share of every category of every item.
    shares: Vec<Vec<f64>>,
}

impl SampleMoments {
    /// Of students who answered every item: a row a student.
    pub(crate) fn new(layout: &Layout, rows: &[Vec<u8>]) -> Self {
        let columns: Vec<Vec<u8>> = (0..layout.categories.len())
            .map(|item| rows.iter().map(|row| row[item]).collect())
            .collect();
        let n = rows.len() as f64;
        // Sums of products of small whole numbers are exact in any order.
        let mean = |of: &[usize]| {
            let value = |f: usize, row: usize| {
                let ItemFunction { item, values } = &layout.functions[f];
                values[usize::from(columns[*item][row])]
            };
            let product = |row| of.iter().map(|&f| value(f, row)).product::<f64>();
            (0..rows.len()).map(product).sum::<f64>() / n
        };
        let of_moment = |moment: &Moment| match *moment {
            Moment::One(f) => mean(&[f]),
            Moment::Two(f, g) => mean(&[f, g]),
        };
        let of_function = |f: usize| {
            let first = mean(&[f]);
            (first, mean(&[f, f]) - first * first)
        };
        let share = |(column, &categories): (&Vec<u8>, &usize)| {
            let mut shares = vec![0.0; categories];
            for &k in column {
                shares[usize::from(k)] += 1.0;
            }
            shares.iter().map(|count| count / n).collect()
        };
        Self {
            n: rows.len(),
            values: layout.moments.par_iter().map(of_moment).collect(),
            functions: (0..layout.functions.len()).map(of_function).collect(),
            shares: columns.iter().zip(&layout.categories).map(share).collect(),
        }
    }

    pub(crate) fn n(&self) -> usize {
        self.n
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Shares of the categories of every item.
    pub(crate) fn shares(&self) -> &[Vec<f64>] {
        &self.shares
    }

    /// Whether an item has one outcome only.
    pub(crate) fn any_constant(&self) -> bool {
        self.shares.iter().any(|shares| shares.contains(&1.0))
    }

    /// Correlation of two functions whose product has this position.
    pub(crate) fn correlation(&self, f: usize, g: usize, at: usize) -> f64 {
        correlation(self.functions[f], self.functions[g], self.values[at])
    }
}

/// 0 where one of the two does not vary, as the indicator of a category that nobody chose.
fn correlation((x, of_x): (f64, f64), (y, of_y): (f64, f64), both: f64) -> f64 {
    let spread = (of_x * of_y).max(0.0).sqrt();
    if spread > 0.0 { (both - x * y) / spread } else { 0.0 }
}

/// Moments under a model, from the curves of its items over weighted abilities.
pub(crate) struct Moments<'a> {
    layout: &'a Layout,
    weights: Vec<f64>,
    /// Mean of every function by ability.
    means: Vec<Vec<f64>>,
    /// Mean of the product of two functions of one item by ability: of every function, those from the first of the
    /// item on.
    squares: Vec<Vec<Vec<f64>>>,
    /// Mean of every moment by ability.
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
}

impl<'a> Moments<'a> {
    /// `probabilities` has a row a category, by ability, of every item.
    pub(crate) fn new(
        layout: &'a Layout,
        probabilities: &[Vec<Vec<f64>>],
        weights: Vec<f64>,
    ) -> Self {
        let mean = |f: &ItemFunction| combined(&f.values, &probabilities[f.item]);
        let means: Vec<Vec<f64>> = layout.functions.iter().map(mean).collect();
        let of_product = |f: &ItemFunction, g: &ItemFunction| {
            combined(&product(&f.values, &g.values), &probabilities[f.item])
        };
        let squares = |f: &ItemFunction| {
            let own = layout.functions[layout.first_of[f.item]..].iter();
            own.take_while(|g| g.item == f.item).map(|g| of_product(f, g)).collect()
        };
        let squares = layout.functions.iter().map(squares).collect();
        let row = |moment: &Moment| match *moment {
            Moment::One(f) => means[f].clone(),
            Moment::Two(f, g) => product(&means[f], &means[g]),
        };
        let rows: Vec<Vec<f64>> = layout.moments.iter().map(row).collect();
        let values = rows.iter().map(|row| dot(&weights, row)).collect();
        Self { layout, weights, means, squares, rows, values }
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    /// What the moments are of.
    pub(crate) fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// Derivative of every moment by a parameter of `item`, given that of the probabilities of its categories by
    /// ability.
    pub(crate) fn by_item(&self, item: usize, by: &[Vec<f64>]) -> Vec<f64> {
        let layout = self.layout;
        let of_function = |f: usize| {
            let own = &layout.functions[f];
            (own.item == item).then(|| product(&self.weights, &combined(&own.values, by)))
        };
        let of: Vec<Option<Vec<f64>>> = (0..layout.functions.len()).map(of_function).collect();
        let of_moment = |moment: &Moment| match *moment {
            Moment::One(f) => of[f].as_ref().map_or(0.0, |own| own.iter().sum()),
            Moment::Two(f, g) => match (&of[f], &of[g]) {
                (Some(own), _) => dot(own, &self.means[g]),
                (None, Some(own)) => dot(own, &self.means[f]),
                (None, None) => 0.0,
            },
        };
        layout.moments.iter().map(of_moment).collect()
    }

    /// Lower triangle, row-major, of the covariance of the moments of one student: E(xy) − E(x)E(y).
    pub(crate) fn covariance(&self) -> Vec<f64> {
        let n = self.rows.len();
        let mut matrix = vec![0.0; n * n];
        matrix.par_chunks_mut(n).enumerate().for_each(|(x, out)| {
            let weighted = product(&self.weights, &self.rows[x]);
            for (y, out) in out.iter_mut().enumerate().take(x + 1) {
                let joint = match self.factors(x, y) {
                    Some(factors) => self.mean_product(&factors),
                    None => dot(&weighted, &self.rows[y]),
                };
                *out = joint - self.values[x] * self.values[y];
            }
        });
        matrix
    }

    /// What E(xy | θ) is the product of where the moments have an item in common, `None` where they have not: functions
    /// of one item are taken together.
    fn factors(&self, x: usize, y: usize) -> Option<Vec<&[f64]>> {
        let (x, y) = (self.layout.moments[x], self.layout.moments[y]);
        let item = |f: usize| self.layout.item(f);
        let partner = |f: usize, of: Moment| of.functions().find(|g| item(*g) == item(f));
        x.functions().find(|f| partner(*f, y).is_some())?;
        let of_x = x.functions().map(|f| match partner(f, y) {
            Some(g) => &self.squares[f][g - self.layout.first_of[item(f)]][..],
            None => &self.means[f][..],
        });
        let rest = y.functions().filter(|g| partner(*g, x).is_none());
        Some(of_x.chain(rest.map(|g| &self.means[g][..])).collect())
    }

    fn mean_product(&self, factors: &[&[f64]]) -> f64 {
        let at = |q: usize| factors.iter().map(|factor| factor[q]).product::<f64>();
        self.weights.iter().enumerate().map(|(q, weight)| weight * at(q)).sum()
    }

    /// Correlation of two functions whose product has this position.
    pub(crate) fn correlation(&self, f: usize, g: usize, at: usize) -> f64 {
        let spread = |f: usize| {
            let own = f - self.layout.first_of[self.layout.item(f)];
            let mean = dot(&self.weights, &self.means[f]);
            (mean, dot(&self.weights, &self.squares[f][own]) - mean * mean)
        };
        correlation(spread(f), spread(g), self.values[at])
    }
}

/// Σ of the rows of categories, each times its value.
fn combined(values: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
    let width = rows.first().map_or(0, Vec::len);
    let mut sum = vec![0.0; width];
    for (value, row) in values.iter().zip(rows).filter(|(value, _)| **value != 0.0) {
        for (sum, x) in sum.iter_mut().zip(row) {
            *sum += value * x;
        }
    }
    sum
}

fn product(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x * y).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two abilities; items with two, three, two and three categories.
    fn probabilities() -> Vec<Vec<Vec<f64>>> {
        vec![
            vec![vec![0.8, 0.3], vec![0.2, 0.7]],
            vec![vec![0.5, 0.1], vec![0.3, 0.2], vec![0.2, 0.7]],
            vec![vec![0.9, 0.1], vec![0.1, 0.9]],
            vec![vec![0.3, 0.4], vec![0.6, 0.2], vec![0.1, 0.4]],
        ]
    }

    /// E(x), E(xy) by going through all 36 patterns of answers.
    #[test]
    fn the_covariance_of_moments_is_that_of_all_patterns() {
        let probabilities = probabilities();
        let weights = vec![0.4, 0.6];
        for (alone, in_pairs) in [
            (Counted::Categories, Counted::Categories),
            (Counted::Categories, Counted::Number),
            (Counted::Number, Counted::Number),
        ] {
            let layout = Layout::new(&[2, 3, 2, 3], |_| alone, |_| in_pairs);
            let moments = Moments::new(&layout, &probabilities, weights.clone());
            let n = moments.values().len();
            let found = moments.covariance();
            let (mut first, mut second) = (vec![0.0; n], vec![0.0; n * n]);
            for pattern in 0..36 {
                let answer = [pattern % 2, pattern / 2 % 3, pattern / 6 % 2, pattern / 12];
                let p: f64 = (0..2)
                    .map(|q| {
                        let of = |item: usize| probabilities[item][answer[item]][q];
                        weights[q] * (0..4).map(of).product::<f64>()
                    })
                    .sum();
                let value = |m: usize| -> f64 {
                    let of = |f: usize| {
                        let f = &layout.functions[f];
                        f.values[answer[f.item]]
                    };
                    layout.moments[m].functions().map(of).product()
                };
                for x in 0..n {
                    first[x] += p * value(x);
                    for y in 0..n {
                        second[x * n + y] += p * value(x) * value(y);
                    }
                }
            }
            for x in 0..n {
                assert!((moments.values()[x] - first[x]).abs() < 1e-14, "{x}");
                for y in 0..=x {
                    let expected = second[x * n + y] - first[x] * first[y];
                    assert!((found[x * n + y] - expected).abs() < 1e-13, "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn moments_of_a_sample_are_shares_and_mean_products() {
        let layout = Layout::new(&[2, 3], |_| Counted::Categories, |_| Counted::Number);
        let rows = [[0, 2], [1, 1], [1, 2], [0, 0]].map(|row| row.to_vec());
        let found = SampleMoments::new(&layout, &rows);
        // P(first = 1), P(second = 1), P(second = 2), E(first · second).
        assert_eq!(found.values(), [0.5, 0.25, 0.5, 0.75]);
        assert_eq!(found.shares()[1], [0.25, 0.25, 0.5]);
        assert!(!found.any_constant());
        let (f, g, at) = layout.pairs().next().unwrap();
        // Covariance 0.75 − 0.5·1.25 over deviations ½ and √(2.25 − 1.25²).
        assert!((found.correlation(f, g, at) - 0.125 / (0.5 * 0.6875f64.sqrt())).abs() < 1e-15);
        let alike = SampleMoments::new(&layout, &[vec![1, 0], vec![1, 2]]);
        assert!(alike.any_constant());
    }
}
