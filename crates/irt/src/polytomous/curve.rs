//! The category curves of one item: probabilities, scores, information.

use seedtest_numerics::{exp, exp_m1, ln, log1pexp, logistic_pair};

use super::curves::Form;
use crate::curvature;
use crate::parameters;
use crate::priors::Priors;

/// The curves of one item in the parameters the program works in.
///
/// | form | parameters |
/// |---|---|
/// | graded | a, d_1 > … > d_m |
/// | adjacent | a, d_1, …, d_m |
/// | rating | a, λ, t_1, …, t_{m−1}; d_k = kλ + t_k |
/// | nominal | a_1, …, a_m, d_1, …, d_m |
/// | guessing | a, d, logit c |
#[derive(Debug, Clone)]
pub(crate) struct Curve<'a> {
    form: Form,
    values: &'a [f64],
    /// Of graded curves: 1 − exp(−(d_k − d_{k+1})) for k = 0..=m, 1 at both ends.
    gaps: Vec<f64>,
}

/// Expected complete-data log-likelihood of one item with derivatives by its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Terms {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    /// Information, row-major.
    pub(crate) information: Vec<f64>,
}

/// One category at an ability: ln P and its derivatives by the ability.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct AtCategory {
    pub(crate) log_p: f64,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

impl<'a> Curve<'a> {
    pub(crate) fn new(form: Form, values: &'a [f64]) -> Self {
        let gaps = if form == Form::Graded { gaps(&values[1..]) } else { Vec::new() };
        Self { form, values, gaps }
    }

    pub(crate) fn n_parameters(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn n_categories(&self) -> usize {
        self.form.n_categories(self.values.len())
    }

    /// Slope and intercept of category k of the forms that divide by a total: ln P(k) is slope·θ + intercept
    /// less the same for all k.
    fn line(&self, k: usize) -> (f64, f64) {
        let m = self.n_categories() - 1;
        let steps = k as f64;
        match self.form {
            _ if k == 0 => (0.0, 0.0),
            Form::Nominal => (self.values[k - 1], self.values[m + k - 1]),
            Form::Rating => {
                let threshold = if k == m { 0.0 } else { self.values[k + 1] };
                (steps * self.values[0], steps * self.values[1] + threshold)
            }
            _ => (steps * self.values[0], self.values[k]),
        }
    }

    fn guessing(&self) -> parameters::Curve {
        parameters::Curve { a: self.values[0], d: self.values[1], g: self.values[2] }
    }

    /// Fills the rows ln P(k) over the abilities, category by category.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn fill_log_probabilities(&self, nodes: &[f64], rows: &mut [f64]) {
        let width = nodes.len();
        match self.form {
            Form::Graded => self.fill_graded(nodes, rows),
            Form::Guessing => {
                let curves = [self.guessing()];
                crate::curves::fill_log_probabilities(&curves, nodes, rows);
            }
            _ => {
                for (k, row) in rows.chunks_exact_mut(width).enumerate() {
                    let (slope, intercept) = self.line(k);
                    for (out, x) in row.iter_mut().zip(nodes) {
                        *out = slope * x + intercept;
                    }
                }
                normalise(rows, width);
            }
        }
    }

    /// P(k) = S_k·(1 − S_{k+1})·(1 − exp(d_{k+1} − d_k)) with S_k = P(Y ≥ k): no difference of nearly equal
    /// numbers.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `fill_log_probabilities`
    fn fill_graded(&self, nodes: &[f64], rows: &mut [f64]) {
        let (width, a) = (nodes.len(), self.values[0]);
        for (row, gap) in rows.chunks_exact_mut(width).zip(&self.gaps) {
            row.fill(ln(gap.max(f64::MIN_POSITIVE)));
        }
        for (k, d) in self.values.iter().enumerate().skip(1) {
            let (below, from) = rows.split_at_mut(k * width);
            let below = &mut below[(k - 1) * width..];
            for ((x, below), from) in nodes.iter().zip(below).zip(from) {
                let eta = a * x + d;
                let tail = ln(1.0 + exp(-eta.abs()));
                *below -= eta.max(0.0) + tail;
                *from -= (-eta).max(0.0) + tail;
            }
        }
    }

