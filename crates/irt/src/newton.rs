//! Newton's step by conjugate gradients.

use crate::acceleration::dot;

/// Share of the gradient that a step may leave: the surface bends by about as much on the way.
const ACCURACY: f64 = 0.01;
/// Most products with the information; with those of earlier steps in mind four are the rule.
const MOST_PRODUCTS: usize = 8;

/// A step with the directions it is made of.
pub(crate) struct NewtonStep {
    pub(crate) step: Vec<f64>,
    /// Each direction with its product with the information.
    pub(crate) directions: Vec<(Vec<f64>, Vec<f64>)>,
}

/// Solves information·step = `gradient`, where `times` writes the product with the information and `precondition` that
/// with a first guess of its inverse. `None` where the surface is not concave along the first direction.
pub(crate) fn newton_step(
    gradient: &[f64],
    mut times: impl FnMut(&[f64], &mut [f64]),
    precondition: impl Fn(&[f64], &mut [f64]),
) -> Option<NewtonStep> {
    let n = gradient.len();
    let mut found = NewtonStep { step: vec![0.0; n], directions: Vec::new() };
    let mut residual = gradient.to_vec();
    let mut guess = vec![0.0; n];
    precondition(&residual, &mut guess);
    let mut direction = guess.clone();
    let mut size = dot(&residual, &guess);
    let enough = ACCURACY * ACCURACY * size;
    while found.directions.len() < MOST_PRODUCTS {
        let mut product = vec![0.0; n];
        times(&direction, &mut product);
        let curvature = dot(&direction, &product);
        // A number that is none is no curvature either.
        if !(curvature > 0.0 && size > 0.0) {
            break;
        }
        let length = size / curvature;
        for (((s, r), d), p) in
            found.step.iter_mut().zip(&mut residual).zip(&direction).zip(&product)
        {
            *s += length * d;
            *r -= length * p;
        }
        precondition(&residual, &mut guess);
        let next = dot(&residual, &guess);
        let turned: Vec<f64> =
            direction.iter().zip(&guess).map(|(d, g)| g + next / size * d).collect();
        found.directions.push((std::mem::replace(&mut direction, turned), product));
        size = next;
        if size <= enough {
            break;
        }
    }
    (!found.directions.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::newton_step;
    use crate::acceleration::dot;

    /// Row i of a symmetric, diagonally dominant matrix.
    fn row(i: usize) -> Vec<f64> {
        let entry = |j: usize| if i == j { 3.0 + i as f64 } else { 0.5 / (1.0 + (i + j) as f64) };
        (0..6).map(entry).collect()
    }

    fn times(x: &[f64], out: &mut [f64]) {
        for (i, out) in out.iter_mut().enumerate() {
            *out = dot(&row(i), x);
        }
    }

    #[test]
    fn the_step_solves_the_system_to_the_accuracy() {
        let gradient = [1.0, -2.0, 0.5, 0.0, 3.0, -1.0];
        let diagonal = |rhs: &[f64], out: &mut [f64]| {
            for (i, out) in out.iter_mut().enumerate() {
                *out = rhs[i] / (3.0 + i as f64);
            }
        };
        let found = newton_step(&gradient, times, diagonal).unwrap();
        let mut left = vec![0.0; 6];
        times(&found.step, &mut left);
        // 1 % of the gradient in the norm of the inverse diagonal, whose entries differ by a factor of 3.
        for (left, g) in left.iter().zip(&gradient) {
            assert!((left - g).abs() < 0.03 * 3.0, "{left} {g}");
        }
        for (direction, product) in &found.directions {
            let mut again = vec![0.0; 6];
            times(direction, &mut again);
            assert_eq!(&again, product);
        }
    }

    #[test]
    fn there_is_no_step_up_a_surface_that_bends_upwards() {
        let upwards = |x: &[f64], out: &mut [f64]| {
            for (out, x) in out.iter_mut().zip(x) {
                *out = -x;
            }
        };
        let same = |rhs: &[f64], out: &mut [f64]| out.copy_from_slice(rhs);
        assert!(newton_step(&[1.0, 2.0], upwards, same).is_none());
    }
}
