//! The columns in which a search for covariances is made: those of the data without the ones that say
//! nothing, and orthonormal where the data's own are nearly collinear, as calendar years are with the
//! intercept.

use crate::data::{Data, Group};
use crate::identified::{Comparison, Unidentified};
use crate::system::small;
use crate::template::Template;

/// Smallest eigenvalue of the correlations of a term's columns from which on a search is made in them.
const WELL_CONDITIONED: f64 = 1e-3;
/// A column of which less than this share is left once the columns before it are taken out is a
/// combination of them.
const SMALLEST_REMAINDER: f64 = 1e-7;
/// Share of a row of a factor below which what is left of it is rounding.
const ROUNDING: f64 = 1e-13;

/// Data to search in, and the way back.
#[derive(Debug, Clone)]
pub(crate) struct SearchSpace {
    /// `None` where no random effect is left to search for.
    pub(crate) data: Option<Data>,
    /// Of every group of the original data.
    groups: Vec<Back>,
}

/// From the effects searched for to those of the data: b = B·b*.
#[derive(Debug, Clone)]
struct Back {
    k: usize,
    /// Number of effects searched for.
    kept: usize,
    /// B, row-major, k × kept.
    matrix: Vec<f64>,
}

/// What to search in, `None` for the data as they are, without the effects of which `says_nothing` is true
/// (by group and effect); what the data do not determine is added to `unidentified`.
pub(crate) fn search_space(
    data: &Data,
    says_nothing: impl Fn(usize, usize) -> bool,
    unidentified: &mut Unidentified,
) -> Option<SearchSpace> {
    let products: Vec<Vec<f64>> = data.groups.iter().map(products).collect();
    let is_alive = |g: usize, a: usize| {
        let k = data.groups[g].n_effects();
        products[g][a * k + a] > 0.0 && !says_nothing(g, a)
    };
    let mut plain = true;
    for (g, group) in data.groups.iter().enumerate() {
        let k = group.n_effects();
        plain &= (0..k).all(|a| is_alive(g, a));
        plain &= group
            .term_ranges()
            .all(|term| well_conditioned(&products[g], k, &term.collect::<Vec<usize>>()));
    }
    if plain {
        return None;
    }
    let mut groups = Vec::with_capacity(data.groups.len());
    for (g, group) in data.groups.iter().enumerate() {
        let mut columns = Columns::new(group);
        for term in group.term_ranges() {
            for a in term.clone().filter(|&a| !is_alive(g, a)) {
                unidentified.add(name(group, a), || nothing_said(group, a));
            }
            let alive: Vec<usize> = term.filter(|&a| is_alive(g, a)).collect();
            for a in columns.add(group, &products[g], &alive) {
                unidentified.add(name(group, a), || combination(group, a));
            }
        }
        groups.push(columns);
    }
    let back = groups.iter().map(Columns::back).collect();
    let inner: Vec<Group> =
        data.groups.iter().zip(groups).filter_map(|(group, own)| own.group(group)).collect();
    let data = (!inner.is_empty()).then(|| Data { groups: inner, ..data.clone() });
    Some(SearchSpace { data, groups: back })
}

/// Adds what a comparison finds to be determined in combination only.
pub(crate) fn add_dependent(comparison: &Comparison, unidentified: &mut Unidentified) {
    for parameter in comparison.dependent() {
        unidentified.add(parameter, || {
            "the rows tell a combination of these variances only; leave one of the terms out"
                .to_owned()
        });
    }
}

/// ZᵀZ of the effects' columns, row-major.
fn products(group: &Group) -> Vec<f64> {
    let k = group.n_effects();
    let mut out = vec![0.0; k * k];
    for z in group.values.chunks_exact(k) {
        for i in 0..k {
            for j in 0..=i {
                out[i * k + j] += z[i] * z[j];
            }
        }
    }
    for i in 0..k {
        for j in 0..i {
            out[j * k + i] = out[i * k + j];
        }
    }
    out
}

fn name(group: &Group, effect: usize) -> String {
    format!("{}.{}", group.name, group.effects[effect])
}

fn nothing_said(group: &Group, effect: usize) -> String {
    let own = &group.effects[effect];
    let k = group.n_effects();
    if group.values.iter().skip(effect).step_by(k).all(|z| *z == 0.0) {
        format!("`{own}` is 0 in every row; leave it out of the random effects of `{}`", group.name)
    } else {
        format!(
            "the fixed effects explain all that `{own}` of `{}` could; leave the random effect or those \
             fixed effects out",
            group.name
        )
    }
}

fn combination(group: &Group, effect: usize) -> String {
    format!(
        "`{}` is a combination of the effects of `{}` before it, such as a constant; leave it out",
        group.effects[effect], group.name
    )
}

