//! The quadrature of a calibration, which follows the populations.

use seedtest_numerics::{Quadrature, QuadratureError, Rule};

use crate::parameters::Population;

/// Standard deviations on each side of every mean that must lie on the grid. With 4.6 of them, the
/// log-likelihood of 3 000 students was 2e-3 off, as extreme scores reach further than their population.
const NEEDED: f64 = 5.0;
/// Standard deviations on each side that a grid is widened to.
const REACH: f64 = 6.0;
/// Most nodes of a widened grid; beyond, the steps grow.
const MOST_POINTS: f64 = 601.0;
/// A grid is widened to at most this many times its width at once: the estimates of a narrow grid can
/// run away.
const MOST_GROWTH: f64 = 4.0;

/// The nodes of a calibration: those asked for, and more of them at the same distance where an ability
/// distribution reaches further.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    pub(crate) rule: Rule,
    pub(crate) quadrature: Quadrature,
}

impl Grid {
    /// The rule as asked for.
    pub(crate) fn new(rule: Rule) -> Result<Self, QuadratureError> {
        Ok(Self { rule, quadrature: Quadrature::new(rule)? })
    }

    /// First and last node.
    pub(crate) fn ends(&self) -> (f64, f64) {
        let nodes = self.quadrature.nodes();
        let end = |node: Option<&f64>| node.copied().unwrap_or(0.0);
        (end(nodes.first()), end(nodes.last()))
    }

    /// Whether the ability distributions lie on the grid.
    pub(crate) fn holds(&self, populations: &[Population]) -> bool {
        let (low, high) = reach(populations, NEEDED);
        let (min, max) = self.ends();
        min <= low && high <= max
    }

    /// Whether there are wider grids of the kind.
    pub(crate) fn can_grow(&self) -> bool {
        matches!(self.rule, Rule::Grid { .. })
    }

    /// A wider grid where this one does not hold these ability distributions; `None` where it does, and
    /// where there is none: of Gauss–Hermite nodes, or for distributions that are no numbers.
    pub(crate) fn wider_for(&self, populations: &[Population]) -> Option<Self> {
        if self.holds(populations) {
            return None;
        }
        let (low, high) = reach(populations, REACH);
        self.over(low, high)
    }

    /// A grid that goes further by `by` on the sides that are named.
    pub(crate) fn further(&self, below: bool, above: bool, by: f64) -> Option<Self> {
        let (min, max) = self.ends();
        let side = |wanted: bool| if wanted { by } else { 0.0 };
        self.over(min - side(below), max + side(above))
    }

    /// The grid with more nodes at the same distance, so that it reaches from `low` to `high`.
    fn over(&self, low: f64, high: f64) -> Option<Self> {
        let Rule::Grid { points, min, max } = self.rule else { return None };
        if !(low.is_finite() && high.is_finite()) {
            return None;
        }
        let (step, most) = ((max - min) / (points - 1) as f64, MOST_GROWTH * (max - min));
        let more = |beyond: f64| (beyond.clamp(0.0, most) / step).ceil();
        let (below, above) = (more(min - low), more(high - max));
        if below + above == 0.0 {
            return None;
        }
        let (min, max) = (min - below * step, max + above * step);
        let limit = MOST_POINTS.max(points as f64);
        let points = (points as f64 + below + above).min(limit) as usize;
        Self::new(Rule::Grid { points, min, max }).ok()
    }
}

/// The interval of so many standard deviations around every mean.
fn reach(populations: &[Population], deviations: f64) -> (f64, f64) {
    populations.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), population| {
        let (mean, half) = (population.mean, deviations * population.sd());
        (low.min(mean - half), high.max(mean + half))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population(mean: f64, sd: f64) -> Population {
        Population { mean, log_sd: seedtest_numerics::ln(sd) }
    }

    #[test]
    fn a_grid_grows_by_whole_steps_where_it_must() {
        let grid = Grid::new(Rule::default()).unwrap();
        assert!(grid.holds(&[population(0.0, 1.0), population(-0.5, 1.1)]));
        assert!(!grid.holds(&[population(0.0, 1.3)]));
        let wide = [population(0.0, 3.0)];
        assert!(!grid.holds(&wide));
        let wider = grid.wider_for(&wide).unwrap();
        assert_eq!(wider.rule, Rule::Grid { points: 181, min: -18.0, max: 18.0 });
        assert!(wider.holds(&wide));
        let aside = grid.wider_for(&[population(0.0, 1.0), population(4.0, 1.0)]).unwrap();
        assert_eq!(aside.ends().0, -6.0);
        assert!((aside.ends().1 - 10.0).abs() < 1e-12);
    }

    #[test]
    fn growth_is_bounded() {
        let mut grid = Grid::new(Rule::default()).unwrap();
        let far = [population(500.0, 100.0)];
        for _ in 0..6 {
            if grid.holds(&far) {
                break;
            }
            grid = grid.wider_for(&far).unwrap();
            assert!(grid.quadrature.nodes().len() <= 601);
        }
        assert!(grid.holds(&far));
        assert!(grid.wider_for(&[population(f64::NAN, 1.0)]).is_none());
        let hermite = Grid::new(Rule::GaussHermite { points: 21 }).unwrap();
        assert!(hermite.wider_for(&far).is_none());
    }
}
