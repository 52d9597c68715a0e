//! Linking constants by moments and by characteristic curves.

use seedtest_numerics::{Quadrature, exp, square, vectorized};

use crate::chunk_step::LANES;
use crate::item_parameters::ItemParameters;
use crate::link::{LinkItem, LinkMethod, LinkSpec};
use crate::link_error::LinkError;
use crate::link_search::{NormalEquations, least_squares, solve_constants};

/// Nodes and normalised weights of the old scale.
pub(crate) struct WeightedNodes {
    points: Vec<(f64, f64)>,
}

impl WeightedNodes {
    pub(crate) fn new(quadrature: &Quadrature) -> Self {
        let weights = quadrature.weights(0.0, 1.0);
        Self { points: quadrature.nodes().iter().copied().zip(weights).collect() }
    }
}

/// Constants with their derivatives by the anchors' parameters.
pub(crate) struct Constants {
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    /// Derivatives of (slope, intercept) by a, b, c of each anchor on the new and old scale; empty
    /// where they were not asked for.
    pub(crate) by_new: Vec<[[f64; 3]; 2]>,
    pub(crate) by_old: Vec<[[f64; 3]; 2]>,
}

/// Mean/mean and mean/sigma.
pub(crate) fn moments(spec: &LinkSpec, items: &[LinkItem]) -> Result<Constants, LinkError> {
    if spec.same_unit {
        return Ok(mean_difference(items));
    }
    let method = spec.method;
    let n = items.len() as f64;
    let mean = |f: &dyn Fn(&LinkItem) -> f64| items.iter().map(f).sum::<f64>() / n;
    let (a_new, a_old) = (mean(&|i| i.new.a), mean(&|i| i.old.a));
    let (b_new, b_old) = (mean(&|i| i.new.b), mean(&|i| i.old.b));
    let sd_new = mean(&|i| square(i.new.b - b_new)).sqrt();
    let sd_old = mean(&|i| square(i.old.b - b_old)).sqrt();
    let by_means = method == LinkMethod::MeanMean;
    let slope = if by_means { a_new / a_old } else { sd_old / sd_new };
    if !(slope.is_finite() && slope > 0.0) {
        let reason = if by_means {
            "the mean of a is not positive"
        } else {
            "all anchors are equally difficult"
        };
        return Err(LinkError::NoUnit { reason });
    }
    // B = mean(b_old) − A·mean(b_new): a change of A moves B by −mean(b_new).
    let gradient = |slope_by: [f64; 3], mean_by: f64| {
        [slope_by, [-b_new * slope_by[0], mean_by - b_new * slope_by[1], 0.0]]
    };
    let by_new = items.iter().map(|i| {
        let by = if by_means {
            [1.0 / (n * a_old), 0.0, 0.0]
        } else {
            [0.0, -slope * (i.new.b - b_new) / (n * sd_new * sd_new), 0.0]
        };
        gradient(by, -slope / n)
    });
    let by_old = items.iter().map(|i| {
        let by = if by_means {
            [-slope / (n * a_old), 0.0, 0.0]
        } else {
            [0.0, slope * (i.old.b - b_old) / (n * sd_old * sd_old), 0.0]
        };
        gradient(by, 1.0 / n)
    });
    Ok(Constants {
        slope,
        intercept: b_old - slope * b_new,
        by_new: by_new.collect(),
        by_old: by_old.collect(),
    })
}

/// B = mean(b_old) − mean(b_new) on scales of one unit.
fn mean_difference(items: &[LinkItem]) -> Constants {
    let n = items.len() as f64;
    let by = |sign: f64| vec![[[0.0; 3], [0.0, sign / n, 0.0]]; items.len()];
    Constants {
        slope: 1.0,
        intercept: items.iter().map(|item| item.old.b - item.new.b).sum::<f64>() / n,
        by_new: by(-1.0),
        by_old: by(1.0),
    }
}

/// Haebara and Stocking–Lord: least squares between curves with analytic derivatives, started from mean/mean.
pub(crate) fn characteristic_curves(
    spec: &LinkSpec,
    items: &[LinkItem],
    nodes: &WeightedNodes,
    with_derivatives: bool,
) -> Result<Constants, LinkError> {
    let problem = Curves::new(spec, items, nodes);
    let start = moments(&LinkSpec { method: LinkMethod::MeanMean, ..*spec }, items)?;
    let start = [start.slope, start.intercept];
    let constants = least_squares(start, spec.same_unit, |x| problem.normal_equations(x))?;
    problem.constants(constants, with_derivatives)
}