    /// Fills ln P(k) and its derivatives by the parameters, category by category, at an ability.
    pub(crate) fn scores(&self, x: f64, log_p: &mut [f64], scores: &mut [f64]) {
        let n = self.n_parameters();
        scores.fill(0.0);
        match self.form {
            Form::Graded => self.graded_scores(x, log_p, scores),
            Form::Guessing => {
                let curve = self.guessing();
                self.fill_log_probabilities(&[x], log_p);
                for (right, scores) in [false, true].into_iter().zip(scores.chunks_exact_mut(n)) {
                    let score = curvature::score(curve, x, right);
                    scores.copy_from_slice(&[score.eta * x, score.eta, score.g]);
                }
            }
            _ => {
                self.fill_log_probabilities(&[x], log_p);
                for (k, scores) in scores.chunks_exact_mut(n).enumerate() {
                    self.design(k, x, scores);
                }
                centre(log_p, scores, n);
            }
        }
    }

    /// Derivatives of slope·θ + intercept of category k by the parameters.
    fn design(&self, k: usize, x: f64, out: &mut [f64]) {
        let m = self.n_categories() - 1;
        if k == 0 {
            return;
        }
        match self.form {
            Form::Nominal => {
                out[k - 1] = x;
                out[m + k - 1] = 1.0;
            }
            Form::Rating => {
                out[0] = k as f64 * x;
                out[1] = k as f64;
                if k < m {
                    out[k + 1] = 1.0;
                }
            }
            _ => {
                out[0] = k as f64 * x;
                out[k] = 1.0;
            }
        }
    }

    fn graded_scores(&self, x: f64, log_p: &mut [f64], scores: &mut [f64]) {
        let n = self.n_parameters();
        self.fill_graded(&[x], log_p);
        let mut above = self.graded_share(0, x);
        for (k, scores) in scores.chunks_exact_mut(n).enumerate() {
            let at = above;
            above = self.graded_share(k + 1, x);
            let (up, down) = self.graded_slopes(k, at, above);
            scores[0] = x * (up - down);
            if k > 0 {
                scores[k] = up;
            }
            if k + 1 < n {
                scores[k + 1] = -down;
            }
        }
    }

    /// S_k and 1 − S_k at an ability.
    fn graded_share(&self, k: usize, x: f64) -> (f64, f64) {
        if k == 0 {
            return (1.0, 0.0);
        }
        let Some(d) = self.values.get(k) else { return (0.0, 1.0) };
        logistic_pair(self.values[0] * x + d)
    }

    /// ∂ ln P(k)/∂d_k and −∂ ln P(k)/∂d_{k+1}, from the shares of k and of k + 1.
    fn graded_slopes(
        &self,
        k: usize,
        (at, not_at): (f64, f64),
        (above, not_above): (f64, f64),
    ) -> (f64, f64) {
        let gap = self.gaps[k];
        let ratio = |over: f64, under: f64| over / (under * gap).max(f64::MIN_POSITIVE);
        (ratio(not_at, not_above), ratio(above, at))
    }

    /// Expected complete-data log-likelihood with its gradient and the expected information, from the
    /// expected answers by category and node.
    pub(crate) fn terms(&self, nodes: &[f64], counts: &[f64]) -> Terms {
        let (n, width, categories) = (self.n_parameters(), nodes.len(), self.n_categories());
        let mut terms = Terms { value: 0.0, gradient: vec![0.0; n], information: vec![0.0; n * n] };
        let (mut log_p, mut scores) = (vec![0.0; categories], vec![0.0; categories * n]);
        for (q, &x) in nodes.iter().enumerate() {
            let answers = |k: usize| counts[k * width + q];
            let total: f64 = (0..categories).map(answers).sum();
            if total <= 0.0 {
                continue;
            }
            self.scores(x, &mut log_p, &mut scores);
            for (k, scores) in scores.chunks_exact(n).enumerate() {
                terms.value += answers(k) * log_p[k];
                for (gradient, score) in terms.gradient.iter_mut().zip(scores) {
                    *gradient += answers(k) * score;
                }
                add_outer(&mut terms.information, scores, total * exp(log_p[k]));
            }
        }
        mirror(&mut terms.information, n);
        terms
    }

