//! Whether an anchor stands where the others put it: a Wald test with the errors of both
//! calibrations and of the link.

use seedtest_numerics::chi_square_sf;
use serde::{Deserialize, Serialize};

use crate::covariance::{Covariance, ParameterKind};
use crate::item_parameters::ItemParameters;
use crate::link::LinkItem;
use crate::link_error::LinkError;
use crate::link_methods::Constants;

/// When an anchor counts as drifting: beyond sampling error and beyond a size that matters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftTest {
    /// Family-wise level over all anchors (Holm 1979).
    pub level: f64,
    /// Smallest difference of ln a that matters …
    pub ln_a: f64,
    /// … and of b; either is enough.
    pub b: f64,
}

impl Default for DriftTest {
    /// One link in a hundred without drift loses an anchor; a tenth of a unit matters.
    fn default() -> Self {
        Self { level: 0.01, ln_a: 0.1, b: 0.1 }
    }
}

/// How far one anchor stands from where the others put it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AnchorDrift {
    /// Item code.
    pub item: u32,
    /// ln a on the old scale minus ln of the linked a; `None` when the signs differ.
    pub ln_a_difference: Option<f64>,
    /// b on the old scale minus the linked b.
    pub b_difference: f64,
    /// Difference of a in its standard errors, that of the link included; `None` when no
    /// covariance was given or a was not estimated.
    pub a_z: Option<f64>,
    /// Difference of b likewise.
    pub b_z: Option<f64>,
    /// Wald statistic of (a, b); of an anchor that was left out, at the moment it was. `None` when
    /// no covariance was given.
    pub statistic: Option<f64>,
    /// Degrees of freedom: parameters that were compared.
    pub df: u8,
    /// Probability of such a statistic without drift.
    pub p: Option<f64>,
    /// `p` after Holm's correction for the number of anchors; `None` without a test.
    pub p_adjusted: Option<f64>,
    /// Whether it drifts: `p_adjusted` and the size both say so.
    pub drifts: bool,
    /// Whether the anchor was used in the end.
    pub kept: bool,
}

type Square = [[f64; 2]; 2];
/// Covariances of a, b, c with A and B.
type WithConstants = [[f64; 2]; 3];

/// The constants with what is known of their errors.
pub(crate) struct Tested<'a> {
    constants: &'a Constants,
    sides: [Option<Side<'a>>; 2],
    /// Covariance matrix of (A, B).
    pub(crate) variance: Option<Square>,
}

/// One calibration: how its errors move the constants.
struct Side<'a> {
    covariance: &'a Covariance,
    /// Rows of the anchors' parameters with the derivatives of (A, B).
    rows: Vec<(usize, [f64; 2])>,
}

const KINDS: [ParameterKind; 3] = [ParameterKind::A, ParameterKind::B, ParameterKind::C];

impl<'a> Side<'a> {
    fn new(covariance: &'a Covariance, used: &[LinkItem], gradients: &[[[f64; 3]; 2]]) -> Self {
        let of_item = |(item, gradient): (&LinkItem, &[[f64; 3]; 2])| {
            let (item, gradient) = (item.item, *gradient);
            KINDS.into_iter().enumerate().filter_map(move |(k, kind)| {
                Some((covariance.row(Some(item), kind)?, [gradient[0][k], gradient[1][k]]))
            })
        };
        Self { covariance, rows: used.iter().zip(gradients).flat_map(of_item).collect() }
    }

    /// Covariance of the estimate in a row with (A, B).
    fn with_constants(&self, row: usize) -> [f64; 2] {
        let near = if self.covariance.is_full() {
            &self.rows[..]
        } else {
            // Only the rows of the same item are not zero.
            let from = self.rows.partition_point(|(other, _)| other + KINDS.len() <= row);
            let to = self.rows.partition_point(|(other, _)| *other < row + KINDS.len());
            &self.rows[from..to]
        };
        near.iter().fold([0.0; 2], |sum, (other, by)| {
            let v = self.covariance.get(row, *other);
            [sum[0] + v * by[0], sum[1] + v * by[1]]
        })
    }

