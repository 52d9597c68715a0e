//! What a mixed model takes.

use seedtest_ingest::Table;
use seedtest_numerics::Cost;

use super::rows::frame_of_formula;
use super::spec::Spec;
use crate::cost::{ANSWERED, NUMBER, of_design};
use crate::error::Error;

/// Copies of the effects' columns: as the formula makes them, by row, in the order of the levels.
const COPIES_OF_COLUMNS: f64 = 3.0;
/// Copies of what is known of every level: its block of the system and the factor of it.
const COPIES_OF_BLOCKS: f64 = 4.0;

/// What a fit to a table takes, and the one it is compared with. Of the system of smaller grouping factors
/// only the kernel knows how sparse it is.
pub(super) fn of_fit(rows: &Table, newdata: Option<&Table>, spec: &Spec) -> Result<Cost, Error> {
    let mut cost = of_formula(rows, newdata, spec)?;
    if let Some(against) = &spec.against {
        let other = Spec { formula: against.clone(), ..spec.clone() };
        cost = cost.with(of_formula(rows, None, &other)?);
    }
    Ok(cost)
}

fn of_formula(rows: &Table, newdata: Option<&Table>, spec: &Spec) -> Result<Cost, Error> {
    if rows.n_rows == 0 {
        return Ok(Cost::new());
    }
    let formula = spec.parsed()?;
    let (frame, _) = frame_of_formula(rows, &formula, spec)?;
    let size = formula.size(&frame).map_err(seedtest_mixed::Error::from)?;
    let n_rows = ("rows", size.rows as f64);
    let mut cost = of_design(&size);
    for &(effects, levels) in &size.random {
        let (levels, effects) = (("levels", levels as f64), ("effects", effects));
        let again = ("effects again", effects.1);
        cost = cost
            .and("columns of random effects", &[n_rows, effects], COPIES_OF_COLUMNS * NUMBER)
            .and("blocks of levels", &[levels, effects, again], COPIES_OF_BLOCKS * NUMBER)
            .and(
                "levels by fixed effects",
                &[levels, effects, ("columns", size.fixed + 1.0)],
                2.0 * NUMBER,
            )
            .and("effects of levels", &[levels, effects], 3.0 * ANSWERED)
            .and("covariance parameters", &[effects, again, effects, again], NUMBER);
    }
    if let Some(newdata) = newdata {
        let columns = size.fixed + size.random.iter().map(|(effects, _)| effects).sum::<f64>();
        let of_new = [("rows to predict", newdata.n_rows as f64), ("columns", columns)];
        cost = cost.and("predictions", &of_new, 2.0 * NUMBER);
    }
    Ok(cost)
}