    /// Minus the second derivatives of the expected complete-data log-likelihood by the parameters.
    pub(crate) fn observed_information(&self, nodes: &[f64], counts: &[f64]) -> Vec<f64> {
        match self.form {
            Form::Graded => self.observed_graded(nodes, counts),
            Form::Guessing => {
                let (wrong, right) = counts.split_at(nodes.len());
                let priors = Priors::none();
                let matrix =
                    curvature::observed_information(self.guessing(), &priors, nodes, wrong, right);
                matrix.concat()
            }
            // Of the forms that divide by a total the expected information is the observed one.
            _ => self.terms(nodes, counts).information,
        }
    }

    fn observed_graded(&self, nodes: &[f64], counts: &[f64]) -> Vec<f64> {
        let (n, width) = (self.n_parameters(), nodes.len());
        let mut matrix = vec![0.0; n * n];
        for (q, &x) in nodes.iter().enumerate() {
            let mut above = self.graded_share(0, x);
            for k in 0..n {
                let at = above;
                above = self.graded_share(k + 1, x);
                let answers = counts[k * width + q];
                if answers > 0.0 {
                    self.add_curvature((k, x), (at, above), answers, &mut matrix);
                }
            }
        }
        mirror(&mut matrix, n);
        matrix
    }

    /// Adds minus the second derivatives of ln P(k): by d_k and d_{k+1}, whose logits both have the slope a.
    fn add_curvature(
        &self,
        (k, x): (usize, f64),
        shares: ((f64, f64), (f64, f64)),
        answers: f64,
        matrix: &mut [f64],
    ) {
        let n = self.n_parameters();
        let (up, down) = self.graded_slopes(k, shares.0, shares.1);
        let ((at, not_at), (above, not_above)) = shares;
        let of_own = up * up - up * (not_at - at);
        let of_next = down * down + down * (not_above - above);
        let of_both = -up * down;
        matrix[0] += answers * x * x * (of_own + of_next + 2.0 * of_both);
        if k > 0 {
            matrix[k * n] += answers * x * (of_own + of_both);
            matrix[k * n + k] += answers * of_own;
        }
        if k + 1 < n {
            matrix[(k + 1) * n] += answers * x * (of_next + of_both);
            matrix[(k + 1) * n + k + 1] += answers * of_next;
        }
        if k > 0 && k + 1 < n {
            matrix[(k + 1) * n + k] += answers * of_both;
        }
    }

    /// Every category at an ability.
    pub(crate) fn by_ability(&self, x: f64, out: &mut [AtCategory]) {
        let mut log_p = vec![0.0; out.len()];
        self.fill_log_probabilities(&[x], &mut log_p);
        for (at, log_p) in out.iter_mut().zip(&log_p) {
            at.log_p = *log_p;
        }
        match self.form {
            Form::Graded => {
                let a = self.values[0];
                for (k, at) in out.iter_mut().enumerate() {
                    let ((own, not_own), (above, not_above)) =
                        (self.graded_share(k, x), self.graded_share(k + 1, x));
                    at.first = a * (not_own - above);
                    at.second = -a * a * (own * not_own + above * not_above);
                }
            }
            Form::Guessing => self.guessing_by_ability(x, out),
            _ => {
                let slopes = (0..out.len()).map(|k| self.line(k).0);
                let weighted = slopes.clone().zip(&log_p).map(|(slope, l)| (slope, exp(*l)));
                let (mean, square) = weighted
                    .fold((0.0, 0.0), |(m, s), (slope, p)| (m + p * slope, s + p * slope * slope));
                for (at, slope) in out.iter_mut().zip(slopes) {
                    at.first = slope - mean;
                    at.second = mean * mean - square;
                }
            }
        }
    }

    fn guessing_by_ability(&self, x: f64, out: &mut [AtCategory]) {
        let curve = self.guessing();
        let (a, c) = (curve.a, curve.guessing());
        let eta = a * x + curve.d;
        let (knows, fails) = logistic_pair(eta);
        let p = c + (1.0 - c) * knows;
        let first = a * (1.0 - c) * knows * fails;
        let [wrong, right] = out else { return };
        (wrong.first, wrong.second) = (-a * knows, -a * a * knows * fails);
        right.first = first / p;
        right.second = a * first * (fails - knows) / p - right.first * right.first;
    }
}