    fn variance(&self) -> Square {
        let mut variance = [[0.0; 2]; 2];
        for (row, by) in &self.rows {
            let with = self.with_constants(*row);
            for r in 0..2 {
                for c in 0..2 {
                    variance[r][c] += by[r] * with[c];
                }
            }
        }
        variance
    }

    /// Covariance of a, b, c of an item with each other and with (A, B).
    fn item(&self, item: u32) -> ([[f64; 3]; 3], WithConstants) {
        let rows = KINDS.map(|kind| self.covariance.row(Some(item), kind));
        let mut own = [[0.0; 3]; 3];
        let mut with = [[0.0; 2]; 3];
        for (i, row) in rows.iter().enumerate() {
            let Some(row) = *row else { continue };
            with[i] = self.with_constants(row);
            for (j, other) in rows.iter().enumerate() {
                own[i][j] = other.map_or(0.0, |other| self.covariance.get(row, other));
            }
        }
        (own, with)
    }
}

impl<'a> Tested<'a> {
    pub(crate) fn new(
        constants: &'a Constants,
        used: &[LinkItem],
        (new, old): (Option<&'a Covariance>, Option<&'a Covariance>),
    ) -> Self {
        let sides = [
            new.map(|covariance| Side::new(covariance, used, &constants.by_new)),
            old.map(|covariance| Side::new(covariance, used, &constants.by_old)),
        ];
        let variance = sides.iter().flatten().map(Side::variance).reduce(add);
        Self { constants, sides, variance }
    }

    /// Covariance of every estimate of the new calibration with (A, B).
    pub(crate) fn with_new(&self) -> Vec<[f64; 2]> {
        self.sides[0]
            .iter()
            .flat_map(|side| {
                (0..side.covariance.parameters.len()).map(|row| side.with_constants(row))
            })
            .collect()
    }

    /// A kept anchor before it is judged.
    pub(crate) fn anchor(&self, item: &LinkItem) -> AnchorDrift {
        let linked = item.new.on_scale(self.constants.slope, self.constants.intercept);
        let ratio = item.old.a / linked.a;
        let difference = [item.old.a - linked.a, item.old.b - linked.b];
        let covariance = self.variance.map(|variance| self.covariance(item, variance));
        let z = |k: usize| {
            let variance = covariance.map(|v| v[k][k]).filter(|&v| v > 0.0)?;
            Some(difference[k] / variance.sqrt())
        };
        let wald = covariance.and_then(|v| wald(difference, v));
        AnchorDrift {
            item: item.item,
            ln_a_difference: (ratio > 0.0).then(|| seedtest_numerics::ln(ratio)),
            b_difference: difference[1],
            a_z: z(0),
            b_z: z(1),
            statistic: wald.map(|(statistic, _)| statistic),
            df: wald.map_or(0, |(_, df)| df),
            p: wald.map(|(statistic, df)| chi_square_sf(statistic, f64::from(df))),
            p_adjusted: None,
            drifts: false,
            kept: true,
        }
    }

    /// Covariance of the differences in a and b.
    fn covariance(&self, item: &LinkItem, of_constants: Square) -> Square {
        let ItemParameters { a, b, .. } = item.new;
        let slope = self.constants.slope;
        // The difference is old − (a/A, A·b + B).
        let by_constants = [[a / (slope * slope), 0.0], [-b, -1.0]];
        let by_side = [[-1.0 / slope, -slope], [1.0, 1.0]];
        let mut total = sandwich(by_constants, of_constants);
        for (side, by) in self.sides.iter().zip(by_side) {
            let Some(side) = side else { continue };
            let (own, with) = side.item(item.item);
            for r in 0..2 {
                for c in 0..2 {
                    total[r][c] += by[r] * by[c] * own[r][c];
                    for k in 0..2 {
                        total[r][c] += by[r] * with[r][k] * by_constants[c][k]
                            + by[c] * with[c][k] * by_constants[r][k];
                    }
                }
            }
        }
        total
    }
}

