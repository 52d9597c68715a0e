//! Areas between the curves of two groups, and Lord's test of their parameters.

use schemars::JsonSchema;
use seedtest_numerics::{chi_square_sf, exp, ln};
use serde::{Deserialize, Serialize};

use super::logistic::Test;
use crate::item_parameters::ItemParameters;

/// Area between two curves with two categories (Raju 1988, 1990).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Area {
    /// Difficulty in the focal group minus that in the reference group: above 0 = harder for the focal group.
    pub signed: f64,
    /// Its standard error.
    pub signed_se: f64,
    /// Area between the curves whatever the sign.
    pub unsigned: f64,
    /// H, whose size is the unsigned area.
    pub h: f64,
    /// Standard error of H (delta method).
    pub h_se: f64,
}

/// Covariance of a and b.
pub type CovarianceOfItem = [[f64; 2]; 2];

/// Areas between the curves of two groups on one scale, whose errors are independent. Guessing probabilities are
/// left out: with equal ones the areas are smaller by 1 − c.
pub fn raju_area(
    (reference, of_reference): (&ItemParameters, &CovarianceOfItem),
    (focal, of_focal): (&ItemParameters, &CovarianceOfItem),
) -> Area {
    let distance = focal.b - reference.b;
    let signed_se = (of_reference[1][1] + of_focal[1][1]).sqrt();
    let h =
        |reference: [f64; 2], focal: [f64; 2]| h([reference[0], focal[0]], focal[1] - reference[1]);
    let (r, f) = ([reference.a, reference.b], [focal.a, focal.b]);
    let value = h(r, f);
    let by = |of_focal: bool| -> [f64; 2] {
        std::array::from_fn(|i| {
            let moved = |by: f64| {
                let (mut r, mut f) = (r, f);
                if of_focal {
                    f[i] += by;
                } else {
                    r[i] += by;
                }
                h(r, f)
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        })
    };
    let variance = quadratic(by(false), of_reference) + quadratic(by(true), of_focal);
    let h_se = variance.max(0.0).sqrt();
    Area { signed: distance, signed_se, unsigned: value.abs(), h: value, h_se }
}

/// Step of central differences.
const STEP: f64 = 1e-5;

/// 2(a_F − a_R)/(a_F a_R)·ln(1 + exp(a_F a_R (b_F − b_R)/(a_F − a_R))) − (b_F − b_R); with equal slopes its limit, the
/// distance.
fn h([a_reference, a_focal]: [f64; 2], distance: f64) -> f64 {
    /// Slopes closer than this are equal as far as the formula can tell.
    const EQUAL: f64 = 1e-9;
    let (product, difference) = (a_focal * a_reference, a_focal - a_reference);
    if difference.abs() <= EQUAL * product.abs() {
        return distance.abs();
    }
    let exponent = product * distance / difference;
    // ln(1 + e^x) without overflow.
    let softplus = exponent.max(0.0) + ln(1.0 + exp(-exponent.abs()));
    2.0 * difference / product * softplus - distance
}

fn quadratic(by: [f64; 2], v: &CovarianceOfItem) -> f64 {
    by[0] * by[0] * v[0][0] + 2.0 * by[0] * by[1] * v[0][1] + by[1] * by[1] * v[1][1]
}

/// Lord's χ² (1980) of a and b of two groups calibrated apart and brought to one scale.
pub fn lord(
    (reference, of_reference): (&ItemParameters, &CovarianceOfItem),
    (focal, of_focal): (&ItemParameters, &CovarianceOfItem),
) -> Test {
    let v: CovarianceOfItem =
        std::array::from_fn(|i| std::array::from_fn(|j| of_reference[i][j] + of_focal[i][j]));
    let [x, y] = [focal.a - reference.a, focal.b - reference.b];
    let determinant = v[0][0] * v[1][1] - v[0][1] * v[1][0];
    let statistic = (v[1][1] * x * x - 2.0 * v[0][1] * x * y + v[0][0] * y * y) / determinant;
    Test { chi_square: statistic, df: 2, p: chi_square_sf(statistic, 2.0) }
}
