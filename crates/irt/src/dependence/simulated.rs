//! Data sets simulated from a calibration.

use seedtest_numerics::Stream;

use crate::groups::Groups;
use crate::result::{GroupFit, LatentFit};

/// Calibrations of simulated data sets go on to a precision far below the sampling error, no further.
pub(crate) const GRADIENT_TOLERANCE: f64 = 0.02;
pub(crate) const RELATIVE_TOLERANCE: f64 = 1e-6;
pub(crate) const MOST_ITERATIONS: u32 = 50;

/// What abilities are drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Populations<'a> {
    /// The groups a calibration was made with.
    pub(crate) groups: Option<Groups<'a>>,
    /// The ability distributions it found in them.
    pub(crate) fitted: &'a [GroupFit],
    /// The ability distribution without groups.
    pub(crate) common: LatentFit,
}

impl Populations<'_> {
    /// Answers of a simulated data set in the place of those of the data: abilities from the distribution of the
    /// student's group, each student with a stream of their own. `students` are those of the answers; `drawn` gives
    /// the answer of a row at an ability, `None` where it stays as it is.
    pub(crate) fn answers(
        &self,
        (seed, replication): (u64, u32),
        (students, answers): (&[u32], &[u8]),
        drawn: impl Fn(usize, f64, &mut Stream) -> Option<u8>,
    ) -> Vec<u8> {
        let mut simulated = answers.to_vec();
        let mut behind = simulated.iter_mut().enumerate();
        for rows in students.chunk_by(|a, b| a == b) {
            let (student, population) = (rows[0], self.of(rows[0]));
            let mut stream = Stream::new(seed, u64::from(replication) << 32 | u64::from(student));
            let theta = population.mean + population.sd * stream.normal();
            for (row, simulated) in behind.by_ref().take(rows.len()) {
                if let Some(answer) = drawn(row, theta, &mut stream) {
                    *simulated = answer;
                }
            }
        }
        simulated
    }

    /// The ability distribution a student was calibrated under.
    fn of(&self, student: u32) -> LatentFit {
        let group = self.groups.map(|groups| groups.group_of(student as usize) as u32);
        let of_group = self.fitted.iter().find(|found| Some(found.group) == group);
        of_group.map_or(self.common, |found| found.latent)
    }
}
