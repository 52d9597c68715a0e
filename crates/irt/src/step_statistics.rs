//! What an E-step finds in some chunks of students, and how it is put together.

use seedtest_numerics::ExactSums;

/// Log-likelihoods are larger than counts: up to 2⁴⁰ in all.
const LN_LIKELIHOOD_SCALE: i32 = 12;

/// Expected counts at one point of the parameter space, summed over the students of some chunks.
///
/// Within a chunk sums run in a fixed order; across chunks they are exact. So the same chunks give the
/// same bytes in whatever order and groups they are merged, on one machine or on many.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepStatistics {
    /// Expected answers by code and node.
    counts: ExactSums,
    /// Expected students by node, of every group.
    students: Vec<ExactSums>,
    log_likelihood: ExactSums,
}

/// The same of one chunk, as it is summed up.
#[derive(Debug, Clone)]
pub(crate) struct ChunkSums {
    pub(crate) counts: Vec<f64>,
    pub(crate) students: Vec<f64>,
    pub(crate) log_likelihood: f64,
}

impl ChunkSums {
    pub(crate) fn new(n_codes: usize, width: usize) -> Self {
        Self { counts: vec![0.0; n_codes * width], students: vec![0.0; width], log_likelihood: 0.0 }
    }

    pub(crate) fn clear(&mut self) {
        self.counts.fill(0.0);
        self.students.fill(0.0);
        self.log_likelihood = 0.0;
    }
}

impl StepStatistics {
    pub(crate) fn new(n_codes: usize, width: usize, n_groups: usize) -> Self {
        Self {
            counts: ExactSums::new(n_codes * width, 0),
            students: vec![ExactSums::new(width, 0); n_groups],
            log_likelihood: ExactSums::new(1, LN_LIKELIHOOD_SCALE),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.counts.clear();
        self.students.iter_mut().for_each(ExactSums::clear);
        self.log_likelihood.clear();
    }

    /// Adds a chunk of students of one group.
    pub(crate) fn absorb(&mut self, chunk: &ChunkSums, group: usize) {
        self.counts.add(&chunk.counts);
        self.students[group].add(&chunk.students);
        self.log_likelihood.add(&[chunk.log_likelihood]);
    }

    /// Adds what was found in other chunks.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        for (students, other) in self.students.iter_mut().zip(&other.students) {
            students.merge(other);
        }
        self.log_likelihood.merge(&other.log_likelihood);
    }

    /// Numbers of counts and of groups.
    pub(crate) fn shape(&self) -> (usize, usize) {
        (self.counts.len(), self.students.len())
    }

    /// Appends the sums as bytes: equal sums are equal bytes.
    pub(crate) fn append_to(&mut self, bytes: &mut Vec<u8>) {
        bytes.extend((self.students.len() as u64).to_le_bytes());
        self.counts.append_to(bytes);
        self.students.iter_mut().for_each(|students| students.append_to(bytes));
        self.log_likelihood.append_to(bytes);
    }

    /// Takes sums that [`append_to`](Self::append_to) wrote off the front of `bytes`; `None` where these are none.
    pub(crate) fn take_from(bytes: &mut &[u8]) -> Option<Self> {
        let (n_groups, rest) = bytes.split_first_chunk::<8>()?;
        *bytes = rest;
        let n_groups = u64::from_le_bytes(*n_groups);
        let counts = ExactSums::take_from(bytes)?;
        let students =
            (0..n_groups).map(|_| ExactSums::take_from(bytes)).collect::<Option<Vec<_>>>()?;
        let log_likelihood = ExactSums::take_from(bytes).filter(|sums| sums.len() == 1)?;
        let width = students.first().map_or(0, ExactSums::len);
        let even = students.iter().all(|students| students.len() == width);
        even.then_some(Self { counts, students, log_likelihood })
    }

    /// Writes the totals, students group by group; returns the log-likelihood.
    pub(crate) fn write(&mut self, counts: &mut [f64], students: &mut [f64]) -> f64 {
        let mut log_likelihood = [0.0];
        self.counts.write(counts);
        let width = students.len() / self.students.len().max(1);
        for (sums, students) in self.students.iter_mut().zip(students.chunks_exact_mut(width)) {
            sums.write(students);
        }
        self.log_likelihood.write(&mut log_likelihood);
        log_likelihood[0]
    }
}
