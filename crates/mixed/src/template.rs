//! Relative covariance factors: from θ to the lower triangular factor of one grouping factor.

/// The lower triangular relative covariance factor T of the effects of one level, of which some
/// entries are free: Var(b) = σ²·T·Tᵀ.
///
/// It is lower triangular in an order of the effects, that of the data unless a search chose another: where the
/// first effect has next to no variance, its column says nothing of the covariances with the others, and T is
/// hardly determined although T·Tᵀ is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// Number of effects.
    pub(crate) k: usize,
    /// Free entries (row, column), column by column as lme4 orders θ.
    pub(crate) free: Vec<(usize, usize)>,
    /// Numbers of effects of the terms.
    terms: Vec<usize>,
    /// The effects, those of one term after the other, in the order in which T is lower triangular.
    order: Vec<usize>,
}

/// Share of the largest variance that an effect could have left, given those before it, below which another order
/// is better.
const SMALLEST_SHARE: f64 = 0.1;

impl Template {
    /// The template of terms with these numbers of effects, which are independent of each other.
    pub(crate) fn new(terms: &[usize]) -> Self {
        Self::ordered(terms, (0..terms.iter().sum()).collect())
    }

    /// The same with the effects of every term in another order.
    fn ordered(terms: &[usize], order: Vec<usize>) -> Self {
        let mut free = Vec::new();
        for effects in Self::blocks(terms, &order) {
            for (at, &b) in effects.iter().enumerate() {
                free.extend(effects[at..].iter().map(|&a| (a, b)));
            }
        }
        Self { k: order.len(), free, terms: terms.to_vec(), order }
    }

    /// The effects of each term.
    fn blocks<'a>(terms: &'a [usize], order: &'a [usize]) -> impl Iterator<Item = &'a [usize]> {
        let mut first = 0;
        terms.iter().map(move |&width| {
            first += width;
            &order[first - width..first]
        })
    }

    /// The template in which every entry is free, above the diagonal too.
    pub(crate) fn full(k: usize) -> Self {
        let free = (0..k * k).map(|at| (at % k, at / k)).collect();
        Self { k, free, terms: vec![k], order: (0..k).collect() }
    }

    /// T, row-major.
    pub(crate) fn matrix(&self, theta: &[f64]) -> Vec<f64> {
        let mut matrix = vec![0.0; self.k * self.k];
        for (&(a, b), value) in self.free.iter().zip(theta) {
            matrix[a * self.k + b] = *value;
        }
        matrix
    }

    /// θ of the canonical factor of T·Tᵀ: lower triangular with a diagonal that is not negative.
    pub(crate) fn canonical(&self, theta: &[f64]) -> Vec<f64> {
        self.of_covariance(&outer(&self.matrix(theta), self.k))
    }

    /// θ of this relative covariance.
    fn of_covariance(&self, covariance: &[f64]) -> Vec<f64> {
        let (k, order) = (self.k, &self.order);
        let ordered: Vec<f64> =
            (0..k * k).map(|at| covariance[order[at / k] * k + order[at % k]]).collect();
        let factor = semidefinite_factor(&ordered, k);
        let mut place = vec![0; k];
        for (at, &effect) in order.iter().enumerate() {
            place[effect] = at;
        }
        self.free.iter().map(|&(a, b)| factor[place[a] * k + place[b]]).collect()
    }

    /// The template in which the effect that has most variance left, in units of `scales`, comes next in its term,
    /// where the order at hand has one before it that has next to none.
    fn better(&self, theta: &[f64], scales: &[f64]) -> Option<Self> {
        let k = self.k;
        let covariance = outer(&self.matrix(theta), k);
        let mut left: Vec<f64> =
            (0..k * k).map(|at| covariance[at] * scales[at / k] * scales[at % k]).collect();
        let mut own = left.clone();
        let mut order = Vec::with_capacity(k);
        let mut is_poor = false;
        for effects in Self::blocks(&self.terms, &self.order) {
            let mut waiting = effects.to_vec();
            for &next in effects {
                let most = waiting.iter().map(|&a| own[a * k + a]).fold(0.0, f64::max);
                is_poor |= most > 0.0 && own[next * k + next] < SMALLEST_SHARE * most;
                waiting.retain(|&a| a != next);
                eliminate(&mut own, k, next);
            }
            let mut waiting = effects.to_vec();
            while let Some(&first) = waiting.first() {
                let larger =
                    |a: usize, b: usize| if left[b * k + b] > left[a * k + a] { b } else { a };
                let next = waiting.iter().fold(first, |a, &b| larger(a, b));
                waiting.retain(|&a| a != next);
                eliminate(&mut left, k, next);
                order.push(next);
            }
        }
        is_poor
            .then(|| Self::ordered(&self.terms, order))
            .filter(|better| better.order != self.order)
    }
}

