//! Table of log-probabilities by item, outcome and node.

use rayon::prelude::*;
use seedtest_numerics::{exp, ln, vectorized};

use crate::parameters::Curve;

/// Items whose curves are work enough for a task.
pub(crate) const ITEMS_PER_TASK: usize = 64;

/// Fills the rows ln P(wrong) and ln P(right) of every item over the nodes.
pub(crate) fn fill_log_probabilities(curves: &[Curve], nodes: &[f64], table: &mut [f64]) {
    let width = nodes.len();
    table
        .par_chunks_mut(2 * width * ITEMS_PER_TASK)
        .zip(curves.par_chunks(ITEMS_PER_TASK))
        .for_each(|(rows, curves)| {
            vectorized(
                #[inline(always)]
                || {
                    for (rows, curve) in rows.chunks_exact_mut(2 * width).zip(curves) {
                        let (wrong, right) = rows.split_at_mut(width);
                        fill_item(*curve, nodes, wrong, right);
                    }
                },
            );
        });
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn fill_item(curve: Curve, nodes: &[f64], wrong: &mut [f64], right: &mut [f64]) {
    for ((x, w), r) in nodes.iter().zip(wrong.iter_mut()).zip(right.iter_mut()) {
        let eta = curve.a * x + curve.d;
        let tail = ln(1.0 + exp(-eta.abs()));
        *w = -(eta.max(0.0) + tail);
        *r = -((-eta).max(0.0) + tail);
    }
    let c = curve.guessing();
    if c > 0.0 {
        let log_rest = ln(1.0 - c);
        for (w, r) in wrong.iter_mut().zip(right.iter_mut()) {
            *w += log_rest;
            *r = ln(c + (1.0 - c) * exp(*r));
        }
    }
}
