//! Predictions of the students of a fit.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use seedtest_formula::ModelMatrix;
use seedtest_ingest::{Table, TableColumn};
use seedtest_survival::FormulaData;

use super::columns::{Roles, begin_at_zero, gap_obstacle, gaps, row_names};
use super::fit::Predicted;
use super::predict::spread;
use super::stored::{ModelRows, Stored};
use crate::error::Error;
use crate::lack::{Lack, Obstacle};
use crate::rows::is_missing;

/// The rows of a fit.
pub(super) struct OwnRows<'a> {
    pub(super) rows: &'a Table,
    pub(super) roles: &'a Roles,
    /// Those that took part.
    pub(super) built: &'a FormulaData,
    /// Columns beside the formula in which a row needed a value.
    pub(super) beside: [Option<&'a str>; 2],
}

/// Predicts the last row of every student of the fit. One without a row that can be predicted comes behind the others
/// and says why.
pub(super) fn predict_own(
    model: &Stored,
    own: &OwnRows<'_>,
    offset: Option<&[f64]>,
) -> Result<Predicted, Error> {
    let OwnRows { rows, roles, built, .. } = *own;
    let names = row_names(rows, roles, built.rows.iter().map(|&row| row as usize));
    let gap = gaps(rows, roles);
    let last: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (&**name, at)).collect();
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    let of_table = |at: &usize| built.rows[*at] as usize;
    let without_gap: Vec<Incomplete> = kept
        .iter()
        .filter_map(|at| {
            let row = of_table(at);
            let lack = Lack::of(row, gap_obstacle(gap[row], roles)?);
            Some(Incomplete { name: names[*at].clone(), gap: gap[row], lack })
        })
        .collect();
    kept.retain(|at| gap_obstacle(gap[of_table(at)], roles).is_none());
    let matrix = selected(&built.covariates, &kept);
    let table_rows: Vec<usize> = kept.iter().map(of_table).collect();
    let mut gaps: Vec<f64> = table_rows.iter().map(|&row| gap[row]).collect();
    let said = begin_at_zero(&mut gaps, |at| Some(table_rows[at]), roles);
    let strata: Option<Vec<u32>> =
        built.strata.as_ref().map(|s| kept.iter().map(|&at| s.codes()[at]).collect());
    let offset: Option<Vec<f64>> = offset.map(|o| kept.iter().map(|&at| o[at]).collect());
    let chosen = ModelRows {
        matrix: &matrix,
        strata: strata.as_deref(),
        offset: offset.as_deref(),
        gaps: &gaps,
        table_rows: &table_rows,
    };
    let predictions = model.predict_all(&chosen, model.horizon_days)?;
    let all = names;
    let names: Vec<Arc<str>> = kept.iter().map(|&at| all[at].clone()).collect();
    let found = Predicted { names, gaps, table_rows, matrix, strata, offset, predictions, said };
    let others = without_gap.into_iter().chain(incomplete(own, &all));
    Ok(with_incomplete(found, others.collect()))
}

/// The predictions of a caller who wants none.
pub(super) fn predict_nobody(own: &OwnRows<'_>) -> Predicted {
    Predicted {
        names: Vec::new(),
        gaps: Vec::new(),
        table_rows: Vec::new(),
        matrix: selected(&own.built.covariates, &[]),
        strata: None,
        offset: None,
        predictions: Vec::new(),
        said: None,
    }
}

/// A student of whom no row can be predicted, and what stands in the way of the last one.
struct Incomplete {
    name: Arc<str>,
    gap: f64,
    lack: Lack,
}

/// Students without a row among those that take part, whose names are `known`.
fn incomplete(own: &OwnRows<'_>, known: &[Arc<str>]) -> Vec<Incomplete> {
    let OwnRows { rows, roles, built, beside } = *own;
    if built.rows.len() == rows.n_rows {
        return Vec::new();
    }
    let known: HashSet<&str> = known.iter().map(|name| &**name).collect();
    let gap = gaps(rows, roles);
    let columns: Vec<(String, &TableColumn)> = built
        .encoder
        .formula()
        .columns()
        .into_iter()
        .chain(beside.into_iter().flatten().map(str::to_owned))
        .filter_map(|name| rows.column(&name).map(|column| (name, column)))
        .collect();
    let mut found: Vec<Incomplete> = Vec::new();
    let mut places: HashMap<Arc<str>, usize> = HashMap::new();
    for (row, name) in row_names(rows, roles, 0..rows.n_rows).into_iter().enumerate() {
        let lacks = columns.iter().find(|(_, column)| is_missing(column, row));
        let Some((column, _)) = lacks.filter(|_| !known.contains(&*name)) else { continue };
        let lack = Lack::of(row, Obstacle::Missing { column: column.clone() });
        let one = Incomplete { name: name.clone(), gap: gap[row], lack };
        if let Some(&at) = places.get(&name) {
            found[at] = one;
        } else {
            places.insert(name, found.len());
            found.push(one);
        }
    }
    found
}

/// The predictions with those students behind them, who have none.
fn with_incomplete(found: Predicted, others: Vec<Incomplete>) -> Predicted {
    if others.is_empty() {
        return found;
    }
    let complete: Vec<usize> = (0..found.names.len()).collect();
    let mut names = found.names.clone();
    let mut gaps = found.gaps.clone();
    let mut lacks = vec![None; complete.len()];
    for Incomplete { name, gap, lack } in others {
        names.push(name);
        gaps.push(gap);
        lacks.push(Some(lack));
    }
    spread(found, &complete, names, gaps, lacks)
}

fn selected(matrix: &ModelMatrix, rows: &[usize]) -> ModelMatrix {
    let column = |j: usize| rows.iter().map(move |&row| matrix.column(j)[row]);
    ModelMatrix {
        names: matrix.names.clone(),
        assign: matrix.assign.clone(),
        terms: matrix.terms.clone(),
        n_rows: rows.len(),
        values: (0..matrix.n_columns()).flat_map(column).collect(),
    }
}