/// Takes out of a covariance what an effect explains of it; nothing where it has no variance.
fn eliminate(covariance: &mut [f64], k: usize, effect: usize) {
    let pivot = covariance[effect * k + effect];
    if pivot <= 0.0 {
        return;
    }
    let column: Vec<f64> = (0..k).map(|i| covariance[i * k + effect]).collect();
    for i in 0..k {
        for j in 0..k {
            covariance[i * k + j] -= column[i] * column[j] / pivot;
        }
    }
}

/// Better orders of the effects at θ, where there are any, and θ in them.
pub(crate) fn reordered(
    templates: &[Template],
    scales: &[&[f64]],
    theta: &[f64],
) -> Option<(Vec<Template>, Vec<f64>)> {
    let mut at = 0;
    let mut is_other = false;
    let (mut all, mut out) = (Vec::with_capacity(templates.len()), Vec::with_capacity(theta.len()));
    for (template, scales) in templates.iter().zip(scales) {
        let own = &theta[at..at + template.free.len()];
        at += own.len();
        match template.better(own, scales) {
            None => {
                all.push(template.clone());
                out.extend(own);
            }
            Some(better) => {
                out.extend(better.of_covariance(&outer(&template.matrix(own), template.k)));
                all.push(better);
                is_other = true;
            }
        }
    }
    is_other.then_some((all, out))
}

/// θ of the templates `to`, which differ from those of `theta` by the order of the effects only.
pub(crate) fn translated(from: &[Template], to: &[Template], theta: &[f64]) -> Vec<f64> {
    let mut at = 0;
    let mut out = Vec::with_capacity(theta.len());
    for (from, to) in from.iter().zip(to) {
        let own = &theta[at..at + from.free.len()];
        at += own.len();
        if from.order == to.order {
            out.extend(own);
        } else {
            out.extend(to.of_covariance(&outer(&from.matrix(own), from.k)));
        }
    }
    out
}

/// The entry of θ of `from` that belongs to the same two effects as each entry of θ of `to`.
pub(crate) fn entries(from: &[Template], to: &[Template]) -> Vec<usize> {
    let mut first = 0;
    let mut out = Vec::new();
    for (from, to) in from.iter().zip(to) {
        let same = |&(a, b): &(usize, usize)| {
            let found = from.free.iter().position(|&entry| entry == (a, b) || entry == (b, a));
            first + found.unwrap_or(0)
        };
        out.extend(to.free.iter().map(same));
        first += from.free.len();
    }
    out
}

/// The factor T of every group at θ.
pub(crate) fn factors(templates: &[Template], theta: &[f64]) -> Vec<Vec<f64>> {
    let mut at = 0;
    let part = |template: &Template| {
        let own = &theta[at..at + template.free.len()];
        at += template.free.len();
        template.matrix(own)
    };
    templates.iter().map(part).collect()
}

/// θ of independent effects that vary by about one where their values, one of `scales` for each effect,
/// have their usual size.
pub(crate) fn unit_theta(templates: &[Template], scales: &[f64]) -> Vec<f64> {
    let mut first = 0;
    let mut theta = Vec::new();
    for template in templates {
        let entry = |&(a, b): &(usize, usize)| if a == b { 1.0 / scales[first + a] } else { 0.0 };
        theta.extend(template.free.iter().map(entry));
        first += template.k;
    }
    theta
}