/// 1 − exp(−(d_k − d_{k+1})), with 1 at both ends.
fn gaps(d: &[f64]) -> Vec<f64> {
    let inner = d.windows(2).map(|pair| -exp_m1(pair[1] - pair[0]));
    std::iter::once(1.0).chain(inner).chain([1.0]).collect()
}

/// Takes ln Σ exp off every column.
fn normalise(rows: &mut [f64], width: usize) {
    for q in 0..width {
        let column = || rows[q..].iter().step_by(width);
        let max = column().copied().fold(f64::NEG_INFINITY, f64::max);
        let total = max + ln(column().map(|v| exp(v - max)).sum());
        for v in rows[q..].iter_mut().step_by(width) {
            *v -= total;
        }
    }
}

/// Takes the mean over the categories off the derivatives.
fn centre(log_p: &[f64], scores: &mut [f64], n: usize) {
    let mut mean = vec![0.0; n];
    for (log_p, scores) in log_p.iter().zip(scores.chunks_exact(n)) {
        let p = exp(*log_p);
        for (mean, score) in mean.iter_mut().zip(scores) {
            *mean += p * score;
        }
    }
    for scores in scores.chunks_exact_mut(n) {
        for (score, mean) in scores.iter_mut().zip(&mean) {
            *score -= mean;
        }
    }
}

/// Adds weight·ssᵀ to the lower triangle.
pub(crate) fn add_outer(matrix: &mut [f64], s: &[f64], weight: f64) {
    let n = s.len();
    for (i, line) in matrix.chunks_exact_mut(n).enumerate().filter(|(i, _)| s[*i] != 0.0) {
        let factor = weight * s[i];
        for (m, s) in line.iter_mut().zip(&s[..=i]) {
            *m += factor * s;
        }
    }
}