struct Curves<'a> {
    method: LinkMethod,
    same_unit: bool,
    items: &'a [LinkItem],
    nodes: &'a WeightedNodes,
    /// New parameters in columns, padded with items that add nothing.
    a: Vec<f64>,
    b: Vec<f64>,
    c: Vec<f64>,
    /// Curves of the old scale: one row of padded items per node.
    old: Vec<f64>,
}

struct NodeSums {
    /// Σ residuals.
    r: f64,
    /// Σ derivatives of the curves by the ability of the new scale.
    s: f64,
    rr: f64,
    rs: f64,
    ss: f64,
}

/// The linked curve at an ability of the old scale, with its derivatives by (slope, intercept).
fn linked(item: &ItemParameters, x: [f64; 2], theta: f64) -> (f64, [f64; 2]) {
    // a*(θ − b*) = a·((θ − B)/A − b).
    let back = (theta - x[1]) / x[0];
    let knows = seedtest_numerics::logistic(item.a * (back - item.b));
    let by_back = (1.0 - item.c) * item.a * knows * (1.0 - knows);
    (item.c + (1.0 - item.c) * knows, [-by_back * back / x[0], -by_back / x[0]])
}

impl<'a> Curves<'a> {
    fn new(spec: &LinkSpec, items: &'a [LinkItem], nodes: &'a WeightedNodes) -> Self {
        let padded = items.len().next_multiple_of(LANES);
        let column = |f: fn(&LinkItem) -> f64| {
            let mut column: Vec<f64> = items.iter().map(f).collect();
            column.resize(padded, 0.0);
            column
        };
        // With a = 0 and c = 0 a padding curve is ½ everywhere.
        let mut old = Vec::with_capacity(nodes.points.len() * padded);
        for &(theta, _) in &nodes.points {
            old.extend(items.iter().map(|item| item.old.probability(theta)));
            old.resize(old.len().next_multiple_of(padded), 0.5);
        }
        Self {
            method: spec.method,
            same_unit: spec.same_unit,
            items,
            nodes,
            a: column(|i| i.new.a),
            b: column(|i| i.new.b),
            c: column(|i| i.new.c),
            old,
        }
    }

    fn normal_equations(&self, x: [f64; 2]) -> NormalEquations {
        let mut normal = NormalEquations::default();
        vectorized(
            #[inline(always)]
            || {
                let rows = self.old.chunks_exact(self.a.len());
                for (&(theta, weight), old) in self.nodes.points.iter().zip(rows) {
                    // a*(θ − b*) = a·((θ − B)/A − b); ∂back/∂(A, B) = (−back, −1)/A for all items.
                    let back = (theta - x[1]) / x[0];
                    let sums = self.node_sums(back, old);
                    let by = [-back / x[0], -1.0 / x[0]];
                    if self.method == LinkMethod::Haebara {
                        normal.add_sums(weight, [sums.rr, sums.rs, sums.ss], by);
                    } else {
                        let (r, s) = (sums.r, sums.s);
                        normal.add_sums(weight, [r * r, r * s, s * s], by);
                    }
                }
            },
        );
        normal
    }

