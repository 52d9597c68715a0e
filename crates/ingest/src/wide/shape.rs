//! What the columns of a table hold.

use super::look::Look;
use crate::missing::Missing;
use crate::scoring::{self, Scoring, ScoringContext, ScoringVerdict, Tally};

/// Most points of an item of a table that is mostly right and wrong.
const MOST_POINTS: f64 = 10.0;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// Right and wrong.
    Outcomes {
        ox: bool,
    },
    /// Points from 0 to this.
    Points(f64),
    /// Points and their maximum in each cell.
    PointsOf,
    /// Letters or numbers of options.
    Options,
    /// Marks, some of them for part of the points.
    PartMarks,
    Empty,
    Other,
}

impl Look<'_> {
    pub(super) fn cells(&self, index: usize) -> impl Iterator<Item = &str> {
        let missing: &Missing = &self.options.missing;
        self.sample.column(index).cells().filter(|cell| !missing.is_value(cell))
    }

    /// Whether nearly every cell of a column holds points and their maximum.
    fn holds_points_of(&self, index: usize) -> bool {
        let cells = self.cells(index).count();
        let fractions = self.cells(index).filter(|cell| scoring::points_of(cell).is_some()).count();
        fractions > 0 && fractions * 20 >= cells * 19
    }

    /// Whether more than one of these columns holds points and their maximum.
    pub(super) fn has_scored_cells(&self, candidates: &[usize]) -> bool {
        candidates.iter().filter(|index| self.holds_points_of(**index)).count() > 1
    }

    pub(super) fn shape(&self, index: usize, codes: &[f64]) -> Shape {
        if self.holds_points_of(index) {
            return Shape::PointsOf;
        }
        let is_code = |cell: &&str| scoring::number(cell).is_some_and(|n| codes.contains(&n));
        let mut tally = Tally::default();
        self.cells(index).filter(|cell| !is_code(cell)).for_each(|cell| tally.see(cell));
        match tally.verdict(ScoringContext::default()) {
            ScoringVerdict::Empty if self.sample.column(index).times() > 0 => Shape::Other,
            ScoringVerdict::Empty => Shape::Empty,
            ScoringVerdict::Known { scoring, .. } => match scoring {
                Scoring::RightWrong { ox } => Shape::Outcomes { ox },
                Scoring::Points { max: Some(max) } => Shape::Points(max),
                Scoring::Points { max: None } => Shape::PointsOf,
                Scoring::Options => Shape::Options,
            },
            ScoringVerdict::Neither(neither) => {
                let numbers: Vec<f64> =
                    tally.values().filter_map(|(v, _)| scoring::number(v)).collect();
                let largest = numbers.iter().copied().fold(0.0, f64::max);
                let is_points = numbers.len() == tally.values().count()
                    && numbers.contains(&0.0)
                    && numbers.iter().all(|n| *n >= 0.0 && (n * 4.0).fract() == 0.0)
                    && largest <= MOST_POINTS;
                match neither.kind {
                    scoring::NeitherKind::Options => Shape::Options,
                    scoring::NeitherKind::PartMarks => Shape::PartMarks,
                    _ if is_points => Shape::Points(largest),
                    scoring::NeitherKind::OptionsOrPoints if largest <= MOST_POINTS => {
                        Shape::Options
                    }
                    _ => Shape::Other,
                }
            }
        }
    }
}
