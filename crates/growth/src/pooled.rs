//! Sufficient statistics of the Gaussian model, pooled over students.
//!
//! A student with design Z = [1, week], weights W and scores y enters the marginal likelihood only
//! through G = ZᵀWZ, u = ZᵀWy and yᵀWy. Students with the same G share every matrix, and of their u
//! only the number, the sum and the sum of squares matter: the cost of a gradient grows with the
//! number of distinct G, not with the number of students.

use std::collections::HashMap;

use crate::data::GrowthData;
use crate::matrix::Sym2;

/// What one student contributes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct StudentSums {
    /// ZᵀWZ
    pub(crate) gram: Sym2,
    /// ZᵀWy, scores measured from `Pooled::centre`.
    pub(crate) u: [f64; 2],
    /// yᵀWy
    pub(crate) q: f64,
    pub(crate) rows: u32,
    /// Σ ln w
    pub(crate) ln_weight: f64,
}

/// Patterns that are worked on together; a constant, so that sums do not depend on the width of the
/// machine's vectors.
pub(crate) const LANES: usize = 4;

/// Sums over the students of [`LANES`] Gram matrices, a column each. A place without a pattern holds
/// zeros, which add nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Block {
    /// Number of students.
    pub(crate) n: [f64; LANES],
    /// G: a, b, d.
    pub(crate) gram: [[f64; LANES]; 3],
    /// Σ u
    pub(crate) u: [[f64; LANES]; 2],
    /// Σ u uᵀ: a, b, d.
    pub(crate) uu: [[f64; LANES]; 3],
}

/// The distinct Gram matrices with what their students add up to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patterns {
    pub(crate) gram: Vec<Sym2>,
    pub(crate) blocks: Vec<Block>,
}

/// Everything the likelihood needs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pooled {
    /// Mean score: subtracted before anything is squared.
    pub(crate) centre: f64,
    pub(crate) patterns: Patterns,
    pub(crate) students: Vec<StudentSums>,
    /// Pattern of each student.
    pub(crate) pattern_of: Vec<u32>,
    /// Sums over all students.
    pub(crate) total: StudentSums,
}

impl Pooled {
    pub(crate) fn new(data: &GrowthData<'_>) -> Self {
        let centre = data.score.iter().sum::<f64>() / data.len() as f64;
        let mut students = vec![StudentSums::default(); data.n_students];
        for row in 0..data.len() {
            let weight = data.weight.map_or(1.0, |weights| weights[row]);
            students[data.student[row] as usize].add(
                weight,
                data.week[row],
                data.score[row] - centre,
            );
        }
        let mut pooled = Self { centre, ..Self::default() };
        let mut index: HashMap<[u64; 3], u32> = HashMap::new();
        for student in &students {
            let g = student.gram;
            let key = [g.a, g.b, g.d].map(f64::to_bits);
            let next = pooled.patterns.gram.len() as u32;
            let pattern = *index.entry(key).or_insert(next);
            if pattern == next {
                pooled.patterns.push(g);
            }
            pooled.patterns.add(pattern as usize, student.u);
            pooled.pattern_of.push(pattern);
            pooled.total.merge(student);
        }
        pooled.students = students;
        pooled
    }

    pub(crate) fn n_patterns(&self) -> usize {
        self.patterns.gram.len()
    }

    /// Students of every pattern.
    pub(crate) fn students_by_pattern(&self) -> Vec<Vec<u32>> {
        let mut students = vec![Vec::new(); self.n_patterns()];
        for (student, &pattern) in (0u32..).zip(&self.pattern_of) {
            students[pattern as usize].push(student);
        }
        students
    }
}

impl StudentSums {
    fn add(&mut self, w: f64, t: f64, y: f64) {
        self.gram.a += w;
        self.gram.b += w * t;
        self.gram.d += w * t * t;
        self.u[0] += w * y;
        self.u[1] += w * t * y;
        self.q += w * y * y;
        self.rows += 1;
        self.ln_weight += seedtest_numerics::ln(w);
    }

    fn merge(&mut self, other: &Self) {
        self.gram.a += other.gram.a;
        self.gram.b += other.gram.b;
        self.gram.d += other.gram.d;
        self.u[0] += other.u[0];
        self.u[1] += other.u[1];
        self.q += other.q;
        self.rows += other.rows;
        self.ln_weight += other.ln_weight;
    }
}

impl Patterns {
    fn push(&mut self, gram: Sym2) {
        let (block, lane) = (self.gram.len() / LANES, self.gram.len() % LANES);
        if lane == 0 {
            self.blocks.push(Block::default());
        }
        for (column, entry) in self.blocks[block].gram.iter_mut().zip([gram.a, gram.b, gram.d]) {
            column[lane] = entry;
        }
        self.gram.push(gram);
    }

    fn add(&mut self, at: usize, u: [f64; 2]) {
        let (block, lane) = (&mut self.blocks[at / LANES], at % LANES);
        block.n[lane] += 1.0;
        for (column, entry) in block.u.iter_mut().zip(u) {
            column[lane] += entry;
        }
        let products = [u[0] * u[0], u[0] * u[1], u[1] * u[1]];
        for (column, entry) in block.uu.iter_mut().zip(products) {
            column[lane] += entry;
        }
    }
}
