//! The sandwich covariance of estimates whose rows depend on each other (White 1982).

/// A B A for symmetric A (full) and B (lower triangle), both p × p.
pub(crate) fn sandwich(bread: &[f64], filling: &[f64], p: usize) -> Vec<f64> {
    let b = |j: usize, k: usize| filling[j.max(k) * p + j.min(k)];
    let mut half = vec![0.0; p * p];
    for i in 0..p {
        for k in 0..p {
            half[i * p + k] = (0..p).map(|j| bread[i * p + j] * b(j, k)).sum();
        }
    }
    let mut out = vec![0.0; p * p];
    for i in 0..p {
        for k in 0..=i {
            let value = (0..p).map(|j| half[i * p + j] * bread[j * p + k]).sum();
            out[i * p + k] = value;
            out[k * p + i] = value;
        }
    }
    out
}
