//! Symmetric 2 × 2 matrices: Gram matrices and covariances of intercept and slope.

/// A symmetric 2 × 2 matrix.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sym2 {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) d: f64,
}

impl Sym2 {
    pub(crate) fn new(a: f64, b: f64, d: f64) -> Self {
        Self { a, b, d }
    }

    pub(crate) fn det(&self) -> f64 {
        self.a * self.d - self.b * self.b
    }

    pub(crate) fn times(&self, x: [f64; 2]) -> [f64; 2] {
        [self.a * x[0] + self.b * x[1], self.b * x[0] + self.d * x[1]]
    }

    /// xᵀ M x
    pub(crate) fn form(&self, x: [f64; 2]) -> f64 {
        self.a * x[0] * x[0] + 2.0 * self.b * x[0] * x[1] + self.d * x[1] * x[1]
    }

    /// The covariance of slope and intercept where the intercept stands `by` weeks later.
    pub(crate) fn moved(&self, by: f64) -> Self {
        Self { a: self.form([1.0, by]), b: self.b + by * self.d, d: self.d }
    }

    /// The correlation of a covariance; 0 where one of both does not vary.
    pub(crate) fn correlation(&self) -> f64 {
        let scale = self.a.max(0.0).sqrt() * self.d.max(0.0).sqrt();
        if scale > 0.0 { (self.b / scale).clamp(-1.0, 1.0) } else { 0.0 }
    }

    /// tr(M N)
    pub(crate) fn trace_with(&self, other: &Self) -> f64 {
        self.a * other.a + 2.0 * self.b * other.b + self.d * other.d
    }

    /// (s I + M G)⁻¹ M, symmetric because it is (s M⁻¹ + G)⁻¹, and defined for a singular M too;
    /// with the determinant of s I + M G. `det` is that of M: its entries alone do not tell it where M is nearly
    /// singular.
    pub(crate) fn shrinkage(&self, det: f64, g: &Self, s: f64) -> (Self, f64) {
        let whole = s * s + s * self.trace_with(g) + det * g.det();
        let a = (s * self.a + det * g.d) / whole;
        let b = (s * self.b - det * g.b) / whole;
        let d = (s * self.d + det * g.a) / whole;
        (Self { a, b, d }, whole)
    }
}