/// Wald statistic of the differences that have a variance, and how many they are.
fn wald(difference: [f64; 2], v: Square) -> Option<(f64, u8)> {
    /// Share of its variance that must be left of a difference when the other is known.
    const LEAST: f64 = 1e-9;
    let single = |k: usize| difference[k] * difference[k] / v[k][k];
    match (v[0][0] > 0.0, v[1][1] > 0.0) {
        (false, false) => None,
        (true, false) => Some((single(0), 1)),
        (false, true) => Some((single(1), 1)),
        (true, true) => {
            let determinant = v[0][0] * v[1][1] - v[0][1] * v[1][0];
            if determinant <= LEAST * v[0][0] * v[1][1] {
                return Some((single(0).max(single(1)), 1));
            }
            let [x, y] = difference;
            let statistic =
                (v[1][1] * x * x - 2.0 * v[0][1] * x * y + v[0][0] * y * y) / determinant;
            Some((statistic, 2))
        }
    }
}

impl DriftTest {
    pub(crate) fn validate(&self) -> Result<(), LinkError> {
        let refused = |field, value, required| Err(LinkError::DriftTest { field, value, required });
        if !(self.level > 0.0 && self.level < 1.0) {
            return refused("level", self.level, "between 0 and 1");
        }
        for (field, value) in [("ln_a", self.ln_a), ("b", self.b)] {
            if !(value >= 0.0 && value.is_finite()) {
                return refused(field, value, "finite and not negative");
            }
        }
        Ok(())
    }

    /// Adjusts the p of the kept anchors for their number, and says which of them drift.
    pub(crate) fn judge(&self, anchors: &mut [AnchorDrift]) {
        let mut tested: Vec<&mut AnchorDrift> =
            anchors.iter_mut().filter(|anchor| anchor.kept && anchor.p.is_some()).collect();
        tested.sort_by(|x, y| x.p.unwrap_or(1.0).total_cmp(&y.p.unwrap_or(1.0)));
        let n = tested.len();
        let mut largest: f64 = 0.0;
        for (rank, anchor) in tested.into_iter().enumerate() {
            largest = largest.max((n - rank) as f64 * anchor.p.unwrap_or(1.0)).min(1.0);
            anchor.p_adjusted = Some(largest);
            anchor.drifts = largest <= self.level && self.matters(anchor);
        }
    }

    fn matters(&self, anchor: &AnchorDrift) -> bool {
        // Differing signs of a are a difference of any size.
        anchor.b_difference.abs() >= self.b
            || anchor.ln_a_difference.is_none_or(|x| x.abs() >= self.ln_a)
    }
}

/// The kept anchor that drifts most, if enough others remain.
pub(crate) fn worst(anchors: &[AnchorDrift]) -> Option<AnchorDrift> {
    let n_dropped = anchors.iter().filter(|anchor| !anchor.kept).count();
    if !may_drop(anchors.len(), n_dropped) {
        return None;
    }
    let drifting = anchors.iter().filter(|anchor| anchor.kept && anchor.drifts);
    let by_statistic = |x: &&AnchorDrift, y: &&AnchorDrift| {
        x.statistic.unwrap_or(0.0).total_cmp(&y.statistic.unwrap_or(0.0))
    };
    drifting.max_by(by_statistic).copied()
}

/// Whether one more of so many anchors may be left out.
pub(crate) fn may_drop(anchors: usize, dropped: usize) -> bool {
    /// Which of fewer anchors has moved cannot be told.
    const FEWEST: usize = 4;
    /// Share of the anchors that may be left out (Huynh & Meyer 2010), one at least.
    const MOST_DROPPED: f64 = 0.2;
    let most = (MOST_DROPPED * anchors as f64).floor().max(1.0);
    anchors >= FEWEST && (dropped + 1) as f64 <= most
}

fn add(x: Square, y: Square) -> Square {
    [[x[0][0] + y[0][0], x[0][1] + y[0][1]], [x[1][0] + y[1][0], x[1][1] + y[1][1]]]
}

/// J·V·Jᵀ.
pub(crate) fn sandwich(j: Square, v: Square) -> Square {
    let mut out = [[0.0; 2]; 2];
    for (r, out) in out.iter_mut().enumerate() {
        for (c, out) in out.iter_mut().enumerate() {
            for k in 0..2 {
                for l in 0..2 {
                    *out += j[r][k] * v[k][l] * j[c][l];
                }
            }
        }
    }
    out
}