    /// Sums over the items at one ability of the new scale.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn node_sums(&self, back: f64, old: &[f64]) -> NodeSums {
        let mut lanes = [[0.0; LANES]; 5];
        let columns = self.a.as_chunks::<LANES>().0.iter().zip(self.b.as_chunks::<LANES>().0);
        let rest = self.c.as_chunks::<LANES>().0.iter().zip(old.as_chunks::<LANES>().0);
        for ((a, b), (c, old)) in columns.zip(rest) {
            for l in 0..LANES {
                let eta = a[l] * (back - b[l]);
                let tail = exp(-eta.abs());
                let upper = 1.0 / (1.0 + tail);
                let knows = if eta >= 0.0 { upper } else { tail * upper };
                let r = c[l] + (1.0 - c[l]) * knows - old[l];
                let s = (1.0 - c[l]) * a[l] * tail * upper * upper;
                lanes[0][l] += r;
                lanes[1][l] += s;
                lanes[2][l] += r * r;
                lanes[3][l] += r * s;
                lanes[4][l] += s * s;
            }
        }
        let [r, s, rr, rs, ss] = lanes.map(|lane| lane.iter().sum());
        NodeSums { r, s, rr, rs, ss }
    }

    /// Derivatives of the constants by the parameters, from the implicit function theorem on the
    /// gradient of the criterion.
    fn constants(&self, x: [f64; 2], with_derivatives: bool) -> Result<Constants, LinkError> {
        const STEP: f64 = 1e-5;
        if !with_derivatives {
            let (by_new, by_old) = (Vec::new(), Vec::new());
            return Ok(Constants { slope: x[0], intercept: x[1], by_new, by_old });
        }
        let singular = LinkError::NoUnit { reason: "the criterion is flat at its minimum" };
        let mut hessian = [[0.0; 2]; 2];
        for j in 0..2 {
            let shifted = |sign: f64| {
                let mut at = x;
                at[j] += sign * STEP;
                self.normal_equations(at).gradient
            };
            let (up, down) = (shifted(1.0), shifted(-1.0));
            for i in 0..2 {
                hessian[i][j] = (up[i] - down[i]) / (2.0 * STEP);
            }
        }
        let totals: Vec<(f64, [f64; 2])> =
            self.nodes.points.iter().map(|p| self.total(x, p.0)).collect();
        let mut constants = Constants {
            slope: x[0],
            intercept: x[1],
            by_new: Vec::with_capacity(self.items.len()),
            by_old: Vec::with_capacity(self.items.len()),
        };
        for item in self.items {
            for on_new in [true, false] {
                let mut by = [[0.0; 3]; 2];
                #[allow(clippy::needless_range_loop)] // k names a parameter
                for k in 0..3 {
                    let gradient = |sign: f64| {
                        self.item_gradient(x, item, shift(item, on_new, k, sign * STEP), &totals)
                    };
                    let (up, down) = (gradient(1.0), gradient(-1.0));
                    let change = [0, 1].map(|i| -(up[i] - down[i]) / (2.0 * STEP));
                    let moved = solve_constants(hessian, change, self.same_unit);
                    let [slope, intercept] = moved.ok_or(singular.clone())?;
                    by[0][k] = slope;
                    by[1][k] = intercept;
                }
                let list = if on_new { &mut constants.by_new } else { &mut constants.by_old };
                list.push(by);
            }
        }
        Ok(constants)
    }

    fn total(&self, x: [f64; 2], theta: f64) -> (f64, [f64; 2]) {
        self.items.iter().fold((0.0, [0.0; 2]), |sum, item| {
            let (p, by) = linked(&item.new, x, theta);
            (sum.0 + p - item.old.probability(theta), [sum.1[0] + by[0], sum.1[1] + by[1]])
        })
    }

    /// Gradient of the criterion after one item has changed, up to terms that do not change.
    fn item_gradient(
        &self,
        x: [f64; 2],
        before: &LinkItem,
        after: LinkItem,
        totals: &[(f64, [f64; 2])],
    ) -> [f64; 2] {
        let mut normal = NormalEquations::default();
        for (&(theta, weight), total) in self.nodes.points.iter().zip(totals) {
            let (p, by) = linked(&after.new, x, theta);
            let residual = p - after.old.probability(theta);
            if self.method == LinkMethod::Haebara {
                normal.add(weight, residual, by);
                continue;
            }
            let (old_p, old_by) = linked(&before.new, x, theta);
            let old_residual = old_p - before.old.probability(theta);
            let sum_by = [total.1[0] + by[0] - old_by[0], total.1[1] + by[1] - old_by[1]];
            normal.add(weight, total.0 + residual - old_residual, sum_by);
        }
        normal.gradient
    }
}

fn shift(item: &LinkItem, on_new: bool, parameter: usize, by: f64) -> LinkItem {
    let mut shifted = *item;
    let side = if on_new { &mut shifted.new } else { &mut shifted.old };
    *[&mut side.a, &mut side.b, &mut side.c][parameter] += by;
    shifted
}