impl SearchSpace {
    /// The same with other fixed columns.
    pub(crate) fn with_fixed(&self, data: &Data) -> Self {
        let own = |own: &Data| Data { groups: own.groups.clone(), ..data.clone() };
        Self { data: self.data.as_ref().map(own), groups: self.groups.clone() }
    }

    /// θ of the data's effects, canonical, from the one searched for, which `own` are the templates of.
    pub(crate) fn back(&self, templates: &[Template], own: &[Template], theta: &[f64]) -> Vec<f64> {
        let mut inner = own.iter();
        let mut at = 0;
        let mut out = Vec::new();
        for (back, template) in self.groups.iter().zip(templates) {
            let mut factor = vec![0.0; back.k * back.k];
            if let Some(own) = (back.kept > 0).then(|| inner.next()).flatten() {
                factor = back.factor(&own.matrix(&theta[at..at + own.free.len()]));
                at += own.free.len();
            }
            out.extend(template.free.iter().map(|&(a, b)| factor[a * back.k + b]));
        }
        out
    }
}

impl Back {
    /// Lower triangular T of the data's effects with TTᵀ = (B·T*)(B·T*)ᵀ, row-major k × k.
    fn factor(&self, inner: &[f64]) -> Vec<f64> {
        let (k, kept) = (self.k, self.kept);
        let mut rows = vec![0.0; k * kept];
        for a in 0..k {
            for b in 0..kept {
                rows[a * kept + b] =
                    (0..kept).map(|c| self.matrix[a * kept + c] * inner[c * kept + b]).sum();
            }
        }
        triangular(&rows, k, kept)
    }
}

/// L of A = LQ by Gram-Schmidt of the rows, twice each; the diagonal is not negative.
fn triangular(a: &[f64], k: usize, width: usize) -> Vec<f64> {
    let mut lower = vec![0.0; k * k];
    let mut directions: Vec<Vec<f64>> = Vec::with_capacity(k);
    for i in 0..k {
        let mut row = a[i * width..][..width].to_vec();
        let length = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
        let before = length(&row);
        for _ in 0..2 {
            for (j, direction) in directions.iter().enumerate() {
                let share: f64 = row.iter().zip(direction).map(|(x, q)| x * q).sum();
                lower[i * k + j] += share;
                for (x, q) in row.iter_mut().zip(direction) {
                    *x -= share * q;
                }
            }
        }
        let left = length(&row);
        if left > ROUNDING * before {
            lower[i * k + i] = left;
            for x in &mut row {
                *x /= left;
            }
        } else {
            row.fill(0.0);
        }
        directions.push(row);
    }
    lower
}

/// Columns of a group that are searched in.
struct Columns {
    k: usize,
    /// Effects of the data that they stand for.
    kept: Vec<usize>,
    /// Number of them by term.
    terms: Vec<usize>,
    values: Vec<Vec<f64>>,
    /// B by term: effects and what they are made of the term's columns.
    back: Vec<(Vec<usize>, Vec<f64>)>,
}

impl Columns {
    fn new(group: &Group) -> Self {
        let (kept, terms, values, back) = (vec![], vec![], vec![], vec![]);
        Self { k: group.n_effects(), kept, terms, values, back }
    }

    /// Adds the columns of a term and returns the effects that are combinations of those before.
    fn add(&mut self, group: &Group, products: &[f64], alive: &[usize]) -> Vec<usize> {
        let k = self.k;
        let column = |&a: &usize| group.values.iter().skip(a).step_by(k).copied().collect();
        let columns: Vec<Vec<f64>> = alive.iter().map(column).collect();
        if well_conditioned(products, k, alive) {
            let width = alive.len();
            let mut unit = vec![0.0; width * width];
            (0..width).for_each(|a| unit[a * width + a] = 1.0);
            self.push(alive.to_vec(), unit, columns);
            return Vec::new();
        }
        let orthonormal = orthonormal(columns);
        let left = |kept: bool| {
            let pairs = alive.iter().enumerate();
            let of = pairs.filter(|(at, _)| orthonormal.kept.contains(at) == kept);
            of.map(|(_, &a)| a).collect::<Vec<usize>>()
        };
        let dropped = left(false);
        self.push(left(true), orthonormal.inverse, orthonormal.columns);
        dropped
    }

    fn push(&mut self, effects: Vec<usize>, back: Vec<f64>, columns: Vec<Vec<f64>>) {
        if effects.is_empty() {
            return;
        }
        self.terms.push(effects.len());
        self.kept.extend(&effects);
        self.values.extend(columns);
        self.back.push((effects, back));
    }

