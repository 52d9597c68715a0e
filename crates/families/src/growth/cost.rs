//! What a growth model takes.

use seedtest_ingest::Table;
use seedtest_numerics::Cost;

use super::spec::Spec;
use crate::cost::{ANSWERED, NUMBER};

/// Bytes of a draw: the position of its chain, the parameters in two units, and the columns that diagnostics
/// are made of.
const DRAW: f64 = 640.0;
/// Numbers of a row to predict: of its columns, in the units of the sampler, and of what is said of it.
const OF_ROW: f64 = 24.0;
/// Numbers that are said of a student.
const OF_STUDENT: f64 = 12.0;

/// What a fit takes. Where every student has parameters of their own, the kernel knows how many.
pub(super) fn of_fit(table: &Table, spec: &Spec) -> Cost {
    let sampling = &spec.model.sampling;
    let chains = ("chains", sampling.chains as f64);
    let draws = ("draws", sampling.draws as f64 + sampling.warmup as f64);
    Cost::new().and("draws", &[chains, draws], DRAW).and(
        "students",
        &[("rows", table.n_rows as f64)],
        OF_STUDENT * ANSWERED,
    )
}

/// What predicting rows from stored draws takes.
pub(super) fn of_prediction(rows: usize, draws: usize) -> Cost {
    Cost::new().and("draws", &[("draws", draws as f64)], DRAW).and(
        "predictions",
        &[("rows", rows as f64)],
        OF_ROW * NUMBER + OF_STUDENT * ANSWERED,
    )
}
