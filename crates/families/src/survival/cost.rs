//! What a survival model, its predictions and its curves take.

use seedtest_formula::Formula;
use seedtest_ingest::Table;
use seedtest_numerics::Cost;
use seedtest_survival::cox::Ties;

use super::columns::{Roles, frame_of_columns};
use super::fit::{FEWEST_ROWS, formula_text, without_dot};
use super::response::MOST_WITH_REASONS;
use super::spec::{Penalty, Reasons, Spec};
use crate::cost::{ANSWERED, NUMBER, of_design, of_new_rows};
use crate::error::Error;

/// Bytes of a covariate's part in the risk of a row: its name and two numbers, in memory and as text.
const REASON: f64 = 200.0;
/// Bytes of a point of a row's curve: by row, by student, and as text.
const POINT: f64 = 120.0;
/// Times a coefficient of a penalty is held: on the path, by name, and as text.
const OF_PATH: f64 = 64.0;

/// What a fit to a table takes, with the predictions of `newdata` or of the rows themselves.
pub(super) fn of_fit(rows: &Table, newdata: Option<&Table>, spec: &Spec) -> Result<Cost, Error> {
    if rows.n_rows < FEWEST_ROWS {
        return Ok(Cost::new());
    }
    let roles = Roles::of(rows);
    let text = formula_text(rows, &roles, spec, &mut Vec::new())?;
    let typed = Formula::parse(&text).map_err(Error::Syntax)?;
    let formula = without_dot(&typed, rows, &roles, spec)?;
    let frame = frame_of_columns(rows, &formula.columns())?;
    let size = formula.size(&frame).map_err(seedtest_survival::Error::from)?;
    let n_rows = rows.n_rows as f64;
    let predicted = newdata.map_or(n_rows, |table| table.n_rows as f64);
    let (rows, columns) = (("rows", n_rows), ("columns", size.fixed));
    let mut cost = of_design(&size);
    cost = cost.and("predictions", &[("rows", predicted), columns], 2.0 * NUMBER);
    let with_reasons = match spec.reasons {
        Reasons::Never => false,
        Reasons::WhereFew => predicted <= MOST_WITH_REASONS as f64,
        Reasons::Always => true,
    };
    if with_reasons {
        cost = cost.and("reasons", &[("rows", predicted), columns], REASON);
    }
    if spec.ties == Ties::Exact {
        let tied = formula.tied_events(&frame).map_err(seedtest_survival::Error::from)? as f64;
        let tied = ("tied events", tied + 1.0);
        cost = cost.and("exact ties", &[tied, columns, ("columns again", size.fixed)], NUMBER);
    }
    if spec.residuals {
        cost = cost.and("residuals", &[rows, columns], ANSWERED);
    }
    if let Penalty::ElasticNet(net) = spec.penalty {
        let penalties = ("penalties", net.n_lambda as f64);
        cost = cost.and("a path of penalties", &[penalties, columns], OF_PATH).and(
            "cross-validation",
            &[("folds", net.folds as f64), penalties, columns],
            NUMBER,
        );
    }
    Ok(cost)
}

/// What survival of rows at times takes, coded into so many columns.
pub(super) fn of_times(rows: usize, times: usize, columns: f64) -> Cost {
    let of_times = [("rows", rows as f64), ("times", times as f64)];
    of_new_rows(rows, columns).and("predictions", &of_times, POINT)
}

/// What curves of groups and their comparison take.
pub(super) fn of_curves(rows: usize, groups: usize) -> Cost {
    let (rows, groups) = (("rows", rows as f64), ("groups", groups as f64));
    Cost::new().and("a comparison of curves", &[rows, groups], 3.0 * NUMBER).and(
        "a covariance of groups",
        &[groups, ("groups again", groups.1)],
        2.0 * NUMBER,
    )
}