    fn back(&self) -> Back {
        let (k, kept) = (self.k, self.kept.len());
        let mut matrix = vec![0.0; k * kept];
        let mut first = 0;
        for (effects, back) in &self.back {
            let width = effects.len();
            for (i, &a) in effects.iter().enumerate() {
                matrix[a * kept + first..][..width].copy_from_slice(&back[i * width..][..width]);
            }
            first += width;
        }
        Back { k, kept, matrix }
    }

    fn group(self, group: &Group) -> Option<Group> {
        let k = self.kept.len();
        if k == 0 {
            return None;
        }
        let mut values = vec![0.0; group.codes.len() * k];
        for (a, column) in self.values.iter().enumerate() {
            for (row, value) in values.chunks_exact_mut(k).zip(column) {
                row[a] = *value;
            }
        }
        Some(Group {
            effects: self.kept.iter().map(|&a| group.effects[a].clone()).collect(),
            terms: self.terms,
            values,
            ..group.clone()
        })
    }
}

/// Whether the correlations (not centred) of these effects' columns are far from singular.
fn well_conditioned(products: &[f64], k: usize, effects: &[usize]) -> bool {
    let width = effects.len();
    if width < 2 {
        return true;
    }
    let correlation = |at: usize| {
        let (i, j) = (effects[at / width], effects[at % width]);
        products[i * k + j] / (products[i * k + i] * products[j * k + j]).sqrt()
    };
    let correlations: Vec<f64> = (0..width * width).map(correlation).collect();
    small::eigen(&correlations, width).0[0] > WELL_CONDITIONED
}

struct Orthonormalised {
    /// Columns with a mean square of one.
    columns: Vec<Vec<f64>>,
    /// Places of those that are no combinations of the ones before.
    kept: Vec<usize>,
    /// R⁻¹ of the kept columns = columns·R, row-major.
    inverse: Vec<f64>,
}

fn orthonormal(columns: Vec<Vec<f64>>) -> Orthonormalised {
    let mut done: Vec<Vec<f64>> = Vec::new();
    let mut kept = Vec::new();
    let mut coefficients: Vec<Vec<f64>> = Vec::new();
    for (at, mut column) in columns.into_iter().enumerate() {
        let n = column.len() as f64;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
        let before = dot(&column, &column).sqrt();
        let mut own = vec![0.0; done.len()];
        for _ in 0..2 {
            for (q, coefficient) in done.iter().zip(&mut own) {
                let share = dot(q, &column);
                *coefficient += share;
                for (x, q) in column.iter_mut().zip(q) {
                    *x -= share * q;
                }
            }
        }
        let length = dot(&column, &column).sqrt();
        if length <= SMALLEST_REMAINDER * before {
            continue;
        }
        for x in &mut column {
            *x /= length;
        }
        own.push(length);
        kept.push(at);
        done.push(column);
        coefficients.push(own);
    }
    let k = kept.len();
    // Column j of R⁻¹ by substitution from below.
    let mut inverse = vec![0.0; k * k];
    for j in 0..k {
        inverse[j * k + j] = 1.0 / coefficients[j][j];
        for i in (0..j).rev() {
            let sum: f64 = (i + 1..=j).map(|l| coefficients[l][i] * inverse[l * k + j]).sum();
            inverse[i * k + j] = -sum / coefficients[i][i];
        }
    }
    Orthonormalised { columns: done, kept, inverse }
}

#[cfg(test)]
mod tests {
    use super::{orthonormal, triangular};

    #[test]
    fn orthonormal_columns_lead_back() {
        let year: Vec<f64> = (2019..2026).map(f64::from).collect();
        let found = orthonormal(vec![vec![1.0; 7], year.clone(), vec![3.0; 7]]);
        assert_eq!(found.kept, [0, 1]);
        // Columns of the data times R⁻¹ are the orthonormal ones.
        for row in 0..7 {
            let centred = found.inverse[1] + year[row] * found.inverse[3];
            assert!((centred - found.columns[1][row]).abs() < 1e-12);
        }
        assert!((found.columns[1][6] - 3.0 / 2.0).abs() < 1e-9);
    }

    #[test]
    fn factors_are_lower_triangular_and_keep_the_covariance() {
        let a = [1.0, 2.0, 0.5, -1.0, 0.0, 0.0];
        let l = triangular(&a, 3, 2);
        assert_eq!((l[1], l[2], l[5], l[6], l[7], l[8]), (0.0, 0.0, 0.0, 0.0, 0.0, 0.0));
        for (i, j, expected) in [(0, 0, 5.0), (0, 1, -1.5), (1, 1, 1.25)] {
            let found: f64 = (0..3).map(|b| l[i * 3 + b] * l[j * 3 + b]).sum();
            assert!((found - expected).abs() < 1e-14);
        }
    }
}