/// Size of every entry of θ for effects that vary by about one.
pub(crate) fn entry_units(templates: &[Template], scales: &[f64]) -> Vec<f64> {
    let mut first = 0;
    let mut units = Vec::new();
    for template in templates {
        units.extend(template.free.iter().map(|&(a, _)| 1.0 / scales[first + a]));
        first += template.k;
    }
    units
}

/// The part of `scales`, one for each effect, that belongs to each group.
pub(crate) fn scales_by_group<'a>(templates: &[Template], scales: &'a [f64]) -> Vec<&'a [f64]> {
    let mut first = 0;
    let part = |template: &Template| {
        first += template.k;
        &scales[first - template.k..first]
    };
    templates.iter().map(part).collect()
}

/// T·Tᵀ.
pub(crate) fn outer(t: &[f64], k: usize) -> Vec<f64> {
    let mut out = vec![0.0; k * k];
    for a in 0..k {
        for b in 0..k {
            out[a * k + b] = (0..k).map(|c| t[a * k + c] * t[b * k + c]).sum();
        }
    }
    out
}

/// A pivot below this share of its diagonal element is zero.
const SMALLEST_PIVOT: f64 = 1e-14;

/// Lower triangular factor of a positive semidefinite matrix; columns of vanishing pivots are zero.
pub(crate) fn semidefinite_factor(matrix: &[f64], k: usize) -> Vec<f64> {
    let mut factor = vec![0.0; k * k];
    for j in 0..k {
        let row = |f: &[f64], i: usize| -> Vec<f64> { f[i * k..i * k + j].to_vec() };
        let own = row(&factor, j);
        let pivot = matrix[j * k + j] - own.iter().map(|x| x * x).sum::<f64>();
        if pivot <= SMALLEST_PIVOT * matrix[j * k + j] {
            continue;
        }
        let root = pivot.sqrt();
        factor[j * k + j] = root;
        for i in j + 1..k {
            let dot: f64 = row(&factor, i).iter().zip(&own).map(|(x, y)| x * y).sum();
            factor[i * k + j] = (matrix[i * k + j] - dot) / root;
        }
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::{Template, entries, outer, reordered, translated};

    #[test]
    fn entries_are_free_within_terms_only() {
        let template = Template::new(&[2, 1]);
        assert_eq!(template.free, [(0, 0), (1, 0), (1, 1), (2, 2)]);
        let matrix = template.matrix(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(matrix, [1.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 0.0, 4.0]);
    }

    #[test]
    fn signs_and_vanished_columns_are_made_canonical() {
        let template = Template::new(&[2]);
        assert_eq!(template.canonical(&[-1.0, 2.0, -3.0]), [1.0, -2.0, 3.0]);
        let canonical = template.canonical(&[0.0, 3.0, 4.0]);
        assert_eq!(canonical, [0.0, 0.0, 5.0]);
    }

    #[test]
    fn an_effect_without_variance_comes_last_and_back() {
        // An intercept that hardly varies before a slope that does, and a term of its own.
        let plain = vec![Template::new(&[2, 1])];
        let theta = [1e-4, 0.3, 0.4, 0.7];
        let scales: [&[f64]; 1] = [&[1.0; 3]];
        let (better, inside) = reordered(&plain, &scales, &theta).unwrap();
        assert_eq!(better[0].free, [(1, 1), (0, 1), (0, 0), (2, 2)]);
        assert_eq!(entries(&better, &plain), [2, 1, 0, 3]);
        let covariance = |template: &Template, theta: &[f64]| outer(&template.matrix(theta), 3);
        let (a, b) = (covariance(&plain[0], &theta), covariance(&better[0], &inside));
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-15), "{a:?} {b:?}");
        assert!(reordered(&better, &scales, &inside).is_none());
        let back = translated(&better, &plain, &inside);
        assert!(back.iter().zip(theta).all(|(a, b)| (a - b).abs() < 1e-12), "{back:?}");
        // In units in which it is no small variance the order stays.
        let scales: [&[f64]; 1] = [&[5e3, 1.0, 1.0]];
        assert!(reordered(&plain, &scales, &theta).is_none());
    }
}