/// Copies the lower triangle to the upper one.
pub(crate) fn mirror(matrix: &mut [f64], n: usize) {
    for i in 0..n {
        for j in 0..i {
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
}

/// ln P of a category at an ability, for one answer.
pub(crate) fn log_probability(curve: &Curve<'_>, category: usize, x: f64) -> f64 {
    if curve.form != Form::Graded {
        let mut rows = vec![0.0; curve.n_categories()];
        curve.fill_log_probabilities(&[x], &mut rows);
        return rows[category];
    }
    let eta = |k: usize| curve.values.get(k).map(|d| curve.values[0] * x + d);
    let from = if category == 0 { 0.0 } else { -eta(category).map_or(0.0, |e| log1pexp(-e)) };
    let below = eta(category + 1).map_or(0.0, |e| -log1pexp(e));
    from + below + ln(curve.gaps[category].max(f64::MIN_POSITIVE))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seedtest_numerics::Stream;

    use super::*;

    const NODES: [f64; 16] =
        [-3.0, -2.6, -2.2, -1.8, -1.4, -1.0, -0.6, -0.2, 0.2, 0.6, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0];

    /// Some curve of each form, with as many answers to every category at every node.
    fn drawn(form: Form, categories: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut stream = Stream::new(seed, 0);
        let m = categories - 1;
        let values = match form {
            Form::Graded => {
                let mut d: Vec<f64> = (0..m).map(|_| stream.uniform_in(-2.5, 2.5)).collect();
                d.sort_by(|x, y| y.total_cmp(x));
                // Neighbours that nearly touch bend more than differences can follow.
                for k in 1..m {
                    d[k] = d[k].min(d[k - 1] - 0.2);
                }
                std::iter::once(stream.uniform_in(0.3, 2.0)).chain(d).collect()
            }
            Form::Nominal => (0..2 * m).map(|_| stream.uniform_in(-1.5, 1.5)).collect(),
            Form::Guessing => {
                vec![
                    stream.uniform_in(0.3, 2.0),
                    stream.uniform_in(-2.0, 2.0),
                    stream.uniform_in(-3.0, 0.0),
                ]
            }
            _ => (0..=m).map(|_| stream.uniform_in(-1.5, 1.5)).collect(),
        };
        let n = if form == Form::Guessing { 2 } else { categories };
        let counts = (0..n * NODES.len()).map(|_| 20.0 * stream.uniform()).collect();
        (values, counts)
    }

    fn any_form() -> impl Strategy<Value = Form> {
        prop_oneof![
            Just(Form::Graded),
            Just(Form::Adjacent),
            Just(Form::Rating),
            Just(Form::Nominal),
            Just(Form::Guessing)
        ]
    }

    proptest! {
        #[test]
        fn derivatives_by_parameters_agree_with_finite_differences(
            form in any_form(),
            categories in 3usize..6,
            seed in any::<u64>(),
        ) {
            let (values, counts) = drawn(form, categories, seed);
            let terms = |values: &[f64]| Curve::new(form, values).terms(&NODES, &counts);
            let here = terms(&values);
            let observed = Curve::new(form, &values).observed_information(&NODES, &counts);
            let (n, step) = (values.len(), 1e-5);
            for i in 0..n {
                let moved = |by: f64| {
                    let mut values = values.clone();
                    values[i] += by;
                    terms(&values)
                };
                let (up, down) = (moved(step), moved(-step));
                // Central differences err by step²·third derivative (below 1e-10·1e5) and by the rounding of
                // the sum over the step (1e-16·1e3/1e-5).
                let slope = (up.value - down.value) / (2.0 * step);
                prop_assert!((slope - here.gradient[i]).abs() < 1e-5 * (1.0 + slope.abs()));
                for j in 0..n {
                    let bend = -(up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    let found = observed[i * n + j];
                    prop_assert!((bend - found).abs() < 1e-5 * (1.0 + bend.abs()), "{form:?} {i} {j}");
                }
            }
        }

        #[test]
        fn probabilities_add_to_one_and_scores_to_zero(
            form in any_form(),
            categories in 3usize..6,
            seed in any::<u64>(),
            x in -8.0f64..8.0,
        ) {
            let (values, _) = drawn(form, categories, seed);
            let curve = Curve::new(form, &values);
            let (k, n) = (curve.n_categories(), curve.n_parameters());
            let (mut log_p, mut scores) = (vec![0.0; k], vec![0.0; k * n]);
            curve.scores(x, &mut log_p, &mut scores);
            let total: f64 = log_p.iter().map(|l| l.exp()).sum();
            prop_assert!((total - 1.0).abs() < 1e-12);
            for i in 0..n {
                let mean: f64 = (0..k).map(|k| log_p[k].exp() * scores[k * n + i]).sum();
                prop_assert!(mean.abs() < 1e-10, "{form:?} {i}: {mean}");
            }
            for (category, log_p) in log_p.iter().enumerate() {
                let alone = log_probability(&curve, category, x);
                prop_assert!((alone - log_p).abs() < 1e-11 * (1.0 + alone.abs()));
            }
        }

        #[test]
        fn derivatives_by_ability_agree_with_finite_differences(
            form in any_form(),
            categories in 3usize..6,
            seed in any::<u64>(),
            x in -4.0f64..4.0,
        ) {
            let (values, _) = drawn(form, categories, seed);
            let curve = Curve::new(form, &values);
            let at = |x: f64| {
                let mut at = vec![AtCategory::default(); curve.n_categories()];
                curve.by_ability(x, &mut at);
                at
            };
            let step = 1e-5;
            for (here, (up, down)) in at(x).iter().zip(at(x + step).iter().zip(&at(x - step))) {
                let first = (up.log_p - down.log_p) / (2.0 * step);
                let second = (up.first - down.first) / (2.0 * step);
                prop_assert!((first - here.first).abs() < 1e-7, "{form:?}");
                prop_assert!((second - here.second).abs() < 1e-7, "{form:?}");
            }
        }
    }

    #[test]
    fn graded_categories_far_out_keep_their_precision() {
        // P(Y = 1) = S(20) − S(19), a difference of numbers next to 1: it would lose eight digits.
        let values = [1.0, 20.0, 19.0];
        let curve = Curve::new(Form::Graded, &values);
        let expected = (-19f64).exp() / (1.0 + (-19f64).exp()) * (1.0 - (-1f64).exp())
            / (1.0 + (-20f64).exp());
        let found = log_probability(&curve, 1, 0.0).exp();
        assert!((found / expected - 1.0).abs() < 1e-13, "{found} {expected}");
    }
}
