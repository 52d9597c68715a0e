//! Relative covariance factors: from θ to the lower triangular factor of one grouping factor.

/// The lower triangular relative covariance factor T of the effects of one level, of which some
/// entries are free: Var(b) = σ²·T·Tᵀ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    /// Number of effects.
    pub(crate) k: usize,
    /// Free entries (row, column), column by column as lme4 orders θ.
    pub(crate) free: Vec<(usize, usize)>,
}

impl Template {
    /// The template of terms with these numbers of effects, which are independent of each other.
    pub(crate) fn new(terms: &[usize]) -> Self {
        let mut free = Vec::new();
        let mut first = 0;
        for &width in terms {
            let rows = first..first + width;
            free.extend(rows.clone().flat_map(|b| (b..rows.end).map(move |a| (a, b))));
            first += width;
        }
        Self { k: first, free }
    }

    /// The template in which every entry is free, above the diagonal too.
    pub(crate) fn full(k: usize) -> Self {
        Self { k, free: (0..k * k).map(|at| (at % k, at / k)).collect() }
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
        let factor = semidefinite_factor(&outer(&self.matrix(theta), self.k), self.k);
        self.free.iter().map(|&(a, b)| factor[a * self.k + b]).collect()
    }
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
    use super::Template;

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
}
